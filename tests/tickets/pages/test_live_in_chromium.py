"""The page lives: clocks run, news come by themselves without taking away what is being typed, and keys work."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.tickets.pages.conftest import Opener
from tests.tickets.pages.room import Room, fill
from tickets import events
from tickets.names import State, Urgency

pytestmark = pytest.mark.chromium


def test_clocks_run_by_the_servers_time_and_turn_when_they_are_over(room: Room, someone: Opener) -> None:
    number = room.open("x", Urgency.URGENT, ago=30 - 2 / 60)
    with someone("li.na") as engineer:
        left = engineer.page.locator(f"#t-{number} .left")
        expect(left).to_contain_text("over by 0:00:0")
        assert engineer.page.locator(f"#t-{number} .clock.over").count() == 1


def test_a_new_ticket_appears_on_the_board_by_itself(room: Room, someone: Opener) -> None:
    fill(room)
    with someone("li.na") as engineer:
        engineer.page.locator("#t-6 h3 a").focus()
        number = room.open("站点无法访问", Urgency.URGENT)
        expect(engineer.page.locator(f"#t-{number}")).to_be_visible(timeout=45_000)
        assert engineer.page.evaluate("document.activeElement.getAttribute('href')") == "/tickets/6"
        assert engineer.page.title().startswith("(4)")


def test_news_on_a_ticket_leave_alone_what_is_being_typed(room: Room, someone: Opener) -> None:
    number = fill(room)["orders"]
    with someone("li.na") as engineer:
        page = engineer.page
        engineer.open(f"/tickets/{number}")
        page.fill("form[data-form=comment] textarea", "half a sen")
        engineer.unfold_move("resolve")
        page.fill("form[data-form=resolve] [name=solution]", "half a solution")
        room.happen(number, events.Commented(text="They called again."), by="wang.fang")
        expect(page.locator(".timeline li").first).to_contain_text("They called again.")
        assert page.locator("form[data-form=comment] textarea").input_value() == "half a sen"
        assert page.locator("form[data-form=resolve] [name=solution]").input_value() == "half a solution"


def test_evidence_that_is_open_stays_open_when_news_come(room: Room, someone: Opener) -> None:
    number = fill(room)["payment"]
    with someone("li.na") as engineer:
        page = engineer.page
        engineer.open(f"/tickets/{number}")
        page.click("#reading-1-2 > summary")
        room.happen(number, events.Commented(text="News."), by="zhao.lei")
        expect(page.locator(".timeline li").first).to_contain_text("News.")
        assert page.locator("#reading-1-2 table").is_visible()


def test_nothing_is_asked_for_while_nobody_looks(room: Room, someone: Opener) -> None:
    fill(room)
    with someone("li.na") as engineer:
        page = engineer.page
        page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_timeout(6500)
        assert asked == []
        page.evaluate(
            "Object.defineProperty(document, 'hidden', { get: () => false });"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        page.wait_for_timeout(500)
        assert len(asked) == 1


def test_a_night_without_a_mouse(room: Room, someone: Opener) -> None:
    numbers = fill(room)
    with someone("li.na") as engineer:
        page = engineer.page
        focused = "document.activeElement.getAttribute('href')"
        page.keyboard.press("j")
        assert page.evaluate(focused) == f"/tickets/{numbers['late']}"
        page.keyboard.press("j")
        assert page.evaluate(focused) == f"/tickets/{numbers['payment']}"
        page.keyboard.press("k")
        page.keyboard.press("j")
        page.keyboard.press("c")
        page.wait_for_selector(".said")
        assert room.ticket(numbers["payment"]).owner == "li.na"
        page.keyboard.press("b")
        page.wait_for_selector(".columns")
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_url(f"**/tickets/{numbers['late']}")
        page.keyboard.press("c")
        page.wait_for_selector(".said")
        assert room.ticket(numbers["late"]).state is State.IN_PROGRESS
        page.keyboard.press("?")
        expect(page.locator("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
        page.keyboard.press("b")
        page.wait_for_selector(".columns")
        page.keyboard.press("/")
        page.keyboard.type("jockey T")
        assert page.locator("#search").input_value() == "jockey T"
        page.fill("#search", f"T-{numbers['orders']}")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/tickets/{numbers['orders']}")


def test_a_session_that_is_over_sends_the_open_page_to_the_login(room: Room, someone: Opener) -> None:
    fill(room)
    with someone("li.na", expected=("error: Failed to load resource",)) as engineer:
        room.moment += timedelta(days=8)
        engineer.page.wait_for_url("**/login**")


def test_light_and_dark_are_remembered(room: Room, someone: Opener) -> None:
    fill(room)
    with someone("li.na", scheme="light") as engineer:
        page = engineer.page
        paper = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(paper) == "rgb(251, 250, 248)"
        page.click("#theme")
        assert page.evaluate(paper) == "rgb(20, 23, 29)"
        engineer.open("/tickets/2")
        assert page.evaluate(paper) == "rgb(20, 23, 29)"


def test_the_language_that_is_chosen_stays(room: Room, someone: Opener) -> None:
    fill(room)
    with someone("li.na", language="zh") as engineer:
        page = engineer.page
        assert page.locator("html").get_attribute("lang") == "zh-CN"
        page.click(".tools a[lang=en]")
        expect(page.locator("h1")).to_have_text("Tickets")
        engineer.open("/tickets/2")
        expect(page.locator("[data-part=evidence] h2")).to_have_text("Evidence")
