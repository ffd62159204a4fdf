r"""`apply.sql` and `rollback.sql`: the proposed statements as scripts for psql, safe to run again.

CREATE INDEX CONCURRENTLY can stand in no transaction and no DO block, so the guards are psql's own `\gexec`: a query that
yields the statement only where it is still needed.
"""

import re
from collections.abc import Sequence

from facts.findings import Finding
from pages.plain import harmless

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
# psql's own conditions: without a database's name nothing is done, with one only its part.
_SEVERAL = """
\\if :{{?target}}
\\else
\\echo 'This script changes several databases. Run it once in each, with its name: psql -v target=NAME -f {file} ...'
\\echo 'Names: {names}'
\\quit
\\endif
"""
_SECTION = """
SELECT :'target' = {target} AS here \\gset
\\if :here
{statements}
\\endif
"""
_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_CREATED = re.compile(rf"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?({_NAME}) ON (?:ONLY )?(?:({_NAME})\.)?{_NAME}")


def apply_sql(findings: Sequence[Finding]) -> str:
    """The remedies of all findings that have statements; empty when none has."""
    parts = [
        (finding.target, _statement(finding, statement)) for finding in findings for statement in finding.remedy.sql
    ]
    return _script("The proposed changes, most valuable first", "apply.sql", parts)


def rollback_sql(findings: Sequence[Finding]) -> str:
    """The way back, last change first."""
    # A finding's own statements keep their order: a setting is put back before the configuration is read again.
    parts = [
        (finding.target, _statement(finding, statement))
        for finding in reversed(findings)
        for statement in finding.remedy.rollback
    ]
    return _script("Takes the proposed changes back", "rollback.sql", parts)


def _script(title: str, file: str, parts: Sequence[tuple[str, str]]) -> str:
    """The parts below the head; those of several databases each below a guard, so that none lands in another's."""
    if not parts:
        return ""
    targets = list(dict.fromkeys(target for target, _ in parts))
    head = _HEAD.format(title=title, file=file)
    if len(targets) == 1:
        return head + "".join(text for _, text in parts)
    names = ", ".join(_comment(target) for target in targets)
    sections = [
        _SECTION.format(target=_literal(target), statements="".join(text for owner, text in parts if owner == target))
        for target in targets
    ]
    return head + _SEVERAL.format(file=file, names=names.replace("'", "")) + "".join(sections)


def _statement(finding: Finding, statement: str) -> str:
    subject = _comment(finding.subject)
    created = _CREATED.match(statement)
    if created is None:
        return _OTHER.format(code=finding.code, subject=subject, statement=statement)
    index, schema = created.groups()
    # An index lives in its table's schema, whatever the statement says of it.
    name = f"{schema}.{index}" if schema else index
    return _CREATE_INDEX.format(code=finding.code, subject=subject, statement=_literal(statement), name=_literal(name))


def _literal(text: str) -> str:
    """A string constant; psql would take `:name` for a variable, which it does not do inside quotes of this kind."""
    return "'" + text.replace("'", "''") + "'"


def _comment(text: str) -> str:
    """Fit for the end of a line comment, and for whoever reads the file on a terminal."""
    return " ".join(harmless(" ".join(text.split())).split())
