"""The configuration's keys for a ticket's evidence: what of the mall's business is read when an alert fires, and whom to probe."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from facts.invariants import refuse_statement
from tenfold.settings.schemes import known_web
from tenfold.settings.units import parse_duration

MOST_PROBES = 20


def _reads(sql: str) -> str:
    bare = sql.strip().rstrip(";").rstrip()
    refusal = refuse_statement(bare) if bare else None
    if refusal is not None:
        raise ValueError(str(refusal))
    return bare


Statement = Annotated[str, AfterValidator(_reads)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProbeSection(_Section):
    """`[[tickets.evidence.probe]]`: a third party that is asked from outside of the mall.

    Attributes:
        name: A payment channel's as `payments` calls it, where it is one.
        url: Of a page of its own.
        slow: An answer that takes so long is slow.
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    url: Annotated[str, AfterValidator(known_web)]
    slow: Annotated[float, BeforeValidator(parse_duration), Field(gt=0, le=5)] = 1.0


class EvidenceSection(_Section):
    """`[tickets.evidence]`: read from the first `[[postgres]]`; `:since` stands for half an hour before.

    Attributes:
        payments: One SELECT of `channel`, `at`, `paid`, `failed`, `pending` by channel and short intervals.
        orders: One SELECT of the orders that are affected: `order`, and where they are known `channel`, `amount`, `state`, `at`.
        invariants: A file of `[[invariant]]` tables; those whose rows are offenders are looked at.
        error_logs: Files by name, such as the database's log and the application's.
        probe: Third parties.
    """

    payments: Statement = ""
    orders: Statement = ""
    invariants: Path | None = None
    error_logs: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")], Path] = {}
    probe: Annotated[tuple[ProbeSection, ...], Field(max_length=MOST_PROBES)] = ()
