"""Which statements grow with the storefront's traffic, and which do not.

Only shoppers are multiplied by a promotion. A nightly job runs once a night at ten times the traffic as well, and the staff that
looks at lists of orders is no larger.
"""

import re
from collections.abc import Mapping

from facts.message import Message, msg


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(^|[_\W])({'|'.join(words)})([_\W]|$)", re.IGNORECASE)


_STAFF = _words(
    "admin", "staff", "backoffice", "back-office", "backend", "manage", "console", "ops", "internal", "dashboard"
)
_JOB = _words(
    "job", "jobs", "cron", "task", "tasks", "batch", "worker", "nightly", "report", "reports", "etl", "migrate", "migration"
)  # fmt: skip
# A program's name is wider than a page's: mall-backend and shop-internal-api serve the shoppers.
_STAFF_PROGRAM = _words("admin", "staff", "backoffice", "back-office")

# A statement that a storefront causes runs at least this often a request, unless it is quick enough not to matter.
RARE_PER_REQUEST = 1 / 2000
SLOW_SECONDS = 0.5


def is_staff_or_job(application: str) -> bool:
    """Whether an application's name says that it serves the staff or a job."""
    return _STAFF_PROGRAM.search(application) is not None or _JOB.search(application) is not None


def follows(
    tags: Mapping[str, str], kind: str, *, calls: int, mean_seconds: float, requests: int | None
) -> tuple[bool, Message]:
    """Whether a statement family grows with the storefront's rate, and how that was decided.

    Args:
        tags: Its sqlcommenter tags; the mall's own word beats any guess.
        kind: As in `Family.kind`.
        calls: In the window.
        mean_seconds: Of a call.
        requests: The storefront's requests in the window; None where unknown.
    """
    if "job" in tags:
        return False, msg("tagged as a job")
    for name in ("route", "controller", "action", "application"):
        value = tags.get(name, "")
        if (_STAFF_PROGRAM if name == "application" else _STAFF).search(value):
            return False, msg("tagged as a staff page")
        if _JOB.search(value):
            return False, msg("tagged as a job")
    if "route" in tags or "controller" in tags:
        return True, msg("tagged with a storefront route")
    if kind == "other":
        return True, msg("transaction control follows the requests")
    if mean_seconds >= SLOW_SECONDS and calls <= max((requests or 0) * RARE_PER_REQUEST, 1):
        return False, msg("rare and slow, like a job")
    return True, msg("nothing says otherwise")
