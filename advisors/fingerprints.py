"""What statements of one family have in common."""

import re

from facts.sqlcommenter import Kind, pieces

_VALUE_KINDS = frozenset({Kind.STRING, Kind.ESCAPED, Kind.DOLLAR, Kind.PARAMETER, Kind.NUMBER})
_SIGNED = re.compile(r"((?:[=<>(,]|\b(?:in|and|or|then|else|limit|offset|between|values)) )[-+] \?")
_VALUE = r"\?(?: : : [^,()\[\]]+)?"
_LIST = re.compile(rf"\b(in|array) ([(\[]) {_VALUE}(?: , {_VALUE})* ([)\]])")
_ROW = r"\( (?:[^()]|\([^()]*\))* \)"
_ROWS = re.compile(rf"\b((?:values|in \() {_ROW})(?: , {_ROW})+")


def fingerprint(text: str) -> str:
    """What is equal for statements of one family."""
    words: list[str] = []
    for kind, piece in pieces(text):
        if kind in _VALUE_KINDS:
            words.append("?")
        elif kind is Kind.IDENTIFIER:  # keeps its case: "Order" and "order" are two tables
            words.append(piece)
        elif kind is not Kind.COMMENT and not piece.isspace():
            words.append(piece.lower())
    plain = _SIGNED.sub(r"\1?", " ".join(words))
    return _ROWS.sub(r"\1", _LIST.sub(r"\1 \2 ? \3", plain))
