"""Logging in, staying logged in, being guessed at, and requests that another site's page has sent."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from httpx import Client

from tests.tickets.web.conftest import PASSWORD, Service
from tickets.names import Role
from tickets.people import attempts, passwords
from tickets.people.sessions import IDLE, LIFETIME, PER_ACCOUNT
from tickets.web.caller import COOKIE

SESSIONS, TICKETS = "/api/v1/sessions", "/api/v1/tickets"


def log_in(client: Client, name: str = "egon", password: str = PASSWORD) -> str:
    answer = client.post(SESSIONS, json={"name": name, "password": password})
    assert answer.status_code == 201, answer.text
    csrf: str = answer.json()["csrf"]
    return csrf


def test_a_session_is_a_cookie_that_no_script_reads_and_no_other_site_sends(service: Service) -> None:
    with service.client() as browser:
        answer = browser.post(SESSIONS, json={"name": "egon", "password": PASSWORD})
        cookie = answer.headers["Set-Cookie"].lower()
        for attribute in ("httponly", "samesite=lax", "secure", "path=/"):
            assert attribute in cookie
        assert browser.get(f"{SESSIONS}/current").json() == {
            "name": "egon", "role": "engineer", "lang": "", "csrf": answer.json()["csrf"],
        }  # fmt: skip
    with service.client(url="http://tickets.example") as browser:
        answer = browser.post(SESSIONS, json={"name": "egon", "password": PASSWORD})
        assert "secure" not in answer.headers["Set-Cookie"].lower()  # Or nobody could log in without TLS.


def test_the_store_knows_neither_session_nor_token_nor_password(service: Service) -> None:
    with service.client() as browser:
        log_in(browser)
        secret = browser.cookies[COOKIE]
    service.bearer("watcher", Role.MACHINE)
    with service.desk.store.read() as connection:
        kept = ""
        for table in ("accounts", "sessions", "tokens", "login_failures", "audit", "kept"):
            kept += str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
    assert secret not in kept
    assert PASSWORD not in kept
    assert "tf_" not in kept
    assert "$argon2id$" in kept


def test_what_changes_something_needs_the_sessions_token(service: Service) -> None:
    with service.client() as browser:
        csrf = log_in(browser)
        body = {"title": "x"}
        assert browser.post(TICKETS, json=body).status_code == 403
        assert browser.post(TICKETS, json=body, headers={"X-CSRF-Token": "x" * 43}).status_code == 403
        assert browser.post(TICKETS, json=body, headers={"X-CSRF-Token": csrf}).status_code == 201
        assert browser.get(TICKETS).status_code == 200
        # A form, as a page without scripts sends it, has it in a field.
        files = {"file": ("a.txt", b"x")}
        assert browser.post(f"{TICKETS}/1/attachments", files=files).status_code == 403
        assert browser.post(f"{TICKETS}/1/attachments", files=files, data={"csrf": csrf}).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
    ids=str,
)  # fmt: skip
def test_another_sites_page_can_do_nothing_even_with_the_token(service: Service, headers: dict[str, str]) -> None:
    with service.client() as browser:
        csrf = log_in(browser)
        sent = browser.post(TICKETS, json={"title": "x"}, headers={"X-CSRF-Token": csrf} | headers)
        assert sent.status_code == 403
        login = {"name": "egon", "password": PASSWORD}
        assert browser.post(SESSIONS, json=login, headers=headers).status_code == 403  # Nor log somebody in as another.
        ours = {"Origin": "https://tickets.example", "Sec-Fetch-Site": "same-origin"}
        assert browser.post(TICKETS, json={"title": "x"}, headers={"X-CSRF-Token": csrf} | ours).status_code == 201


def test_a_session_ends_by_idleness_by_age_and_by_logging_out(service: Service) -> None:
    with service.client() as browser:
        log_in(browser)
        service.clock.forward(seconds=IDLE.total_seconds() - 60)
        assert browser.get(TICKETS).status_code == 200
        service.clock.forward(seconds=IDLE.total_seconds() - 60)
        assert browser.get(TICKETS).status_code == 200  # It was used in between.
        service.clock.forward(seconds=IDLE.total_seconds() - 60)
        assert browser.get(f"{TICKETS}/changes").status_code == 200  # A page that asks by itself is no use.
        service.clock.forward(seconds=120)
        assert browser.get(TICKETS).status_code == 401
        began = service.clock()
        log_in(browser)
        while service.clock() - began < LIFETIME - IDLE / 2:
            assert browser.get(TICKETS).status_code == 200
            service.clock.forward(seconds=IDLE.total_seconds() / 2)
        service.clock.forward(seconds=IDLE.total_seconds() / 2)
        assert browser.get(TICKETS).status_code == 401
        csrf = log_in(browser)
        secret = browser.cookies[COOKIE]
        assert browser.delete(f"{SESSIONS}/current", headers={"X-CSRF-Token": csrf}).status_code == 204
        assert COOKIE not in browser.cookies
    with service.client(cookies={COOKIE: secret}) as browser:
        assert browser.get(TICKETS).status_code == 401  # On the server too.


def test_each_login_has_a_secret_of_its_own_and_their_number_is_bounded(service: Service) -> None:
    secrets = []
    for _ in range(PER_ACCOUNT + 1):
        with service.client() as browser:
            log_in(browser)
            secrets.append(browser.cookies[COOKIE])
        service.clock.forward(seconds=1)
    assert len(set(secrets)) == len(secrets)
    answers = []
    for secret in secrets:
        with service.client(cookies={COOKIE: secret}) as browser:
            answers.append(browser.get(TICKETS).status_code)
    assert answers == [401] + [200] * PER_ACCOUNT


def test_guessing_is_ended_and_says_nothing_of_who_exists(service: Service) -> None:
    said = {}
    for name in ("egon", "nobody"):
        with service.client(address=f"192.0.2.{len(name)}") as guesser:
            answers = [
                guesser.post(SESSIONS, json={"name": name, "password": f"wrong {attempt}"})
                for attempt in range(attempts.PER_ACCOUNT_AND_ADDRESS + 1)
            ]
            said[name] = [(each.status_code, each.json()["detail"]) for each in answers]
            # The right one does not help any more either.
            assert guesser.post(SESSIONS, json={"name": name, "password": PASSWORD}).status_code == 429
            assert int(answers[-1].headers["Retry-After"]) == attempts.WINDOW.total_seconds()
    assert [status for status, _ in said["egon"]] == [401] * attempts.PER_ACCOUNT_AND_ADDRESS + [429]
    assert said["egon"] == said["nobody"]
    with service.client(address="198.51.100.7") as egon:
        log_in(egon)  # From where nobody guessed he still gets in.
    service.clock.forward(seconds=attempts.WINDOW.total_seconds() + 1)
    with service.client(address="192.0.2.4") as guesser:
        log_in(guesser)


def test_one_address_cannot_try_a_password_on_everybody(service: Service) -> None:
    with service.client(address="2001:db8::1") as guesser:
        tried = [
            guesser.post(SESSIONS, json={"name": f"user{each}", "password": "Spring2026!"}).status_code
            for each in range(attempts.PER_ADDRESS + 1)
        ]
    assert tried == [401] * attempts.PER_ADDRESS + [429]
    with service.client(address="2001:db8::beef") as neighbour:  # The same customer's network.
        assert neighbour.post(SESSIONS, json={"name": "egon", "password": PASSWORD}).status_code == 429


def test_many_guesses_at_once_are_no_way_around(service: Service) -> None:
    def guess(number: int) -> int:
        with service.client() as guesser:
            return guesser.post(SESSIONS, json={"name": "egon", "password": f"wrong {number}"}).status_code

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(24)))
    assert answers.count(401) == attempts.PER_ACCOUNT_AND_ADDRESS
    assert set(answers) == {401, 429}


def test_an_unknown_account_takes_as_much_work_to_refuse(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    hasher = type(passwords._hasher())
    verify = hasher.verify

    def counted(self: object, stored: str, password: bytes) -> bool:
        checked.append(stored)
        return bool(verify(self, stored, password))

    monkeypatch.setattr(hasher, "verify", counted)
    with service.client() as guesser:
        for name in ("egon", "nobody"):
            guesser.post(SESSIONS, json={"name": name, "password": "wrong password"})
    known, unknown = (each.split("$")[1:4] for each in checked)
    assert known == unknown  # Algorithm, version and costs.


def test_nobody_learns_that_an_account_is_disabled(service: Service) -> None:
    admin = service.bearer("adam", Role.ADMIN)
    with service.client() as browser:
        log_in(browser)
        assert admin.post("/api/v1/accounts/egon/disable").json()["disabled"] is True
        assert browser.get(TICKETS).status_code == 401  # At once.
        refused = browser.post(SESSIONS, json={"name": "egon", "password": PASSWORD})
        unknown = browser.post(SESSIONS, json={"name": "nobody", "password": PASSWORD})
        assert (refused.status_code, refused.json()) == (401, unknown.json())
        admin.post("/api/v1/accounts/egon/enable")
        log_in(browser)


def test_a_new_password_ends_the_other_sessions(service: Service) -> None:
    with service.client() as here, service.client() as there:
        csrf = log_in(here)
        log_in(there)
        header = {"X-CSRF-Token": csrf}
        change = {"old": PASSWORD, "new": "another horse entirely"}
        assert (
            here.post(f"{SESSIONS}/password", json=change | {"old": "wrong password"}, headers=header).status_code
            == 401
        )
        assert here.post(f"{SESSIONS}/password", json=change | {"new": "short"}, headers=header).status_code == 422
        assert here.post(f"{SESSIONS}/password", json=change, headers=header).status_code == 204
        assert here.get(TICKETS).status_code == 200
        assert there.get(TICKETS).status_code == 401
        log_in(there, password="another horse entirely")


def test_a_role_that_was_taken_away_is_gone_with_the_next_request(service: Service) -> None:
    admin, egon = service.bearer("adam", Role.ADMIN), service.bearer("egon", Role.ENGINEER)
    ticket = egon.post(TICKETS, json={"title": "x"}).json()["id"]
    admin.patch("/api/v1/accounts/egon", json={"role": "reporter"})
    assert egon.post(f"{TICKETS}/{ticket}/take").status_code == 403
    admin.post("/api/v1/accounts/egon/disable")
    assert egon.get(TICKETS).status_code == 401


def test_no_secret_reaches_a_log(
    service: Service, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    token = service.bearer("watcher", Role.MACHINE)
    secret = token.headers["Authorization"].partition(" ")[2]
    with service.client() as browser:
        csrf = log_in(browser)
        cookie = browser.cookies[COOKIE]
        browser.post(SESSIONS, json={"name": "egon", "password": "mistyped-passw0rt"})
        browser.post(SESSIONS, json={"name": "egon", "password": ["mistyped-passw0rt"]})
        browser.post(TICKETS, json={"title": "x"}, headers={"X-CSRF-Token": csrf})
    token.post(TICKETS, json={"title": "x"})
    token.headers["Authorization"] += "x"
    refused = token.get(TICKETS)
    # Also where something of ours breaks in the middle.
    service.desk.store.engine.dispose()
    with service.desk.store.write() as connection:
        connection.exec_driver_sql("DROP TABLE audit")
    with service.client() as browser:
        broken = browser.post(SESSIONS, json={"name": "egon", "password": PASSWORD})
        assert broken.status_code in {500, 503}
        monkeypatch.setattr(passwords, "fits", _break)
        worse = browser.post(SESSIONS, json={"name": "egon", "password": PASSWORD})
        assert worse.status_code == 500
    answered = refused.text + broken.text + worse.text
    logged = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records) + caplog.text
    assert "a part that breaks" in logged
    for private in (secret, cookie, csrf, PASSWORD, "mistyped-passw0rt", "$argon2id$"):
        assert private not in logged
        assert private not in answered


def _break(*_: object) -> bool:
    raise RuntimeError("a part that breaks")
