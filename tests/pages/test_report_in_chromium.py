"""The HTML report in a real browser: it asks nobody, runs nothing foreign, and its few buttons work."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from facts.findings import Report
from pages.html.report import report_html
from pages.run_folder import write_file
from tests.pages.hostile_sample import hostile_report
from tests.pages.sample import empty_report, rich_report
from tests.pages.sample_findings import ORDERS_INDEX

pytestmark = pytest.mark.chromium

PHONE = 390
DESK = 1200


class Visit:
    """A page as a reader opens it from disk, and everything that it did besides showing itself."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._dismiss)
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(address)

    def _dismiss(self, dialog: Dialog) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()

    @property
    def paper(self) -> str:
        """The background's colour."""
        return str(self.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    def unfold(self) -> None:
        self.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")

    def clipboard(self) -> str:
        return str(self.page.evaluate("(window.reader ?? navigator.clipboard).readText()"))


Opener = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Opener:
    """Opens a report; on leaving, it must have complained of nothing and asked for nothing but itself."""

    @contextmanager
    def open_it(
        report: Report, *, width: int = DESK, scheme: Literal["light", "dark"] = "light", before: str = ""
    ) -> Iterator[Visit]:
        path = tmp_path / "report.html"
        write_file(path, report_html(report, "en"))
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        if before:
            context.add_init_script(before)
        try:
            opened = Visit(context.new_page(), path.as_uri())
            yield opened
            assert opened.complaints == []
            assert opened.requests == [path.as_uri()]
        finally:
            context.close()

    return open_it


# WCAG's contrast of every text against what it stands on.
FAINT_TEXTS = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = parts(colour).map((each) => {
      const share = each / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = new Set();
  for (const each of document.body.querySelectorAll("*")) {
    const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || each.tagName === "SCRIPT") continue;
    const [one, other] = [light(getComputedStyle(each).color), light(ground(each))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) faint.add(`${each.tagName}.${each.className}: ${contrast.toFixed(2)}`);
  }
  return [...faint];
}"""


@pytest.mark.parametrize("build", [rich_report, hostile_report, empty_report])
def test_the_page_opens_offline_without_a_complaint(visit: Opener, build: Callable[[], Report]) -> None:
    with visit(build()) as opened:
        assert opened.page.locator("h1").is_visible()
        assert opened.page.locator("article").count() == len(build().findings)


def test_hostile_text_runs_nothing_and_styles_nothing(visit: Opener) -> None:
    with visit(hostile_report()) as opened:
        opened.unfold()
        opened.page.wait_for_load_state("networkidle")
        assert opened.page.evaluate("window.hacked") is None
        assert opened.page.evaluate("document.scripts.length") == 1
        assert opened.page.evaluate("document.images.length") == 0
        assert "<script>window.hacked = true</script>" in opened.page.locator("h3").first.inner_text()


def test_the_policy_stops_a_script_that_got_in_all_the_same(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_file(
        path,
        report_html(rich_report(), "en").replace(
            "</main>",
            "<script>window.hacked = true</script><img src='http://127.0.0.1:9/x' onerror='window.hacked = true'></main>",
        ),
    )
    page = browser.new_page()
    try:
        opened = Visit(page, path.as_uri())
        assert page.evaluate("window.hacked") is None
        assert len([each for each in opened.complaints if "Content Security Policy" in each]) >= 2
    finally:
        page.close()


def test_the_copy_button_copies_exactly_the_statement(visit: Opener) -> None:
    with visit(rich_report()) as opened:
        button = opened.page.locator("#finding-1 .copy").first
        button.click()
        assert opened.clipboard() == f"{ORDERS_INDEX};"
        assert button.inner_text() == "Copied"


def test_every_copy_button_copies_its_own_text(visit: Opener) -> None:
    report = rich_report()
    with visit(report) as opened:
        opened.unfold()
        for number, finding in enumerate(report.findings, start=1):
            remedy = finding.remedy
            sql = [f"{each};" for each in (*remedy.sql, *remedy.check, *remedy.rollback)]
            expected = [*sql[: len(remedy.sql)], *remedy.commands, *sql[len(remedy.sql) :]]
            buttons = opened.page.locator(f"#finding-{number} .copy").all()
            copied = []
            for button in buttons:
                button.click()
                copied.append(opened.clipboard())
            assert copied == expected


def test_a_statement_with_quotes_and_markup_is_copied_as_it_is(visit: Opener) -> None:
    with visit(hostile_report()) as opened:
        opened.page.locator("#finding-1 .copy").first.click()
        assert opened.clipboard() == hostile_report().findings[0].remedy.sql[0] + ";"


def test_without_a_clipboard_interface_the_selection_is_copied(visit: Opener) -> None:
    before = (
        "window.reader = navigator.clipboard;"
        "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true });"
    )
    with visit(rich_report(), before=before) as opened:
        opened.page.locator("#finding-1 .copy").first.click()
        assert opened.page.evaluate("String(getSelection())") == f"{ORDERS_INDEX};"
        assert opened.clipboard() == f"{ORDERS_INDEX};"


def test_the_button_says_copy_again_also_after_two_clicks(visit: Opener) -> None:
    with visit(rich_report()) as opened:
        button = opened.page.locator("#finding-1 .copy").first
        button.click()
        button.click()
        assert button.inner_text() == "Copied"
        expect(button).to_have_text("Copy")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_button_switches_between_light_and_dark(visit: Opener, scheme: str) -> None:
    with visit(rich_report(), scheme=scheme) as opened:
        first = opened.paper
        opened.page.locator("#theme").click()
        second = opened.paper
        opened.page.locator("#theme").click()
        assert opened.paper == first
        light, dark = (first, second) if scheme == "light" else (second, first)
        assert (light, dark) == ("rgb(251, 250, 248)", "rgb(20, 23, 29)")


def test_a_dark_page_is_printed_light(visit: Opener) -> None:
    with visit(rich_report(), scheme="dark") as opened:
        opened.page.locator("#theme").click()
        opened.page.locator("#theme").click()
        opened.page.emulate_media(media="print")
        assert opened.paper == "rgb(251, 250, 248)"
        assert opened.page.locator(".copy").first.is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(visit: Opener, scheme: str) -> None:
    with visit(rich_report(), scheme=scheme) as opened:
        opened.unfold()
        assert opened.page.evaluate(FAINT_TEXTS) == []


def test_the_filter_shows_only_what_is_asked_for(visit: Opener) -> None:
    with visit(rich_report()) as opened:
        rows = opened.page.locator("#quiet tbody tr")
        assert rows.first.is_hidden()
        opened.page.locator("details.all > summary").click()

        def left(wanted: str) -> list[str]:
            opened.page.locator("#filter").fill(wanted)
            return [each.locator("code").inner_text() for each in rows.all() if each.is_visible()]

        assert len(left("")) == len(rich_report().quiet)
        assert left("COUPON") == ["public.coupons"]
        assert left("idx002") == ["public.orders_pkey", "public.idx_carts_updated_at"]
        assert left(" below-threshold ") == ["UPDATE carts SET updated_at = now() WHERE id = $1"]
        assert left("no such thing") == []
        assert len(left("")) == len(rich_report().quiet)


def test_the_ranking_leads_to_each_finding(visit: Opener) -> None:
    with visit(rich_report()) as opened:
        links = opened.page.locator(".ranking a")
        assert links.count() == len(rich_report().findings)
        links.nth(4).click()
        assert opened.page.evaluate("document.querySelector(':target h3').textContent").startswith("5. Index")


def test_evidence_unfolds_from_the_keyboard(visit: Opener) -> None:
    with visit(rich_report()) as opened:
        evidence = opened.page.locator("#finding-1 details .grid")
        assert evidence.is_hidden()
        opened.page.locator("#finding-1 summary").press("Enter")
        assert evidence.is_visible()


@pytest.mark.parametrize("width", [320, PHONE, 768, DESK])
@pytest.mark.parametrize("build", [rich_report, hostile_report, empty_report])
def test_the_page_never_scrolls_sideways(visit: Opener, build: Callable[[], Report], width: int) -> None:
    with visit(build(), width=width) as opened:
        opened.unfold()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        opened.page.evaluate("window.scrollTo(1000, 0)")
        assert opened.page.evaluate("window.scrollX") == 0


def test_figures_of_the_evidence_are_never_broken_in_the_middle(visit: Opener) -> None:
    with visit(rich_report(), width=PHONE) as opened:
        opened.unfold()
        heights = opened.page.evaluate(
            "[...document.querySelectorAll('td.number')].filter((each) => each.offsetParent).map((each) => {"
            "const range = document.createRange(); range.selectNodeContents(each);"
            "return new Set([...range.getClientRects()].map((box) => box.top)).size })"
        )
        assert len(heights) > 20
        assert set(heights) == {1}
