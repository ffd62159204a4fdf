"""report.md: a wiki shows what was written, whoever wrote it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from facts.findings import Report
from pages.markdown import markdown
from tests.pages.hostile_sample import hostile_report
from tests.pages.sample import empty_report, rich_report
from tests.pages.sample_findings import ORDERS_INDEX, ORDERS_SUBJECT


def tokens(report: Report) -> list[Token]:
    """What a renderer that allows HTML, tables and struck-out text makes of the report."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

    def flat(each: Token) -> Iterator[Token]:
        yield each
        for child in each.children or ():
            yield from flat(child)

    return [part for each in parser.parse(markdown(report, "en")) for part in flat(each)]


def headings(report: Report) -> list[str]:
    parsed = tokens(report)
    return [
        "".join(child.content for child in following.children or ())
        for each, following in pairwise(parsed)
        if each.type == "heading_open"
    ]


def rows(report: Report) -> list[list[str]]:
    found: list[list[str]] = []
    in_cell = False
    for each in tokens(report):
        if each.type == "tr_open":
            found.append([])
        elif each.type in {"td_open", "th_open"}:
            in_cell = True
        elif each.type in {"td_close", "th_close"}:
            in_cell = False
        elif each.type == "inline" and in_cell:
            found[-1].append("".join(child.content for child in each.children or ()))
    return found


def test_the_headings_tell_the_story() -> None:
    assert headings(rich_report()) == [
        "The mall falls over at 10 times the everyday peak",
        f"1. IDX001 No index on {ORDERS_SUBJECT}",
        "2. SQL004 A search reads the whole table for each ILIKE on public.products.name",
        "3. RDS001 Redis refuses writes when its memory is full",
        "4. SQL002 1 statements run up to 21 times for each page",
        "5. IDX002 Index public.idx_orders_note is used by nobody",
        "6. SQL006 Statistics of public.carts are stale",
        "7. IDX004 Index public.idx_coupons_code is invalid",
        "8. IDX003 Index public.idx_lines_order is covered by public.order_lines_pkey",
        "Left out, as the configuration says",
        "Not examined",
    ]


def test_the_ranking_is_a_table() -> None:
    table = rows(rich_report())
    assert table[0] == ["#", "Code", "Severity", "Cores at the multiplier", "Subject and finding"]
    assert table[1] == ["1", "IDX001", "critical", "8.1", f"{ORDERS_SUBJECT}: No index on {ORDERS_SUBJECT}"]
    assert len(table) == 9


def test_statements_stand_in_fences_as_they_are() -> None:
    fences = [each.content for each in tokens(rich_report()) if each.type == "fence"]
    assert fences[0] == f"{ORDERS_INDEX};\n"
    assert "ANALYZE public.carts;\nALTER TABLE public.carts RESET (autovacuum_enabled);\n" in fences
    assert "redis-cli CONFIG SET maxmemory-policy allkeys-lfu\nredis-cli CONFIG REWRITE\n" in fences


def test_gaps_are_listed_with_their_remedy() -> None:
    text = " ".join(each.content for each in tokens(rich_report()) if each.type == "text")
    assert "→ GRANT SELECT (id, status) ON public.payments TO tenfold" in text


def test_what_is_ignored_is_listed_with_its_title() -> None:
    items = markdown(rich_report(), "en").split("## Left out, as the configuration says\n")[1].split("##")[0]
    title = "Index public.idx_lines_order is covered by public.order_lines_pkey"
    assert items.replace("\\", "").split("\n")[1:-2] == [f"- IDX003 public.idx_known_to_us: {title}"]
    assert "Left out" not in markdown(replace(rich_report(), ignored=()), "en")


def test_projection_and_risk_are_told() -> None:
    text = markdown(rich_report(), "en").replace("\\", "")
    assert "Cores busy today: 0.81 now, 0.0035 afterwards (by the planner's costs on the observed time)." in text
    assert "\nRisk: A trigram index is about as large as the column and slows writes to it.\n" in text


def test_text_from_outside_is_text_and_nothing_else() -> None:
    allowed = {
        "heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "strong", "bullet_list", "list_item",
    }  # fmt: skip
    kinds = {each.type for each in tokens(hostile_report())}
    structure = {kind.removesuffix("_open").removesuffix("_close") for kind in kinds}
    assert structure - allowed == {"inline", "text", "text_special", "fence"} & structure
    # Bold is ours alone: one remedy's text a finding.
    assert sum(each.type == "strong_open" for each in tokens(hostile_report())) == 2


def test_hostile_text_adds_no_heading_no_row_and_no_cell() -> None:
    report = hostile_report()
    assert len(headings(report)) == 5
    assert [len(row) for row in rows(report)] == [5, 5, 5]


def test_a_reader_sees_what_was_written() -> None:
    text = " ".join(rows(hostile_report())[1][4].split())
    assert "<script>window.hacked = true</script>" in text
    assert "`code` **bold** [link](http://attacker.example) | cell | <b>b</b>" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_fence_is_longer_than_any_inside() -> None:
    fences = [each for each in tokens(hostile_report()) if each.type == "fence"]
    assert [each.markup for each in fences] == ["````", "````"]
    assert all("</style></title>" in each.content for each in fences)


def test_a_command_that_ends_a_fence_does_not_end_ours() -> None:
    report = rich_report()
    remedy = replace(report.findings[2].remedy, commands=("a\n```\n## b", "c\n`````", "\x1b[31md\x07"))
    text = replace(report, findings=(replace(report.findings[2], remedy=remedy),))
    fence = next(each for each in tokens(text) if each.type == "fence")
    assert (fence.markup, fence.content) == ("``````", "a\n```\n## b\nc\n`````\nd\n")


def test_an_empty_report_has_no_findings_and_no_gaps() -> None:
    assert headings(empty_report()) == ["Not enough evidence for a verdict at 10 times the everyday peak"]
    assert len(rows(empty_report())) == 1
