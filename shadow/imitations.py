"""What stands in for things that the shadow's server does not have, chosen so that plans stay what they were."""

import re
from dataclasses import dataclass

from facts.identifiers import qualified
from facts.message import Message, msg
from facts.schema import Definition

_FUNCTION_BODY = re.compile(r"^(?:AS |BEGIN ATOMIC|RETURN )", re.MULTILINE)
_FUNCTION_TRAITS = re.compile(r"^ TRANSFORM .*$|\bSUPPORT \S+", re.MULTILINE)
_LEAKPROOF = re.compile(r"^( .*)\bLEAKPROOF\b", re.MULTILINE)
_FUNCTION_LANGUAGE = re.compile(r"^( LANGUAGE )\S+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    """A statement, and what stands in for it where it fails.

    Attributes:
        ddl: What is tried first.
        imitation: What is tried then.
        note: The gap's sentence when it failed, without the reason.
    """

    ddl: str
    imitation: str = ""
    note: Message | None = None


def definition_step(each: Definition) -> Step:
    """How a definition is created, or imitated."""
    if each.kind == "collation":
        return Step(each.ddl, *imitated_collation(each.schema, each.name))
    if each.kind == "function":
        name = qualified(each.schema, each.name)
        note = msg("the function {name} is imitated and cannot be evaluated", name=name)
        return Step(_without_privileges(each.ddl), _imitated_function(each), note)
    return Step(each.ddl)


def _without_privileges(function: str) -> str:
    """The function without LEAKPROOF, which only a superuser may say; whoever owns every table plans the same without."""
    head, body = _parts(function)
    return _LEAKPROOF.sub(r"\1", head) + body


def _parts(function: str) -> tuple[str, str]:
    """What stands before the body, and the body."""
    body = _FUNCTION_BODY.search(function)
    return (function[: body.start()], function[body.start() :]) if body else (function, "")


def imitated_collation(schema: str, name: str) -> tuple[str, Message]:
    """A collation that, like the real one, does not sort by bytes: no prefix search can use a plain index on it."""
    whole = qualified(schema, name)
    ddl = f"CREATE COLLATION {whole} (provider = libc, locale = 'C.UTF-8')"
    return ddl, msg("the collation {name} is not to be had here; C.UTF-8 stands in for it", name=whole)


def _imitated_function(function: Definition) -> str:
    """The same signature, cost and volatility over a body that only fails: a made-up value would mislead the planner."""
    head = _FUNCTION_TRAITS.sub("", _parts(_without_privileges(function.ddl))[0])
    name = qualified(function.schema, function.name).replace("'", "''").replace("%", "%%")
    head = _FUNCTION_LANGUAGE.sub(r"\1plpgsql", head)
    return f"{head}\nAS $tenfold$ BEGIN RAISE EXCEPTION 'the function {name} is only imitated here'; END $tenfold$"
