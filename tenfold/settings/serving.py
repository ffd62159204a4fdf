"""The configuration's keys for `tenfold serve`: where it listens, how much it may expose, and the mall's own figures."""

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tenfold.settings.units import parse_duration
from tenfold.words import _

Every = Annotated[float, BeforeValidator(parse_duration), Field(ge=0, le=86_400, allow_inf_nan=False)]
_RESERVED = frozenset({"mall", "target", "value", "instance", "job", "le"})
_READS = re.compile(r"\s*(?:SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE)


def _one_reading_statement(sql: str) -> str:
    import sqlparse

    bare = sqlparse.format(sql, strip_comments=True).strip().rstrip(";")
    if len([each for each in sqlparse.split(bare) if each.strip()]) != 1 or ";" in _without_texts(bare):
        raise ValueError(_("it must be one statement"))
    if _READS.match(bare) is None:
        raise ValueError(_("it must begin with SELECT or WITH: figures are read, never made"))
    return bare


def _without_texts(sql: str) -> str:
    import sqlparse
    from sqlparse import tokens

    return "".join(
        token.value
        for statement in sqlparse.parse(sql)
        for token in statement.flatten()  # type: ignore[no-untyped-call]
        if token.ttype not in tokens.Literal.String and token.ttype is not tokens.Name
    )


class ServeSection(BaseModel):
    """`[serve]`: the service that Prometheus scrapes.

    Attributes:
        listen: Address and port.
        series: The most series that the mall's targets may have together.
        runs: The folder of audits and rehearsals, whose newest figures are shown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: str = "127.0.0.1:9470"
    series: int = Field(default=2_000, ge=100, le=1_000_000)
    runs: Path = Path("tenfold-runs")


class MetricSection(BaseModel):
    """`[[metric]]`: a figure of the mall's business, read by a statement of its own.

    Attributes:
        name: Exposed as `tenfold_mall_NAME`; a counter's ends in `_total`.
        sql: One SELECT; its columns are the labels and `value`.
        labels: Its columns that become labels.
        help: One sentence for people.
        postgres: The name of the `[[postgres]]` that it is read from; without it, the first.
        database: In the place of the first database of that server.
        every: How long between two readings; 0 for every scrape.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
    sql: Annotated[str, AfterValidator(_one_reading_statement)]
    labels: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")], ...] = ()
    help: str = ""
    postgres: str = ""
    database: str = ""
    every: Every = 0.0

    @model_validator(mode="after")
    def _labels_that_stand(self) -> Self:
        from collectors.serving.declared import known

        taken = next((label for label in self.labels if label in _RESERVED or self.labels.count(label) > 1), None)
        if taken is not None:
            raise ValueError(_("the label {label} has a meaning already").format(label=repr(taken)))
        expected = known(self.name)
        if expected is not None and sorted(expected.labels) != sorted(self.labels):
            raise ValueError(
                _("dashboards know {name} with the labels [{labels}]; give it these, or another name").format(
                    name=self.name, labels=", ".join(expected.labels)
                )
            )
        return self
