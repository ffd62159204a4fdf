"""What tells of a person or opens a door does not stay; figures do."""

import json
from typing import Any

import pytest

from tickets.evidence.identities import is_card_number, is_identity_number
from tickets.evidence.masking import mask, mask_text

# Made-up numbers whose checks are true.
IDENTITY = "11010519491231002X"
CARD = "4111111111111111"
UNIONPAY = "6212261202011584340"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgresql://shop:hunter2@db.example/mall", "hunter2"),
        ("redis://:s3cr3t@cache:6379/0", "s3cr3t"),
        ("amqp://user:p%40ss:word@queue/x", "p%40ss:word"),
        ("host=db user=shop password=hunter2 dbname=mall", "hunter2"),
        ("password='hun ter2' host=db", "hun ter2"),
        ("ALTER ROLE shop PASSWORD 'hunter2'", "hunter2"),
        ("Authorization: Bearer abc.def-ghi_jkl", "abc.def-ghi_jkl"),
        ("authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ('{"Authorization": "Bearer zzzzzzzzzz"}', "zzzzzzzzzz"),
        ("Cookie: sid=5a5b5c5d; theme=dark", "5a5b5c5d"),
        ("Set-Cookie: JSESSIONID=A1B2C3; HttpOnly", "A1B2C3"),
        ("GET /pay?order=1&token=qwertyuiop&x=1", "qwertyuiop"),
        ("api_key: 0123456789abcdef", "0123456789abcdef"),
        ("AccessKeySecret=LTAsecretsecret", "LTAsecretsecret"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJhbGciOiJIUzI1NiJ9"),
        ("uses AKIAIOSFODNN7EXAMPLE here", "AKIAIOSFODNN7EXAMPLE"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----", "MIIEow"),
        ("密码：hunter2", "hunter2"),
        ("buyer 13812345678 called", "13812345678"),
        ("+86 138 1234 5678", "138 1234 5678"),
        ("8613812345678", "13812345678"),
        ("phone=13812345678,", "13812345678"),
        (f"id {IDENTITY}", IDENTITY),
        (f"id {IDENTITY.lower()}.", IDENTITY.lower()),
        ("110105 19491231 002X", "19491231"),
        (f"card {CARD}", CARD),
        ("card 4111 1111 1111 1111", "4111 1111"),
        ("card 4111-1111-1111-1111;", "4111-1111"),
        (f"银行卡{UNIONPAY}", UNIONPAY),
        ("mail zhang.san+shop@example.com.cn!", "zhang.san"),
    ],
)
def test_a_secret_or_a_person_does_not_stay_in_a_text(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in mask_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "1763596980123456",  # microseconds since 1970
        "used_memory 13812345678.5",
        "order 123456789012",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736",
        "4111111111111112",  # Luhn's check is false
        "110105194912310021",  # so is the identity number's
        "2026-11-11T00:03:00.123456+00:00",
        "SELECT * FROM orders WHERE user_id = $1",
        "tokens_total 17",
        "http://shop.example:8080/orders@home",
        "0.13812345678",
        "basic auth is on",
    ],
)
def test_what_is_neither_stays(text: str) -> None:
    assert mask_text(text) == text


def test_keys_speak_for_their_values_and_are_looked_at_themselves() -> None:
    document: dict[str, Any] = {
        "password": "hunter2",
        "dbPassword": "hunter2",
        "X-Api-Key": 12345,
        "headers": [{"name": "Authorization", "value": "hunter2"}, {"name": "Host", "value": "shop"}],
        "tokens": ["hunter2", "hunter2"],
        "tokens_total": 17,
        "phone": 13812345678,
        "bytes": 13812345678,
        "idCard": int(IDENTITY[:-1] + "0"),
        "13812345678": {"13912345678": "x"},
        "nested": {"secret": {"name": "kept apart", "token": "hunter2"}},
        "nothing": {"password": None, "secret": ""},
    }
    masked, count = mask(document)
    text = json.dumps(masked)
    assert "hunter2" not in text
    assert masked["tokens"] == "{secret}"
    assert masked["X-Api-Key"] == "{secret}"
    assert masked["tokens_total"] == 17
    assert masked["bytes"] == 13812345678
    assert masked["phone"] == "{phone}"
    assert "13812345678" not in text.replace(str(masked["bytes"]), "")
    assert "13912345678" not in text
    assert masked["nested"]["secret"]["name"] == "kept apart"
    assert masked["nothing"] == {"password": None, "secret": ""}
    assert masked["headers"][1] == {"name": "Host", "value": "shop"}
    assert count["secret"] >= 6
    assert count["phone"] == 3


def test_two_keys_that_become_one_stay_two() -> None:
    masked, _ = mask({"13812345678": 1, "13912345678": 2})
    assert sorted(masked.values()) == [1, 2]


def test_hostile_texts_are_masked_in_time() -> None:
    for text in ("password=" * 20_000, "a@" * 60_000, "1 " * 60_000, "://:" * 40_000, "eyJ" * 40_000, "1" * 200_000):
        assert len(mask_text(text)) <= 400_000


@pytest.mark.parametrize("number", [IDENTITY, "440524188001010014", "130503670401001"])
def test_an_identity_number_is_known_by_its_check(number: str) -> None:
    assert is_identity_number(number)


@pytest.mark.parametrize(
    "number", ["110105194912310021", "110105194913310021", "123", "1305036704010010", "130503671301001"]
)
def test_another_number_is_none(number: str) -> None:
    assert not is_identity_number(number)


@pytest.mark.parametrize("number", [CARD, "5500000000000004", "340000000000009", "6011000000000004", UNIONPAY])
def test_a_card_number_is_known_by_its_check(number: str) -> None:
    assert is_card_number(number)


@pytest.mark.parametrize("number", ["4111111111111112", "0000000000000000", "1234567812345670", "4111"])
def test_no_other_number_is_a_card(number: str) -> None:
    assert not is_card_number(number)
