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
    """The 1-based line where the key at `location` stands, or its section's; 1 when neither is found."""
    section = str(location[0])
    wanted = next((part for part in location if isinstance(part, int)), 0)
    key = str(location[-1]) if len(location) > 1 else ""
    seen, found = -1, 1
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?", line)
        if header is not None:
            if header.group(1).strip("\"'") == section:
                seen += 1
                found = number if seen == wanted else found
            elif seen == wanted:
                break
        elif re.match(rf"\s*[\"']?{re.escape(key or section)}[\"']?\s*=", line) and (seen == wanted or not key):
            return number
    return found
