"""Which numbers are somebody's: telephone, identity card, bank card; each recognized by its own check, so that figures stay."""

import re
from datetime import date

# GB 11643-1999: the 18th place is a check over the 17 before it, ISO 7064 MOD 11-2.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_IDENTITY = re.compile(r"[1-9]\d{5}(?P<year>(?:18|19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)\d{3}[\dX]")
_OLD_IDENTITY = re.compile(r"[1-9]\d{5}(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)\d{3}")
# Issuers' first digits and lengths (ISO/IEC 7812): Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro.
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d)\d{12}|35\d{14}"
    r"|62\d{14,17}|5[068]\d{14}"
)


def is_identity_number(text: str) -> bool:
    """Whether it is a Chinese identity number, of 18 places with a true check or of 15 with a true date.

    Args:
        text: Digits alone, and an X at the end.
    """
    text = text.upper()
    found = _IDENTITY.fullmatch(text)
    if found is not None:
        total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
        return _CHECKS[total % 11] == text[-1] and _is_date(found["year"], found["month"], found["day"])
    old = _OLD_IDENTITY.fullmatch(text)
    return old is not None and _is_date("19" + old["year"], old["month"], old["day"])


def is_card_number(text: str) -> bool:
    """Whether it is a bank card's: an issuer's beginning and length, and Luhn's check (ISO/IEC 7812-1).

    Args:
        text: Digits alone.
    """
    if _CARD.fullmatch(text) is None:
        return False
    digits = [int(digit) for digit in reversed(text)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
