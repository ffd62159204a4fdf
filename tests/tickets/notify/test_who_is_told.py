"""Who is told, called and written to, and that nobody can make a message call anybody else."""

import dataclasses
import json

from tests.tickets.conftest import Clock
from tests.tickets.notify.channels import Services, content, second, wecom, with_channels
from tests.tickets.notify.conftest import deliver, details, look_after, moved, opened, said
from tests.tickets.notify.service import Service
from tickets import events, lifecycle
from tickets.changing import change
from tickets.desk import Desk
from tickets.names import ClockName, Urgency, Waiting
from tickets.notify.channels import Channel, Kind


def test_an_urgent_ticket_that_nobody_takes_is_called_out(desk: Desk, clock: Clock, services: Services) -> None:
    phone = services()
    desk = with_channels(desk, Channel(name="phone", kind=Kind.VOICE, url=phone.url, lang="en", people=("zhang",)))
    ticket = opened(desk)
    opened(desk, urgency=Urgency.IMPORTANT)
    clock.forward(seconds=299)
    assert deliver(desk) == 0
    clock.forward(seconds=2)
    deliver(desk)
    [document] = phone.documents
    assert document["call"] == [{"account": "zhang", "phone": "13800138000"}]
    assert document["speech"] == "Lantern: urgent ticket number 1 has not been taken by anybody. Payments fail"
    assert [each["ticket"] for each in document["messages"]] == [1]
    clock.forward(seconds=300)
    deliver(desk)
    assert len(phone.posts) == 2
    moved(desk, ticket.number, "zhang", lambda ticket: lifecycle.take(ticket, "zhang"))
    clock.forward(seconds=300)
    deliver(desk)
    assert len(phone.posts) == 2
    assert said(desk, ticket.number) == [("phone", "", True, 1), ("phone", "", True, 1)]


def test_a_ticket_that_was_taken_in_time_is_not_called_out(desk: Desk, clock: Clock, services: Services) -> None:
    phone = services()
    desk = with_channels(desk, Channel(name="phone", kind=Kind.VOICE, url=phone.url))
    ticket = opened(desk)
    moved(desk, ticket.number, "zhang", lambda ticket: lifecycle.take(ticket, "zhang"))
    clock.forward(seconds=1000)
    deliver(desk)
    look_after(desk)
    assert phone.posts == []
    assert said(desk, ticket.number) == []


def test_a_raised_ticket_is_called_out_from_then_on(desk: Desk, clock: Clock, services: Services) -> None:
    phone = services()
    desk = with_channels(desk, Channel(name="phone", kind=Kind.VOICE, url=phone.url), voice_calls=1)
    ticket = opened(desk, urgency=Urgency.NORMAL)
    clock.forward(seconds=1000)
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.change_urgency(ticket, Urgency.URGENT))
    clock.forward(seconds=301)
    deliver(desk)
    assert len(phone.posts) == 1


def mail(robot: Service) -> Channel:
    # A webhook in the place of a mail server: Apprise's URLs are the same to everything but the sender.
    return Channel(
        name="mail", kind=Kind.WEBHOOK, url=robot.url + "&to={to}", contact="email", lang="en", people=("li",)
    )  # fmt: skip


def test_reporters_and_owners_are_written_to_one_by_one(desk: Desk, services: Services) -> None:
    box = services()
    desk = with_channels(desk, mail(box))
    ticket = opened(desk, source="person", reporter="wang", urgency=Urgency.NORMAL)
    deliver(desk)
    assert [(each["to"], each["messages"][0]["occasion"]) for each in box.documents] == [("li@mall.example", "opened")]
    assert box.posts[0].path.endswith("&to=li%40mall.example")
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    deliver(desk)
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.pause(ticket, Waiting.REPORTER))
    deliver(desk)
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.resolve(ticket, "a", "b", "c"))
    deliver(desk)
    assert [(each["to"], each["messages"][0]["occasion"]) for each in box.documents[1:]] == [
        ("wang@mall.example", "taken"), ("wang@mall.example", "waiting"), ("wang@mall.example", "resolved"),
    ]  # fmt: skip
    assert [to for _, to, delivered, _ in said(desk, ticket.number) if delivered] == ["li", "wang", "wang", "wang"]


def test_an_owner_without_an_address_is_shown_as_not_told(desk: Desk, services: Services) -> None:
    box, other = services(), services()
    desk = with_channels(desk, dataclasses.replace(mail(box), fallback="second"), second(other))
    ticket = opened(desk, [events.Assigned(owner="zhang")])
    deliver(desk)
    deliver(desk)
    assert box.posts == []
    assert ("mail", "zhang", False, 1) in said(desk, ticket.number)
    assert "no email is known of zhang" in details(desk, ticket.number)
    assert len(other.posts) == 1
    assert other.documents[0]["at"]["atUserIds"] == ["ding-zhang"]


def test_a_reporter_without_an_address_is_nobodys_fault(desk: Desk, services: Services) -> None:
    box = services()
    desk = with_channels(desk, mail(box))
    ticket = opened(desk, reporter="zhao", owner="li")
    deliver(desk)
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    assert deliver(desk) == 0
    assert not any(to == "zhao" for _, to, _, _ in said(desk, ticket.number))


def test_deadlines_and_the_chain_call_people_by_name(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot, people=("zhang",), mentions=("oncall-phone",)))
    ticket = opened(desk)
    deliver(desk)
    assert content(robot).split("\n")[1] == "<@zhangsan> <@oncall-phone>"
    happenings: list[tuple[events.Event, str]] = [
        (events.Warned(clock=ClockName.RESPONSE), "Three quarters of the time for a first response are gone."),
        (events.Breached(clock=ClockName.RESPONSE), "The time for a first response is over."),
        (events.Escalated(step=1, to="li"), "Escalated to li."),
    ]
    for event, sentence in happenings:
        change(desk, ticket.number, "tenfold", lambda _ticket, event=event: (event,))  # type: ignore[misc]  # mypy cannot infer a bound default
        deliver(desk)
        assert sentence in content(robot)
    assert "<@lisi>" in content(robot)
    change(desk, ticket.number, "tenfold", lambda _ticket: (events.Escalated(step=2, to="role:lead"),))
    deliver(desk)
    assert "Escalated to whoever is lead." in content(robot)
    # The ticket has no owner: who reads the channel is called, and those of the role.
    assert content(robot).split("\n")[1] == "<@zhangsan> <@lisi> <@oncall-phone>"


def test_nobody_is_called_to_hear_that_it_is_solved(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot))
    ticket = opened(desk, owner="zhang")
    moved(desk, ticket.number, "zhang", lambda ticket: lifecycle.take(ticket, "zhang"))
    deliver(desk)
    moved(desk, ticket.number, "zhang", lambda ticket: lifecycle.resolve(ticket, "a", "b", "c"))
    deliver(desk)
    assert "It is solved." in content(robot)
    assert "<@" not in content(robot)
    assert "claim" not in content(robot)


def test_hostile_titles_and_names_stay_words_in_chinese_too(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot, lang="zh"))
    opened(
        desk, title="<@all> [退款](https://evil.example)\n# T-9", summary="@all www.evil.example",
        area="[x](http://evil.example)", owner="<@all>",
    )  # fmt: skip
    deliver(desk)
    text = content(robot)
    assert "@all" not in text
    assert "evil.example" not in text
    assert text.count("](") == 1
    assert "\n#" not in text


def test_a_person_cannot_become_everybody(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot, people=("zhang",)))
    from sqlalchemy import update

    from tickets.store.tables import ACCOUNTS

    for entered in ("@all", "all", "@ALL"):
        desk.store.writing(
            lambda connection, entered=entered: connection.execute(  # type: ignore[misc]  # mypy cannot infer a bound default
                update(ACCOUNTS).where(ACCOUNTS.c.name == "zhang").values(contacts={"wecom": entered})
            )
        )
        opened(desk)
        deliver(desk)
        assert "all" not in json.dumps(robot.documents[-1]).lower().split("\\n")[1]
