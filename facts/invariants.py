"""Business invariants: what must hold in a mall's database after a rehearsal, as its configuration declares it, and what was found.

A statement is one SELECT of the mall's own, with qualified names (`public.orders`); `:since` stands for the moment at which the round
began.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from facts.message import Message, msg
from facts.rounds import Figures, Reason, Recording
from facts.sqlcommenter import Kind, pieces

MOST_INVARIANTS = 50
LONGEST_STATEMENT = 8_000
# So many offending rows are told from more; a report shows the first few.
MOST_OFFENDERS = 100
SHOWN_OFFENDERS = 5

# One SELECT can hold these in a WITH; the READ ONLY transaction would refuse them too.
_WRITING = frozenset({"delete", "insert", "into", "merge", "update"})
# These wait, signal, read files or leave the database, which READ ONLY does not forbid; the role's privileges are what bounds the rest.
_FUNCTIONS = frozenset(
    {"nextval", "query_to_xml", "query_to_xml_and_xmlschema", "query_to_xmlschema", "set_config", "setval"}
)
_FUNCTION_PREFIXES = ("pg_", "dblink", "lo_")


class InvariantError(ValueError):
    """A declared invariant cannot be used.

    Attributes:
        said: Which one, and what to write.
    """

    def __init__(self, said: Message) -> None:
        """Keeps the sentence; the error's own text is its English."""
        super().__init__(str(said))
        self.said = said


class Check(StrEnum):
    """What an invariant's statement is and when it holds."""

    OFFENDERS = "offenders"  # rows that must not be there
    CONSERVED = "conserved"  # one number that must be the same before and after the round
    RECONCILED = "reconciled"  # one number that must have grown by what the generator saw succeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """One declared rule of the business.

    Attributes:
        name: A fixed word, for example `no-negative-stock`.
        statement: One SELECT.
        endpoints: For `RECONCILED`: names of the recorded endpoints whose successes the number counts.
    """

    name: str
    check: Check
    statement: str
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a statement gave at one moment.

    Attributes:
        number: Of `CONSERVED` and `RECONCILED`; None when it could not be read.
        offenders: Rows as JSON text, cut; None when they could not be read.
        more: There are more offenders than were read.
        failure: Why nothing was read.
    """

    name: str
    number: Decimal | None = None
    offenders: tuple[str, ...] | None = None
    more: bool = False
    failure: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvariantOutcome:
    """Whether an invariant held.

    Attributes:
        held: None when it could not be checked.
        evidence: The figures, or why it could not be checked.
        offenders: The first offending rows.
    """

    name: str
    held: bool | None
    evidence: Message
    offenders: tuple[str, ...] = ()


def parse_invariants(document: Mapping[str, object]) -> tuple[Invariant, ...]:
    """The invariants of a configuration's document.

    Args:
        document: `invariant`, a list of tables with `name`, `check` (a word of `Check`), `sql`, and for `reconciled` `endpoints`.

    Raises:
        InvariantError: Something is missing, unknown or no single harmless SELECT.
    """
    tables = document.get("invariant")
    if set(document) - {"invariant"} or not isinstance(tables, list) or not tables:
        raise InvariantError(
            msg("write invariants as [[invariant]] tables with name, check and sql, and nothing beside them")
        )
    if len(tables) > MOST_INVARIANTS:
        raise InvariantError(
            msg("there are {count} invariants; at most {most} are checked", count=len(tables), most=MOST_INVARIANTS)
        )
    found = tuple(_invariant(table, number) for number, table in enumerate(tables, start=1))
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvariantError(msg("two invariants are named '{name}'", name=twice))
    return found


def refuse_statement(statement: str) -> Message | None:
    """Why a text is not one SELECT that only reads, in words; None when it is.

    What it cuts must be what the server cuts, because limits are set before it in the same message; so whatever could be read in two
    ways is refused.
    """
    if len(statement) > LONGEST_STATEMENT:
        return msg("is longer than {most} characters", most=f"{LONGEST_STATEMENT:,}")
    if "\0" in statement:
        return msg("has a zero byte in it")
    depth, first = 0, ""
    for kind, piece in pieces(statement):
        refusal = _refuse_piece(kind, piece)
        if refusal is not None:
            return refusal
        if kind is not Kind.COMMENT and piece.strip():
            first = first or piece.lower()
        depth += (piece == "(") - (piece == ")")
        if depth < 0:
            break
    if first not in {"select", "with"}:
        return msg("is no SELECT")
    return msg("has parentheses that do not match") if depth else None


def _refuse_piece(kind: Kind, piece: str) -> Message | None:
    if kind in {Kind.STRING, Kind.IDENTIFIER} and piece[:2].upper() == "U&":
        return msg("has a U& text or name; write it plainly")
    if kind is Kind.STRING and "\\" in piece:
        return msg("has a backslash in a string, which servers read in two ways; write E'…'")
    if piece == ";":
        return msg("has a semicolon; write one statement without it")
    word = piece.strip('"').lower() if kind in {Kind.WORD, Kind.IDENTIFIER} else ""
    if word in _FUNCTIONS or word.startswith(_FUNCTION_PREFIXES) or (kind is Kind.WORD and word in _WRITING):
        return msg("uses '{word}', which does more than read", word=word)
    return None


def judge(
    invariants: Sequence[Invariant],
    before: Iterable[Measured],
    after: Iterable[Measured],
    recording: Recording | None,
) -> tuple[InvariantOutcome, ...]:
    """What held, one outcome for each invariant.

    Args:
        invariants: As declared.
        before: Read when the round began; may be empty.
        after: Read when its last answer had come.
        recording: What the generator saw; None when that is not known.
    """
    first = {each.name: each for each in before}
    last = {each.name: each for each in after}
    return tuple(_judge_one(each, first.get(each.name), last.get(each.name), recording) for each in invariants)


def reasons(outcomes: Iterable[InvariantOutcome]) -> tuple[Reason, ...]:
    """The outcomes as rules of a verdict; what could not be checked is none, and belongs to `not_examined`."""
    return tuple(
        Reason(rule=f"invariant {each.name}", ok=each.held, evidence=each.evidence)
        for each in outcomes
        if each.held is not None
    )


def _judge_one(
    invariant: Invariant, before: Measured | None, after: Measured | None, recording: Recording | None
) -> InvariantOutcome:
    name = invariant.name
    if after is None or after.failure is not None:
        failure = after.failure if after is not None and after.failure is not None else msg("it was not read")
        return InvariantOutcome(
            name=name, held=None, evidence=msg("{name} was not checked: {why}.", name=name, why=failure)
        )
    if invariant.check is Check.OFFENDERS:
        return _judge_offenders(after)
    if before is None or before.number is None or after.number is None:
        return InvariantOutcome(
            name=name,
            held=None,
            evidence=msg("{name} was not checked: its number was not read before and after the round.", name=name),
        )
    if invariant.check is Check.CONSERVED:
        return InvariantOutcome(
            name=name,
            held=before.number == after.number,
            evidence=msg(
                "{name}: {before} before the round, {after} after it.",
                name=name,
                before=_plain(before.number),
                after=_plain(after.number),
            ),
        )
    return _reconcile(invariant, after.number - before.number, recording)


def _judge_offenders(after: Measured) -> InvariantOutcome:
    offenders = after.offenders or ()
    if not offenders:
        return InvariantOutcome(name=after.name, held=True, evidence=msg("{name}: no row breaks it.", name=after.name))
    return InvariantOutcome(
        name=after.name,
        held=False,
        evidence=msg("{name}: more than {count} rows break it.", name=after.name, count=len(offenders))
        if after.more
        else msg("{name}: {count} rows break it.", name=after.name, count=len(offenders)),
        offenders=offenders[:SHOWN_OFFENDERS],
    )


def _reconcile(invariant: Invariant, grown: Decimal, recording: Recording | None) -> InvariantOutcome:
    """Compares with a range: a request that timed out may or may not have done its work."""
    figures = {each.name: each for each in recording.endpoints} if recording is not None else {}
    asked = [figures[name] for name in invariant.endpoints if name in figures]
    if not asked:
        return InvariantOutcome(
            name=invariant.name,
            held=None,
            evidence=msg(
                "{name} was not checked: the generator recorded none of {endpoints}.",
                name=invariant.name,
                endpoints=", ".join(invariant.endpoints),
            ),
        )
    least, most = sum(_succeeded(each) for each in asked), sum(each.sent for each in asked)
    return InvariantOutcome(
        name=invariant.name,
        held=least <= grown <= most,
        evidence=msg(
            "{name}: the database has {grown} more, the generator saw {least} succeed of {most} sent.",
            name=invariant.name,
            grown=_plain(grown),
            least=least,
            most=most,
        ),
    )


def _succeeded(figures: Figures) -> int:
    """Answers that were the mall's own successes."""
    return max(figures.sent - (figures.failed - figures.dropped) - sum(figures.not_the_malls.values()), 0)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():,f}"


def _invariant(table: object, number: int) -> Invariant:
    if not isinstance(table, Mapping):
        raise InvariantError(msg("invariant {number} is no table", number=number))
    name, statement = table.get("name"), table.get("sql")
    if not isinstance(name, str) or not name or not isinstance(statement, str):
        raise InvariantError(msg("invariant {number} needs a name and a sql, both as text", number=number))
    unknown = sorted(set(table) - {"name", "check", "sql", "endpoints"})
    if unknown:
        raise InvariantError(
            msg(
                "invariant '{name}' has an unknown key '{key}'; known are name, check, sql, endpoints",
                name=name,
                key=unknown[0],
            )
        )
    try:
        check = Check(str(table.get("check")))
    except ValueError:
        raise InvariantError(
            msg("invariant '{name}' needs a check that is one of {checks}", name=name, checks=", ".join(Check))
        ) from None
    refusal = refuse_statement(statement)
    if refusal is not None:
        raise InvariantError(msg("the statement of invariant '{name}' {refusal}", name=name, refusal=refusal))
    endpoints = table.get("endpoints", [])
    if not isinstance(endpoints, list) or not all(isinstance(each, str) for each in endpoints):
        raise InvariantError(
            msg(
                "the endpoints of invariant '{name}' are no list of texts such as '{example}'",
                name=name,
                example="GET /pay/{}",
            )
        )
    if bool(endpoints) != (check is Check.RECONCILED):
        raise InvariantError(
            msg("invariant '{name}': endpoints belong to check = 'reconciled', and it needs them", name=name)
        )
    return Invariant(name=name, check=check, statement=statement.strip(), endpoints=tuple(endpoints))
