"""The mall's own traffic, read from the access logs that the configuration names."""

from dataclasses import dataclass

from collectors import access_sessions
from facts.message import Message, msg
from facts.system_errors import why
from facts.traffic import Traffic, TrafficModel
from loadtest.traffic.model import TrafficError, cautions, model_of
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.words import _, say


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTraffic:
    """What the access logs tell.

    Attributes:
        log: The sessions; None where no log has any.
        model: How shoppers move; None where no log has any.
        cautions: What could not be read, and what to know before trusting the model.
    """

    log: Traffic | None = None
    model: TrafficModel | None = None
    cautions: tuple[Message, ...] = ()

    def required(self) -> tuple[Traffic, TrafficModel]:
        """Both.

        Raises:
            CommandError: There are none, and why.
        """
        if self.log is not None and self.model is not None:
            return self.log, self.model
        why = " ".join(say(each) for each in self.cautions)
        raise CommandError(
            _("The mall's own traffic is not known.") + (f" {why}" if why else ""),
            _("Give access_log under [[http]]: a log that tells shoppers apart, by a session or by their addresses."),
        )


def own_traffic(settings: Settings) -> OwnTraffic:
    """The first access log of the configuration that has shoppers in it."""
    missing: list[Message] = []
    for site in settings.http:
        if site.access_log is None:
            continue
        try:
            log = access_sessions.read([site.access_log], log_format=site.log_format)
            return OwnTraffic(log=log, model=model_of(log), cautions=(*missing, *cautions(log)))
        except OSError as error:
            missing.append(
                msg("the access log {path} cannot be read: {why}", path=str(site.access_log), why=why(error))
            )
        except TrafficError as error:
            missing.append(error.said)
    return OwnTraffic(cautions=tuple(missing))


def everyday_peak(settings: Settings, own: OwnTraffic) -> float:
    """Journeys a second at the everyday peak: as configured, else sessions a second in the busiest minute that the access log knows.

    Raises:
        CommandError: Neither is to be had.
    """
    if settings.loadtest.everyday_peak:
        return settings.loadtest.everyday_peak
    if own.model is not None and own.model.peak_sessions_per_second > 0:
        return own.model.peak_sessions_per_second
    raise CommandError(
        _("The everyday peak is not known."),
        _("Name it under [loadtest]: everyday_peak = 12 (journeys a second), or give access_log under [[http]]."),
    )
