"""Why a value was refused, as people read it: what pydantic says of configurations, of command lines, and of what machines send."""

import re

from facts.message import Message, msg, verbatim

# Pydantic's sentences (pydantic-core, `errors/types.rs`); the groups of a pattern are the places of its sentence.
_REASONS: tuple[tuple[str, Message], ...] = (
    (r"Input should be a valid number.*|Input should be a finite number", msg("a number is needed")),
    (r"Input should be a valid integer.*", msg("a whole number is needed")),
    (r"Input should be a valid string", msg("a text is needed")),
    (r"Input should be a valid boolean.*", msg("true or false is needed")),
    (r"Input should be a valid (?:list|tuple)", msg("a list is needed")),
    (r"Input should be a valid dictionary.*|Input should be an object", msg("names with values are needed, as in a table or an object")),
    (r"Input is not a valid path.*", msg("a path is needed")),
    (r"Input should be greater than or equal to (?P<limit>\S+)", msg("it has to be at least {limit}", limit="")),
    (r"Input should be less than or equal to (?P<limit>\S+)", msg("it can be at most {limit}", limit="")),
    (r"Input should be greater than (?P<limit>\S+)", msg("it has to be more than {limit}", limit="")),
    (r"Input should be less than (?P<limit>\S+)", msg("it has to be less than {limit}", limit="")),
    (r"\w+ should have at least (?P<count>\d+) (?:item|character)s?.*", msg("it is too short: at least {count}", count="")),
    (r"\w+ should have at most (?P<count>\d+) (?:item|character)s?.*", msg("it is too long: at most {count}", count="")),
    (r"String should match pattern '(?P<pattern>.*)'", msg("it does not have the form {pattern}", pattern="")),
    (r"Field required", msg("it is missing")),
    (r"is empty", msg("it is empty")),
    (r"Input should be a valid (?:date|datetime|time)\b.*", msg("a date is needed, such as 2026-11-11")),
    (r"(?P<value>.*) is not one of (?P<known>.*)\.", msg("{value} is none of {known}", value="", known="")),
    (r"Input should be (?P<known>'.*')", msg("it has to be one of {known}", known="")),
)  # fmt: skip


def refused(text: str) -> Message:
    """The reason of a refusal; one that is not known yet is told in pydantic's words.

    Args:
        text: The message of one of pydantic's errors; an error that was raised in this program's own words has them already.
    """
    text = text.removeprefix("Value error, ")
    for pattern, sentence in _REASONS:
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found is not None:
            values = found.groupdict()
            if "known" in values:
                values["known"] = values["known"].replace("' or '", "', '")
            return Message(sentence.template, values)
    return verbatim(text.rstrip("."))
