"""What the mall's own database says of a rehearsal: where the canary's order went, and whether the business' rules still hold."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from collectors import invariants
from facts.invariants import Invariant, InvariantError, Measured, judge, reasons
from facts.rounds import Recording, Round, RoundVerdict
from facts.system_errors import why
from loadtest.safety.canary import Numbers
from loadtest.safety.canary_declaration import Canary, CanaryDeclarationError, parse_canary
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.words import _, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """The rules that the mall declares, and where they are asked."""

    dsn: str
    declared: tuple[Invariant, ...]

    def begin(self) -> "Begun":
        """Reads what must be known before a round."""
        since = datetime.now(UTC)
        return Begun(business=self, since=since, before=invariants.measure(self.dsn, self.declared, since=since))


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A round under way."""

    business: Business
    since: datetime
    before: Sequence[Measured]

    def judged(self, one: Round, recording: Recording) -> Round:
        """The round with the rules of the business among its reasons; a broken one is a no-go."""
        after = invariants.measure(self.business.dsn, self.business.declared, since=self.since)
        outcomes = judge(self.business.declared, self.before, after, recording)
        found = reasons(outcomes)
        unchecked = tuple(each.evidence for each in outcomes if each.held is None)
        broken = any(not each.ok for each in found)
        return replace(
            one,
            verdict=RoundVerdict.NO_GO if broken and one.verdict is RoundVerdict.GO else one.verdict,
            reasons=tuple(sorted((*one.reasons, *found), key=lambda each: each.ok)),
            not_examined=(*one.not_examined, *unchecked),
        )


def business_of(settings: Settings) -> Business | None:
    """The rules that the configuration names; None when it names none.

    Raises:
        CommandError: The file cannot be used, or there is no database to ask.
    """
    path = settings.loadtest.invariants
    if path is None:
        return None
    try:
        declared = invariants.declared(path)
    except InvariantError as error:
        raise CommandError(_("Invariants cannot be used: {reason}.").format(reason=say(error.said))) from None
    return Business(dsn=_database(settings, path), declared=declared)


def canary_of(settings: Settings) -> tuple[Canary, Callable[[], Numbers]] | None:
    """The canary that the configuration names, and how its numbers are read; None when it names none.

    Raises:
        CommandError: The file cannot be used, or there is no database to ask.
    """
    path = settings.loadtest.canary
    if path is None:
        return None
    try:
        canary = parse_canary(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, CanaryDeclarationError) as error:
        raise _unusable(path, error) from None
    dsn, began = _database(settings, path), datetime.now(UTC)

    def count() -> Numbers:
        try:
            return invariants.numbers(dsn, {**canary.shadow, **canary.untouched}, since=began)
        except InvariantError as error:
            raise _unusable(path, error) from None

    return canary, count


def _database(settings: Settings, path: Path) -> str:
    dsn = settings.loadtest.database or next((each.dsn for each in settings.postgres), "")
    if dsn:
        return dsn
    raise CommandError(
        _("{path} asks the mall's database, and the configuration names none.").format(path=path),
        _('Add database = "postgresql://…" under [loadtest], or a section [[postgres]].'),
    )


def _unusable(path: Path, error: Exception) -> CommandError:
    if isinstance(error, InvariantError | CanaryDeclarationError):
        reason = say(error.said)
    else:
        # The system's and the parser's own words.
        reason = say(why(error)) if isinstance(error, OSError) else str(error)
    return CommandError(_("{path} cannot be used: {reason}.").format(path=path, reason=reason))
