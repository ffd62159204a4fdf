"""Takes secrets and personal data out of a document, in keys and in values; what is left says what kind of thing stood there.

Secrets: passwords in addresses and DSNs, tokens, `Authorization`, cookies, private keys, and whatever stands under a key that says so.
Persons: telephone numbers of China, identity and bank card numbers (each by its check), mail addresses.
A number that is a figure, such as bytes or microseconds, is never touched, unless its key says that it is somebody's.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tickets.evidence.identities import is_card_number, is_identity_number

SECRET, PHONE, IDENTITY, CARD, MAIL = "secret", "phone", "identity", "card", "mail"
# What is longer is cut before it is looked at.
LONGEST_TEXT = 100_000

_SECRET_KEY = re.compile(
    r"pass(words?|wd|phrase)?|pwd|secrets?|tokens?|authori[sz]ation|cookies?|set-cookie|api-?key|access-?key|private-?key|credentials?|signature"
    r"|session-?(id|key)|sid|csrf|x-api-key|client-secret|app-?secret|密码|口令|令牌",
)
_PERSONAL_KEY = re.compile(
    r"phone|mobile|tel(ephone)?|id-?(card|no|number)|identity(-?(card|no|number))?|card-?(no|number)|bank-?card|手机(号)?|电话"
    r"|身份证(号)?|银行卡(号)?",
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[\s_.:-]+")

_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_ADDRESS = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30}://)(?P<user>[^\s/@:?#\"']{0,200}):(?P<password>[^\s/\"'<>]{1,500})@"
)
_HEADER = re.compile(
    r"(?P<name>\b(?:proxy-)?authorization|\b(?:set-)?cookie|\bx-api-key|\bx-auth-token|\bx-csrf-token)"
    r"(?P<sign>[\"']?\s{0,5}[:=]\s{0,5}[\"']?)(?P<value>[^\r\n\"']{1,5000})",
    re.IGNORECASE,
)
_SCHEME = re.compile(
    r"\b(?P<name>bearer|basic|digest|negotiate)(?P<sign>\s+)(?P<value>[A-Za-z0-9+/_.~=-]{8,})", re.IGNORECASE
)
_PAIR = re.compile(
    r"(?P<name>(?<![A-Za-z])(?:[A-Za-z0-9]{1,30}[_-])?(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|accesskeysecret"
    r"|app[_-]?secret|client[_-]?secret|private[_-]?key|credential|signature|session[_-]?id|phpsessid|jsessionid|sessionid|sid|sign|密码|口令))"
    r"(?P<sign>[\"']?\s{0,5}(?:=|:|=>|：)\s{0,5})(?P<value>\"(?:[^\"\\\n]|\\.){1,2000}\"|'(?:[^'\\\n]|\\.){1,2000}'|[^\s&;,\"'<>(){}\[\]]{1,2000})",
    re.IGNORECASE,
)
_SQL_PASSWORD = re.compile(r"(?P<name>\bpassword)(?P<sign>\s+)(?P<value>'(?:[^']|''){1,2000}')", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?")
# Cloud keys, code hosts' and chat programs' tokens, and our own.
_KNOWN_TOKEN = re.compile(
    r"\b(?:AKIA[0-9A-Z]{16}|LTAI[0-9A-Za-z]{12,26}|AKID[0-9A-Za-z]{32}|gh[pousr]_[0-9A-Za-z]{30,}|glpat-[0-9A-Za-z_-]{20,}"
    r"|xox[baprs]-[0-9A-Za-z-]{10,}|sk_(?:live|test)_[0-9A-Za-z]{16,}|tf_[0-9A-Za-z_-]{30,})"
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z\u4e00-\u9fff]{2,24}(?![\w-])")
_PHONE = re.compile(r"(?<![\d.])(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?![\d.]?\d)")
# A Chinese character beside it ends a number too.
_DIGITS = re.compile(r"(?<![A-Za-z0-9_.])\d(?:[ -]?\d){11,18}[Xx]?(?![A-Za-z0-9_])")


def mask(document: Any) -> tuple[Any, dict[str, int]]:
    """The document without secrets and personal data, and how many of each kind were taken out.

    Args:
        document: Of plain JSON: mappings, lists, texts, numbers, truth values, None.
    """
    masking = _Masking()
    return masking.value(document), dict(sorted(masking.count.items()))


def mask_text(text: str) -> str:
    """One text."""
    return _Masking().text(text)


@dataclass(slots=True)
class _Masking:
    count: Counter[str] = field(default_factory=Counter)

    def value(self, value: Any, key: str = "") -> Any:
        if key and value not in (None, "", True, False) and _says(_SECRET_KEY, key) and not isinstance(value, Mapping):
            return self._mark(SECRET)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, list | tuple):
            return [self.value(each, key) for each in value]
        if isinstance(value, int) and not isinstance(value, bool) and key and _says(_PERSONAL_KEY, key):
            return self.text(str(value)) if len(str(value)) >= 11 else value  # noqa: PLR2004  (a telephone's digits)
        return value

    def _mapping(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, each in value.items():
            shown = self.text(str(name))
            unique, number = shown, 2
            while unique in found:
                unique, number = f"{shown}#{number}", number + 1
            found[unique] = self.value(each, str(name))
        # Lists of pairs, as headers often are: the name stands in one place and the value in another.
        if _says(_SECRET_KEY, str(value.get("name", ""))) and isinstance(found.get("value"), str):
            found["value"] = self._mark(SECRET)
        return found

    def text(self, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            text = text[:LONGEST_TEXT] + " … (cut)"
        if len(text) < 4:  # noqa: PLR2004  (nothing that is looked for is as short)
            return text
        text = _KEY_BLOCK.sub(lambda _: self._mark(SECRET), text)
        text = _ADDRESS.sub(lambda found: f"{found['scheme']}{found['user']}:{self._mark(SECRET)}@", text)
        for pattern in (_HEADER, _SQL_PASSWORD, _PAIR, _SCHEME):
            text = pattern.sub(self._named, text)
        for pattern in (_JWT, _KNOWN_TOKEN):
            text = pattern.sub(lambda _: self._mark(SECRET), text)
        text = _MAIL.sub(lambda _: self._mark(MAIL), text)
        text = _DIGITS.sub(self._digits, text)
        return _PHONE.sub(lambda _: self._mark(PHONE), text)

    def _named(self, found: re.Match[str]) -> str:
        if found["value"].startswith("{secret}"):
            return found[0]
        return f"{found['name']}{found['sign']}{self._mark(SECRET)}"

    def _digits(self, found: re.Match[str]) -> str:
        plain = found[0].replace(" ", "").replace("-", "")
        if is_identity_number(plain):
            return self._mark(IDENTITY)
        return self._mark(CARD) if is_card_number(plain) else found[0]

    def _mark(self, kind: str) -> str:
        self.count[kind] += 1
        return f"{{{kind}}}"


def _says(pattern: re.Pattern[str], key: str) -> bool:
    """Whether the key, or its last words, is one of those; `tokens_total` counts tokens and is none."""
    words = _SEPARATORS.sub("-", _CAMEL.sub("-", key.strip())).lower().strip("-").split("-")
    return any(
        pattern.fullmatch("-".join(words[start:])) is not None for start in range(max(len(words) - 3, 0), len(words))
    )
