"""Personal values are planted wherever a mall keeps them; no byte of the snapshot file holds one."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors import front, postgres, redis, snapshot_file
from facts.postgres import PostgresFacts
from facts.snapshot import FORMAT_VERSION, Cost, Snapshot
from tests.collectors.conftest import Audited, audited
from tests.conftest import PostgresServer, RedisServer

NAME, MAIL, PHONE, CARD = "欧阳娜娜", "nana.ouyang@shop.example", 13912345678, "110101199003074258"
ADDRESS, ADVICE, NICK, IP = "北京市海淀区中关村大街27号", "leave it with Brunhilde", "nananana", "198.51.100.77"
PLANTED = (NAME, MAIL, str(PHONE), CARD, ADDRESS, ADVICE, "Brunhilde", NICK, IP, "nana.ouyang", "海淀")

DDL = f"""
CREATE EXTENSION pg_stat_statements;
CREATE TABLE members (
    id bigint PRIMARY KEY, full_name text, email varchar(80) UNIQUE, phone bigint, id_card char(18), address text, note text,
    "nickName" text, last_ip inet, profile jsonb, labels text[], state text, points integer
);
CREATE TABLE invoices (id bigint PRIMARY KEY, buyer_email text, state text);
INSERT INTO members
    SELECT n, '{NAME}', 'member' || n || '@shop.example', {PHONE}, '{CARD}', '{ADDRESS}', '{ADVICE}', '{NICK}', '{IP}',
        '{{"name": "{NAME}"}}', ARRAY['{ADVICE}', '{NAME}'], CASE n % 2 WHEN 0 THEN 'active' ELSE 'frozen' END, n
    FROM generate_series(1, 300) n;
UPDATE members SET email = '{MAIL}' WHERE id = 7;
INSERT INTO members SELECT n, 'A' || n, '{MAIL[:-1]}' || n, n, n, 'B' || n, 'C ' || n, 'D' || n, '10.0.0.1', '{{}}',
        ARRAY['E' || n], 'active', n
    FROM generate_series(1001, 1300) n;
INSERT INTO invoices SELECT n, '{MAIL}', 'paid' FROM generate_series(1, 100) n;
COMMENT ON TABLE members IS 'ask {NAME}, {MAIL}, {PHONE}';
"""


@pytest.fixture(scope="module")
def mall(postgres_server: PostgresServer) -> Audited:
    return audited(postgres_server, DDL)


def read_postgres(mall: Audited, *, keep_values: bool) -> PostgresFacts:
    """A reading while one session of the shop has just asked for a person by name."""
    with mall.server.connection(mall.database) as shop, shop.cursor() as cursor:
        (begun,) = postgres.begin("mall", mall.dsn, (), two_readings=True)
        cursor.execute(f"SELECT * FROM members WHERE email = '{MAIL}' OR phone = {PHONE} OR full_name LIKE '%{NAME}%'")
        cursor.execute(f"SELECT 1 AS one, '{ADDRESS}', $${ADVICE}$$, E'{NICK}'")
        return postgres.finish(begun, keep_values=keep_values)


def document(path: Path, **parts: Any) -> str:
    """The text of a snapshot file with these facts."""
    cost = Cost(statements=1, cpu_seconds=None, execution_seconds=0, longest_lock_wait_seconds=0, connections=1)
    snapshot = Snapshot(
        **{
            "format_version": FORMAT_VERSION,
            "tool_version": "0",
            "mall": "mall",
            "taken_at": datetime(2026, 11, 22, tzinfo=UTC),
            "window_seconds": 1.0,
            "masked": True,
            "targets": (),
            "postgres": (),
            "redis": (),
            "hosts": (),
            "fronts": (),
            "cost": cost,
            **parts,
        }
    )
    snapshot_file.write(snapshot, path)
    return gzip.decompress(path.read_bytes()).decode()


def found_in(text: str) -> list[str]:
    escaped = {value: json.dumps(value)[1:-1] for value in PLANTED}
    return [value for value in PLANTED if value in text or escaped[value] in text]


def test_no_byte_of_a_database_reading_is_personal(mall: Audited, tmp_path: Path) -> None:
    facts = read_postgres(mall, keep_values=False)
    text = document(tmp_path / "masked.tfz", postgres=(facts,))
    assert facts.schema is not None
    assert facts.activity is not None
    assert facts.activity.sessions
    assert {each.column for each in facts.schema.statistics} >= {"full_name", "email", "phone", "note", "last_ip"}
    assert not found_in(text)


def test_the_search_finds_them_where_values_are_kept(mall: Audited, tmp_path: Path) -> None:
    text = document(tmp_path / "kept.tfz", postgres=(read_postgres(mall, keep_values=True),))
    assert set(found_in(text)) == set(PLANTED)


def test_status_words_and_plain_numbers_stay(mall: Audited) -> None:
    schema = read_postgres(mall, keep_values=False).schema
    assert schema is not None
    by_column = {each.column: each for each in schema.statistics}
    assert not by_column["points"].masked
    states = [each.common_values for each in schema.statistics if each.column == "state"]
    assert {value for values in states for value in values or ()} == {"active", "frozen", "paid"}


def test_masking_keeps_what_the_planner_rests_on(mall: Audited) -> None:
    masked, kept = (read_postgres(mall, keep_values=keep).schema for keep in (False, True))
    assert masked is not None
    assert kept is not None
    assert [table.columns for table in masked.tables] == [table.columns for table in kept.tables]
    assert masked.indexes == kept.indexes
    for ours, theirs in zip(masked.statistics, kept.statistics, strict=True):
        assert (ours.column, ours.distinct, ours.null_ratio) == (theirs.column, theirs.distinct, theirs.null_ratio)
        if ours.common_values is not None:
            assert ours.common_ratios == theirs.common_ratios
            assert len(set(ours.common_values)) == len(set(theirs.common_values or ()))
        if ours.histogram is not None and theirs.histogram is not None:
            assert len(ours.histogram) == len(theirs.histogram)


def test_a_value_has_one_pseudonym_in_both_columns_that_are_joined(mall: Audited) -> None:
    masked, kept = (read_postgres(mall, keep_values=keep).schema for keep in (False, True))
    assert masked is not None
    assert kept is not None
    pairs: dict[str, set[str]] = {}
    for ours, theirs in zip(masked.statistics, kept.statistics, strict=True):
        if ours.column in {"email", "buyer_email"} and ours.common_values:
            for pseudonym, value in zip(ours.common_values, theirs.common_values or (), strict=True):
                pairs.setdefault(value, set()).add(pseudonym)
    assert MAIL in pairs
    assert all(len(pseudonyms) == 1 for pseudonyms in pairs.values())


@pytest.fixture
def shop_redis(redis_server: RedisServer) -> RedisServer:
    with redis_server.client() as client:
        client.config_set("slowlog-log-slower-than", 0)
        client.set(f"user:{MAIL}:cart", ADVICE)
        client.set(f"sms:{PHONE}", NICK)
        client.set(f"search:{NAME}", "1")
        client.set(f"rate:{IP}", "1")
        client.hset(f"member:{CARD}", mapping={"name": NAME, "note": ADVICE})
        client.get(f"search:{ADVICE}")
        client.config_set("slowlog-log-slower-than", 10_000)
    return redis_server


def test_no_byte_of_a_redis_reading_is_personal(shop_redis: RedisServer, tmp_path: Path) -> None:
    _, facts = redis.finish(redis.begin("cache", shop_redis.url(), two_readings=False))
    text = document(tmp_path / "masked.tfz", redis=(facts,))
    assert facts.keyspace is not None
    assert facts.keyspace.sampled == 5
    assert len(facts.slow) > 5
    assert not found_in(text)


def test_no_byte_of_a_logs_reading_is_personal(
    tmp_path: Path, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "TIMEOUT_SECONDS", 0.2)
    log = tmp_path / "access.log"
    at = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%d/%b/%Y:%H:%M:%S +0000")
    targets = [
        *(
            f"/search?q={NAME}",
            f"/track?mail={MAIL}&phone={PHONE}",
            f"/u/{PHONE}",
            f"/{NAME}/{CARD}",
            f"/a/{ADDRESS}?{IP}",
        ),
        f"/bad {NAME}",
    ]
    log.write_text(
        "".join(
            f'{IP} - {NICK} [{at}] "GET {target} HTTP/1.1" 200 5 "https://x/{NAME}" "{ADVICE}" 0.1 "{NICK}"\n'
            for target in targets
        )
    )
    begun = front.begin("shop", f"http://{NICK}:{CARD}@127.0.0.1:{silent_port}/?q={NAME}", log, None)
    target, facts = front.finish(begun, two_readings=False)
    text = document(tmp_path / "masked.tfz", fronts=(facts,), targets=(target,))
    assert facts.log is not None
    assert facts.log.window_requests == len(targets)
    assert not found_in(text)


def test_a_masked_value_can_still_be_a_value_of_its_column(postgres_server: PostgresServer) -> None:
    labelled = audited(
        postgres_server,
        "CREATE TABLE shelves (labels text[])",
        "INSERT INTO shelves SELECT ARRAY['for Ann', 'row ' || n % 3] FROM generate_series(1, 900) n",
    )
    schema = labelled.read().schema
    assert schema is not None
    (labels,) = schema.statistics
    assert labels.masked
    assert labels.common_values
    with labelled.server.connection(labelled.database) as shop, shop.cursor() as cursor:
        for value in labels.common_values:
            cursor.execute("SELECT %s::text[]", [value])


@pytest.mark.parametrize(
    "ddl",
    [
        f"CREATE INDEX hers ON orders (id) WHERE buyer = '{MAIL}'",
        f"ALTER TABLE orders ADD CHECK (buyer <> '{MAIL}')",
        f"CREATE VIEW hers AS SELECT * FROM orders WHERE buyer = '{MAIL}'",
    ],
    ids=["an index's predicate", "a check", "a view"],
)
def test_no_definition_holds_a_personal_literal(postgres_server: PostgresServer, tmp_path: Path, ddl: str) -> None:
    shop = audited(postgres_server, "CREATE TABLE orders (id integer, buyer text)", ddl)
    assert not found_in(document(tmp_path / "masked.tfz", postgres=(shop.read(),)))


def test_no_tag_of_a_statement_is_personal(mall: Audited, tmp_path: Path) -> None:
    mall.execute(f"SELECT count(*) FROM invoices /*route='/u/{MAIL.replace('@', '%40')}'*/")
    assert not found_in(document(tmp_path / "masked.tfz", postgres=(mall.read(),)))
