"""The mall's own traffic, read from the access log that the configuration names."""

from collectors import access_sessions
from facts.traffic import TrafficModel
from loadtest.traffic.model import TrafficError, model_of
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.words import _


def traffic_model(settings: Settings) -> TrafficModel | None:
    """How shoppers move through the configured mall; None where no access log can be read or none has a shopper in it."""
    for site in settings.http:
        if site.access_log is None:
            continue
        try:
            return model_of(access_sessions.read([site.access_log], log_format=site.log_format))
        except (OSError, TrafficError):
            continue
    return None


def everyday_peak(settings: Settings) -> float:
    """Journeys a second at the everyday peak: as configured, else sessions a second in the busiest minute that the access log knows.

    Raises:
        CommandError: Neither is to be had.
    """
    if settings.loadtest.everyday_peak:
        return settings.loadtest.everyday_peak
    model = traffic_model(settings)
    if model is not None and model.peak_sessions_per_second > 0:
        return model.peak_sessions_per_second
    raise CommandError(
        _("The everyday peak is not known."),
        _("Name it under [loadtest]: everyday_peak = 12 (journeys a second), or give access_log under [[http]]."),
    )
