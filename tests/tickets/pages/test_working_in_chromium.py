"""A night's work in a real browser: claim, plan, first aid, resolve, close, rate; at a desk and on a phone, in English and Chinese."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.tickets.pages.conftest import Opener
from tests.tickets.pages.room import NOW, Room, fill
from tickets import events
from tickets.names import State

pytestmark = pytest.mark.chromium
DESK, PHONE = 1280, 390
WORDS = {
    "en": {
        "taken": "You have taken it.",
        "resolved": "It is resolved.",
        "verified": "verified",
        "waiting": "Not taken yet",
        "third": "a third party",
    },
    "zh": {
        "taken": "您已认领。",
        "resolved": "已标记为已解决。",
        "verified": "校验通过",
        "waiting": "待分配",
        "third": "第三方",
    },
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_an_urgent_ticket_from_the_board_to_its_rating(room: Room, someone: Opener, width: int, language: str) -> None:
    number = fill(room)["payment"]
    words = WORDS[language]
    with someone("li.na", width=width, language=language) as engineer:
        page = engineer.page
        expect(page.locator("#waiting h2")).to_contain_text(words["waiting"])
        page.click(f"#t-{number} .take button")
        expect(page.locator(".said")).to_contain_text(words["taken"])
        assert room.ticket(number).state is State.IN_PROGRESS
        assert room.ticket(number).owner == "li.na"

        engineer.unfold_move("plan")
        page.fill("form[data-form=plan] textarea", "Switch to wechat, call alipay.")
        page.fill("form[data-form=plan] [name=expected_at]", "2026-11-11T02:00")
        engineer.send("plan")
        expect(page.locator(".timeline li").first).to_contain_text("Switch to wechat, call alipay.")
        # Two o'clock in Shanghai.
        assert room.ticket(number).expected_at == NOW.replace(hour=18, minute=0, second=0)

        assert page.locator(".evidence .ok").inner_text().endswith(words["verified"])
        sessions = page.locator("#reading-1-1")
        assert sessions.locator("table").first.is_hidden()
        sessions.locator("summary").click()
        expect(sessions.locator("td", has_text="UPDATE orders SET paid_at")).to_be_visible()
        assert page.locator(".failed").inner_text().startswith("Redis: No answer within 15 s.")
        assert "statements/cart: refused" in page.locator(".failed").inner_text()
        expect(page.locator(".cause .answer")).to_contain_text(words["third"])

        page.click("#aid-run-1 > summary")
        expect(page.locator("#aid-1 pre")).to_contain_text("POST https://admin.mall.example")
        assert room.carried_out == []
        page.click("#aid-1 .danger")
        expect(page.locator("#aid-1 .run.done")).to_contain_text("channel is wechat now")
        assert room.carried_out == [("run", "li.na", "switch-channel")]
        page.click("#undo-1 > summary")
        page.click("#undo-1 .danger")
        expect(page.locator("#aid-1 .run.undone")).to_be_visible()
        assert room.carried_out[-1] == ("undo", "li.na", "switch-channel", "1")

        engineer.unfold_move("resolve")
        page.fill("form[data-form=resolve] [name=solution]", "备用渠道已启用")
        page.fill("form[data-form=resolve] [name=steps]", "1. switch\n2. call")
        page.fill("form[data-form=resolve] [name=cautions]", "none")
        page.select_option("form[data-form=resolve] [name=cause]", "third_party")
        engineer.send("resolve")
        expect(page.locator(".said")).to_contain_text(words["resolved"])
        ticket = room.ticket(number)
        assert (ticket.state, ticket.solution, ticket.steps) == (State.RESOLVED, "备用渠道已启用", "1. switch\n2. call")
        engineer.send("close")
        expect(page.locator(".state.closed")).to_be_visible()
        assert room.ticket(number).state is State.CLOSED


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_reporter_opens_a_ticket_follows_it_and_rates_it(
    room: Room, someone: Opener, width: int, language: str
) -> None:
    hidden = fill(room)["payment"]
    with someone("wang.fang", width=width, language=language) as reporter:
        page = reporter.page
        assert page.locator(f"#t-{hidden}").count() == 0
        page.click("nav a[href='/tickets/new']")
        page.fill("[name=title]", "结算页面打不开")
        page.fill("[name=summary]", "Since 00:20.\nEverybody.")
        page.check("[name=urgency][value=urgent]")
        page.click("form[data-form=new] button")
        page.wait_for_selector(".ticket-head")
        number = int(page.locator(".ticket-head .no").inner_text().removeprefix("T-"))
        opened = room.ticket(number)
        assert (opened.title, opened.reporter, opened.urgency.value) == ("结算页面打不开", "wang.fang", "urgent")
        assert page.locator("#take").count() == 0
        page.fill("form[data-form=comment] textarea", "Now the app too.")
        reporter.send("comment")
        expect(page.locator(".timeline li.talk").first).to_contain_text("Now the app too.")
        room.happen(number, events.Taken(owner="li.na"), by="li.na")
        room.happen(
            number, events.Resolved(solution="Restarted the pool.", steps="restart", cautions="none"), by="li.na"
        )
        page.reload()
        reporter.unfold_move("rate")
        for name, stars in (("attitude", 5), ("speed", 4), ("result", 3)):
            page.locator(f"[name={name}][value='{stars}'] + span").click()
        page.fill("form[data-form=rate] textarea", "谢谢")
        reporter.send("rate")
        expect(page.locator(".state.closed")).to_be_visible()
        rating = room.ticket(number).rating
        assert rating is not None
        assert (rating.attitude, rating.speed, rating.result, rating.comment) == (5, 4, 3, "谢谢")
        assert room.ticket(number).state is State.CLOSED


def test_what_is_typed_is_kept_when_it_cannot_be_accepted(room: Room, someone: Opener) -> None:
    number = fill(room)["orders"]
    with someone("li.na", expected=("error: Failed to load resource",)) as engineer:
        page = engineer.page
        engineer.open(f"/tickets/{number}")
        engineer.unfold_move("resolve")
        page.fill("form[data-form=resolve] [name=solution]", "A long story </textarea> that took me ten minutes")
        page.fill("form[data-form=resolve] [name=steps]", "  ")
        page.fill("form[data-form=resolve] [name=cautions]", "none")
        engineer.send("resolve")
        expect(page.locator("#wrong")).to_contain_text("the steps taken and the cautions are required")
        kept = page.locator("form[data-form=resolve] [name=solution]")
        assert kept.input_value() == "A long story </textarea> that took me ten minutes"
        assert kept.is_visible()
        assert room.ticket(number).state is State.IN_PROGRESS


def test_a_file_is_attached_and_can_only_be_saved(room: Room, someone: Opener) -> None:
    number = fill(room)["orders"]
    with someone("li.na") as engineer:
        page = engineer.page
        engineer.open(f"/tickets/{number}")
        page.set_input_files(
            "form[data-form=attach] input[type=file]",
            {"name": "../../x.html", "mimeType": "text/html", "buffer": b"<script>alert(1)</script>"},
        )
        engineer.send("attach")
        link = page.locator(".plain-list a[download]")
        expect(link).to_be_visible()
        assert "/" not in link.inner_text()
        with page.expect_download() as waiting:
            link.click()
        assert waiting.value.path().read_bytes() == b"<script>alert(1)</script>"


def test_a_paused_ticket_says_for_whom_it_waits_and_goes_on(room: Room, someone: Opener) -> None:
    number = fill(room)["orders"]
    with someone("li.na") as engineer:
        page = engineer.page
        engineer.open(f"/tickets/{number}")
        engineer.unfold_move("pause")
        page.select_option("[name=waiting_for]", "reporter")
        engineer.send("pause")
        expect(page.locator(".notice")).to_contain_text("it waits for the reporter")
        engineer.send("resume")
        expect(page.locator(".said")).to_contain_text("The clocks run again.")
        assert room.ticket(number).waiting_for is None


def test_urgency_area_owner_and_time_change_and_two_tickets_become_one(room: Room, someone: Opener) -> None:
    numbers = fill(room)
    number, other = numbers["orders"], numbers["late"]
    with someone("li.na") as engineer:
        page = engineer.page
        engineer.open(f"/tickets/{number}")
        engineer.unfold_move("urgency")
        page.select_option("form[data-form=urgency] select", "important")
        page.fill("form[data-form=urgency] [name=reason]", "Two customers only")
        engineer.send("urgency")
        expect(page.locator(".ticket-head .badge.important")).to_be_visible()
        engineer.unfold_move("area")
        page.fill("form[data-form=area] [name=area]", "payments")
        engineer.send("area")
        expect(page.locator(".ticket-head .tag")).to_have_text("payments")
        engineer.unfold_move("expect")
        page.fill("form[data-form=expect] [name=expected_at]", "2026-11-11T03:15")
        engineer.send("expect")
        expect(page.locator(".ticket-head .figures")).to_contain_text("2026-11-11 03:15")
        engineer.unfold_move("assign")
        page.fill("form[data-form=assign] [name=owner]", "zhao.lei")
        engineer.send("assign")
        expect(page.locator(".ticket-head .figures")).to_contain_text("zhao.lei")
        engineer.unfold_move("merge")
        page.fill("form[data-form=merge] [name=into]", f"T-{other}")
        engineer.send("merge")
        expect(page.locator(".notice a")).to_have_text(f"T-{other}")
        assert room.ticket(number).merged_into == other
        assert room.ticket(number).expected_at == NOW + timedelta(hours=2, minutes=43, seconds=20)
