"""The configuration's keys for the evidence of a ticket: what of the business and of third parties is looked at when an alert comes."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tenfold.settings.schemes import known_web
from tenfold.settings.serving import one_reading_statement
from tenfold.settings.units import parse_duration

Name = Annotated[str, Field(min_length=1, max_length=100)]
Seconds = Annotated[float, BeforeValidator(parse_duration), Field(gt=0, le=3_600, allow_inf_nan=False)]
Statement = Annotated[str, AfterValidator(one_reading_statement)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EvidenceSection(_Section):
    """`[evidence]`: what is kept of the business when an alert comes, read from the first `[[postgres]]`.

    Attributes:
        payments: Columns `channel`, `at` (the start of an interval), `paid`, `failed`, `pending`; `:since` is the beginning of what is
            asked for.
        orders: Orders that are affected: `order`, and where they are known `channel`, `amount`, `state`, `at`.
        error_logs: Text files by name, whose newest lines are kept, masked.
        recent: How much of the access log counts as now.
    """

    payments: Statement | None = None
    orders: Statement | None = None
    error_logs: dict[Name, Path] = {}
    recent: Seconds | None = None


class ProbeSection(_Section):
    """`[[probe]]`: a third party, asked from here when an alert comes.

    Attributes:
        name: A payment channel's as the payments call it, where it is one.
        url: Is asked with GET.
        slow: From when on an answer is slow.
    """

    name: Name
    url: Annotated[str, AfterValidator(known_web)]
    slow: Seconds | None = None
