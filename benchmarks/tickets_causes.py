"""The first answer to a fault's cause: labelled faults produced in the practice mall, and a confusion matrix of each part.

`python -m benchmarks.tickets_causes --folder FOLDER [--half development|seen|held-out] [--only NAME,…]`, a minute a fault.
`python -m benchmarks.tickets_causes --folder FOLDER --judge` judges again the evidence that an earlier run has kept in the folder.

The faults stand in `tests/tickets/cause/`: `faults.toml`, written and halved before any rule; `faults_second.toml`, written when both
halves had been looked at, by somebody who had not seen the rules; `faults_held_out.toml`, written so after those. Each is produced as it
says: everyday shopping first, then the fault with shoppers, then the evidence by the same readers that `tenfold serve` lends to the
ticket room, and the answer from that alone. A third party's page is a little server of this benchmark, since the practice mall's channels
live in the shop.
"""

import argparse
import contextlib
import json
import math
import sys
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg2

from benchmarks.tickets_faults import Fault, begin
from facts.invariants import parse_invariants
from mall import Mall, open_mall
from tenfold.settings.model import HostSection, HttpSection, MallSection, PostgresSection, RedisSection, Settings
from tenfold.ticketing.baselines import Baselines
from tenfold.ticketing.evidence import Sources, databases, readers
from tenfold.ticketing.readers import error_log
from tenfold.ticketing.readers.business import Queries
from tenfold.ticketing.readers.probes import Probe
from tickets.cause.answer import Answer
from tickets.cause.judging import answer
from tickets.evidence.document import plain
from tickets.evidence.gathering import Reader, gather
from tickets.names import Cause

ROOT = Path(__file__).parent.parent
FAULTS = sorted((ROOT / "tests" / "tickets" / "cause").glob("faults*.toml"))
# Shoppers reach the till some ten seconds after they came.
QUIET_SECONDS, LOUD_SECONDS, LEAD_SECONDS, REST_SECONDS = 20.0, 28.0, 16.0, 3.0
# Nearly all of the fault's own time, so that none of it is taken for what was usual.
RECENT_SECONDS = 14.0
# Journeys a second: what keeps the shop about a sixth busy, so that a fault at twice or thrice of it is felt.
EVERYDAY_PEAK = 12.0
# Journeys a second that one process of shoppers is known to bring about; more of them wait in its own client.
CROWD_PEAK = 18.0
# What an earlier fault has left behind is not looked at.
HISTORY = timedelta(seconds=QUIET_SECONDS + LEAD_SECONDS)
THIRD_PARTIES = ("wechat", "alipay", "sms", "carrier")


class Providers:
    """Pages of third parties, each `up`, `slow` or `down`."""

    def __init__(self) -> None:
        """All of them are well."""
        self.states: dict[str, str] = {}
        providers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                state = providers.states.get(self.path.strip("/"), "up")
                if state == "slow":
                    time.sleep(1.3)
                with contextlib.suppress(OSError):
                    self.send_response(503 if state == "down" else 200)
                    self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def probes(self) -> tuple[Probe, ...]:
        """Where they are asked."""
        return tuple(
            Probe(name=name, url=f"http://127.0.0.1:{self.server.server_port}/{name}") for name in THIRD_PARTIES
        )


def faults(half: str, only: Sequence[str]) -> list[Fault]:
    """The faults of a half, or of all."""
    found = [each for path in FAULTS for each in tomllib.loads(path.read_text(encoding="utf-8"))["fault"]]
    return [each for each in found if (not half or each["half"] == half) and (not only or each["name"] in only)]


def run(folder: Path, chosen: Sequence[Fault], without: Sequence[str] = ()) -> None:
    """Produces the faults one by one and keeps their evidence.

    Args:
        folder: Where the mall lives, and the evidence.
        chosen: Which faults.
        without: Kinds of readers that are left out: `host` on a machine that others keep busy.
    """
    kept = folder / "evidence"
    kept.mkdir(parents=True, exist_ok=True)
    providers = Providers()
    with open_mall(folder / "mall", size="medium") as mall:
        mall.everyday_peak = EVERYDAY_PEAK
        _reader_role(mall)
        mall.shop(5.0, rate=8.0)
        for number, fault in enumerate(chosen):
            started = time.monotonic()
            document = produced(mall, providers, fault, without, seed=number + 1)
            (kept / f"{fault['name']}.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
            found = answer(document)
            print(
                f"{fault['name']:36} {fault['cause']:22} {_told(found)}  {time.monotonic() - started:.0f} s", flush=True
            )
    providers.server.shutdown()


def produced(mall: Mall, providers: Providers, fault: Fault, without: Sequence[str], *, seed: int) -> dict[str, Any]:
    """The evidence of one fault."""
    mall.reset_statistics()
    usual = Baselines.of(databases(_settings(mall)))
    usual.read()
    mall.shop(QUIET_SECONDS, seed=seed)
    usual.read()
    offsets = {path: path.stat().st_size for path in (mall.server_log, mall.directory / "shop.log")}
    with contextlib.ExitStack() as stack:
        providers.states = dict(fault.get("probes", {}))
        stack.callback(providers.states.clear)
        begin(mall, fault, stack)
        fired_at = datetime.now(UTC) + timedelta(seconds=LEAD_SECONDS)
        rate = mall.everyday_peak * fault.get("rate", 1.0)
        crowds = math.ceil(rate / CROWD_PEAK)
        for number in range(crowds):
            crowd = mall.send_shoppers(LOUD_SECONDS, rate=rate / crowds, seed=seed + 1000 + 7919 * number)
            stack.callback(crowd.end)
        time.sleep(LEAD_SECONDS)
        if "sql_after" in fault:
            if fault.get("mend_before_after"):
                for name in fault.get("faults", ()):
                    mall.turn(name, on=False)
            mall.run_sql(*fault["sql_after"])
        document = gathered(mall, _sources(providers, usual), fault, fired_at, offsets, without)
    time.sleep(REST_SECONDS)
    return document


def gathered(
    mall: Mall,
    sources: Sources,
    fault: Fault,
    fired_at: datetime,
    offsets: Mapping[Path, int],
    without: Sequence[str],
) -> dict[str, Any]:
    """What the readers bring."""
    labels = {"alertname": fault["alert"]}
    asked = readers(_settings(mall), sources)
    for path, offset in offsets.items():
        asked[f"errors:{path.stem}"] = _errors(path, offset)
    asked = {name: reader for name, reader in asked.items() if name.partition(":")[0] not in without}
    change = fault.get("change")
    at = None if change is None else fired_at - timedelta(minutes=change["minutes_before"])
    changes = [] if change is None else [{"kind": change["kind"], "what": change["what"], "at": at}]
    asked["changes"] = lambda _labels, _at: changes
    document = {
        "schema_version": 1, "ticket": 0, "part": "first", "fired_at": fired_at.isoformat(), "labels": labels,
        "taken_at": datetime.now(UTC).isoformat(), "readings": gather(asked, labels, fired_at),
    }  # fmt: skip
    return dict(plain(document))


def _errors(path: Path, offset: int) -> Reader:
    return lambda _labels, _at: error_log.read(path, from_byte=offset)


def _settings(mall: Mall) -> Settings:
    dsn = mall.dsn.replace("postgres@", "tenfold@")
    return Settings(
        mall=MallSection(name="practice"),
        postgres=(PostgresSection(name="mall", dsn=dsn),),
        redis=(RedisSection(name="cache", url=mall.redis_url),),
        host=(HostSection(name="this machine"),),
        http=(
            HttpSection(name="shop", url=mall.shop_url, access_log=mall.access_log, metrics=f"{mall.shop_url}metrics"),
        ),
    )


def _sources(providers: Providers, usual: Baselines) -> Sources:
    own = tomllib.loads((ROOT / "mall" / "evidence.toml").read_text(encoding="utf-8"))
    shared = tomllib.loads((ROOT / "mall" / "invariants.toml").read_text(encoding="utf-8"))
    rules = parse_invariants({"invariant": [*own["invariant"], *shared["invariant"]]})
    queries = Queries(payments=own["payments"], orders=own["orders"], invariants=rules)
    return Sources(
        queries=queries,
        probes=providers.probes(),
        recent=RECENT_SECONDS,
        history=HISTORY,
        before=lambda name: usual.before(name, lead=0.0),
    )


def _reader_role(mall: Mall) -> None:
    with contextlib.suppress(psycopg2.errors.DuplicateObject):
        mall.run_sql("CREATE ROLE tenfold LOGIN")
    mall.run_sql(
        "GRANT pg_monitor TO tenfold", "GRANT USAGE ON SCHEMA public, rehearsal TO tenfold",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public, rehearsal TO tenfold",
    )  # fmt: skip


def judge(folder: Path, chosen: Sequence[Fault], *, explain: bool) -> bool:
    """Prints what the evidence in the folder comes to, a matrix for each half; whether the promises are kept."""
    kept = True
    for half in sorted({each["half"] for each in chosen}):
        answered: list[tuple[Fault, Answer]] = []
        for fault in (each for each in chosen if each["half"] == half):
            path = folder / "evidence" / f"{fault['name']}.json"
            if path.is_file():
                answered.append((fault, answer(json.loads(path.read_text(encoding="utf-8")))))
        if answered:
            kept &= _matrix(half, answered)
        for fault, found in answered if explain else ():
            if found.cause != fault["cause"]:
                print(f"\n{fault['name']}: {fault['cause']}, answered {_told(found)}")
                for vote in (*found.evidence_for, *found.evidence_against):
                    print(
                        f"    {vote.weight:.2f} {'against ' if vote.against else ''}{vote.cause} [{vote.rule}] {vote.says}"
                    )
                for name, reason in found.unavailable:
                    print(f"    unavailable {name}: {reason}")
    return kept


def _matrix(half: str, answered: Sequence[tuple[Fault, Answer]]) -> bool:
    counted = Counter((fault["cause"], found.cause.value) for fault, found in answered)
    names = [each.value for each in Cause]
    print(f"\n{half}: {len(answered)} faults; rows are what was the matter, columns what was answered")
    print(f"{'':24}" + "".join(f"{name[:13]:>15}" for name in names))
    for row in names:
        if any(counted[row, name] for name in names):
            print(f"{row:24}" + "".join(f"{counted[row, name] or '.':>15}" for name in names))
    right = sum(fault["cause"] == found.cause.value for fault, found in answered)
    wrong = sum(found.cause.value not in {fault["cause"], "insufficient_evidence"} for fault, found in answered)
    print(f"right {right}/{len(answered)}, confidently wrong {wrong}/{len(answered)}")
    return right >= 0.9 * len(answered) and wrong <= 0.02 * len(answered)


def _told(found: Answer) -> str:
    return f"{found.cause.value:22} {found.confidence:.2f} {'' if found.likeliest is None else found.likeliest.value}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--half", default="", choices=("", "development", "seen", "held-out"))
    parser.add_argument("--only", default="")
    parser.add_argument("--without", default="", help="kinds of readers that are left out, such as host")
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--explain", action="store_true", help="say why, of what is not held out")
    given = parser.parse_args(arguments)
    chosen = faults(given.half, [name for name in given.only.split(",") if name])
    if not given.judge:
        run(given.folder, chosen, given.without.split(","))
    explained = given.explain and given.half in {"development", "seen"}
    return 0 if judge(given.folder, chosen, explain=explained) else 1


if __name__ == "__main__":
    sys.exit(main())
