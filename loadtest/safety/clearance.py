"""The one gate before a round: everything that must be in order, checked from the harmless to the telling.

First what needs no packet (address, allow-list, ceiling, hours), then what asks DNS, then what asks a person, then what asks the mall
(does it answer, is it ours), at last the marked canary order. A stage with a refusal ends the check, with every refusal of that stage at
once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from facts.message import msg
from loadtest.safety import marking, ownership
from loadtest.safety.addresses import Target, parse_target
from loadtest.safety.canary import Numbers, place_and_prove
from loadtest.safety.canary_declaration import Canary
from loadtest.safety.ceiling import confirmation_text, needs_confirmation, refuse_confirmation, refuse_rate
from loadtest.safety.fetching import Answer, FetchError, fetch
from loadtest.safety.redirects import refuse_redirect
from loadtest.safety.refusals import Refusal
from loadtest.safety.targets import Allowed, Approved, Resolver, approve, recheck, refuse_host, system_resolver
from loadtest.safety.windows import Window, refuse_missing_windows, refuse_time

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SERVER_ERRORS = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the mall allows, from the section `[loadtest]`.

    Attributes:
        allowed: The allow-list; empty: nothing but loopback that is named on the command line.
        key: The rehearsal key that the mall knows too.
        ceiling: Journeys a second that may never be exceeded.
        windows: When; empty: any time, for targets that are not public.
        timezone: The mall's.
        canary: How a marked order is placed and proven; None when the mall declares none.
    """

    allowed: tuple[Allowed, ...] = ()
    key: str | None = field(default=None, repr=False)
    ceiling: float | None = None
    windows: tuple[Window, ...] = ()
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    canary: Canary | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody wants to do.

    Attributes:
        url: The target's base URL.
        also: Further base URLs that journeys ask for (an API's own host); each must be allowed and serve the token.
        named_on_command_line: The URLs were written into this very command.
        per_second: The highest arrival rate that the round can reach, a search's upper end included; journeys a second.
        seconds: How long it can take, the wait for the last answers included.
        run: From `marking.run_name`.
        version: Tenfold's.
        writes: Whether its journeys have steps that change something.
        allow_writes: `--allow-writes`: the mall has nothing to protect.
        ask: Asked for the typed confirmation, with the text that must be typed; None where nobody can be asked.
    """

    url: str
    per_second: float
    seconds: float
    run: str
    version: str
    also: tuple[str, ...] = ()
    named_on_command_line: bool = False
    writes: bool = False
    allow_writes: bool = False
    ask: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """Permission for one round.

    Attributes:
        url: The target's, with its host as it was checked; the plan takes this one.
        approved: Every place that may be asked, the target first.
        headers: Of every request.
        writes: Whether steps that change something may run.
        closes_at: When the time window closes and the round must have ended, UTC; None for no window.
        ceiling: Journeys a second; infinite for loopback named on the command line.
        notes: What was not proven and what that costs (read-only journeys).
    """

    url: str
    approved: tuple[Approved, ...]
    headers: dict[str, str] = field(repr=False)
    writes: bool
    closes_at: datetime | None
    ceiling: float
    notes: tuple[Refusal, ...] = ()

    @property
    def resolved(self) -> dict[str, tuple[str, ...]]:
        """The pinned addresses by host, for `Plan.resolved`."""
        return {each.target.host: each.addresses for each in self.approved}


def clear(
    request: Request,
    policy: Policy,
    *,
    now: datetime,
    resolve: Resolver = system_resolver,
    count: Callable[[], Numbers] | None = None,
) -> Cleared | tuple[Refusal, ...]:
    """Permission for a round, or everything that stands against it.

    Args:
        request: What is wanted.
        policy: What is allowed.
        now: Aware; when the round would begin.
        resolve: Asked once for each host, and once more at the very end.
        count: Reads the canary's numbers from the mall's database; None where none is given.

    Raises:
        Exception: What `count` and `request.ask` raise (the user's Ctrl-C among it) is passed on.
    """
    targets = _targets(request)
    if not all(isinstance(each, Target) for each in targets):
        return tuple(each for each in targets if isinstance(each, Refusal))
    hosts = [each for each in targets if isinstance(each, Target)]
    exempt = request.named_on_command_line and all(each.is_named_loopback for each in hosts)
    ceiling = float("inf") if exempt else policy.ceiling
    refusal, closes_at = (
        refuse_time(policy.windows, policy.timezone, now=now, seconds=request.seconds)
        if policy.windows and not exempt
        else (None, None)
    )
    found = [
        *(refuse_host(each, policy.allowed, named_on_command_line=request.named_on_command_line) for each in hosts),
        refuse_rate(request.per_second, ceiling),
        refusal,
        None if exempt else ownership.refuse_key(policy.key),
    ]
    if any(found):
        return _all(found)
    approvals = [
        approve(each, policy.allowed, resolve, named_on_command_line=request.named_on_command_line) for each in hosts
    ]
    if not all(isinstance(each, Approved) for each in approvals):
        return _all([each if isinstance(each, Refusal) else None for each in approvals])
    approved = tuple(each for each in approvals if isinstance(each, Approved))
    refusals = _public(request, policy, approved) or _asked(request, policy, approved)
    if refusals:
        return refusals
    headers = marking.headers(request.run, policy.key, version=request.version)
    writes, note = _writes(request, policy, approved[0], headers, count)
    # DNS that changed its answer since it was asked first; the pinned addresses would be right, and the mall elsewhere.
    changed = _all([recheck(each, policy.allowed, resolve) for each in approved])
    if changed:
        return changed
    if note is not None and note.rule != "writes":
        return (note,)
    return Cleared(
        url=approved[0].target.origin + approved[0].target.path,
        approved=approved,
        headers=headers,
        writes=writes,
        closes_at=closes_at,
        ceiling=ceiling or 0.0,
        notes=(note,) if note is not None else (),
    )


def _targets(request: Request) -> list[Target | Refusal]:
    return [parse_target(url) for url in (request.url, *request.also)]


def _public(request: Request, policy: Policy, approved: Sequence[Approved]) -> tuple[Refusal, ...]:
    """Why a public target may not be loaded: hours must be named, and a person must say that it is meant."""
    public = [each for each in approved if needs_confirmation(each)]
    if not public:
        return ()
    missing = refuse_missing_windows(policy.windows)
    if missing is not None:
        return (missing,)
    found: list[Refusal | None] = []
    for each in public:
        typed = request.ask(confirmation_text(each, request.per_second)) if request.ask else None
        found.append(refuse_confirmation(each, request.per_second, typed))
    return _all(found)


def _asked(request: Request, policy: Policy, approved: Sequence[Approved]) -> tuple[Refusal, ...]:
    """Whether each target answers, stays where it is, and is ours."""
    found: list[Refusal | None] = []
    # Our own look-ups are told apart from shoppers in the mall's log, and from the round that has not begun.
    headers = {"user-agent": f"tenfold/{request.version} (rehearsal check)"}
    for each in approved:
        try:
            refusal = _refuse_front(each, fetch(each, each.target.path, headers=headers), approved)
            if refusal is None and not each.exempt:
                answer = fetch(each, ownership.PATH, headers=headers)
                refusal = ownership.refuse_ownership(policy.key or "", answer, each.target.shown)
        except FetchError as error:
            refusal = Refusal(
                rule="target-down",
                happened=msg("{host} gives no answer: {why}.", host=each.target.shown, why=error.detail),
                remedy=msg("Check the address and that the mall runs; a round against a dead target measures nothing."),
            )
        found.append(refusal)
    return _all(found)


def _refuse_front(approved: Approved, answer: Answer, others: Sequence[Approved]) -> Refusal | None:
    """Why the front page's answer speaks against a round."""
    target = approved.target
    if answer.status in _SERVER_ERRORS:
        return Refusal(
            rule="target-broken",
            happened=msg("{host} answers with HTTP {status} before any load.", host=target.shown, status=answer.status),
            remedy=msg("Mend the mall first; a round against a broken target measures nothing."),
        )
    location = answer.headers.get("location", "")
    if answer.status not in _REDIRECTS or not location:
        return None
    refusal = refuse_redirect(others, answer.url, location)
    if refusal is not None:
        return refusal
    goal = parse_target(urljoin(answer.url, location))
    if isinstance(goal, Target) and goal.origin != target.origin:
        return Refusal(
            rule="foreign-redirect",
            happened=msg("{host} sends everybody on to {goal}.", host=target.shown, goal=goal.origin),
            remedy=msg("Give that address as the target, or the round measures the redirect."),
        )
    return None


def _writes(
    request: Request,
    policy: Policy,
    approved: Approved,
    headers: dict[str, str],
    count: Callable[[], Numbers] | None,
) -> tuple[bool, Refusal | None]:
    """Whether steps that change something may run, and a refusal: of them alone (rule `writes`), or of the whole round."""
    if not request.writes or request.allow_writes:
        return request.writes, None
    if policy.canary is None or count is None or policy.key is None:
        return False, Refusal(
            rule="writes",
            happened=msg("Nothing proves that test orders land in shadow storage, so journeys only read."),
            remedy=msg(
                "Declare a canary and give the database, or pass --allow-writes for a mall that has nothing to protect."
            ),
        )
    refusal = place_and_prove(policy.canary, approved, headers, count)
    return refusal is None, refusal


def _all(found: Sequence[Refusal | None]) -> tuple[Refusal, ...]:
    return tuple(each for each in found if each is not None)
