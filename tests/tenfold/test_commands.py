"""Every command's help, its ways of being called wrongly, and what it answers with --json."""

import gzip
import json
from pathlib import Path

import pytest

from tests.conftest import GUARDED_PASSWORD, GUARDED_ROLE, PostgresServer, RedisServer
from tests.tenfold.conftest import Program, Shop

COMMANDS = (
    (), ("init",), ("check",), ("collect",), ("audit",), ("explain",), ("verify",), ("compare",), ("snapshot",), ("snapshot", "show"),
    ("demo",), ("demo", "faults"), ("serve",), ("mark",), ("users",), ("tokens",), ("tickets",), ("tickets", "window"),
    *(("users", each) for each in ("add", "list", "disable", "enable", "password")),
    *(("tokens", each) for each in ("create", "list", "revoke")),
    *(("tickets", "window", each) for each in ("list", "begin", "end")),
    *(
        ("tickets", each)
        for each in (
            "list", "show", "create", "report", "take", "plan", "pause", "resume", "resolve", "close", "reopen", "rate", "assign",
            "comment", "merge", "ledger", "quarantine", "replay", "routes", "try", "expect",
            "urgency", "area", "attach", "attachments", "attachment", "aid", "follow-up",
        )
    ),
)  # fmt: skip
SECRET = "hunter2-s3cret"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_help_has_an_example_on_one_line(tenfold: Program, command: tuple[str, ...]) -> None:
    ended = tenfold(*command, "--help", environment={"COLUMNS": "50"})
    assert ended.code == 0
    assert ended.stdout.startswith("Usage: tenfold")
    example = next(line for line in ended.stdout.splitlines() if "Example: tenfold" in line)
    assert not command or f"Example: tenfold {command[0]}" in example


def test_the_help_in_chinese(tenfold: Program) -> None:
    ended = tenfold("--help", environment={"LC_ALL": "zh_CN.UTF-8"})
    assert ended.code == 0
    assert "商城" in ended.stdout


def test_the_version(tenfold: Program) -> None:
    from tenfold import __version__

    assert tenfold("--version").stdout == f"tenfold {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "happened", "mends"),
    [
        (("audti",), "No such command 'audti'", "audit"),
        (("audit", "--windwo", "3"), "--windwo", "--window"),
        (("audit", "--window", "soon"), "--window", "number"),
        (("audit", "--window", "-1"), "--window", "0"),
        (("audit", "--window", "inf"), "--window", "86400"),
        (("audit", "--multiplier", "0"), "--multiplier", "0.1"),
        (("audit", "--only", "indexes,speed"), "There is no area 'speed'", "queries"),
        (("audit", "--index-budget", "lots"), "--index-budget: 'lots' is not a size", "2GB"),
        (("audit", "--fail-on", "awful"), "--fail-on", "critical"),
        (("audit", "--lang", "fr"), "--lang", "zh"),
        (("audit", "--from", "x.tfz", "postgresql://db/mall"), "either addresses or --from", "not both"),
        (("audit",), "There is nothing to read", "tenfold init"),
        (("check",), "There is nothing to read", "tenfold init"),
        (("collect",), "There is nothing to read", "tenfold init"),
        (("check", "-c", "nowhere.toml"), "There is no configuration file nowhere.toml", "tenfold init"),
        (("explain", "IDX01"), "There is no rule IDX01", "IDX001"),
        (("explain", "IDX001", "orders"), "There is no run at tenfold-runs/latest", "tenfold audit"),
        (("compare", "a", "b"), "There is no run at a", "tenfold audit"),
        (("compare", "a"), "Missing argument 'after'", "tenfold compare -h"),
        (("snapshot", "show", "nowhere.tfz"), "there is no file nowhere.tfz", "tenfold collect"),
        (("demo", "faults", "maybe", "x"), "There is no action 'maybe'", "tenfold demo faults"),
        (("tickets", "list"), "There is no token for the ticket service", "tenfold tokens create"),
        (("tickets", "list", "--server", "tickets"), "--server", "https://"),
        (("tickets", "list", "--state", "new"), "--state", "waiting"),
        (("tickets", "rate", "1", "--attitude", "6", "--speed", "1", "--result", "1"), "--attitude", "5"),
        (("tickets", "resolve", "1", "--solution", "x"), "--steps", "tenfold tickets resolve -h"),
        (("users", "add", "zhang", "--role", "boss"), "--role", "engineer"),
        (("tokens", "create", "x", "--role", "boss"), "--role", "machine"),
        (("tokens", "list"), "There is no configuration file", "tenfold init"),
        (("audit", "postgresql://db/mall", "--raise"), "There is no token for the ticket service", "TENFOLD_TOKEN"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_call_is_told_with_what_mends_it(
    tenfold: Program, arguments: tuple[str, ...], happened: str, mends: str
) -> None:
    ended = tenfold(*arguments)
    assert ended.code == 2
    assert ended.stdout == ""
    assert happened in ended.stderr
    assert mends in ended.stderr


@pytest.mark.parametrize(
    ("text", "happened", "mends"),
    [
        ("[mall]\nlang = zh\n", "at line 2", "'lang'"),
        ("[promotion]\nmultipler = 3\n", "tenfold.toml:2: unknown key promotion.multipler", "Did you mean multiplier?"),
        ('[[redis]]\nname = "c"\nurl = "redis://:${CACHE_PW}@c"\n', "CACHE_PW, which redis.url refers to", "export CACHE_PW="),
        ("[mall]\n", "names no target", "[[postgres]]"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_configuration_names_line_and_key(
    tenfold: Program, text: str, happened: str, mends: str
) -> None:
    (tenfold.folder / "tenfold.toml").write_text(text, encoding="utf-8")
    ended = tenfold("audit")
    assert ended.code == 2
    assert happened in ended.stderr
    assert mends in ended.stderr
    assert [each.name for each in tenfold.folder.iterdir()] == ["tenfold.toml"]


def snapshot(program: Program, shop: Shop) -> Path:
    assert program("collect", shop.dsn, "--window", "0", "-o", "mall.tfz").code == 0
    return program.folder / "mall.tfz"


def test_snapshots_that_are_cut_off_newer_or_none_at_all(tenfold: Program, shop: Shop) -> None:
    path = snapshot(tenfold, shop)
    whole = path.read_bytes()
    document = json.loads(gzip.decompress(whole))
    newer = gzip.compress(json.dumps({**document, "version": 99}).encode())
    lacking = gzip.compress(json.dumps({**document, "snapshot": {}}).encode())
    for name, data, happened, mends in (
        ("cut.tfz", whole[: len(whole) // 2], "cut.tfz is cut off", "copy it again"),
        ("newer.tfz", newer, "newer.tfz has format version 99", "update Tenfold"),
        ("lacking.tfz", lacking, "lacking.tfz is damaged", "collect again"),
        ("other.tfz", b"PK\x03\x04", "other.tfz is not a snapshot", "tenfold collect"),
        ("text.tfz", gzip.compress(b"[1]"), "text.tfz is not a snapshot", "tenfold collect"),
    ):
        (tenfold.folder / name).write_bytes(data)
        ended = tenfold("audit", "--from", name)
        assert ended.code == 2
        assert ended.stdout == ""
        assert happened in ended.stderr
        assert mends in ended.stderr
    assert "cut.tfz is cut off" in tenfold("snapshot", "show", "cut.tfz").stderr
    assert not (tenfold.folder / "tenfold-runs").exists()


def test_a_findings_file_that_is_something_else(tenfold: Program) -> None:
    for text in ("{}", "no json", "[" * 100_000):
        (tenfold.folder / "findings.json").write_text(text, encoding="utf-8")
        ended = tenfold("explain", "IDX001", "orders", "--run", "findings.json")
        assert ended.code == 2
        assert "findings.json is not a findings.json of Tenfold" in ended.stderr


def test_all_rules_and_one_manual_page(tenfold: Program) -> None:
    assert "IDX001  missing-index" in tenfold("explain").stdout
    page = tenfold("explain", "missing-index").stdout
    assert page.startswith("IDX001 missing-index")
    assert "Quiet when:" in page


def test_init_writes_a_file_that_check_understands_and_never_overwrites_one(tenfold: Program, shop: Shop) -> None:
    ended = tenfold("init", "--postgres", shop.dsn)
    assert ended.code == 0
    assert "CREATE ROLE tenfold" in ended.stdout
    assert "Then: tenfold check" in ended.stderr
    path = tenfold.folder / "tenfold.toml"
    written = path.read_text(encoding="utf-8")
    assert tenfold("check").code == 0
    again = tenfold("init", "--postgres", "postgresql://other/mall")
    assert again.code == 2
    assert "tenfold.toml exists already" in again.stderr
    assert "--force" in again.stderr
    assert path.read_text(encoding="utf-8") == written
    assert tenfold("init", "--postgres", "postgresql://other/mall", "--force").code == 0
    assert "postgresql://other/mall" in path.read_text(encoding="utf-8")


def test_init_to_stdout_writes_nothing(tenfold: Program) -> None:
    ended = tenfold("init", "--stdout", "--redis", "redis://:${CACHE_PW}@cache")
    assert ended.code == 0
    assert 'url = "redis://:${CACHE_PW}@cache"' in ended.stdout
    assert list(tenfold.folder.iterdir()) == []


def test_init_without_a_terminal_asks_nobody(tenfold: Program) -> None:
    ended = tenfold("init")
    assert ended.code == 2
    assert "nobody to ask" in ended.stderr
    assert "--postgres" in ended.stderr


def test_init_refuses_an_address_that_check_would_refuse(tenfold: Program) -> None:
    ended = tenfold("init", "--postgres", f"mysql://root:{SECRET}@db/mall")
    assert ended.code == 2
    assert SECRET not in ended.everything
    assert list(tenfold.folder.iterdir()) == []


def test_init_where_nothing_can_be_written(tenfold: Program) -> None:
    ended = tenfold("init", "--postgres", "postgresql://db/mall", "-o", "no/such/folder/tenfold.toml")
    assert ended.code == 2
    assert "no/such/folder/tenfold.toml cannot be written" in ended.stderr


def test_check_names_each_gap_with_its_remedy(tenfold: Program, shop: Shop, postgres18: PostgresServer) -> None:
    postgres18.create_role("outsider")
    postgres18.create_database(name="bare")
    ended = tenfold("check", shop.dsn.replace("tenfold@", "outsider@"), postgres18.dsn("bare"))
    assert ended.code == 0
    for remedy in ("GRANT pg_monitor TO outsider", "`tenfold init`", "CREATE EXTENSION pg_stat_statements"):
        assert f"→ {remedy}" in ended.stdout or remedy in ended.stdout
    document = tenfold("check", shop.dsn.replace("tenfold@", "outsider@"), "--json").document
    gaps = {each["subject"]: each["remedy"] for each in document["targets"][0]["gaps"]}
    assert gaps["pg_monitor"] == "GRANT pg_monitor TO outsider"
    assert all(gaps.values())


def test_check_is_content_with_the_role_of_init(tenfold: Program, shop: Shop) -> None:
    ended = tenfold("check", shop.dsn, "--json")
    assert ended.code == 0
    line = next(each for each in ended.document["targets"] if each["kind"] == "postgres")
    assert line["gaps"] == []
    assert "as tenfold" in line["version"]


def test_what_would_be_sent_is_printed_without_a_connection(tenfold: Program) -> None:
    ended = tenfold("check", "--print-sql", "postgresql://127.0.0.1:1/mall")
    assert ended.code == 0
    assert "FROM pg_stat_statements" in ended.stdout or "pg_stat_statements(" in ended.stdout
    assert "INFO everything" in ended.stdout
    sent = tenfold("check", "--print-sql", "--json").document["sent"]
    assert "INFO everything" in sent
    assert not any(each.strip().startswith("--") for each in sent)


def test_no_password_reaches_any_output(tenfold: Program, postgres18: PostgresServer, redis6: RedisServer) -> None:
    """Right passwords, so that everything is read and kept, with every word that the program can say about it."""
    with redis6.client() as client:
        client.execute_command("ACL", "SETUSER", "reader", "on", f">{SECRET}", "~*", "+@all")
    database = postgres18.create_database("CREATE EXTENSION pg_stat_statements")
    dsn = f"host=127.0.0.1 port={postgres18.port} user={GUARDED_ROLE} password='{GUARDED_PASSWORD}' dbname={database}"
    addresses = (dsn, redis6.url(user="reader", password=SECRET), f"http://buyer:{SECRET}@127.0.0.1:{redis6.port}/")
    ended = [
        tenfold("audit", *addresses, "--window", "0", "--verbose"),
        tenfold("collect", *addresses, "--window", "0", "--verbose", "-o", "mall.tfz"),
        tenfold("check", *addresses, "--verbose"),
        tenfold("check", *addresses, "--json"),
        tenfold("snapshot", "show", "mall.tfz", "--json"),
    ]
    assert [each.code for each in ended] == [3, 3, 3, 3, 0]
    told = "".join(each.everything for each in ended) + tenfold.written()
    assert "127.0.0.1" in told
    assert SECRET not in told
    assert GUARDED_PASSWORD not in told
