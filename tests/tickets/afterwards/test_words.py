"""A text as words: Chinese by pairs, everything else as it is written."""

from hypothesis import given
from hypothesis import strategies as st

from tickets.store.words import ASKED_AT_MOST, LETTERS_AT_MOST, Term, terms, words


def test_chinese_is_taken_apart_by_pairs_and_the_last_character() -> None:
    assert words(["支付失败"]) == ["支付", "付失", "失败", "败"]


def test_latin_words_are_lower_case_and_parted_at_every_sign() -> None:
    assert words(["ORDERS.user_id >= 30s; Größe"]) == ["orders", "user", "id", "30s", "grösse"]


def test_wide_letters_and_digits_are_the_usual_ones() -> None:
    assert words(["ＲＥＤＩＳ ５０４"]) == ["redis", "504"]


def test_both_languages_in_one_run() -> None:
    assert words(["Redis缓存穿透"]) == ["redis", "缓存", "存穿", "穿透", "透"]


def test_a_question_is_for_pairs_and_for_beginnings_of_latin_words() -> None:
    assert terms("支付失 pay") == [Term("支付"), Term("付失"), Term("pay", beginning=True)]
    assert terms("付") == [Term("付", beginning=True)]


def test_a_question_of_signs_alone_asks_for_nothing() -> None:
    assert terms("' OR 1=1 --")[:1] == [Term("or", beginning=True)]
    assert terms("%_'\"*():&|!<->\\") == []


@given(st.text(max_size=400))
def test_a_word_has_nothing_in_it_that_a_query_language_knows(text: str) -> None:
    found = [*words([text]), *(term.word for term in terms(text))]
    assert all(word.isalnum() or all(part.isalnum() for part in word) or not word.isascii() for word in found)
    assert not any(set(word) & set(" '\"*():&|!<>\\\0") for word in found)
    assert all(len(word) <= LETTERS_AT_MOST for word in found)
    assert len(terms(text)) <= ASKED_AT_MOST


@given(st.text(alphabet="支付失败渠道ab c1", min_size=1, max_size=30), st.data())
def test_whatever_stands_in_a_text_is_found(text: str, data: st.DataObject) -> None:
    """Any piece of a Chinese run, and any beginning of a Latin word, matches by the words alone."""
    begin = data.draw(st.integers(0, len(text) - 1))
    piece = text[begin : data.draw(st.integers(begin + 1, len(text)))]
    if (
        begin
        and text[begin].isascii()
        and text[begin].isalnum()
        and text[begin - 1].isascii()
        and text[begin - 1].isalnum()
    ):
        return  # It begins within a Latin word, which is not promised.
    have = words([text])
    assert all(any(word.startswith(t.word) if t.beginning else word == t.word for word in have) for t in terms(piece))
