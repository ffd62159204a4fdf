"""Servers that are not there, refuse us or say nothing: the report says what happened and what mends it, with exit code 3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as driver

from mall.servers.processes import end, free_port, start
from tests.conftest import DEBIAN_REDIS, GUARDED_ROLE, PostgresServer, RedisServer
from tests.tenfold.conftest import Ended, Program, Shop, codes, skipped, wait_for

SECRET = "hunter2-s3cret"


def refused(tenfold: Program, ended: Ended, happened: str, remedy: str) -> None:
    """The report is there, and stdout, stderr and coverage tell the same."""
    assert ended.code == 3, ended.stderr
    document = ended.document
    assert document["verdict"] == "not enough evidence"
    assert happened in skipped(document)
    assert remedy in skipped(document)
    assert happened in ended.stderr
    assert remedy in ended.stderr
    assert tenfold.findings() == document
    assert SECRET not in ended.everything + tenfold.written()


def audit(tenfold: Program, *addresses: str) -> Ended:
    return tenfold("audit", *addresses, "--window", "0", "--json")


def test_nothing_listens(tenfold: Program) -> None:
    ended = audit(tenfold, f"postgresql://tenfold:{SECRET}@127.0.0.1:{free_port()}/mall")
    refused(tenfold, ended, "nothing listens there", "check host and port of the DSN, and that the server runs")


def test_the_report_for_people_says_it_too(tenfold: Program) -> None:
    ended = tenfold("audit", f"postgresql://tenfold:{SECRET}@127.0.0.1:{free_port()}/mall", "--window", "0")
    assert ended.code == 3
    assert "mall: nothing listens there" in ended.stdout
    assert "check host and port of the DSN" in ended.stdout


def test_a_wrong_password(tenfold: Program, postgres18: PostgresServer) -> None:
    ended = audit(tenfold, f"postgresql://{GUARDED_ROLE}:{SECRET}@127.0.0.1:{postgres18.port}/postgres")
    refused(tenfold, ended, "the password was refused", "~/.pgpass")


def test_no_password(tenfold: Program, postgres18: PostgresServer) -> None:
    ended = audit(tenfold, f"postgresql://{GUARDED_ROLE}@127.0.0.1:{postgres18.port}/postgres")
    refused(tenfold, ended, "a password and none was given", "~/.pgpass")


def test_no_such_database(tenfold: Program, postgres18: PostgresServer) -> None:
    ended = audit(tenfold, f"postgresql://postgres:{SECRET}@127.0.0.1:{postgres18.port}/no_such_mall")
    refused(tenfold, ended, "there is no such database", "psql -l")


def test_no_such_role(tenfold: Program, postgres18: PostgresServer) -> None:
    ended = audit(tenfold, f"postgresql://nobody_of_that_name:{SECRET}@127.0.0.1:{postgres18.port}/postgres")
    refused(tenfold, ended, 'role "nobody_of_that_name" does not exist', "tenfold init")


def test_tls_where_the_server_has_none(tenfold: Program, postgres18: PostgresServer) -> None:
    ended = audit(tenfold, f"postgresql://postgres:{SECRET}@127.0.0.1:{postgres18.port}/postgres?sslmode=require")
    refused(tenfold, ended, "asks for TLS and the server does not offer it", "sslmode=prefer")


def test_a_server_that_accepts_and_never_answers(tenfold: Program, silent_port: int) -> None:
    ended = audit(tenfold, f"postgresql://tenfold:{SECRET}@127.0.0.1:{silent_port}/mall")
    refused(tenfold, ended, "the server accepted and gave no answer", "overloaded or stopped")


def test_a_password_in_a_keyword_string_becomes_no_name(tenfold: Program) -> None:
    """The short name of a target was once taken from what looked like a path."""
    dsn = f"host=127.0.0.1 port={free_port()} user=tenfold password={SECRET} dbname=mall"
    ended = audit(tenfold, dsn)
    refused(tenfold, ended, "nothing listens there", "check host and port")
    assert [each["name"] for each in ended.document["coverage"]["targets"] if each["kind"] == "postgres"] == ["mall"]


def test_one_of_two_targets_is_down_and_the_other_is_judged(tenfold: Program, shop: Shop) -> None:
    ended = audit(tenfold, shop.dsn, f"redis://127.0.0.1:{free_port()}")
    assert ended.code == 3
    document = ended.document
    assert "IDX001" in codes(document)
    status = {each["kind"]: each["status"] for each in document["coverage"]["targets"]}
    assert status["postgres"] == "ok"
    assert status["redis"] == "failed"
    assert "127.0.0.1: nothing listens there" in skipped(document)
    assert "check host and port of the URL" in ended.stderr


def test_one_of_two_databases_is_missing_and_the_other_is_read(tenfold: Program, shop: Shop) -> None:
    (tenfold.folder / "tenfold.toml").write_text(
        f'[[postgres]]\nname = "main"\ndsn = "{shop.dsn}"\ndatabases = ["{shop.database}", "no_such_mall"]\n',
        encoding="utf-8",
    )
    ended = tenfold("collect", "--window", "0", "-o", "mall.tfz")
    assert ended.code == 3
    assert "main could not be read: no_such_mall: there is no such database" in ended.stderr
    assert "main/shop: texts of" in tenfold("snapshot", "show", "mall.tfz").stdout


def test_two_targets_of_one_host_keep_their_records_apart(tenfold: Program, redis6: RedisServer) -> None:
    ended = audit(tenfold, redis6.url(), f"redis://127.0.0.1:{free_port()}")
    assert ended.code == 3
    targets = {each["name"]: each["status"] for each in ended.document["coverage"]["targets"]}
    assert targets == {"127.0.0.1": "ok", "127.0.0.1-2": "failed"}


def test_a_collection_says_why_it_is_partial(tenfold: Program) -> None:
    ended = tenfold("collect", f"redis://:{SECRET}@127.0.0.1:{free_port()}", "--window", "0", "-o", "mall.tfz", "-q")
    assert ended.code == 3
    assert "127.0.0.1 could not be read: nothing listens there" in ended.stderr
    assert "check host and port of the URL" in ended.stderr
    shown = tenfold("snapshot", "show", "mall.tfz")
    assert "nothing listens there" in shown.stdout
    assert SECRET not in ended.everything + shown.everything + tenfold.written()


def test_a_redis_password_that_is_wrong(tenfold: Program, redis6: RedisServer) -> None:
    with redis6.client() as client:
        client.acl_setuser("guarded", enabled=True, passwords=["+right"], categories=["+@all"], keys=["*"])
    ended = audit(tenfold, redis6.url(user="guarded", password=SECRET))
    refused(tenfold, ended, "the password was refused", "correct the password in the URL")


@pytest.mark.parametrize(("allowed", "code"), [(("+@all", "-config"), 0), (("-@all",), 3)])
def test_an_acl_that_refuses_commands_is_mended_by_the_command_that_is_named(
    tenfold: Program, any_redis: RedisServer, allowed: tuple[str, ...], code: int
) -> None:
    url = any_redis.url(user="auditor", password=SECRET)
    with any_redis.client() as client:
        client.set("cart:1", "book")
        client.acl_deluser("auditor")
        client.execute_command("ACL", "SETUSER", "auditor", "on", f">{SECRET}", "~*", *allowed)
        ended = audit(tenfold, url)
        assert ended.code == code, ended.stderr
        assert "the user's ACL does not allow a command" in skipped(ended.document)
        remedy = next(each["remedy"] for each in ended.document["coverage"]["skipped"] if each["remedy"])
        client.execute_command(*remedy.replace("<user>", "auditor").split())
        mended = audit(tenfold, url)
    assert mended.code == 0, mended.stderr
    assert not mended.document["coverage"]["skipped"]
    assert SECRET not in tenfold.written()


@pytest.fixture
def cluster_node(tmp_path: Path) -> Iterator[int]:
    """A Redis cluster of one node, which owns every slot."""
    if not DEBIAN_REDIS.exists():
        pytest.skip("apt-get install redis-server")
    port, bus = free_port(), free_port()
    options = {
        "port": port,
        "cluster-port": bus,
        "bind": "127.0.0.1",
        "dir": tmp_path,
        "cluster-enabled": "yes",
        "save": "",
    }
    command = [str(DEBIAN_REDIS), *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
    process = start(command, log=tmp_path / "redis.log")
    client: Any = driver.Redis(port=port)

    def ready() -> bool:
        try:
            return "cluster_state:ok" in str(client.execute_command("CLUSTER", "INFO"))
        except driver.ConnectionError:
            return False

    def answers() -> bool:
        try:
            return bool(client.ping())
        except driver.ConnectionError:
            return False

    try:
        wait_for(answers)
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        wait_for(ready)
        client.set("cart:1", "book")
        yield port
    finally:
        client.close()
        end(process)


@pytest.mark.debian_servers
def test_a_cluster_node_is_read_like_any_server(tenfold: Program, cluster_node: int) -> None:
    ended = audit(tenfold, f"redis://127.0.0.1:{cluster_node}")
    assert ended.code == 0, ended.stderr
    assert ended.document["coverage"]["targets"][0]["status"] == "ok"
    shown = tenfold("snapshot", "show", "tenfold-runs/latest/snapshot.tfz", "--json")
    assert shown.document["redis"][0]["key_patterns"] == ["cart:{number}"]


def test_an_address_that_is_no_address_is_the_users_mistake(tenfold: Program) -> None:
    ended = tenfold("audit", f"postgresql://u:{SECRET}%zz@127.0.0.1/mall")
    assert ended.code == 2
    assert "An address for postgres is not valid" in ended.stderr
    assert "postgresql://user@host:5432/database" in ended.stderr
    assert SECRET not in ended.everything


def test_valkeys_own_scheme_is_understood(tenfold: Program, redis6: RedisServer) -> None:
    ended = tenfold("check", redis6.url().replace("redis://", "valkey://"))
    assert ended.code == 0, ended.everything
