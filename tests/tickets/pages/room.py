"""A ticket room with people, tickets and everything that a page can show; its clock stands where a test puts it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Connection

from pages.tickets.office_records import Figures, Held, Ledger, Month, Quarantine, Tier
from pages.tickets.records import Card, Clock
from pages.tickets.ticket_records import Aid, AidRun
from tickets import events
from tickets.afterwards import search
from tickets.changing import change
from tickets.desk import Desk
from tickets.events import Entry, Event
from tickets.lifecycle import IllegalMove
from tickets.names import Cause, ClockName, Role, Urgency, Waiting
from tickets.people.accounts import add_account
from tickets.store import log
from tickets.store.opening import open_store
from tickets.ticket import Ticket, replay
from tickets.web.app import mount
from tickets.web.caller import Caller
from tickets.web.pages.parts import FirstAid, Parts

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 10, 16, 31, 40, tzinfo=UTC)  # 00:31:40 in Shanghai, on the eleventh
PROMISED = {
    "urgent": {"response": 1800, "plan": 7200, "fix": 14400},
    "important": {"response": 3600, "fix": 28800},
    "normal": {"response": 7200, "fix": 86400},
}
# Everything that a page could take for markup, for a script, or for the end of a field.
HOSTILE = (
    "</title></style></script></textarea><script>alert(1)</script><img src=x onerror=alert(1)>"
    "\"'><svg onload=alert(1)>{{7*7}}javascript:alert(1)\u202e"
)


@dataclass
class Sealed:
    """A part of the evidence as the store of evidence reads it."""

    id: int
    at: datetime
    part: str
    sha256: str
    verified: bool
    document: Any


@dataclass
class Room:
    """The room under test.

    Attributes:
        carried_out: First aid that was run, taken back or settled, in order.
    """

    desk: Desk
    app: FastAPI
    moment: datetime
    sealed: dict[int, list[Sealed]] = field(default_factory=dict)
    carried_out: list[tuple[str, ...]] = field(default_factory=list)
    aid_of: dict[int, str] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)

    def now(self) -> datetime:
        return self.moment

    def open(
        self, title: str, urgency: Urgency = Urgency.URGENT, *, ago: float = 0, by: str = "alertmanager", **further: Any
    ) -> int:
        """A new ticket, so many minutes ago."""
        at = self.moment - timedelta(minutes=ago)
        further.setdefault("source", "person" if "reporter" in further else "alertmanager")
        opened = events.Opened(title=title, urgency=urgency, **further)

        def written(connection: Connection) -> int:
            ticket, new = log.open_ticket(connection, at, by, opened)
            search.index(connection, self.desk, ticket, new)
            return ticket.number

        return self.desk.store.writing(written)

    def happen(self, number: int, *what: Event, ago: float = 0, by: str = "tenfold") -> None:
        """Things that happen to it."""
        at = self.moment - timedelta(minutes=ago)

        def written(connection: Connection) -> None:
            log.append(connection, log.load(connection, number), at, by, what)

        self.desk.store.writing(written)

    def ticket(self, number: int) -> Ticket:
        with self.desk.store.read() as connection:
            return log.load(connection, number)

    def log(self, number: int) -> list[Entry]:
        with self.desk.store.read() as connection:
            return log.load_log(connection, number)

    def _aid(self, connection: Connection, desk: Desk, who: Caller, ticket: Ticket) -> Sequence[Aid]:
        del desk, who
        title = self.aid_of.get(ticket.number)
        if title is None:
            return ()
        entries = log.load_log(connection, ticket.number)
        done = [each for each in entries if isinstance(each.event, events.AidCarriedOut)]
        undone = {each.event.run for each in entries if isinstance(each.event, events.AidUndone)}
        runs = tuple(
            AidRun(
                number=each.event.run,
                state="undone" if each.event.run in undone else "done",
                at=each.at,
                who=each.actor,
                detail=each.event.detail,
                can_undo=each.event.run not in undone,
            )
            for each in done
            if isinstance(each.event, events.AidCarriedOut)
        )
        because = "支付渠道 alipay 的成功率 5 分钟内为 3 %，备用渠道 wechat 为 99 %。"
        what = 'POST https://admin.mall.example/api/payment/channel\n\n{"use": "wechat", "reason": "T-1"}'
        free = not runs or runs[-1].state == "undone"
        return (Aid(action="switch-channel", title=title, because=because, what=what, runs=runs, can_run=free),)

    def _run(self, desk: Desk, who: Caller, number: int, action: str) -> None:
        if action != "switch-channel":
            from facts.message import msg

            raise IllegalMove(msg("There is no such action."))
        run = 1 + len([each for each in self.carried_out if each[0] == "run"])
        self.carried_out.append(("run", who.name, action))
        change(
            desk, number, who.name,
            lambda _: (events.AidCarriedOut(action=action, run=run, ok=True, detail="200: channel is wechat now"),),
        )  # fmt: skip

    def _undo(self, desk: Desk, who: Caller, number: int, action: str, run: int) -> None:
        self.carried_out.append(("undo", who.name, action, str(run)))
        change(desk, number, who.name, lambda _: (events.AidUndone(action=action, run=run, ok=True),))

    def _settle(self, desk: Desk, who: Caller, number: int, action: str, run: int, happened: bool) -> None:  # noqa: FBT001
        del desk, number
        self.carried_out.append(("settle", who.name, action, str(run), str(happened)))

    def _similar(self, connection: Connection, ticket: Ticket) -> Sequence[Card]:
        del connection
        return [
            Card(
                number=each.number, title=each.title, urgency=each.urgency.value, state=each.state.value,
                opened_at=each.opened_at, changed_at=each.changed_at, snippet=each.solution,
            )
            for each in (self.ticket(number) for number in range(1, ticket.number))
            if each.solution and each.area == ticket.area
        ]  # fmt: skip

    def parts(self) -> Parts:
        return Parts(
            clocks=plain_clocks,
            evidence=lambda _connection, number: self.sealed.get(number, []),
            aid=FirstAid(shown=self._aid, run=self._run, undo=self._undo, settle=self._settle),
            similar=self._similar,
            figures=lambda _desk: FIGURES,
            ledger=lambda _desk: LEDGER,
            quarantine=lambda _desk: Quarantine(posts=tuple(self.held), total=len(self.held)),
            replay=lambda _request, _desk, who, post: self.carried_out.append(("replay", who.name, str(post))),
        )


def plain_clocks(desk: Desk, entries: Sequence[Entry]) -> Sequence[Clock]:
    """Clocks that run around the clock, without pauses: enough for what a page shows."""
    ticket, now = replay(1, entries), desk.now()
    met: dict[str, datetime] = {}
    for entry in entries:
        kinds = {"taken": ["response"], "planned": ["plan"], "resolved": ["response", "plan", "fix"]}
        for name in kinds.get(entry.event.kind, ()):
            met.setdefault(name, entry.at)
    shown = []
    for name, target in PROMISED[ticket.urgency.value].items():
        at = met.get(name)
        spent = ((at or now) - ticket.opened_at).total_seconds()
        deadline = ticket.opened_at + timedelta(seconds=target)
        state = "breached" if spent > target else "met" if at else "paused" if ticket.waiting_for else "running"
        shown.append(
            Clock(
                name=name, state=state, target=target, spent=spent, met_at=at,
                deadline=deadline if at is None and state != "paused" else None,
            )
        )  # fmt: skip
    return shown


FIGURES = Figures(
    months=(
        Month(
            name="2026-11",
            tiers=(
                Tier(urgency="urgent", opened=14, resolved=13, response=412, plan=2900, fix=7300, kept=0.929),
                Tier(urgency="important", opened=31, resolved=29, response=1500, fix=18000, kept=0.97),
                Tier(urgency="normal", opened=80, resolved=71, response=3000, fix=50000, kept=1.0),
            ),
            attitude=4.8, speed=4.2, result=4.6, ratings=37, repeats=(("PaymentChannelDown", 3),),
        ),
        Month(name="2026-10", tiers=(Tier(urgency="normal", opened=2, resolved=0),)),
    )
)  # fmt: skip
LEDGER = Ledger(
    received=10_412,
    outcomes=(("ticketed", 131), ("merged", 9_870), ("suppressed", 409), ("quarantined", 2)),
    reasons=(("merged", "repeat", 9_870), ("suppressed", "rehearsal", 409), ("quarantined", "not JSON", 2)),
)


def build(folder: Path, store: str = "") -> Room:
    """A room with four people and no ticket."""
    room: list[Room] = []
    desk = Desk(
        store=open_store(store or str(folder / "tickets.sqlite")),
        mall="practice mall",
        timezone="Asia/Shanghai",
        now=lambda: room[0].moment if room else NOW,
    )
    app = FastAPI(openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    made = Room(desk=desk, app=app, moment=NOW)
    for name, role in (("wang.fang", Role.REPORTER), ("li.na", Role.ENGINEER), ("zhao.lei", Role.LEAD), ("root", Role.ADMIN)):  # fmt: skip
        add_account(desk, name, role, PASSWORD)
    room.append(made)
    mount(app, desk)
    app.state.parts = made.parts()
    return made


def evidence_document(hostile: str = "") -> dict[str, Any]:
    """What readers find, in every form that JSON can have."""
    update = f"UPDATE orders SET paid_at = now() WHERE id = $1{hostile}"
    waiting = [
        {"pid": 4711, "waits_for": 4242, "seconds": 81.4, "statement": update},
        {"pid": 4712, "waits_for": 4242, "seconds": 80.2, "statement": "SELECT * FROM orders WHERE id = $1 FOR UPDATE"},
    ]
    channels = [
        {"channel": "alipay", "attempts": 412, "success_ratio": 0.031, "probe": f"HTTP 502{hostile}"},
        {"channel": "wechat", "attempts": 388, "success_ratio": 0.992, "probe": "HTTP 200"},
    ]
    lines = f"00:03:02 POST /pay 502 upstream timed out\n00:03:03 POST /pay 502 upstream timed out\n{hostile}"
    return {
        "schema_version": 1,
        "readings": {
            "sessions": {
                "status": "ok", "seconds": 0.21,
                "value": {"total": 61, "max_connections": 100, "blocking": waiting},
            },
            "payments": {"status": "ok", "seconds": 1.4, "value": channels, "cut": True},
            "log": {"status": "ok", "seconds": 0.01, "value": lines},
            f"changes{hostile}": {"status": "ok", "seconds": 0.0, "value": []},
            "redis": {"status": "timed_out", "seconds": 15.0, "reason": f"No answer within 15 s.{hostile}"},
            "statements": {"status": "ok", "seconds": 2.1, "value": {"failed": {f"cart{hostile}": "refused"}, "top": 3}},
        },
    }  # fmt: skip


def fill(room: Room, hostile: str = "") -> dict[str, int]:
    """Tickets in every state; their numbers by a short name."""
    solved = _solved(room, hostile)
    payment = _payment(room, solved, hostile)
    orders = _orders(room, hostile)
    slow = room.open("商品搜索 p99 超过 1.5 s", Urgency.IMPORTANT, ago=61, area="search", key="g2")
    waits = room.open("物流轨迹延迟 3 小时", Urgency.IMPORTANT, ago=190, area="shipping", key="g3")
    room.happen(waits, events.Taken(owner="zhao.lei"), ago=170, by="zhao.lei")
    paused = events.Paused(waiting_for=Waiting.THIRD_PARTY, note="顺丰 API 工单 88123")
    room.happen(waits, paused, ago=100, by="zhao.lei")
    late = room.open("Disk of db-1 is 91 % full", Urgency.URGENT, ago=45, area="capacity", key="g4")
    room.happen(late, events.Breached(clock=ClockName.RESPONSE), ago=15)
    of_reporter = {"reporter": "wang.fang", "by": "wang.fang"}
    asks = room.open("How do I change the logo of the mall?", Urgency.NORMAL, ago=15, **of_reporter)
    done = room.open("Coupon page shows yesterday's prices", Urgency.NORMAL, ago=300, area="storefront", **of_reporter)
    room.happen(done, events.Taken(owner="li.na"), ago=280, by="li.na")
    resolved = events.Resolved(
        solution="Cleared the edge cache; the page's lifetime is 60 s now.",
        steps="1. Purge /coupons\n2. Cache-Control: max-age=60",
        cautions="none",
    )
    room.happen(done, resolved, ago=200, by="li.na")
    room.held = [
        Held(
            number=17, at=NOW - timedelta(hours=3), source="alertmanager", sender="old-monitor",
            problem=f"not JSON: Expecting value at 1{hostile}", size=212, excerpt=f"alert=disk&host=db-1{hostile}",
        )
    ]  # fmt: skip
    names = ("solved", "payment", "orders", "slow", "waits", "late", "asks", "done")
    return dict(zip(names, (solved, payment, orders, slow, waits, late, asks, done), strict=True))


def _solved(room: Room, hostile: str) -> int:
    """The same trouble, two days before."""
    number = room.open(
        f"支付渠道 alipay 成功率低于 50 %{hostile}", ago=4000, area=f"payments{hostile}", key="g0",
        labels={"alertname": "PaymentSuccessLow"},
    )  # fmt: skip
    room.happen(number, events.Taken(owner="li.na"), ago=3990, by="li.na")
    resolved = events.Resolved(
        solution=f"切换到备用渠道 wechat，通知支付宝{hostile}",
        steps=f"1. 打开后台\n2. 切换渠道{hostile}",
        cautions=f"两笔订单需人工核对{hostile}",
    )
    room.happen(number, resolved, ago=3900, by="li.na")
    rated = events.Rated(attitude=5, speed=4, result=5, comment=hostile)
    room.happen(number, rated, events.Closed(), ago=3800, by="wang.fang")
    return number


def _payment(room: Room, solved: int, hostile: str) -> int:
    """An urgent one with everything."""
    number = room.open(
        f"支付渠道 alipay 无法支付：5 分钟成功率 3 %{hostile}", ago=28, area=f"payments{hostile}", key="g1",
        runbook="https://runbooks.mall.example/payments", previous=solved,
        summary=f"Success of channel alipay is below 50 % for 2 min (3.1 %).{hostile}",
        labels={
            "alertname": "PaymentSuccessLow", "severity": "urgent", "channel": "alipay",
            "instance": f"shop-1:8000{hostile}",
        },
    )  # fmt: skip
    fired = (
        events.Fired(fingerprint="a", name=f"PaymentSuccessLow{hostile}"),
        events.Fired(fingerprint="b", name="CheckoutErrors"),
    )
    room.happen(number, *fired, ago=28, by="alertmanager")
    frozen = events.EvidenceFrozen(evidence=1, sha256="9f" * 32, part="first", failed=("redis",))
    room.happen(number, frozen, ago=27.9)
    probe = {
        "template": "The probe of {channel} from outside answers {answer}.",
        "values": {"channel": f"alipay{hostile}", "answer": "HTTP 502"},
    }
    document = {
        "for": [
            {"reading": "payments", "says": probe},
            {"reading": f"payments{hostile}", "says": {"template": "{broken", "values": {}}},
        ],
        "against": [{"reading": "changes", "says": f"A deployment was recorded 41 min before.{hostile}"}],
        "unavailable": [{"reading": f"redis{hostile}", "reason": f"No answer within 15 s.{hostile}"}],
    }
    lost = events.Notified(
        channel=f"wecom{hostile}", to="@li.na", delivered=False, detail=f"errcode 45009: api freq out of limit{hostile}"
    )
    room.happen(
        number,
        events.CauseGiven(cause=Cause.THIRD_PARTY, confidence=0.86, document=document),
        events.AidProposed(action="switch-channel", because="alipay 3 %, wechat 99 %"),
        lost,
        events.Warned(clock=ClockName.RESPONSE),
        ago=27.5,
    )
    room.happen(number, events.Escalated(step=1, to="zhao.lei", reason="Nobody has taken it."), ago=10)
    after = {"readings": {"host": {"status": "ok", "seconds": 0.1, "value": {"load1": 3.2, "cpu_ratio": 0.91}}}}
    first = evidence_document(hostile)
    room.sealed[number] = [
        Sealed(1, NOW - timedelta(minutes=27.9), "first", "9f" * 32, verified=True, document=first),
        Sealed(2, NOW - timedelta(minutes=1), "after", "ab" * 32, verified=False, document=after),
    ]
    room.aid_of[number] = f"切换到备用支付渠道{hostile}"
    return number


def _orders(room: Room, hostile: str) -> int:
    """A person's, taken and planned."""
    number = room.open(
        f"Orders paid twice by coupon retry{hostile}", ago=70, area="orders", reporter="wang.fang", by="wang.fang",
        summary=f"Two customers called: charged twice.{hostile}",
    )  # fmt: skip
    room.happen(number, events.Taken(owner="li.na"), ago=60, by="li.na")
    plan = f"Hold refunds, find the retries in the log.{hostile}"
    room.happen(number, events.Planned(plan=plan, expected_at=NOW + timedelta(hours=2)), ago=50, by="li.na")
    room.happen(number, events.Commented(text=f"How many customers are there?{hostile}"), ago=30, by="wang.fang")
    inside = events.Commented(text=f"Looks like the worker retries without a key.{hostile}", internal=True)
    room.happen(number, inside, ago=20, by="li.na")
    return number
