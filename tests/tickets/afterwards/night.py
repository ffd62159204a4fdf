"""The night on which the payment channel died at 00:03: a log as it is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pages.tickets.incident import Exhibit
from pages.tickets.records import Clock
from tickets import events
from tickets.events import Entry, Event
from tickets.names import Cause, ClockName, Urgency, Waiting

# 2026-11-11 00:03 in Shanghai.
BEGIN = datetime(2026, 11, 10, 16, 3, tzinfo=UTC)
SHA = "ab" * 32

STORY: tuple[tuple[float, str, Event], ...] = (
    (0, "alertmanager", events.Opened(
        title="微信支付渠道失败", summary="Success fell to 0 %", urgency=Urgency.URGENT, area="payments", source="alertmanager",
        key="pay", labels={"channel": "wechat"}, previous=3,
    )),
    (0, "alertmanager", events.Fired(fingerprint="a", name="PaymentChannelFailing")),
    (12, "tenfold", events.EvidenceFrozen(evidence=7, sha256=SHA, part="first", failed=("redis",))),
    (13, "tenfold", events.CauseGiven(cause=Cause.THIRD_PARTY, confidence=0.93, document={
        "for": [{"says": {"template": "{name} does not answer a probe from outside.", "values": {"name": "wechat"}}}],
        "against": [], "unavailable": [{"reading": "redis", "reason": "no answer"}]})),
    (14, "tenfold", events.AidProposed(action="backup-channel", because="the probe fails")),
    (15, "tenfold", events.Notified(channel="wecom", delivered=False, detail="errcode 45009")),
    (20, "tenfold", events.Notified(channel="voice", delivered=True)),
    (240, "li", events.Taken(owner="li")),
    (300, "li", events.Commented(text="<script>alert(1)</script> | the provider's page is down")),
    (301, "li", events.Commented(text="their hotline: secret", internal=True)),
    (420, "li", events.AidCarriedOut(action="backup-channel", run=1, ok=True)),
    (600, "li", events.Planned(plan="stay on the backup channel")),
    (900, "li", events.Paused(waiting_for=Waiting.THIRD_PARTY)),
    (1500, "li", events.Resumed()),
    (1800, "tenfold", events.EvidenceFrozen(evidence=8, sha256=SHA, part="after")),
    (2400, "alertmanager", events.Subsided(fingerprint="a")),
    (2400, "tenfold", events.ResolutionProposed()),
    (3000, "li", events.Resolved(solution="Switched to the backup channel", steps="1. switched\n2. resent five orders",
                                 cautions="switch back by hand", cause=Cause.THIRD_PARTY)),
    (4000, "wang", events.Rated(attitude=5, speed=5, result=4)),
    (4000, "wang", events.Closed()),
)  # fmt: skip
EXHIBITS = (
    Exhibit(number=7, part="first", at=BEGIN + timedelta(seconds=12), sha256=SHA, verified=True, failed=("redis",)),
    Exhibit(number=8, part="after", at=BEGIN + timedelta(seconds=1800), sha256=SHA, verified=True),
)
CLOCKS = (
    Clock(name=ClockName.RESPONSE, state="met", spent=240, target=1800, met_at=BEGIN + timedelta(seconds=240)),
    Clock(name=ClockName.PLAN, state="met", spent=600, target=7200, met_at=BEGIN + timedelta(seconds=600)),
    Clock(name=ClockName.FIX, state="met", spent=2400, target=14400, met_at=BEGIN + timedelta(seconds=3000)),
)


def log(story: Sequence[tuple[float, str, Event]] = STORY) -> list[Entry]:
    """The story as a log."""
    return [
        Entry(number=number, at=BEGIN + timedelta(seconds=after), actor=actor, event=event)
        for number, (after, actor, event) in enumerate(story, 1)
    ]
