"""Literals in DDL (indexes, checks, views, functions, partitions): personal values and free text go, what plans rest on stays.

A literal that is compared with a column goes as that column's statistics went, with the same pseudonym where it is one of the
values there; status words, enum labels, formats, dates and short numbers stay. Equal literals stay equal and different ones
different, so that two definitions that differ in nothing else are not taken for one.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from collectors.masking.columns import NUMBER_TYPES, TypeNames, base_type, is_personal_name
from collectors.masking.literals import masked_piece, shape
from collectors.masking.statistics import expression_types, mask_statistics
from facts.identifiers import literal
from facts.schema import ColumnStatistics, Definition, Index, Schema, Table
from facts.sqlcommenter import Kind, pieces

# Whether the values of a column went from its statistics, by the column's name; a column without statistics is not in it.
Gone = Mapping[str, bool]

_STATUS_WORD = re.compile(r"[A-Za-z0-9_-]{1,24}")
_PERSONAL = re.compile(
    r"[^\s@]+@[^\s@]+\.\w | \d(?:[ -]?\d){5} | (?:\d{1,3}\.){3}\d | (?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20}", re.VERBOSE
)
_PERSONAL_NUMBER = re.compile(r"1[3-9]\d{9}|\d{15,19}")
_FREE_TEXT = re.compile(r"[A-Za-z]\S*\s+\S*[A-Za-z]")
_TIME = re.compile(
    r"[+-]?\d{1,4}([-:/. T+]?\d{1,2})*( ?(years?|mons?|months?|weeks?|days?|hours?|mins?|minutes?|secs?|seconds?)| BC|Z)?"
)
# The literals of these types are names of the catalogue, times or yes and no.
_HARMLESS_TYPES = re.compile(
    r'(reg\w+|interval|date|time\b.*|timestamp\b.*|timestamptz|boolean|bit\b.*|uuid|oid|"char"|money|pg_lsn|xid)(\[\])*'
)
_JSON_TYPES = ("json", "jsonb")
_OPERATOR = frozenset("=<>~!@#%^&|*+/-")
_LISTS = frozenset({"IN", "VALUES", "FROM", "TO"})
_LONG_NUMBER = 6
_BODY_LANGUAGES = re.compile(r"^\s*LANGUAGE (sql|plpgsql)\b", re.MULTILINE)


@dataclass(slots=True)
class _Masks:
    """What stands for each value, over all definitions of a schema."""

    pseudonyms: Mapping[str, str]
    enums: frozenset[str]
    given: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def text(self, value: str, *, known: bool) -> str:
        """The pseudonym that statistics have for the value, else its shape, which no other value gets."""
        if known and value in self.pseudonyms:
            return self.pseudonyms[value]
        if value not in self.given:
            self.given[value] = self._free(shape(value))
        return self.given[value]

    def number(self, value: str) -> str:
        """The same for a number."""
        if value in self.pseudonyms:
            return self.pseudonyms[value]
        if value not in self.given:
            smallest = 10 ** (len(value) - 1)
            self.given[value] = next(
                str(smallest + step) for step in range(len(self.taken) + 1) if str(smallest + step) not in self.taken
            )
            self.taken.add(self.given[value])
        return self.given[value]

    def _free(self, wanted: str) -> str:
        chosen, number = wanted, 1
        while chosen in self.taken:
            number += 1
            chosen = f"{wanted}-{number}"
        self.taken.add(chosen)
        return chosen


def mask_schema(schema: Schema) -> Schema:
    """The schema as it was read, without personal values in its statistics and definitions."""
    names = TypeNames(schema.definitions)
    types = {
        (table.oid, column.name): names.resolve(column.type) for table in schema.tables for column in table.columns
    }
    types |= expression_types(schema.statistics, schema.indexes)
    masked = replace(schema, statistics=mask_statistics(schema.statistics, types))
    return _mask_definitions(masked, schema.statistics)


def _mask_definitions(schema: Schema, before: Sequence[ColumnStatistics]) -> Schema:
    """The schema without personal literals in its definitions; `before` are its statistics as they were read."""
    masks = _Masks(
        pseudonyms=_pseudonyms(before, schema.statistics),
        enums=frozenset(
            name
            for each in schema.definitions
            if each.kind == "enum"
            for name in (each.name, f"{each.schema}.{each.name}", f'"{each.name}"')
        ),
    )
    gone_of = {table.oid: _gone(table.oid, schema.statistics) for table in schema.tables}
    tables = {table.oid: table for table in schema.tables}
    everywhere: dict[str, bool] = {}
    for gone in gone_of.values():
        for column, went in gone.items():
            everywhere[column] = everywhere.get(column, False) or went
    return replace(
        schema,
        tables=tuple(_masked_table(each, tables, gone_of, masks) for each in schema.tables),
        indexes=tuple(_masked_index(each, gone_of.get(each.table_oid, {}), masks) for each in schema.indexes),
        constraints=tuple(
            replace(each, definition=_masked(each.definition, gone_of.get(each.table_oid, {}), masks))
            for each in schema.constraints
        ),
        definitions=tuple(_masked_definition(each, everywhere, masks) for each in schema.definitions),
    )


def _pseudonyms(before: Iterable[ColumnStatistics], after: Iterable[ColumnStatistics]) -> dict[str, str]:
    """What stands for each common value; the places of histogram bounds are not told, because they are sorted anew."""
    found: dict[str, str] = {}
    for read, masked in zip(before, after, strict=True):
        if masked.masked and read.common_values and masked.common_values:
            found |= zip(read.common_values, masked.common_values, strict=True)
    return found


def _gone(oid: int, statistics: Iterable[ColumnStatistics]) -> dict[str, bool]:
    return {each.column: each.masked for each in statistics if each.table_oid == oid}


def _masked_index(index: Index, gone: Gone, masks: _Masks) -> Index:
    definition = _masked(index.definition, gone, masks)
    return replace(
        index,
        definition=definition,
        definition_masked=definition != index.definition,
        predicate=_optional(index.predicate, gone, masks),
        keys=tuple(
            key if attribute else _masked(key, gone, masks)
            for key, attribute in zip(index.keys, index.key_attributes, strict=True)
        ),
    )


def _masked_table(table: Table, tables: Mapping[int, Table], gone_of: Mapping[int, Gone], masks: _Masks) -> Table:
    gone = gone_of.get(table.oid, {})
    bound = table.partition_bound
    parent = tables.get(table.parent) if table.parent is not None else None
    if bound is not None and parent is not None:
        keys = parent.partition_key or ""
        column = next((each.name for each in parent.columns if re.search(rf"\b{re.escape(each.name)}\b", keys)), "")
        bound = _masked(bound, {**gone_of.get(parent.oid, {}), **gone}, masks, column=column)
    return replace(
        table,
        columns=tuple(replace(each, generated=_optional(each.generated, gone, masks)) for each in table.columns),
        partition_key=_optional(table.partition_key, gone, masks),
        partition_bound=bound,
    )


def _masked_definition(definition: Definition, gone: Gone, masks: _Masks) -> Definition:
    if definition.kind == "view":
        return replace(definition, ddl=_masked(definition.ddl, gone, masks))
    if definition.kind != "function":
        return definition
    readable = _BODY_LANGUAGES.search(definition.ddl) is not None
    ddl = "".join(
        _body(piece, gone, masks, readable=readable) if kind is Kind.DOLLAR else piece
        for kind, piece in _with_masked_arguments(definition.ddl, gone, masks)
    )
    return replace(definition, ddl=ddl)


def _with_masked_arguments(ddl: str, gone: Gone, masks: _Masks) -> Iterable[tuple[Kind, str]]:
    """The function's text with the literals outside of its body masked."""
    head, quote, tail = ddl.partition("AS $function")
    if not quote:
        return [(Kind.OTHER, _masked(ddl, gone, masks))]
    return [(Kind.OTHER, _masked(head, gone, masks)), (Kind.OTHER, "AS "), *pieces(f"$function{tail}")]


def _body(piece: str, gone: Gone, masks: _Masks, *, readable: bool) -> str:
    """A function's body; in a language whose literals are not known to us nothing of it stays."""
    tag = piece[: piece.index("$", 1) + 1]
    inner = piece[len(tag) :].removesuffix(tag)
    return f"{tag}{_masked(inner, gone, masks) if readable else ''}{tag}"


def _optional(text: str | None, gone: Gone, masks: _Masks) -> str | None:
    return None if text is None else _masked(text, gone, masks)


def _masked(text: str, gone: Gone, masks: _Masks, *, column: str = "") -> str:
    """The text with its literals masked.

    Args:
        text: An expression or DDL.
        gone: The columns that it can name.
        masks: Shared by all definitions.
        column: The column that literals are compared with where the text names none.
    """
    tokens = [(kind, piece) for kind, piece in pieces(text)]
    shown = []
    brackets: list[bool] = []  # for each that is open: whether it holds a list of values
    previous = ""
    for place, (kind, piece) in enumerate(tokens):
        if kind in {Kind.STRING, Kind.ESCAPED, Kind.DOLLAR, Kind.NUMBER}:
            listed = bool(brackets) and brackets[-1] and previous in {"(", "[", ","}
            compared = listed or previous[-1:] in _OPERATOR or _following(tokens, place)[:1] in _OPERATOR
            shown.append(_literal(kind, piece, _type_after(tokens, place), column, gone, masks, compared=compared))
        elif kind is Kind.COMMENT:
            shown.append(" ")
        else:
            shown.append(piece)
        if kind in {Kind.WORD, Kind.IDENTIFIER} and previous != "::":
            name = piece.strip('"') if kind is Kind.IDENTIFIER else piece
            if name in gone or is_personal_name(name):
                column = name
        if piece in {"(", "["}:
            brackets.append(piece == "[" or previous.upper() in _LISTS)
        elif piece in {")", "]"} and brackets:
            brackets.pop()
        if not piece.isspace():
            previous = "::" if piece == ":" and previous == ":" else piece
    return "".join(shown)


def _type_after(tokens: Sequence[tuple[Kind, str]], place: int) -> str:
    """The type that a literal is cast to, such as `character varying` or `text[]`; empty without a cast."""
    if [piece for _, piece in tokens[place + 1 : place + 3]] != [":", ":"]:
        return ""
    words = []
    for kind, piece in tokens[place + 3 :]:
        if kind in {Kind.WORD, Kind.IDENTIFIER} or piece in {" ", ".", "[", "]"}:
            words.append(piece)
        else:
            break
    return "".join(words).strip()


def _following(tokens: Sequence[tuple[Kind, str]], place: int) -> str:
    """The first piece behind a literal and its cast."""
    rest = [piece for _, piece in tokens[place + 1 : place + 16] if not piece.isspace()]
    if rest[:2] == [":", ":"]:
        type_words = _type_after(tokens, place).replace(".", " . ").replace("[", " [ ").replace("]", " ] ").split()
        rest = rest[2 + len(type_words) :]
    return rest[0] if rest else ""


def _literal(kind: Kind, piece: str, type_name: str, column: str, gone: Gone, masks: _Masks, *, compared: bool) -> str:
    went = gone.get(column, is_personal_name(column) if column else False)
    if kind is Kind.NUMBER:
        return masks.number(piece) if _is_personal_number(piece, went=went and compared) else piece
    if kind is not Kind.STRING or not piece.startswith("'"):
        return masked_piece(kind, piece) if _tells(piece, went=went, compared=compared) else piece
    value = piece[1:].removesuffix("'").replace("''", "'")
    plain_type = base_type(type_name)
    if type_name.removesuffix("[]") in masks.enums or _HARMLESS_TYPES.fullmatch(type_name):
        return piece
    if plain_type in NUMBER_TYPES:
        return f"'{masks.number(value)}'" if _is_personal_number(value, went=went and compared) else piece
    if not _tells(value, went=went, compared=compared):
        return piece
    value = _masked_json(value) if plain_type in _JSON_TYPES else masks.text(value, known=compared)
    return literal(value)


def _is_personal_number(piece: str, *, went: bool) -> bool:
    digits = piece.removeprefix("-")
    return digits.isdigit() and (
        _PERSONAL_NUMBER.fullmatch(digits) is not None or (went and len(digits) >= _LONG_NUMBER)
    )


def _tells(value: str, *, went: bool, compared: bool) -> bool:
    """Whether the text may tell of a person."""
    if not any(character.isalnum() for character in value) or _TIME.fullmatch(value):
        return False
    if _PERSONAL.search(value) or not value.isascii() or _FREE_TEXT.search(value):
        return True
    elements = value.strip("{}").split(",") if value.startswith("{") else [value]
    status = all(_STATUS_WORD.fullmatch(each.strip('"')) for each in elements)
    return compared and (went or not status)


def _masked_json(value: str) -> str:
    def masked(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: masked(each) for key, each in part.items()}
        if isinstance(part, list):
            return [masked(each) for each in part]
        if isinstance(part, str):
            return shape(part)
        return part if isinstance(part, bool) or part is None or abs(part) < 10**_LONG_NUMBER else 10**_LONG_NUMBER

    try:
        return json.dumps(masked(json.loads(value)), ensure_ascii=False)
    except ValueError:
        return shape(value)
