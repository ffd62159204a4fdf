"""An alert's words are read in a chat, and nothing in them acts; what is too long is cut where it hurts least."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.notify.defusing import cut, defused, one_line
from tickets.notify.letter import MUST, SPARE, WORTH, Line, Link, Plain, fitted


@pytest.mark.parametrize(
    "hostile",
    [
        "<@all> wake up",
        "@all", "@所有人", "@13800138000",
        '<at user_id="all"></at>',
        "[refund here](https://evil.example/a)",
        "![](http://evil.example/pixel.png)",
        "https://evil.example", "http://10.0.0.1/x", "www.evil.example", "evil.example/login", "支付.中国",
        "**T-1** `x` # heading", "> quote", '<font color="warning">x</font>',
        "line\n# heading\n[a](b)", "a\r\n\r\nb", "\u202egnp.exe", "a\u2028b",
    ],
)  # fmt: skip
def test_nothing_in_an_alerts_words_is_a_mention_a_link_or_a_mark(hostile: str) -> None:
    shown = defused(hostile)
    assert not set(shown) & set("<>[]()*`@!#~|\\\n\r\u202e\u2028")
    assert "://" not in shown
    assert not any(f".{word}" in shown for word in ("evil", "example", "png", "exe", "中国"))


def test_the_words_can_still_be_read() -> None:
    assert defused("支付成功率 97.5 % < 98 %  (alipay)") == "支付成功率 97.5 % ＜ 98 % （alipay）"
    assert defused("node_filesystem_avail_bytes") == "node_filesystem_avail_bytes"


@given(st.text(), st.integers(min_value=0, max_value=60))
def test_a_text_is_cut_at_its_bytes_and_never_within_a_character(text: str, most: int) -> None:
    text = text.encode(errors="ignore").decode()
    short = cut(text, most)
    assert len(short.encode()) <= most
    assert short == text or text.startswith(short.removesuffix("…"))


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


@given(
    st.lists(st.tuples(st.text("支a ", min_size=1, max_size=80), st.sampled_from((MUST, WORTH, SPARE))), min_size=1),
    st.integers(min_value=3, max_value=700),
)
def test_a_message_fits_and_what_matters_most_goes_last(parts: list[tuple[str, int]], most: int) -> None:
    lines = [Line((Plain(f"{number} {text}"),), weight) for number, (text, weight) in enumerate(parts)]

    def write(line: Line) -> str:
        piece = line.pieces[0]
        assert isinstance(piece, Plain)
        return piece.text

    whole = fitted(lines, write, 1_000_000).split("\n")
    assert whole == [write(line) for line in lines]
    short = fitted(lines, write, most)
    assert len(short.encode()) <= most
    kept = short.split("\n")
    if len(kept) > 1:
        gone = [line for line in lines if write(line) not in kept]
        heaviest = min((line.weight for line in gone), default=SPARE)
        # Nothing lighter than what had to go is left, but for the first line, which says what it is about.
        assert all(line.weight <= heaviest for line in lines[1:] if write(line) in kept)


def test_no_link_is_halved() -> None:
    lines = [Line((Plain("T-1"),)), *(Line((Link("open", f"https://t.example/{number}"),)) for number in range(30))]

    def write(line: Line) -> str:
        piece = line.pieces[0]
        return f"[{piece.text}]({piece.url})" if isinstance(piece, Link) else "T-1"

    for most in range(10, 400):
        text = fitted(lines, write, most)
        assert text.count("[") == text.count("](") == text.count(")")
