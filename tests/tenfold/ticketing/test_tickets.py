"""`tenfold tickets` against a running service: a ticket's whole life, lists, the ledger, and what is refused."""

import json
from importlib.util import find_spec

import httpx
import pytest

from tests.conftest import PostgresServer
from tests.tenfold.conftest import Program, Shop
from tests.tenfold.ticketing.conftest import Room, needs_intake, needs_people

pytestmark = [needs_people, needs_intake]


def number(ended_stdout: str) -> str:
    """The ticket's name in the line that a move prints."""
    return ended_stdout.split(maxsplit=1)[0]


def test_a_ticket_lives_its_whole_life_on_the_command_line(room: Room) -> None:
    zhang, buyer = room.add("zhang", "engineer"), room.add("buyer", "reporter")
    made = room.tickets(
        buyer, "create", "优惠券 \x1b[31mcounted twice", "--summary", "since noon", "--urgency", "urgent"
    )
    assert made.code == 0, made.stderr
    assert "\x1b" not in made.stdout
    name = number(made.stdout)
    assert room.tickets(zhang, "take", name).stdout.startswith(f"{name}  in progress  urgent  zhang")
    planned = room.tickets(zhang, "plan", name, "Undo the rule", "--expected", "2099-11-11T00:30", "--json").document
    assert planned["expected_at"].startswith("2099-11-10T16:30"), "the mall's clock is Shanghai's"
    assert room.tickets(zhang, "pause", name, "third_party", "--note", "the bank").code == 0
    assert room.tickets(zhang, "resume", name).code == 0
    assert room.tickets(zhang, "comment", name, "root cause found", "--internal").code == 0
    resolved = room.tickets(
        zhang, "resolve", name, "--solution", "rule undone", "--steps", "console", "--cautions", "none", "--cause", "configuration"
    )  # fmt: skip
    assert "resolved" in resolved.stdout
    assert room.tickets(buyer, "reopen", name, "--reason", "again").code == 0
    assert room.tickets(zhang, "resolve", name, "--solution", "a", "--steps", "b", "--cautions", "none").code == 0
    rated = room.tickets(buyer, "rate", name, "--attitude", "5", "--speed", "4", "--result", "5", "--json").document
    assert (rated["state"], rated["rating"]["speed"]) == ("closed", 4)
    shown = room.tickets(zhang, "show", name).stdout
    for word in (
        "counted twice",
        "taken: zhang",
        "paused: a third party  the bank",
        "comment: root cause found",
        "rated",
    ):
        assert word in shown
    assert "root cause found" not in room.tickets(buyer, "show", name).stdout, "internal"


def test_whoever_resolves_what_still_fires_is_told_so(room: Room) -> None:
    zhang, machine = room.add("zhang", "engineer"), room.token("alertmanager", "machine")
    alert = {"status": "firing", "labels": {"alertname": "DiskFull"}, "fingerprint": "f1"}
    posted = httpx.post(
        f"{room.service.url}api/v1/alerts/alertmanager",
        json={"version": "4", "groupKey": "disk", "alerts": [alert]},
        headers={"Authorization": f"Bearer {machine}"},
        timeout=60,
    )
    assert posted.is_success, posted.text
    assert room.tickets(zhang, "take", "1").code == 0
    how = ("resolve", "1", "--solution", "a", "--steps", "b", "--cautions", "none")
    ended = room.tickets(zhang, *how)
    assert ended.code == 0
    assert "Alerts of this ticket still fire (1): DiskFull." in ended.stderr
    assert "opens this ticket again" in ended.stderr
    assert room.tickets(zhang, "create", "by hand").code == 0
    assert room.tickets(zhang, "take", "2").code == 0
    assert "fire" not in room.tickets(zhang, "resolve", "2", *how[2:]).stderr


def test_lists_are_filtered_and_a_reporter_sees_their_own(room: Room) -> None:
    lead, buyer, other = room.add("li", "lead"), room.add("buyer", "reporter"), room.add("other", "reporter")
    for token, title, urgency in ((buyer, "slow", "normal"), (buyer, "down", "urgent"), (other, "mine", "normal")):
        assert room.tickets(token, "create", title, "--urgency", urgency).code == 0
    everything = room.listed(lead)
    assert everything["total"] == 3
    assert {each["title"] for each in everything["items"]} == {"slow", "down", "mine"}
    assert room.tickets(lead, "list", "--urgency", "urgent", "--json").document["total"] == 1
    assert room.tickets(lead, "list", "--state", "closed", "--json").document["total"] == 0
    assert (
        room.tickets(lead, "list", "--state", "open", "--state", "closed", "--owner", "nobody", "--json").document[
            "total"
        ]
        == 3
    )
    assert "There is no such ticket." in room.tickets(lead, "list", "--area", "payments").stdout
    assert "1 of 3; more with --page." in room.tickets(lead, "list", "--per-page", "1").stdout
    own = room.tickets(buyer, "list")
    assert "slow" in own.stdout
    assert "mine" not in own.stdout


def test_handing_over_and_merging(room: Room) -> None:
    zhang = room.add("zhang", "engineer")
    room.add("li", "engineer")
    first, second = (number(room.tickets(zhang, "create", title).stdout) for title in ("one", "two"))
    assert "li" in room.tickets(zhang, "assign", first, "li", "--note", "night shift").stdout
    merged = room.tickets(zhang, "merge", second, first, "--json").document
    assert f"T-{merged['merged_into']}" == first


def test_what_cannot_be_done_is_told(room: Room) -> None:
    lead = room.add("li", "lead")
    for arguments, happened in (
        (("show", "999"), "no such ticket"),
        (("show", "x; DROP TABLE"), "is no ticket's number"),
        (("take", "999"), "no such ticket"),
        (("create", " "), "title"),
        (("replay", "999"), "no post of that number"),
        (("window", "begin", "maintenance", "x", "--for", "soon"), "--for"),
        (("window", "begin", "maintenance", "x", "--match", "db"), "no label with a value"),
        (("window", "begin", "maintenance", "x"), "at least one label"),
        (("window", "end", "999"), "no such window"),
        (("report", "1", "-o", "report.pdf"), ".md or .html"),
    ):
        ended = room.tickets(lead, *arguments)
        assert (ended.code, ended.stdout) == (2, ""), arguments
        assert happened in ended.stderr


def test_a_move_that_is_illegal_now_is_told_and_changes_nothing(room: Room) -> None:
    zhang = room.add("zhang", "engineer")
    name = number(room.tickets(zhang, "create", "x").stdout)
    ended = room.tickets(zhang, "resolve", name, "--solution", "a", "--steps", "b", "--cautions", "none")
    assert ended.code == 2
    assert "take it first" in ended.stderr
    assert room.tickets(zhang, "show", name, "--json").document["state"] == "waiting"


def test_a_wrong_token_and_a_role_that_may_not_are_refusals_of_the_service(room: Room) -> None:
    buyer = room.add("buyer", "reporter")
    name = number(room.tickets(buyer, "create", "x").stdout)
    assert room.tickets(buyer, "take", name).code == 3
    ended = room.tickets("tf_nonsense", "list")
    assert (ended.code, "tenfold tokens create" in ended.stderr) == (3, True)
    assert "tf_nonsense" not in ended.stderr
    ended = room.tickets("", "list")
    assert (ended.code, "TENFOLD_TOKEN" in ended.stderr) == (2, True)


def test_the_token_may_stand_in_a_file(room: Room) -> None:
    token = room.add("li", "lead")
    (room.tenfold.folder / "token").write_text(f"{token}\n", encoding="utf-8")
    toml = room.tenfold.folder / "tenfold.toml"
    settings = toml.read_text(encoding="utf-8").replace("[tickets]\n", '[tickets]\ntoken_file = "token"\n')
    toml.write_text(settings, encoding="utf-8")
    assert room.tenfold("tickets", "list", "--server", room.service.url).code == 0


def test_the_ledger_the_quarantine_and_a_replay(room: Room) -> None:
    machine, lead = room.token("alertmanager", "machine"), room.add("li", "lead")

    def post(body: bytes) -> httpx.Response:
        headers = {"Authorization": f"Bearer {machine}", "Content-Type": "application/json"}
        return httpx.post(f"{room.service.url}api/v1/alerts", content=body, headers=headers, timeout=30)

    assert (
        post(json.dumps({"title": "checkout is slow", "labels": {"severity": "critical"}}).encode()).status_code == 200
    )
    assert post(b"{not json").status_code == 202
    ended = room.tickets(lead, "ledger")
    assert (ended.code, "The ledger balances." in ended.stdout) == (0, True)
    ledger = room.tickets(lead, "ledger", "--json").document
    assert (ledger["received"], ledger["ticketed"], ledger["quarantined"]) == (2, 1, 1)
    (kept,) = room.tickets(lead, "quarantine", "--json").document["items"]
    assert str(kept["id"]) in room.tickets(lead, "quarantine").stdout
    again = room.tickets(lead, "replay", str(kept["id"]))
    assert again.code == 1
    assert "Still not understood" in again.stdout
    assert room.tickets(lead, "ledger", "--json").document == ledger, "a try that changes nothing is not counted"


def test_a_window_suppresses_what_it_names(room: Room) -> None:
    lead, machine = room.add("li", "lead"), room.token("m", "machine")
    window = room.tickets(
        lead, "window", "begin", "maintenance", "new switch", "--for", "2h", "--match", "instance=db-1", "--json"
    ).document
    assert window["active"] is True
    headers = {"Authorization": f"Bearer {machine}"}
    for instance in ("db-1", "db-2"):
        body = {"title": f"{instance} is down", "labels": {"instance": instance}}
        httpx.post(f"{room.service.url}api/v1/alerts", json=body, headers=headers, timeout=30)
    ledger = room.tickets(lead, "ledger", "--json").document
    assert (ledger["suppressed"], ledger["ticketed"]) == (1, 1)
    assert "new switch" in room.tickets(lead, "window", "list").stdout
    assert room.tickets(lead, "window", "end", str(window["id"]), "--json").document["active"] is False


@pytest.mark.skipif(find_spec("tickets.web.api.reports") is None, reason="this build drafts no reports")
def test_the_incident_report_is_drafted_into_a_file(room: Room) -> None:
    zhang = room.add("zhang", "engineer")
    name = number(room.tickets(zhang, "create", "checkout is down").stdout)
    for file, begins in (("incident.md", "#"), ("incident.html", "<!")):
        assert room.tickets(zhang, "report", name, "-o", file, "--lang", "zh").code == 0
        text = (room.tenfold.folder / file).read_text(encoding="utf-8")
        assert text.lstrip().lower().startswith(begins)
        assert "checkout is down" in text
    assert "checkout is down" in room.tickets(zhang, "report", name, "--json").document["markdown"]


def test_findings_of_an_audit_become_tickets_once(room: Room, shop: Shop) -> None:
    machine, lead = room.token("audit", "machine"), room.add("li", "lead")
    run = room.tenfold
    environment = {"TENFOLD_TOKEN": machine, "TENFOLD_SERVER": room.service.url}
    arguments = ("audit", shop.dsn, "--window", "0", "--only", "indexes", "--raise", "--fail-on", "low", "-o", "run")
    ended = run(*arguments, environment=environment)
    assert ended.code == 1, ended.stderr
    findings = run.findings("run")["findings"]
    assert findings
    assert f"Told the ticket service of {len(findings)}" in ended.stderr
    tickets = room.listed(lead)
    assert tickets["total"] == len({(each["code"], each["target"], each["subject"]) for each in findings})
    assert all(each["source"] == "audit" for each in tickets["items"])
    run(*arguments, environment=environment)
    assert room.listed(lead)["total"] == tickets["total"]


def test_an_audit_without_a_token_does_not_even_begin(room: Room, postgres18: PostgresServer) -> None:
    ended = room.tenfold("audit", postgres18.dsn(), "--window", "0", "--raise")
    assert (ended.code, "TENFOLD_TOKEN" in ended.stderr) == (2, True)
    assert not (room.tenfold.folder / "tenfold-runs").exists()


def test_an_audit_whose_service_is_gone_keeps_its_report(tenfold: Program, postgres18: PostgresServer) -> None:
    environment = {"TENFOLD_TOKEN": "tf_x", "TENFOLD_SERVER": "http://127.0.0.1:1"}
    ended = tenfold(
        "audit", postgres18.dsn(), "--window", "0", "--raise", "--fail-on", "low", "-o", "run", environment=environment
    )
    assert ended.code in {0, 1, 3}
    assert (tenfold.folder / "run" / "report.html").is_file()
    if tenfold.findings("run")["findings"]:
        assert ended.code == 3
        assert "could not be reached" in ended.stderr


def test_a_round_that_ends_with_no_go_becomes_a_ticket(room: Room) -> None:
    machine, lead = room.token("stress", "machine"), room.add("li", "lead")
    ended = room.tenfold(
        "stress", "--url", f"{room.service.url}healthy", "--rate", "20", "--duration", "2", "--slo", "p50<1us", "--raise",
        "-o", "run", environment={"TENFOLD_TOKEN": machine, "TENFOLD_SERVER": room.service.url},
    )  # fmt: skip
    assert ended.code in {1, 4}, ended.everything
    tickets = room.listed(lead)
    assert tickets["total"] == (ended.code == 1)
    if ended.code == 1:
        assert tickets["items"][0]["title"].startswith("NO-GO")


def test_rule_files_are_routed_without_a_service(tenfold: Program) -> None:
    (tenfold.folder / "tenfold.toml").write_text(
        '[[route]]\nmatch = { alertname = "~Pay.*" }\nurgency = "urgent"\narea = "payments"\nowner = "zhang"\n',
        encoding="utf-8",
    )
    (tenfold.folder / "rules.yml").write_text(
        "groups:\n- name: mall\n  rules:\n  - alert: PaymentsFail\n    expr: up\n  - alert: Disk\n    expr: up\n"
        "    labels: {severity: critical}\n  - alert: Odd\n    expr: up\n",
        encoding="utf-8",
    )
    ended = tenfold("tickets", "routes", "rules.yml", "--json")
    assert ended.code == 1
    found = {
        each["alert"]: (each["urgency"], each["area"], each["owner"], each["mapped"])
        for each in ended.document["alerts"]
    }
    assert found == {
        "PaymentsFail": ("urgent", "payments", "zhang", True),
        "Disk": ("urgent", "", None, True),
        "Odd": ("normal", "", None, False),
    }
    told = tenfold("tickets", "routes", "rules.yml", "--unmapped")
    assert "3 alerts, 1 of them unmapped." in told.stdout
    assert "PaymentsFail" not in told.stdout
    for name, text, happened in (
        ("gone.yml", None, "cannot be read"),
        ("x.yml", "a: [", "YAML"),
        ("y.yml", "a: 1", "groups"),
    ):
        if text is not None:
            (tenfold.folder / name).write_text(text, encoding="utf-8")
        ended = tenfold("tickets", "routes", name)
        assert (ended.code, happened in ended.stderr) == (2, True)
