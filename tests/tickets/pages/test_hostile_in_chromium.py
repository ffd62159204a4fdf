"""Stored strings that a browser could take for markup or scripts do nothing but show themselves; and the policy would stop them."""

import pytest
from playwright.sync_api import Browser

from tests.pages.test_report_in_chromium import FAINT_TEXTS
from tests.tickets.pages.conftest import Opener, Person
from tests.tickets.pages.room import HOSTILE, Room, fill
from tickets.names import Urgency

pytestmark = pytest.mark.chromium
PAGES = (
    "/tickets", "/tickets/1", "/tickets/2", "/tickets/3", "/tickets/8", "/tickets/list?q=alipay", "/tickets/new", "/tickets/figures",
    "/tickets/ledger", "/tickets/quarantine", "/tickets/accounts",
)  # fmt: skip


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_hostile_strings_in_every_field_run_nothing_and_break_no_page(room: Room, someone: Opener, width: int) -> None:
    fill(room, HOSTILE)
    with someone("root", width=width) as admin:
        for path in PAGES:
            admin.open(path)
            admin.unfold()
            page = admin.page
            assert page.locator("h1").is_visible(), path
            assert page.evaluate("document.scripts.length") == 1, path
            assert page.evaluate("document.images.length") == 0, path
            assert page.evaluate("document.querySelectorAll('svg:not(.gauge)').length") == 0, path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        admin.open("/tickets/2")
        assert "<script>alert(1)</script>" in admin.page.locator("h1").inner_text()
        assert "{{7*7}}" in admin.page.locator("h1").inner_text()
        assert "\u202e" not in admin.page.content()


def test_hostile_strings_that_a_person_types_come_back_as_text(someone: Opener) -> None:
    with someone("wang.fang") as reporter:
        page = reporter.page
        reporter.open("/tickets/new")
        page.fill("[name=title]", HOSTILE.replace("\u202e", ""))
        page.fill("[name=summary]", HOSTILE)
        page.fill("[name=area]", "<img src=x onerror=alert(1)>")
        page.click("form[data-form=new] button")
        page.wait_for_selector(".ticket-head")
        page.fill("form[data-form=comment] textarea", HOSTILE)
        reporter.send("comment")
        page.wait_for_selector(".timeline .talk")
        assert page.locator(".timeline .talk .prose").inner_text().startswith("</title></style></script>")
        reporter.open(
            f"/tickets/list?q={'%22%3E%3Cscript%3Ealert(1)%3C/script%3E'}&area=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E"
        )
        assert page.locator("#search").input_value() == '"><script>alert(1)</script>'


def test_a_runbook_that_is_no_web_address_is_no_link(room: Room, someone: Opener) -> None:
    number = room.open("x", Urgency.URGENT, runbook="javascript:alert(1)")
    with someone("li.na") as engineer:
        engineer.open(f"/tickets/{number}")
        assert engineer.page.locator("a[href^=javascript]").count() == 0
        assert "javascript:alert(1)" in engineer.page.locator("[data-part=about]").inner_text()


def test_the_policy_stops_a_script_that_got_in_all_the_same(room: Room, browser: Browser, address: str) -> None:
    fill(room)
    page = browser.new_page()
    try:
        person = Person(page, address)
        person.log_in("li.na")
        page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend',"
            ' \'<img src=x onerror="window.hacked=1"><form id=away action="https://example.org/" method=post></form>\');'
            "const script = document.createElement('script'); script.textContent = 'window.hacked = 1';"
            "document.body.append(script); document.getElementById('away').submit();"
        )
        page.wait_for_timeout(300)
        assert page.evaluate("window.hacked") is None
        assert page.url.startswith(address)
        assert len([each for each in person.complaints if "Content Security Policy" in each]) >= 3
    finally:
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_can_be_read(room: Room, someone: Opener, scheme: str, language: str) -> None:
    fill(room)
    with someone("root", scheme=scheme, language=language) as admin:
        for path in ("/tickets", "/tickets/2", "/tickets/3", "/tickets/8", "/tickets/ledger", "/tickets/quarantine"):
            admin.open(path)
            admin.unfold()
            assert admin.page.evaluate(FAINT_TEXTS) == [], path
