"""The incident report: what it says follows from the log, in both languages and both forms."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from facts.message import Message
from pages.tickets.incident import IncidentReport, incident_html
from pages.tickets.incident_markdown import incident_markdown
from pages.translation import LANGUAGES, Language
from tests.tickets.afterwards.night import BEGIN, CLOCKS, EXHIBITS, STORY, log
from tickets import events
from tickets.afterwards.impact import Stake, trouble
from tickets.afterwards.report import ROWS_AT_MOST, FollowUp, draft
from tickets.events import Entry
from tickets.names import Cause, State
from tickets.ticket import replay

STAKE = Stake(orders=5, order_numbers=("1001", "1002", "1003", "1004", "1005"), money="¥ 1,280.00", rests_on="E-7")


def drafted(entries: list[Entry] | None = None, **further: Any) -> IncidentReport:
    entries = entries or log()
    given = {"clocks": CLOCKS, "exhibits": EXHIBITS, "stake": STAKE, **further}
    return draft(
        replay(12, entries), entries, mall="practice", zone="Asia/Shanghai", now=BEGIN + timedelta(hours=2), **given
    )


def said(lines: Any) -> list[str]:
    return [str(each) for each in lines]


def values(report: IncidentReport) -> dict[str, Message | None]:
    return {str(figure.name): figure.value for figure in report.impact}


def test_the_summary_says_when_who_and_how_long() -> None:
    assert said(drafted().summary) == [
        "An alert opened it on 2026-11-11 00:03.",
        "li took it after 4 min.",
        "It was solved 50 min after the opening.",
    ]


def test_the_impact_is_what_is_known_and_the_rest_is_not_known() -> None:
    shown = values(drafted())
    assert str(shown["how long it lasted"]) == "40 min"
    assert str(shown["orders affected"]) == "5"
    assert str(shown["money at stake"]) == "¥ 1,280.00"
    assert shown["customers affected"] is None
    assert values(drafted(stake=None))["orders affected"] is None
    assert "not known" in incident_markdown(drafted(stake=None), "en")


def test_each_row_cites_its_line_of_the_log_and_the_evidence_that_shows_its_moment() -> None:
    rows = {row.number: row for row in drafted().timeline}
    assert rows[1].evidence == (7, 8)  # within the half hour before either part
    assert rows[3].evidence == (7,)
    assert rows[4].evidence == (7,)  # a cause cites what was frozen before it
    assert rows[8].evidence == (8,)
    assert rows[18].evidence == ()  # later than any evidence
    assert all(row.number in {entry.number for entry in log()} for row in rows.values())
    assert {number for row in rows.values() for number in row.evidence} <= {each.number for each in EXHIBITS}


def test_internal_comments_and_delivered_messages_are_not_told() -> None:
    numbers = {row.number for row in drafted().timeline}
    assert not numbers & {7, 10}
    for language in LANGUAGES:
        assert "hotline" not in incident_html(drafted(), language) + incident_markdown(drafted(), language)


def test_what_went_well_and_badly_follows_from_the_log() -> None:
    report = drafted()
    assert said(report.well) == [
        "An alert told of it before any person did.",
        "First response within the promised time: 4 min of 30 min.",
        "Plan within the promised time: 10 min of 2 h.",
        "Fix within the promised time: 40 min of 4 h.",
        "The first answer to the cause was right: a third party.",
        "First aid worked 7 min after the opening: backup-channel.",
        "The reporter is content.",
    ]
    assert said(report.badly) == [
        "The evidence lacks redis: it could not be read.",
        "Messages by wecom that did not come through: 1.",
        "The same alert had a ticket before: T-3.",
    ]
    assert [each.code for each in report.improvements] == ["evidence", "delivery", "runbook", "repeat", "automatic"]


def test_a_broken_promise_is_told_and_asks_for_an_improvement() -> None:
    late = replace(CLOCKS[0], spent=3600, state="breached")
    report = drafted(clocks=(late,))
    assert "First response took longer than promised: 1 h in place of 30 min." in said(report.badly)
    assert report.improvements[0].code == "promise-response"


def test_a_changed_exhibit_is_told() -> None:
    report = drafted(exhibits=(replace(EXHIBITS[0], verified=False),))
    assert "Evidence was changed after it was frozen." in said(report.badly)
    assert "does not have this hash any more" in incident_html(report, "en")


def test_a_wrong_first_answer_gives_way_to_the_persons_word() -> None:
    story = [
        (after, actor, event.model_copy(update={"cause": Cause.CONFIGURATION}) if isinstance(event, events.Resolved) else event)
        for after, actor, event in STORY
    ]  # fmt: skip
    report = drafted(log(story))
    assert report.cause is not None
    assert (str(report.cause.name), str(report.cause.by)) == ("configuration", "by li, who solved it")
    assert report.cause.speaks_for == ()
    assert "The first answer to the cause was a third party; it was configuration." in said(report.badly)
    assert "cause" in [each.code for each in report.improvements]


def test_what_speaks_for_the_cause_is_told_as_it_was_kept() -> None:
    cause = drafted().cause
    assert cause is not None
    assert said(cause.speaks_for) == ["wechat does not answer a probe from outside."]
    assert said(cause.unavailable) == ["redis: no answer"]
    assert "wechat does not answer a probe" in incident_html(drafted(), "en")


def test_a_vote_that_cannot_be_read_breaks_no_report() -> None:
    votes = [None, "plain", {"says": {"template": "{a.b}", "values": {"a": 1}}}, {"says": {"values": 3}}, {}]
    given = events.CauseGiven(cause=Cause.THIRD_PARTY, confidence=0.5, document={"for": votes, "against": "?"})
    entries = log([*STORY[:3], (13.0, "tenfold", given)])
    report = drafted(entries)
    assert report.cause is not None
    assert said(report.cause.speaks_for) == ["None", "plain", "{a.b}", "", ""]
    assert "plain" in incident_markdown(report, "zh")


def test_an_improvement_that_has_a_ticket_is_not_proposed_again() -> None:
    report = drafted(follow_ups=[FollowUp(number=40, title="Write it", state=State.WAITING, code="runbook")])
    codes = [(each.code, each.ticket) for each in report.improvements]
    assert codes[0] == ("runbook", 40)
    assert [code for code, _ in codes].count("runbook") == 1


def test_a_ticket_that_is_open_gets_a_draft_of_what_is_known_so_far() -> None:
    entries = log(STORY[:8])
    report = drafted(entries, clocks=())
    assert not report.over
    assert str(values(report)["how long it lasted"]) == "2 h"
    assert "still open" in incident_markdown(report, "en")
    assert "还" in incident_html(report, "zh")


def test_the_time_of_trouble_is_that_in_which_any_alert_fired() -> None:
    story = [
        STORY[0],
        (0, "a", events.Fired(fingerprint="a", name="A")),
        (60, "a", events.Fired(fingerprint="b", name="B")),
        (120, "a", events.Subsided(fingerprint="a")),
        (180, "a", events.Subsided(fingerprint="b")),
        (600, "a", events.Fired(fingerprint="a", name="A", again=True)),
        (660, "a", events.Subsided(fingerprint="a")),
    ]
    entries = log(story)
    assert trouble(replay(1, entries), entries, BEGIN + timedelta(hours=9)) == timedelta(seconds=240)


def test_without_alerts_it_is_the_time_from_the_report_to_the_solution_with_each_reopening() -> None:
    story = [
        (0.0, "w", STORY[0][2].model_copy(update={"source": "person", "key": None})),
        (10.0, "li", events.Taken(owner="li")),
        (100.0, "li", events.Resolved(solution="s", steps="s", cautions="c")),
        (500.0, "w", events.Reopened()),
        (530.0, "li", events.Resolved(solution="s", steps="s", cautions="c")),
    ]
    entries = log(story)
    assert trouble(replay(1, entries), entries, BEGIN + timedelta(hours=9)) == timedelta(seconds=130)
    assert "A person had to tell of it: no alert did." in said(drafted(entries).badly)


def test_a_storm_of_alerts_does_not_drown_the_timeline() -> None:
    storm = [
        (float(20 + second), "a", events.Fired(fingerprint=str(second), name="A", again=True)) for second in range(900)
    ]
    entries = log([*STORY[:7], *storm, *((after + 1000, who, event) for after, who, event in STORY[7:])])
    report = drafted(entries)
    assert len(report.timeline) == ROWS_AT_MOST
    assert report.left_out > 0
    shown = {row.number for row in report.timeline}
    assert {1, len(entries), len(entries) - 2} <= shown
    assert str(report.left_out) in incident_markdown(report, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_escaped_and_asks_nobody_for_anything(language: Language) -> None:
    page = incident_html(drafted(), language)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"""(src|href)=(?!"#)""", page)
    assert "default-src 'none'" in page
    assert "微信支付渠道失败" in page


def test_the_markdown_is_whole_and_escaped() -> None:
    text = incident_markdown(drafted(), "en")
    heads = [line for line in text.splitlines() if line.startswith("## ")]
    assert heads == [
        "## Impact", "## Promised times", "## Cause", "## Solution", "## Timeline", "## Evidence", "## What went well",
        "## What went badly", "## Improvements",
    ]  # fmt: skip
    assert r"\<script\>" in text
    assert not re.search(r"(?<!\\)[<>]", text)
    assert "#4 E-7" in text
    table = [line for line in text.splitlines() if line.startswith("| 2026")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 5 for line in table)


def test_in_chinese_every_sentence_of_ours_is_chinese() -> None:
    text = incident_markdown(drafted(), "zh")
    for english in ("Impact", "Timeline", "not known", "took it", "within the promised time", "proposed", "Evidence"):
        assert english not in text, english
    assert "影响" in text
