"""A server that is not there, refuses us or lacks something ends in a record with a sentence and a remedy, never in an exception."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from collectors import postgres, postgres_connection
from facts.message import msg
from facts.postgres import PostgresFacts
from facts.readings import Reading, Status, Target
from mall.servers.processes import free_port
from tests.collectors.conftest import ROLE, SCHEMA, Audited, audited
from tests.conftest import GUARDED_PASSWORD, GUARDED_ROLE, PostgresServer

SECRET = "hunter2secret"


def attempt(dsn: str, databases: tuple[str, ...] = ()) -> tuple[Target, list[PostgresFacts]]:
    begun = postgres.begin("mall", dsn, databases, two_readings=True)
    for each in begun:
        postgres.look(each)
    facts = [postgres.finish(each, keep_values=False) for each in begun]
    return postgres.target_record("mall", begun, facts), facts


def reading(facts: PostgresFacts, collector: str) -> Reading:
    return [each for each in facts.readings if each.collector == collector][-1]


def test_a_wrong_password(postgres_server: PostgresServer) -> None:
    target, facts = attempt(postgres_server.dsn(role=GUARDED_ROLE, password=SECRET))
    assert target.unreachable
    assert target.status is Status.FAILED
    assert "the password was refused" in str(target.detail)
    assert ".pgpass" in str(target.remedy)
    assert SECRET not in repr((target, facts))
    assert str(facts[0].readings[0].detail) == "the password was refused"


def test_no_password_where_one_is_needed(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    target, _ = attempt(postgres_server.dsn(role=GUARDED_ROLE))
    assert target.unreachable
    assert "none was given" in str(target.detail)
    assert ".pgpass" in str(target.remedy)


def test_the_right_password_is_in_no_record(postgres_server: PostgresServer) -> None:
    target, facts = attempt(postgres_server.dsn(role=GUARDED_ROLE, password=GUARDED_PASSWORD))
    assert not target.unreachable
    assert facts[0].server is not None
    assert GUARDED_PASSWORD not in repr((target, facts))


def test_nothing_listens() -> None:
    target, facts = attempt(f"postgresql://tenfold@127.0.0.1:{free_port()}/mall")
    assert target == Target(
        name="mall",
        kind="postgres",
        status=Status.FAILED,
        detail=msg("nothing listens there"),
        remedy=msg("check host and port of the DSN, and that the server runs"),
        unreachable=True,
    )
    assert facts[0].schema is None


def test_no_such_database(postgres_server: PostgresServer) -> None:
    target, _ = attempt(postgres_server.dsn("no_such_mall"))
    assert target.unreachable
    assert str(target.detail) == "there is no such database"
    assert "psql -l" in str(target.remedy)


def test_one_of_two_databases_is_missing(mall: Audited) -> None:
    target, facts = attempt(mall.dsn, (mall.database, "no_such_mall"))
    assert target.unreachable
    assert "no_such_mall" in str(target.detail)
    assert facts[0].schema is not None
    assert facts[1].schema is None


def test_no_such_role(postgres_server: PostgresServer) -> None:
    target, _ = attempt(postgres_server.dsn(role="nobody_here"))
    assert target.unreachable
    assert "role" in str(target.detail)
    assert "tenfold init" in str(target.remedy)


def test_a_server_without_tls(postgres_server: PostgresServer) -> None:
    target, _ = attempt(postgres_server.dsn() + " sslmode=require")
    assert target.unreachable
    assert "TLS" in str(target.detail)
    assert "sslmode" in str(target.remedy)


def test_a_role_without_a_free_connection(postgres_server: PostgresServer) -> None:
    postgres_server.create_role("crowded", "CONNECTION LIMIT 0")
    target, _ = attempt(postgres_server.dsn(role="crowded"))
    assert target.unreachable
    assert "connection limit" in str(target.detail)
    assert "CONNECTION LIMIT" in str(target.remedy)


def test_a_server_that_accepts_and_never_answers(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_connection, "CONNECT_TIMEOUT_SECONDS", 0.2)
    target, _ = attempt(f"postgresql://tenfold@127.0.0.1:{silent_port}/mall")
    assert target.unreachable
    assert target.status is Status.TIMED_OUT
    assert "accepted" in str(target.detail)
    assert "firewall" in str(target.remedy)


@contextmanager
def silent_after_hello(port: int) -> Iterator[int]:
    """A relay that lets a session through until it is ready, and then swallows every statement."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(("127.0.0.1", port)) as upstream,
    ):

        def relay() -> None:
            client, _ = listener.accept()
            with client:
                answer = b""
                while answer[:1] != b"R":  # requests for encryption are answered N, the startup packet with R
                    upstream.sendall(client.recv(65536))
                    answer = upstream.recv(65536)
                    client.sendall(answer)
                while client.recv(65536):
                    pass

        threading.Thread(target=relay, daemon=True).start()
        yield int(listener.getsockname()[1])


def test_a_server_that_falls_silent_after_a_statement(mall: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_connection, "STATEMENT_TIMEOUT_SECONDS", 0)
    monkeypatch.setattr(postgres_connection, "CLIENT_GRACE_SECONDS", 1)
    with silent_after_hello(mall.server.port) as port:
        begun = postgres.begin("mall", f"postgresql://{ROLE}@127.0.0.1:{port}/{mall.database}", (), two_readings=False)
        facts = postgres.finish(begun[0], keep_values=False)
    assert {each.status for each in facts.readings} == {Status.TIMED_OUT}
    assert "no answer" in str(facts.readings[0].detail)
    assert all(each.detail for each in facts.readings)


def test_a_server_that_speaks_another_protocol() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            # The listener is closed below while this thread still waits for one more.
            with suppress(OSError):
                while True:
                    client, _address = listener.accept()
                    client.recv(1024)
                    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    client.close()

        threading.Thread(target=answer, daemon=True).start()
        target, _ = attempt(f"postgresql://tenfold@127.0.0.1:{port}/mall")
    assert target.unreachable
    assert target.detail


def test_a_session_that_is_ended_between_the_readings(mall: Audited) -> None:
    begun = postgres.begin("mall", mall.dsn, (), two_readings=True)
    mall.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tenfold'")
    postgres.look(begun[0])
    facts = postgres.finish(begun[0], keep_values=False)
    target = postgres.target_record("mall", begun, [facts])
    assert target.status in {Status.FAILED, Status.TIMED_OUT}
    assert target.detail
    assert facts.server is not None
    assert facts.schema is None


def test_without_pg_stat_statements(postgres_server: PostgresServer) -> None:
    mall = audited(postgres_server, "CREATE TABLE coupons (id integer)", "INSERT INTO coupons VALUES (1)")
    target, (facts,) = attempt(mall.dsn)
    assert (target.status, target.unreachable) == (Status.UNSUPPORTED, False)
    assert "pg_stat_statements is not there" in str(target.detail)
    assert "CREATE EXTENSION pg_stat_statements" in str(target.remedy)
    assert facts.statements is None
    assert facts.schema is not None
    assert [table.name for table in facts.schema.tables] == ["coupons"]


def test_pg_stat_statements_in_a_schema_of_its_own(postgres_server: PostgresServer) -> None:
    mall = audited(postgres_server, 'CREATE SCHEMA "our ext"', 'CREATE EXTENSION pg_stat_statements SCHEMA "our ext"')
    target, (facts,) = attempt(mall.dsn)
    assert target.status is Status.FORBIDDEN
    assert "our ext" in str(target.detail)
    assert facts.schema is not None
    mall.execute(f'GRANT USAGE ON SCHEMA "our ext" TO {ROLE}')
    target, (facts,) = attempt(mall.dsn)
    assert target.status is Status.OK
    assert facts.statements is not None


def test_a_closed_schema_of_pg_stat_statements_is_mended_by_usage(postgres_server: PostgresServer) -> None:
    mall = audited(postgres_server, "CREATE SCHEMA ours", "CREATE EXTENSION pg_stat_statements SCHEMA ours")
    target, _ = attempt(mall.dsn)
    assert "GRANT USAGE ON SCHEMA" in str(target.remedy)


def test_a_role_without_privileges(postgres_server: PostgresServer) -> None:
    database = postgres_server.create_database(SCHEMA, "ANALYZE")
    postgres_server.create_role("stranger")
    target, (facts,) = attempt(postgres_server.dsn(database, role="stranger"))
    assert (target.status, target.unreachable) == (Status.FORBIDDEN, False)
    assert "column statistics" in str(target.detail)
    assert "tenfold init" in str(target.remedy)
    assert reading(facts, "postgres_column_statistics").status is Status.FORBIDDEN
    assert facts.statements is not None
    assert facts.statements.hidden > 0
    assert facts.schema is not None
    assert len(facts.schema.indexes) > 5


def test_a_role_that_may_not_connect(postgres_server: PostgresServer) -> None:
    database = postgres_server.create_database()
    postgres_server.execute("postgres", f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC")
    postgres_server.create_role("stranger")
    target, _ = attempt(postgres_server.dsn(database, role="stranger"))
    assert target.unreachable
    assert "permission denied for database" in str(target.detail)


def test_a_role_that_may_not_connect_is_told_the_grant(postgres_server: PostgresServer) -> None:
    database = postgres_server.create_database()
    postgres_server.execute("postgres", f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC")
    postgres_server.create_role("stranger")
    target, _ = attempt(postgres_server.dsn(database, role="stranger"))
    assert "GRANT CONNECT" in str(target.remedy)


def test_an_extension_that_was_never_updated(postgres_server: PostgresServer) -> None:
    mall = audited(postgres_server, "CREATE EXTENSION pg_stat_statements VERSION '1.7'")
    target, (facts,) = attempt(mall.dsn)
    assert target.status is Status.UNSUPPORTED
    assert facts.schema is not None


def test_an_extension_that_was_never_updated_is_mended_by_an_update(postgres_server: PostgresServer) -> None:
    mall = audited(postgres_server, "CREATE EXTENSION pg_stat_statements VERSION '1.7'")
    target, _ = attempt(mall.dsn)
    assert "ALTER EXTENSION pg_stat_statements UPDATE" in str(target.remedy)


@pytest.mark.parametrize(
    "dsn",
    [
        "not a dsn at all",
        "postgresql://tenfold@127.0.0.1:notaport/mall",
        f"postgresql://tenfold:{SECRET}@127.0.0.1:5432/mall?nonsense=1",
        f"postgresql://tenfold:{SECRET}@[::1/mall",
        f"host=127.0.0.1 password={SECRET} nonsense=1",
        f"host=127.0.0.1 password='{SECRET}",
    ],
)
def test_a_broken_dsn_is_told_without_its_secret(dsn: str) -> None:
    target, facts = attempt(dsn)
    assert target.unreachable
    assert target.detail
    assert SECRET not in repr((target, facts))


def test_a_password_with_an_unescaped_slash_is_not_shown() -> None:
    target, _ = attempt(f"postgresql://tenfold:{SECRET}/tail@127.0.0.1:5432/mall")
    assert target.unreachable
    assert SECRET not in repr(target)
