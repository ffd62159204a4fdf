"""Which columns hold personal values, free text, or neither.

Recognized by name (English, Chinese and pinyin) and by the look of the values. The classes of personal data are those of
China's PIPL (articles 4 and 28) and of the GDPR (article 4): names, numbers that identify, contacts, places, accounts, secrets.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from facts.identifiers import qualified
from facts.schema import Definition

_PERSONAL_NAME = re.compile(
    r"""(^|_)(
      (first|last|full|user|nick|real|given|family|contact|receiver|consignee|customer|buyer|display)_?name | name | surname
    | username | login | account | e?_?mail | email\w* | phone\w* | mobile\w* | cell\w* | tel | telephone | fax | contact
    | address\w* | addr | street | zip | zipcode | postcode | postal_code
    | id_?card\w* | identity\w* | idno | id_?number | passport\w* | ssn | license | licence | plate
    | bank_?\w* | card_?no | card_?number | pan | iban | cvv
    | birth\w* | dob | ip | ip_?addr\w* | client_?ip | remote_?addr | mac | device\w* | imei
    | wechat\w* | weixin\w* | openid | unionid | alipay_?\w+ | qq | weibo
    | pass | passwd | password\w* | pwd | secret\w* | token\w* | salt | hash | session\w* | api_?key | credential\w* | otp | signature
    | xingming | shouji\w* | dianhua | youxiang | dizhi | shenfenzheng\w* | mima | nicheng | yinhangka\w* | zhanghao
    )($|_\d*$|_(hash|enc|encrypted|masked|text|value|zh|en|cn|e164)$)
    | 姓名|名字|昵称|手机|电话|邮箱|地址|身份证|护照|银行卡|密码|口令|账号|帐号|生日|微信|收货人|联系人
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PERSONAL_VALUE = re.compile(
    r"""[^@\s]+@[^@\s]+\.\w+ | (\+?86[- ]?)?1[3-9]\d{9} | \+\d[\d -]{7,} | \d{17}[\dXx] | \d{15,19}
    | (\d{1,3}\.){3}\d{1,3} | [0-9a-fA-F]{32,} | [A-Za-z0-9_-]{20,}\.[A-Za-z0-9_.-]{10,} | \$2[aby]?\$.* | \$argon2.*""",
    re.VERBOSE,
)
_STATUS_WORD = re.compile(r"[A-Za-z0-9_-]{1,24}")
_STATUS_WORDS_AT_MOST = 50
# Phone numbers of China, and what is as long as a card's or an identity's number.
_PERSONAL_NUMBER = re.compile(r"(86)?1[3-9]\d{9}|\d{15,19}")
_DROPPED_TYPES = frozenset(
    {"inet", "cidr", "macaddr", "macaddr8", "json", "jsonb", "xml", "bytea", "hstore", "tsvector"}
)
_DOMAIN = re.compile(r"CREATE DOMAIN .+? AS (?P<base>.+?)( COLLATE .+?)?( NOT NULL)?", re.DOTALL)

TEXT_TYPES = ("text", "character varying", "varchar", "character", "char", "bpchar", "citext", "name")
# In a type's place, for the values of a text expression that an index is on: no column's name tells whose they are.
TEXT_EXPRESSION = "expression of text"
# In a type's place, for an enum: its labels are part of the schema.
ENUM = "enum"
_OF_EXTENSIONS = ("citext", "hstore")
NUMBER_TYPES = ("smallint", "integer", "bigint", "numeric", "real", "double precision")


class Kind(StrEnum):
    """What is done with a column's values."""

    KEEP = "keep"
    PSEUDONYM = "pseudonym"  # text: replaced by rank
    NUMBER = "number"  # a personal number: replaced by rank
    DROP = "drop"  # personal, or of unknown type, and cannot hold a pseudonym: an address, a date, a document


def base_type(type_name: str) -> str:
    """The type's name without modifiers and array brackets."""
    return re.sub(r"\(.*?\)|\[\]", "", type_name).strip().lower()


def classify(column: str, type_name: str, distinct: float, values: Iterable[str]) -> Kind:
    """What to do with the values of one column.

    Args:
        column: The column's name.
        type_name: Its type as `TypeNames` resolves it, or `TEXT_EXPRESSION`; of a type that is neither built in nor resolved the values
            decide, and an unknown one ("") may hold anything.
        distinct: pg_stats.n_distinct.
        values: All values that the statistics show.
    """
    if type_name == TEXT_EXPRESSION:
        return Kind.PSEUDONYM
    kind = base_type(type_name)
    own = "." in kind
    kind = kind if kind.rpartition(".")[2] not in _OF_EXTENSIONS else kind.rpartition(".")[2]
    if not kind:
        return Kind.DROP
    if kind == ENUM:
        return Kind.KEEP
    known = tuple(values)
    personal = is_personal_name(column) or any(_PERSONAL_VALUE.fullmatch(value) for value in known)
    few = 0 <= distinct <= _STATUS_WORDS_AT_MOST
    words = few and not personal and all(_STATUS_WORD.fullmatch(value) for value in known)
    if kind in TEXT_TYPES:
        return Kind.KEEP if words else Kind.PSEUDONYM
    if kind in NUMBER_TYPES:
        return Kind.NUMBER if is_personal_name(column) or _are_personal_numbers(known) else Kind.KEEP
    if kind in _DROPPED_TYPES or personal:
        return Kind.DROP
    return Kind.KEEP if words or not own else Kind.DROP


def _are_personal_numbers(values: Sequence[str]) -> bool:
    """Whether at least half of the values look like phone, card or identity numbers; a single one can be a sum or a counter."""
    looking = sum(_PERSONAL_NUMBER.fullmatch(value.partition(".")[0]) is not None for value in values)
    return looking > 0 and 2 * looking >= len(values)


class TypeNames:
    """What the mall's own types are made of."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        """Learns the enums and domains among the definitions."""
        self._bases: dict[str, str] = {}
        for each in definitions:
            domain = _DOMAIN.fullmatch(each.ddl) if each.kind == "domain" else None
            if each.kind == "enum" or domain is not None:
                self._bases[qualified(each.schema, each.name)] = domain["base"] if domain is not None else ENUM

    def resolve(self, type_name: str) -> str:
        """The type below domains, `ENUM` for an enum; an array stays one."""
        brackets = ""
        for _ in range(len(self._bases) + 1):
            bare = type_name.removesuffix("[]")
            brackets = brackets or type_name[len(bare) :]
            if bare not in self._bases:
                return bare + brackets
            type_name = self._bases[bare]
        return type_name + brackets


def is_personal_name(column: str) -> bool:
    """Whether the column's name says that it holds personal values."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
    return _PERSONAL_NAME.search(snake) is not None
