r"""`apply.sql` and `rollback.sql`: the proposed statements as scripts for psql, safe to run again.

CREATE INDEX CONCURRENTLY can stand in no transaction and no DO block, so the guards are psql's own `\gexec`: a query that
yields the statement only where it is still needed.
"""

from collections.abc import Iterable

from facts.findings import Finding

_HEAD = """-- {title}
-- Run with: psql -X -v ON_ERROR_STOP=1 -f {file} "postgresql://owner@host/database"
-- It can be run again: what is done already is left alone.
\\set ON_ERROR_STOP on
SET lock_timeout = '3s';
SET statement_timeout = 0;
"""
_CREATE_INDEX = """
-- {code} {subject}
-- an invalid leftover of an earlier attempt goes first
SELECT format('DROP INDEX CONCURRENTLY IF EXISTS %s', indexrelid::regclass) FROM pg_index
WHERE indexrelid = to_regclass({name}) AND NOT indisvalid \\gexec
SELECT {statement} WHERE to_regclass({name}) IS NULL \\gexec
"""
_OTHER = """
-- {code} {subject}
{statement};
"""


def apply_sql(findings: Iterable[Finding]) -> str:
    """The remedies of all findings that have statements; empty when none has."""
    parts = [
        _statement(finding, statement, position)
        for finding in findings
        for position, statement in enumerate(finding.remedy.sql)
    ]
    return (
        _HEAD.format(title="The proposed changes, most valuable first", file="apply.sql") + "".join(parts)
        if parts
        else ""
    )


def rollback_sql(findings: Iterable[Finding]) -> str:
    """The way back, last change first."""
    parts = [
        _OTHER.format(code=finding.code, subject=_comment(finding.subject), statement=statement)
        for finding in findings
        for statement in finding.remedy.rollback
    ]
    return (
        _HEAD.format(title="Takes the proposed changes back", file="rollback.sql") + "".join(reversed(parts))
        if parts
        else ""
    )


def _statement(finding: Finding, statement: str, position: int) -> str:
    subject = _comment(finding.subject)
    if statement.startswith("CREATE INDEX") and position < len(finding.remedy.rollback):
        name = finding.remedy.rollback[position].rpartition(" EXISTS ")[2]
        return _CREATE_INDEX.format(
            code=finding.code, subject=subject, statement=_literal(statement), name=_literal(name)
        )
    return _OTHER.format(code=finding.code, subject=subject, statement=statement)


def _literal(text: str) -> str:
    """A string constant; psql would take `:name` for a variable, which it does not do inside quotes of this kind."""
    return "'" + text.replace("'", "''") + "'"


def _comment(text: str) -> str:
    """Fit for the end of a line comment."""
    return " ".join(text.split())
