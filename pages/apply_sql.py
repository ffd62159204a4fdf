r"""`apply.sql` and `rollback.sql`: the proposed statements as scripts for psql, safe to run again.

CREATE INDEX CONCURRENTLY can stand in no transaction and no DO block, so the guards are psql's own `\gexec`: a query that
yields the statement only where it is still needed.
"""

import re
from collections.abc import Sequence

from facts.findings import Finding
from facts.identifiers import literal
from pages.plain import harmless

_HEAD = """-- {title}
-- Run with: psql -X -v ON_ERROR_STOP=1 -f {file} "postgresql://owner@host/database"
-- It can be run again: what is done already is left alone.
\\set ON_ERROR_STOP on
SET lock_timeout = '3s';
SET statement_timeout = 0;
"""
# Whatever waits longer than lock_timeout fails, so that nobody waits behind it for long; that, and only that, is tried again.
_CREATE_INDEX = """
-- {code} {subject}
SELECT {statement} AS build, {name} AS name \\gset
\\set ON_ERROR_STOP off
\\set LAST_ERROR_SQLSTATE 00000
{attempt}{again}{again}\\set ON_ERROR_STOP on
SELECT NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(:'name') AND indisvalid) AS missing \\gset
\\if :missing
DO $$BEGIN RAISE 'an index was not built, for the reason above; the script can be run again'; END$$;
\\endif
"""
_ATTEMPT = """-- an invalid leftover of an earlier attempt goes first
SELECT format('DROP INDEX CONCURRENTLY IF EXISTS %s', indexrelid::regclass) FROM pg_index
WHERE indexrelid = to_regclass(:'name') AND NOT indisvalid \\gexec
SELECT :'build' WHERE to_regclass(:'name') IS NULL \\gexec
"""
PAUSE_SECONDS = 10
_AGAIN = f"""SELECT :'LAST_ERROR_SQLSTATE' = '55P03' AS again \\gset
\\if :again
\\echo 'Somebody held a lock for too long; the next attempt follows in {PAUSE_SECONDS} s.'
SELECT pg_sleep({PAUSE_SECONDS}) \\g /dev/null
\\set LAST_ERROR_SQLSTATE 00000
{_ATTEMPT}\\endif
"""
# A parent's index is not valid before the last partition's is attached, and cannot be dropped concurrently.
_CREATE_ON_ONLY = """
-- {code} {subject}
SELECT {statement} WHERE to_regclass({name}) IS NULL \\gexec
"""
_ATTACH = """
-- {code} {subject}
SELECT {statement} WHERE NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass({name})) \\gexec
"""
_OTHER = """
-- {code} {subject}
{statement};
"""
# Names and statements go in as string constants, inside of which psql takes no `:name` for a variable.
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
_CREATED = re.compile(rf"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?({_NAME}) ON (ONLY )?(?:({_NAME})\.)?{_NAME}")


_ATTACHED = re.compile(rf"ALTER INDEX (?:{_NAME}\.)?{_NAME} ATTACH PARTITION ((?:{_NAME}\.)?{_NAME})\Z")


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
        _SECTION.format(target=literal(target), statements="".join(text for owner, text in parts if owner == target))
        for target in targets
    ]
    return head + _SEVERAL.format(file=file, names=names.replace("'", "")) + "".join(sections)


def _statement(finding: Finding, statement: str) -> str:
    words = {"code": finding.code, "subject": _comment(finding.subject), "statement": literal(statement)}
    attached = _ATTACHED.match(statement)
    if attached is not None:
        return _ATTACH.format(name=literal(attached[1]), **words)
    created = _CREATED.match(statement)
    if created is None:
        return _OTHER.format(**{**words, "statement": statement})
    index, only, schema = created.groups()
    # An index lives in its table's schema, whatever the statement says of it.
    name = literal(f"{schema}.{index}" if schema else index)
    if only:
        return _CREATE_ON_ONLY.format(name=name, **words)
    return _CREATE_INDEX.format(name=name, attempt=_ATTEMPT, again=_AGAIN, **words)


def _comment(text: str) -> str:
    """Fit for the end of a line comment, and for whoever reads the file on a terminal."""
    return " ".join(harmless(" ".join(text.split())).split())
