"""The configuration file's keys, their types and their defaults."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from facts.promotion import Ignore, Policy, Promotion
from tenfold.settings.units import parse_duration, parse_size

Duration = Annotated[float, BeforeValidator(parse_duration), Field(ge=0)]
Size = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone; write for example 'Asia/Shanghai'")
    return name


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MallSection(_Section):
    """`[mall]`: whose report it is."""

    name: str = "mall"
    timezone: Annotated[str, AfterValidator(_known_timezone)] = "UTC"
    lang: Literal["zh", "en"] | None = None


class PromotionSection(_Section):
    """`[promotion]`: what the mall is getting ready for."""

    name: str = ""
    starts: datetime | None = None
    multiplier: float = Field(default=10.0, gt=0, le=1000)


class PostgresSection(_Section):
    """`[[postgres]]`: one server, read once for each database.

    Without `databases` only the one that the DSN names is read.
    """

    name: str
    dsn: str
    databases: tuple[str, ...] = ()


class RedisSection(_Section):
    """`[[redis]]`: one Redis or Valkey server."""

    name: str
    url: str


class HostSection(_Section):
    """`[[host]]`: one machine; without `node_exporter` it is this one."""

    name: str
    node_exporter: str | None = None


class HttpSection(_Section):
    """`[[http]]`: one site, with its access log where it can be read from here."""

    name: str
    url: str
    access_log: Path | None = None
    log_format: str | None = None


class PrometheusSection(_Section):
    """`[prometheus]`: the mall's own Prometheus, read as a further source."""

    url: str


class AuditSection(_Section):
    """`[audit]`: how long to watch and how strict to be."""

    window: Duration = 60.0
    min_evidence: Duration = 30 * 86_400.0
    index_budget: Size | None = None


class IgnoreSection(_Section):
    """`[[ignore]]`: a finding that the mall lives with, and why."""

    code: str
    subject: str
    reason: str
    until: date | None = None


class Settings(_Section):
    """The whole file."""

    mall: MallSection = MallSection()
    promotion: PromotionSection = PromotionSection()
    postgres: tuple[PostgresSection, ...] = ()
    redis: tuple[RedisSection, ...] = ()
    host: tuple[HostSection, ...] = ()
    http: tuple[HttpSection, ...] = ()
    prometheus: PrometheusSection | None = None
    audit: AuditSection = AuditSection()
    ignore: tuple[IgnoreSection, ...] = ()

    def promotion_facts(self) -> Promotion:
        """The promotion as the advisors know it."""
        return Promotion(name=self.promotion.name, starts=self.promotion.starts, multiplier=self.promotion.multiplier)

    def policy(self) -> Policy:
        """How strict the judging is, as the advisors know it."""
        return Policy(
            min_evidence_seconds=self.audit.min_evidence,
            index_budget_bytes=self.audit.index_budget,
            ignores=tuple(
                Ignore(code=each.code, subject=each.subject, reason=each.reason, until=each.until)
                for each in self.ignore
            ),
        )
