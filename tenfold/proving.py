"""`tenfold audit --prove`: tries the proposed indexes on a copy that the user named."""

from dataclasses import dataclass

import psycopg2

from advisors.evidence import owner_of
from advisors.index_definition import shape_of
from advisors.outcomes import outcome_of
from advisors.proven import with_proofs
from collectors.postgres_connection import NoAnswerError
from collectors.postgres_errors import understand
from facts.claims import Claim
from facts.findings import Finding, Report
from facts.message import Message, msg
from facts.postgres import PostgresFacts
from facts.schema import Schema
from facts.snapshot import Snapshot
from proving.copy import RefusedCopyError, open_copy
from proving.proof import prove
from shadow.open import PLANNER_SETTINGS
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError, ExitCode
from tenfold.words import _, say


@dataclass(frozen=True, slots=True)
class Proven:
    """The report with its proofs, or as it was and why nothing was proven.

    Attributes:
        failure: Its code is the command's; None when the proof was done.
    """

    report: Report
    failure: CommandError | None = None


def prove_on_copy(report: Report, snapshot: Snapshot, dsn: str, terminal: Terminal, *, audited: bool = False) -> Proven:
    """Builds the proposed indexes on the copy, replays their statements and takes the indexes away again.

    Args:
        report: As judged.
        snapshot: What it rests on.
        dsn: Of the copy.
        terminal: For the progress display.
        audited: A server that the audit has read, and on which others work, is allowed: the practice mall is its own copy.
    """
    claims = [_claim(finding) for finding in report.findings if _is_measurable(finding)]
    if not claims:
        terminal.remark(_("No index is proposed, so there is nothing to prove on the copy."))
        return Proven(report)
    servers = [] if audited else [facts.server.started_at for facts in snapshot.postgres if facts.server]
    try:
        with open_copy(dsn, servers, alone=not audited) as copy, terminal.progress() as progress:
            task = progress.add_task(_("Connecting"), total=None)
            facts, schema = _database(snapshot, claims, copy.database)
            concerned = [each for each in claims if each.target == owner_of(facts.target, facts.database)]
            settings = {each.name: each.value for each in facts.settings if each.name in PLANNER_SETTINGS}

            def step(sentence: Message) -> None:
                progress.update(task, description=say(sentence))

            proofs, left = prove(copy, concerned, schema, settings, judge=outcome_of, step=step)
    except CommandError as error:
        return Proven(report, error)
    except KeyboardInterrupt:
        # What was built has been dropped on the way here; the report is worth having without it.
        return Proven(
            report, CommandError(_("Interrupted: nothing was proven on the copy."), code=ExitCode.INTERRUPTED)
        )
    except RefusedCopyError as error:
        return Proven(report, CommandError(_not_proven(error.message), say(error.remedy)))
    except (psycopg2.Error, NoAnswerError) as error:
        refusal = understand(error)
        reason = refusal.detail if refusal and refusal.detail is not None else msg("the connection was lost")
        remedy = say(refusal.remedy) if refusal and refusal.remedy else ""
        return Proven(report, CommandError(_not_proven(reason), remedy, ExitCode.UNREACHABLE))
    failure = CommandError(_("An index could not be dropped on the copy."), "; ".join(left)) if left else None
    return Proven(with_proofs(report, proofs), failure)


def _not_proven(reason: Message) -> str:
    return _("Nothing was proven on the copy: {reason}.").format(reason=say(reason))


def _is_measurable(finding: Finding) -> bool:
    """Whether it proposes indexes, and the planner has said what they would spare."""
    predicted = any(query.kept_ratio is not None for query in finding.evidence.queries)
    return predicted and any(map(shape_of, finding.remedy.sql))


def _claim(finding: Finding) -> Claim:
    return Claim(
        code=finding.code,
        target=finding.target,
        subject=finding.subject,
        sql=finding.remedy.sql,
        queries=finding.evidence.queries,
        size_bytes=finding.remedy.size_bytes,
    )


def _database(snapshot: Snapshot, claims: list[Claim], name: str) -> tuple[PostgresFacts, Schema]:
    """The audited database that the copy is one of, and its tables: the only one with proposals, else the one of the same name.

    Raises:
        CommandError: It cannot be told.
    """
    targets = {claim.target for claim in claims}
    concerned = [
        (facts, facts.schema)
        for facts in snapshot.postgres
        if facts.schema is not None and owner_of(facts.target, facts.database) in targets
    ]
    if len(concerned) == 1:
        return concerned[0]
    named = [each for each in concerned if each[0].database == name]
    if len(named) == 1:
        return named[0]
    raise CommandError(
        _("Indexes are proposed for several databases, and the copy's name {name} tells none of them.").format(
            name=repr(name)
        ),
        _("Audit them one by one, each with the address of its own copy after --prove."),
    )
