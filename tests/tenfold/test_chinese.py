"""A mall of which nothing is as it should be, told in Chinese: why a target refused, what is missing, and what mends it."""

import gzip
import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields, is_dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from collectors.snapshot_file import read
from facts.message import Message
from mall import FAULTS
from mall.servers.processes import free_port
from pages.catalogue import catalogue_file, sentences
from pages.catalogue import read as read_catalogue
from tests.conftest import GUARDED_ROLE, PostgresServer, RedisServer
from tests.tenfold.conftest import AUDITOR, SHOPPER, Program, prepared

CHINESE = {"TENFOLD_LANG": "zh"}
HAN = re.compile(r"[\u4e00-\u9fff]")
# Four English words in a row are a sentence of ours; names, statements and commands are shorter or look otherwise.
ENGLISH = re.compile(r"(?:\b[a-z']+ ){3}[a-z']+\b")
VERBATIM = "{text}"
# Everything here has something that an audit has to say: a lock, an expression without statistics, what no shadow can build.
SCHEMA = f"""
CREATE EXTENSION pg_stat_statements;
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, state text);
CREATE TABLE payments (id bigint PRIMARY KEY, order_id bigint);
CREATE FUNCTION folded(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT lower($1) $$;
INSERT INTO orders SELECT n, n % 500, 'paid' FROM generate_series(1, 20000) n;
INSERT INTO payments SELECT n, n FROM generate_series(1, 2000) n;
CREATE INDEX orders_state ON orders (state);
CREATE INDEX orders_state_again ON orders (state);
CREATE STATISTICS orders_both ON user_id, state FROM orders;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {SHOPPER};
"""
LOOKS = (
    "SELECT * FROM orders WHERE user_id = 7",
    "SELECT * FROM payments WHERE order_id = 7",
    "SELECT * FROM nowhere_at_all WHERE user_id = 7",
)


@contextmanager
def locked(server: PostgresServer, database: str, table: str) -> Iterator[None]:
    with server.connection(database) as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@contextmanager
def refusing(server: RedisServer) -> Iterator[str]:
    """The URL of a user that may neither read the settings nor look at types."""
    with server.client() as client:
        client.set("cart:1", "book")
        client.execute_command("ACL", "SETUSER", "narrow", "reset", "on", ">secret", "+@all", "-config", "-type", "~*")
        try:
            yield server.url(user="narrow", password="secret")
        finally:
            client.execute_command("ACL", "DELUSER", "narrow")


@contextmanager
def site() -> Iterator[str]:
    """The URL of a site that answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            serving.join()


@pytest.fixture
def broken(tenfold: Program, postgres18: PostgresServer, redis6: RedisServer) -> Iterator[Program]:
    """The program beside a configuration whose every target lacks something."""
    database = prepared(postgres18, SCHEMA)
    without = postgres18.create_database("CREATE TABLE orders (id bigint)")
    postgres18.create_role("stranger")
    postgres18.execute(database, *LOOKS[:2], role=SHOPPER)
    targets = {
        "postgres": {
            "locked": postgres18.dsn(database, role=AUDITOR),
            "bare": postgres18.dsn(without, role="stranger"),
            "password": postgres18.dsn("postgres", role=GUARDED_ROLE, password="wrong"),
            "none": postgres18.dsn("no_such_mall"),
            "gone": f"postgresql://tenfold@127.0.0.1:{free_port()}/mall",
        },
        "redis": {"down": f"redis://127.0.0.1:{free_port()}", "wrong": redis6.url(user="narrow", password="no")},
    }
    with ExitStack() as stack:
        stack.enter_context(locked(postgres18, database, "payments"))
        targets["redis"]["narrow"] = stack.enter_context(refusing(redis6))
        lines = [
            f'[[{kind}]]\nname = "{name}"\n{"dsn" if kind == "postgres" else "url"} = "{address}"\n'
            for kind, group in targets.items()
            for name, address in group.items()
        ]
        lines.append(f'[[host]]\nname = "machine"\nnode_exporter = "http://127.0.0.1:{free_port()}/metrics"\n')
        lines.append(f'[[http]]\nname = "site"\nurl = "{stack.enter_context(site())}"\naccess_log = "none.log"\n')
        lines.append(f'[[http]]\nname = "other"\nurl = "http://127.0.0.1:{free_port()}/"\n')
        lines.append(f'[prometheus]\nurl = "http://127.0.0.1:{free_port()}"\n')
        (tenfold.folder / "tenfold.toml").write_text("\n".join(lines), encoding="utf-8")
        yield tenfold


def messages(record: object) -> Iterator[Message]:
    """Every sentence of a record, and not the sentences within it."""
    if isinstance(record, Message):
        yield record
    elif is_dataclass(record) and not isinstance(record, type):
        for each in fields(record):
            yield from messages(getattr(record, each.name))
    elif isinstance(record, tuple | list):
        for each in record:
            yield from messages(each)


def foreign_words(record: object) -> set[str]:
    """What a snapshot repeats word for word, from servers and as commands."""

    def within(message: Message) -> Iterator[str]:
        for value in message.values.values():
            if isinstance(value, Message):
                yield from within(value)
            elif message.template == VERBATIM or " " in str(value):
                yield str(value)

    return {text for message in messages(record) for text in within(message)}


def english(text: str, foreign: set[str]) -> str:
    """The first English sentence of a text, apart from words that are nobody's to translate."""
    for each in sorted(foreign, key=len, reverse=True):
        text = text.replace(each, "")
    text = re.sub(r"`[^`]*`|\w+://\S+|[A-Z]{2,}[A-Z_ ]*.*", "", text)
    found = ENGLISH.search(text)
    return found.group() if found else ""


def told(document: dict[str, Any]) -> list[str]:
    """Every sentence of a report's coverage."""
    records = [*document["coverage"]["targets"], *document["coverage"]["skipped"]]
    return [each[key] for each in records for key in ("detail", "reason", "remedy") if each.get(key)]


def test_what_an_audit_could_not_read_is_told_in_chinese(broken: Program) -> None:
    ended = broken("audit", "--lang", "zh", "--window", "0", "--json", environment=CHINESE)
    assert ended.code == 3, ended.stderr
    run = broken.folder / "tenfold-runs" / "latest"
    snapshot = read(run / "snapshot.tfz")
    foreign = foreign_words(snapshot)
    spoken = told(ended.document)
    assert len(spoken) > 40
    assert [each for each in spoken if not HAN.search(each) and each not in foreign] == []
    assert [found for each in spoken if (found := english(each, foreign))] == []
    # Each of the wounds was met, or this test says nothing.
    whole = "\n".join(spoken)
    for word in (
        "密码被拒绝", "没有这个数据库", "没有服务在监听", "没有 pg_stat_statements", "独占锁定", "ACL 不允许", "node_exporter",
        "访问日志 none.log 不存在", "无法连接到 Prometheus", "无法连接到站点", "扩展统计信息", "键的类型和长度未知",
    ):  # fmt: skip
        assert word in whole, word
    for page in ("report.md", "report.html"):
        assert "该表被独占锁定" in (run / page).read_text(encoding="utf-8")
    assert english(ended.stderr, foreign) == ""


def test_the_same_audit_in_english_holds_the_same_sentences_in_english(broken: Program) -> None:
    ended = broken("audit", "--lang", "en", "--window", "0", "--json")
    spoken = told(ended.document)
    assert [each for each in spoken if HAN.search(each)] == []
    assert "the password was refused" in spoken
    assert "there is no such database" in spoken
    assert "the user's ACL does not allow a command, so what the keys hold and how long they are is not known" in spoken


def test_check_and_snapshot_show_speak_chinese_too(broken: Program) -> None:
    checked = broken("check", environment=CHINESE)
    assert checked.code == 3
    for word in (
        "密码被拒绝",
        "没有此扩展，工作负载未知",
        "未指定访问日志",
        "该用户的 ACL 不允许某条命令：键的类型和长度未知",
    ):
        assert word in checked.stdout, word
    assert english(checked.everything, set()) == ""
    broken("collect", "--window", "0", "-o", "mall.tfz", "-q", environment=CHINESE)
    shown = broken("snapshot", "show", "mall.tfz", environment=CHINESE)
    assert "gone (postgres)：失败：该地址没有服务在监听" in shown.stdout
    assert english(shown.stdout, foreign_words(read(broken.folder / "mall.tfz"))) == ""


def test_check_for_machines_stays_english_and_lists_what_was_left_out(broken: Program) -> None:
    document = broken("check", "--json", environment=CHINESE).document
    (narrow,) = (each for each in document["targets"] if each["name"] == "narrow")
    assert {each["subject"] for each in narrow["gaps"]} == {"redis_configuration", "Redis keys: TYPE"}
    assert all(isinstance(each[key], str) for each in narrow["gaps"] for key in ("subject", "reason", "remedy"))
    (password,) = (each for each in document["targets"] if each["name"] == "password")
    assert password["detail"] == "the password was refused"


def test_explain_names_severities_and_gaps_in_chinese(broken: Program) -> None:
    broken("audit", "--lang", "zh", "--window", "0", "-q", environment=CHINESE)
    finding = next(iter(broken.findings()["findings"]))
    said = broken("explain", finding["code"], finding["subject"], environment=CHINESE)
    assert "已报告，" in said.stdout
    assert f"已报告，{finding['severity']}" not in said.stdout
    gap = broken("explain", "IDX001", "payments", environment=CHINESE)
    assert "未检查：" in gap.stdout
    assert "独占锁定" in gap.stdout


def test_a_snapshot_that_is_none_is_told_in_chinese(tenfold: Program) -> None:
    ended = tenfold("snapshot", "show", "nowhere.tfz", environment=CHINESE)
    assert ended.code == 2
    assert "没有文件 nowhere.tfz" in ended.stderr


def test_a_forged_sentence_is_a_damaged_snapshot_and_no_traceback(tenfold: Program) -> None:
    tenfold("collect", f"redis://127.0.0.1:{free_port()}", "--window", "0", "-o", "mall.tfz", "-q")
    file = tenfold.folder / "mall.tfz"
    document = json.loads(gzip.decompress(file.read_bytes()))
    document["snapshot"]["targets"][0]["detail"] = {
        "template": "{a.__class__.__init__.__globals__}",
        "values": {"a": "x"},
    }
    file.write_bytes(gzip.compress(json.dumps(document).encode()))
    for command in (("snapshot", "show", "mall.tfz"), ("audit", "--from", "mall.tfz", "--lang", "zh")):
        ended = tenfold(*command)
        assert ended.code == 2, ended.everything
        assert "mall.tfz is damaged: targets.0.detail: " in ended.stderr


def test_the_faults_of_the_practice_mall_are_listed_in_chinese(tenfold: Program) -> None:
    catalogue = read_catalogue(catalogue_file("zh"), "zh")
    found = {each.template for each in sentences()}
    assert {fault.hurts for fault in FAULTS} <= found
    listed = "".join(tenfold("demo", "faults", environment={**CHINESE, "COLUMNS": "300"}).stdout.split())
    for fault in FAULTS:
        spoken = catalogue.get(fault.hurts)
        assert spoken is not None
        assert "".join(str(spoken.string).split()) in listed


@pytest.mark.parametrize(("arguments", "environment"), [(("--lang", "zh"), {}), ((), CHINESE)])
def test_a_new_configuration_explains_itself_in_chinese(
    tenfold: Program, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    given = ("init", "--postgres", "postgresql://tenfold@db.example/mall", "--http", "http://shop.example/", "--stdout")
    chinese = tenfold(*given, *arguments, environment=environment).stdout
    plain = tenfold(*given, "--lang", "en", environment=environment).stdout
    assert tomllib.loads(chinese) == tomllib.loads(plain)
    remarks = [line.rpartition("# ")[2] for line in chinese.splitlines() if "# " in line]
    assert len([each for each in remarks if HAN.search(each)]) >= 11
    assert [each for each in remarks if ENGLISH.search(each)] == []
