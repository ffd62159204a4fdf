"""CAP001: pages whose time the database cannot explain."""

from advisors.rules.cap001_application_bound import THRESHOLDS
from facts.findings import Severity
from facts.front import FrontFacts
from facts.host import HostFacts
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import ABSENT, FOUND, LESS, MORE, Case

REQUESTS = 600
MEAN = 0.1
IN_FLIGHT = REQUESTS * MEAN / build.WINDOW  # requests in the application at once, when the database takes nothing
CORES = 4


def mall(front: FrontFacts, *hosts: HostFacts, database: float = 0.0) -> Snapshot:
    """A site, and a database that is busy for so many seconds of the window."""
    return build.snapshot(build.database(build.statement("SELECT $1", seconds=database)), front, *hosts)


def pages(mean: float = MEAN) -> FrontFacts:
    return build.front(build.endpoint(requests=REQUESTS, mean=mean))


def computing(share: float) -> HostFacts:
    """A machine whose busy cores are that share of the requests in the application."""
    return build.host(cores=CORES, busy=share * IN_FLIGHT / CORES)


CASES = (
    Case(
        story="a request takes its time, and the database has nothing to do with it",
        facts=mall(pages()),
        target=build.SITE,
        subject=build.SITE,
        outcome=FOUND,
        severity=Severity.MEDIUM,
    ),
    Case(
        story="the database explains just too little",
        facts=mall(pages(), database=REQUESTS * MEAN * (1 - THRESHOLDS.share * MORE)),
        target=build.SITE,
        subject=build.SITE,
        outcome=FOUND,
        just_above="share",
    ),
    Case(
        story="the database explains just enough",
        facts=mall(pages(), database=REQUESTS * MEAN * (1 - THRESHOLDS.share * LESS)),
        target=build.SITE,
        subject=build.SITE,
        outcome="database-explains-it",
        just_below="share",
    ),
    Case(
        story="just long enough to be felt",
        facts=mall(pages(THRESHOLDS.typical_seconds * MORE)),
        target=build.SITE,
        subject=build.SITE,
        outcome=FOUND,
        just_above="typical_seconds",
    ),
    Case(
        story="too quick to be felt",
        facts=mall(pages(THRESHOLDS.typical_seconds * LESS)),
        target=build.SITE,
        subject=build.SITE,
        outcome="quick",
        just_below="typical_seconds",
    ),
    Case(
        story="the payment page alone is slow",
        facts=mall(
            build.front(
                build.endpoint("GET /", requests=900, mean=THRESHOLDS.typical_seconds / 5),
                build.endpoint("POST /pay", requests=100, mean=2.0),
            )
        ),
        target=build.SITE,
        subject=build.SITE,
        outcome="one-page-only",
    ),
    Case(
        story="the machine computes, and has too few cores for the promotion",
        facts=mall(pages(), computing(THRESHOLDS.computing_share * MORE)),
        target=build.SITE,
        subject=build.SITE,
        outcome=FOUND,
        severity=Severity.CRITICAL,
        just_above="computing_share",
    ),
    Case(
        story="the machine waits for somebody else",
        facts=mall(pages(), computing(THRESHOLDS.computing_share * LESS)),
        target=build.SITE,
        subject=build.SITE,
        outcome=FOUND,
        severity=Severity.MEDIUM,
        just_below="computing_share",
    ),
    Case(
        story="the log is an hour long and the statements a minute",
        facts=mall(build.front(build.endpoint(requests=REQUESTS), window=60 * build.WINDOW)),
        target=build.SITE,
        subject=build.SITE,
        outcome="windows-differ",
    ),
    Case(
        story="the log has no request times",
        facts=mall(build.front(build.endpoint(mean=None))),
        target=build.SITE,
        subject=build.SITE,
        outcome=ABSENT,
    ),
)
