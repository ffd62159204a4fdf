"""Reads `tenfold.toml` and says where in the file a mistake is."""

import difflib
import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from facts.system_errors import why
from tenfold.exits import CommandError
from tenfold.settings.model import Settings
from tenfold.validation_words import refused_because
from tenfold.words import _, say

DEFAULT_FILE = Path("tenfold.toml")
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def find_file(named: Path | None) -> Path | None:
    """The file that `--config` names, else `tenfold.toml` here, else `$TENFOLD_CONFIG`; None when there is none.

    Raises:
        CommandError: A file was named and does not exist.
    """
    if named is None and DEFAULT_FILE.is_file():
        return DEFAULT_FILE
    chosen = named or (Path(os.environ["TENFOLD_CONFIG"]) if os.environ.get("TENFOLD_CONFIG") else None)
    if chosen is not None and not chosen.is_file():
        raise CommandError(
            _("There is no configuration file {path}.").format(path=chosen), _("Write one with: tenfold init")
        )
    return chosen


def load(path: Path) -> Settings:
    """Reads and checks the whole file.

    Raises:
        CommandError: It cannot be read, is not TOML, or has a key or a value that it should not have; the message
            names the file, the line and the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise CommandError(_("{path} cannot be read: {reason}.").format(path=path, reason=say(why(error)))) from None
    except UnicodeDecodeError as error:
        raise CommandError(
            _("{path} is not UTF-8 text (byte {position}).").format(path=path, position=error.start),
            _("Save it as UTF-8."),
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise CommandError(
            _("{path} is not valid TOML: {reason}.").format(path=path, reason=_with_key(text, str(error))),
            _("Text values need quotes; compare with the file that this prints: tenfold init --stdout"),
        ) from None
    try:
        return Settings.model_validate(_fill_in(document, ()))
    except ValidationError as error:
        raise CommandError(*_explain(path, text, error)) from None


def _with_key(text: str, reason: str) -> str:
    """Adds the text of the offending line's key to the parser's message, which names only line and column."""
    place = re.search(r"line (\d+)", reason)
    lines = text.splitlines()
    if place is None or int(place.group(1)) > len(lines):
        return reason
    key = lines[int(place.group(1)) - 1].partition("=")[0].strip()
    return f"{reason}, at {key!r}" if key else reason


def _fill_in(value: Any, place: tuple[str, ...]) -> Any:
    """Puts environment variables in the place of `${NAME}`."""
    if isinstance(value, dict):
        return {key: _fill_in(each, (*place, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_fill_in(each, place) for each in value]
    if not isinstance(value, str):
        return value

    def variable(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise CommandError(
                _("The environment variable {name}, which {key} refers to, is not set.").format(
                    name=name, key=".".join(place)
                ),
                f"export {name}=…",
            )
        return os.environ[name]

    return _PLACEHOLDER.sub(variable, value)


def _explain(path: Path, text: str, error: ValidationError) -> tuple[str, str]:
    """One mistake of a validation error as (what happened, what to do)."""
    mistakes = error.errors(include_url=False, include_input=False)
    # A misspelt key is also reported as the absence of the right one, which would lead astray.
    first = next((each for each in mistakes if each["type"] == "extra_forbidden"), mistakes[0])
    location = first["loc"]
    key = ".".join(str(part) for part in location if not isinstance(part, int))
    if not key:
        return _("{path}: {reason}.").format(path=path, reason=refused_because(first["msg"])), ""
    where = f"{path}:{_line_of(text, location)}"
    if first["type"] == "tuple_type" and len(location) == 1:
        return (
            _("{where}: {key}: it is a list of sections.").format(where=where, key=key),
            _("Write the section's name in two pairs of brackets: [[{key}]]").format(key=key),
        )
    if first["type"] != "extra_forbidden":
        reason = _("it is missing") if first["type"] == "missing" else refused_because(first["msg"])
        return _("{where}: {key}: {reason}").format(where=where, key=key, reason=reason), ""
    known = _known_keys(location[:-1])
    near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
    hint = (
        _("Did you mean {name}?").format(name=near[0])
        if near
        else _("Known here: {names}").format(names=", ".join(known))
    )
    return _("{where}: unknown key {key}.").format(where=where, key=key), hint


def _known_keys(location: Sequence[int | str]) -> list[str]:
    """The keys that the section at `location` may have."""
    model: type[BaseModel] = Settings
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        model = next(each for each in candidates if isinstance(each, type) and issubclass(each, BaseModel))
    return list(model.model_fields)


def _line_of(text: str, location: Sequence[int | str]) -> int:
    """The 1-based line where the key at `location` stands, or the section nearest to it; 1 when neither is found.

    `[[tickets.rotation]]` is counted within its file, which is what its place in the list is as long as no list of sections stands in
    another one.
    """
    lines = text.splitlines()
    headers = [(number, _header(line)) for number, line in enumerate(lines, start=1)]
    sections = [(number, name) for number, name in headers if name]
    for depth in range(len(location), 0, -1):
        name = ".".join(str(part) for part in location[:depth] if not isinstance(part, int))
        wanted = next((part for part in reversed(location[: depth + 1]) if isinstance(part, int)), 0)
        same = [number for number, each in sections if each == name]
        if isinstance(location[depth - 1], int) or not same:
            continue
        begin = same[wanted] if wanted < len(same) else same[0]
        end = next((number for number, _name in sections if number > begin), len(lines) + 1)
        keys = [str(part) for part in location[depth:] if not isinstance(part, int)]
        return _line_of_key(lines, keys, begin, end) or begin
    first = sections[0][0] if sections else len(lines) + 1
    return _line_of_key(lines, [str(location[0])], 0, first) or 1


def _header(line: str) -> str:
    """The name in a section's brackets, without quotes; empty for any other line."""
    match = re.match(r"\s*\[\[?\s*([^\]=]+?)\s*\]\]?\s*(?:#.*)?$", line)
    return "" if match is None else ".".join(part.strip().strip("\"'") for part in match[1].split("."))


def _line_of_key(lines: Sequence[str], keys: Sequence[str], begin: int, end: int) -> int:
    """The line between two others on which `a.b` stands for the keys (a, b), or the inline table `a`; 0 for none."""
    for wanted in (keys, keys[:1]) if keys else ():
        pattern = r"\s*" + r"\s*\.\s*".join(rf"[\"']?{re.escape(key)}[\"']?" for key in wanted) + r"\s*[.=]"
        for number in range(begin + 1, end):
            if re.match(pattern, lines[number - 1]):
                return number
    return 0
