"""The configuration file's keys, their types and their defaults."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from facts.promotion import Ignore, Policy, Promotion
from tenfold.settings.objectives import ObjectivesSection
from tenfold.settings.rehearsal import LoadtestSection, SloTable
from tenfold.settings.schemes import known_dsn, known_redis, known_web
from tenfold.settings.serving import MetricSection, ServeSection
from tenfold.settings.ticket_evidence import EvidenceSection, ProbeSection
from tenfold.settings.ticket_rules import ActionSection, NotifySection, RouteSection
from tenfold.settings.ticketing import TicketsSection
from tenfold.settings.units import parse_duration, parse_size
from tenfold.words import _

# Beyond a day, two readings tell no more than the counters since their last reset.
LONGEST_WINDOW = 86_400.0

Name = Annotated[str, Field(min_length=1)]
Duration = Annotated[float, BeforeValidator(parse_duration), Field(ge=0, allow_inf_nan=False)]
WebAddress = Annotated[str, AfterValidator(known_web)]
Size = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(_("{name} is not a time zone; write for example 'Asia/Shanghai'").format(name=repr(name)))
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

    Without `databases` only the one that the DSN names is read. `tenfold serve` also watches the databases that a pattern of
    `discover` names and none of `exclude`.
    """

    name: Name
    dsn: Annotated[str, AfterValidator(known_dsn)]
    databases: tuple[str, ...] = ()
    discover: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class RedisSection(_Section):
    """`[[redis]]`: one Redis or Valkey server."""

    name: Name
    url: Annotated[str, AfterValidator(known_redis)]


class HostSection(_Section):
    """`[[host]]`: one machine; without `node_exporter` it is this one."""

    name: Name
    node_exporter: WebAddress | None = None


class HttpSection(_Section):
    """`[[http]]`: one site, with its access log and its application's own metrics page where they can be read from here."""

    name: Name
    url: WebAddress
    access_log: Path | None = None
    log_format: str | None = None
    metrics: WebAddress | None = None


class PrometheusSection(_Section):
    """`[prometheus]`: the mall's own Prometheus, read as a further source."""

    url: WebAddress


class AuditSection(_Section):
    """`[audit]`: how long to watch and how strict to be."""

    window: Annotated[Duration, Field(le=LONGEST_WINDOW)] = 60.0
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
    slo: SloTable = {}
    loadtest: LoadtestSection = LoadtestSection()
    serve: ServeSection = ServeSection()
    objectives: ObjectivesSection = ObjectivesSection()
    metric: tuple[MetricSection, ...] = ()
    tickets: TicketsSection | None = None
    route: tuple[RouteSection, ...] = ()
    notify: tuple[NotifySection, ...] = ()
    action: tuple[ActionSection, ...] = ()
    evidence: EvidenceSection = EvidenceSection()
    probe: tuple[ProbeSection, ...] = ()

    @model_validator(mode="after")
    def _every_target_has_its_own_name(self) -> Self:
        """A host may be named like the server on it; two servers of one name could not be told apart in a report."""
        seen: set[str] = set()
        servers: tuple[PostgresSection | RedisSection | HttpSection, ...] = (*self.postgres, *self.redis, *self.http)
        for each in servers:
            if each.name in seen:
                raise ValueError(
                    _("two targets are named {name}; reports tell them apart by name").format(name=repr(each.name))
                )
            seen.add(each.name)
        return self

    @model_validator(mode="after")
    def _every_metric_has_its_own_name(self) -> Self:
        """Two figures of one name from one server would be one series with two values."""
        seen: set[tuple[str, str]] = set()
        for each in self.metric:
            if (each.name, each.postgres) in seen:
                raise ValueError(
                    _("two metrics are named {name}; give one of them another").format(name=repr(each.name))
                )
            seen.add((each.name, each.postgres))
        return self

    @model_validator(mode="after")
    def _what_is_named_is_there(self) -> Self:
        """A channel or an action that is named and does not exist would be found out on the night when it is needed."""
        channels, actions = [each.name for each in self.notify], [each.name for each in self.action]
        for kind, names in (("[[notify]]", channels), ("[[action]]", actions)):
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise ValueError(_("two {kind} are named {name}").format(kind=kind, name=repr(twice)))
        named = [("[[notify]]", each.fallback, channels) for each in self.notify if each.fallback]
        named += [("[[action]]", name, actions) for name in (self.tickets.allow_automatic if self.tickets else ())]
        for kind, name, known in named:
            if name not in known:
                raise ValueError(
                    _("{name} is no {kind} of this file; known here: {names}").format(
                        name=repr(name), kind=kind, names=", ".join(known) or "-"
                    )
                )
        return self

    @model_validator(mode="after")
    def _an_action_calls_whom_it_may(self) -> Self:
        allowed = {each.lower() for each in (self.tickets.allow_hosts if self.tickets else ())}
        for action in self.action:
            stranger = next((each for each in action.hosts() if each.lower() not in allowed), None)
            if stranger is not None:
                raise ValueError(
                    _(
                        "the [[action]] {name} calls {host}, which allow_hosts of [tickets] does not name; "
                        "write allow_hosts = [{quoted}] there if it may"
                    ).format(name=repr(action.name), host=stranger, quoted=f'"{stranger}"')
                )
        return self

    @property
    def ticketing(self) -> TicketsSection | None:
        """The ticket room's section; there is none where nothing in the file speaks of tickets."""
        if self.tickets is None and (self.route or self.notify or self.action):
            return TicketsSection()
        return self.tickets

    def promotion_facts(self) -> Promotion:
        """The promotion as the advisors know it; a beginning without an offset is on the mall's clock."""
        starts = self.promotion.starts
        if starts is not None and starts.tzinfo is None:
            starts = starts.replace(tzinfo=ZoneInfo(self.mall.timezone))
        return Promotion(name=self.promotion.name, starts=starts, multiplier=self.promotion.multiplier)

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
