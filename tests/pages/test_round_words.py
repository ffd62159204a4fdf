"""What the pages about rounds say: in one unit each, without a name twice, and of an objective that nobody could judge no ✗."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from facts.message import msg
from facts.rounds import Purchase, Reason, Round, RoundKind, RoundVerdict
from loadtest.verdict import GENERATOR_RULES
from pages.rounds.endings import ENDINGS, ending
from pages.rounds.html import rounds_html
from pages.rounds.markdown import rounds_markdown
from pages.rounds.rehearsal import Rehearsal
from pages.rounds.rule_words import RULES, listed, rule_name
from pages.rounds.terminal import print_rounds
from pages.rounds.words import amount
from pages.translation import Language, translator
from tests.pages import round_samples
from tests.pages.recorded_samples import recording

TOO_FEW = Reason(
    rule="slo success>=98%",
    ok=False,
    evidence=msg("{count} requests are too few to judge {slo}: {needed} are needed", count="40", slo="", needed="149"),
    invalidates=True,
)


def single(*reasons: Reason, **more: object) -> Rehearsal:
    """One round against one URL, whose journey is its one request."""
    run = recording(40, 5, seed=3, median_ms=lambda _second: 20.0)
    page = replace(run.endpoints[0], name="GET /")
    one = Round(
        kind=RoundKind.SINGLE,
        verdict=RoundVerdict.INVALID,
        reasons=reasons,
        recording=replace(run, endpoints=(page,), journeys=(page,)),
        manifest={},
    )
    return Rehearsal(mall="http://127.0.0.1/", multiplier=None, tool_version="0", rounds=(replace(one, **more),))  # type: ignore[arg-type]


def printed(rehearsal: Rehearsal, language: Language = "en") -> str:
    console = Console(file=io.StringIO(), width=200)
    print_rounds(rehearsal, console, language)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_objective_that_could_not_be_judged_is_no_broken_one() -> None:
    rehearsal = single(TOO_FEW)
    text, document, page = printed(rehearsal), rounds_markdown(rehearsal, "en"), rounds_html(rehearsal, "en")
    assert "Single round: success>=98% could not be judged." in text
    assert "? slo success>=98%: 40 requests are too few" in text
    assert "- ? **slo success" in document
    assert "could not be judged" in page
    assert not any("✗" in each for each in (text, document, page))


def test_what_the_generator_broke_is_named_before_what_nobody_could_judge() -> None:
    lost = Reason(rule="lost-worker", ok=False, evidence=msg("{names} vanished during the round", names="a"), invalidates=True)  # fmt: skip
    assert "Single round: lost-worker did not hold." in printed(single(TOO_FEW, lost))


def test_a_single_urls_request_is_listed_once() -> None:
    assert rounds_markdown(single(), "en").count("GET /") == 1
    assert ">Journeys</td>" not in rounds_html(single(), "en")
    both = rounds_markdown(round_samples.no_go(), "en")
    assert "### Journeys" in both
    assert "search and buy" in both


def test_rates_have_their_unit() -> None:
    assert "requests/s offered" in printed(single())
    assert "the knee is journeys a second" in rounds_markdown(round_samples.no_go(), "en")


def test_what_is_there_already_is_not_to_be_bought() -> None:
    def line(today: float | None, needed: float) -> Purchase:
        return Purchase(resource="cores", today=today, needed=needed, unit="cores", method=msg("not known"))

    text = printed(single(shopping=(line(4.0, 9.0), line(16.0, 9.0), line(None, 0.0))))
    assert "To buy: Processor cores, 4 cores today, 9 cores needed" in text
    assert "Enough: Processor cores, 16 cores today, 9 cores needed" in text
    assert text.count("Processor cores") == 2


@pytest.mark.parametrize(("bits", "shown"), [(480.0, "0.48 kbit/s"), (126e6, "126 Mbit/s"), (2.5e9, "2.5 Gbit/s")])
def test_a_bandwidth_has_the_unit_that_fits_it(bits: float, shown: str) -> None:
    assert str(amount(bits, "bits/s")) == shown


def test_every_rule_and_every_ending_has_chinese_words() -> None:
    say = translator("zh")
    assert set(RULES) >= GENERATOR_RULES
    for word in (*RULES, "slo p99<1s", "slo journey buy p99<1s", "invariant stock"):
        assert str(rule_name(word)) == word, "in English it is the word of junit.xml"
        assert say(rule_name(word)) != word
    for word in ENDINGS:
        assert say(ending(word)) != str(ending(word))
    assert str(ending("stopped: of its own")) == "stopped: of its own"


@pytest.mark.parametrize("count", range(1, 7))
def test_names_in_a_row_fit_into_a_sentence(count: int) -> None:
    shown = str(msg("{round}: {rules} did not hold.", round="x", rules=listed(("knee", *["slo p99<1s"] * (count - 1)))))
    assert shown.count("p99<1s") == min(count - 1, 2)
    assert (f"and {count - 3} more" in shown) is (count > 3)


@pytest.mark.parametrize("count", range(1, 7))
def test_four_limits_stand_in_a_row_and_no_more(count: int) -> None:
    shown = str(listed([f"slo GET /{number} p99<1s" for number in range(count)]))
    assert shown.count("p99<1s") == (count if count <= 4 else 3)
    assert (f"and {count - 3} more" in shown) is (count > 4)
