"""Snapshot files: one compressed, self-describing JSON document, written whole or not at all."""

import gzip
import json
import os
import tempfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from facts.message import Message, msg
from facts.snapshot import FORMAT_VERSION, Snapshot
from facts.system_errors import why

FORMAT = "tenfold-snapshot"
# A hostile file must not fill the memory; the snapshot of 5,000 tables and 5,000 statements is below 100 MB.
SIZE_LIMIT = 1 << 30
# What a hostile file nests without end has a place as long as the file.
PLACE_DEPTH = 12
_MAKE_ONE = msg("make one with: tenfold collect")


class SnapshotError(Exception):
    """A snapshot file that cannot be read or written.

    Attributes:
        message: What happened, in one sentence.
        remedy: What to do about it.
    """

    def __init__(self, message: Message, remedy: Message | None = None) -> None:
        """Keeps both parts."""
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Snapshot]:
    return TypeAdapter(Snapshot)


def write(snapshot: Snapshot, path: Path) -> None:
    """Writes the file; equal snapshots give equal bytes.

    Raises:
        SnapshotError: It cannot be written; nothing is left behind.
    """
    document = {
        "format": FORMAT,
        "version": snapshot.format_version,
        "snapshot": _adapter().dump_python(snapshot, mode="json"),
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    # mtime=0: the time of writing stands in the snapshot, not in the compressed file's header.
    data = gzip.compress(text.encode("utf-8", "surrogatepass"), compresslevel=6, mtime=0)
    partial = ""
    try:
        descriptor, partial = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(path)
    except OSError as error:
        if partial:
            Path(partial).unlink(missing_ok=True)
        raise SnapshotError(
            msg("{path} could not be written: {reason}", path=str(path), reason=why(error)),
            msg("make room, or name another place with -o"),
        ) from None


def read(path: Path) -> Snapshot:
    """The snapshot in the file.

    Raises:
        SnapshotError: It is missing, cut off, damaged, no snapshot, or of a newer format.
    """
    document = _document(path)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _no_snapshot(path)
    version = document.get("version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise SnapshotError(
            msg(
                "{path} has format version {version}, this Tenfold reads up to {limit}",
                path=str(path),
                version=str(version),
                limit=FORMAT_VERSION,
            ),
            msg("update Tenfold, or collect again with this version"),
        )
    try:
        return _adapter().validate_python(document["snapshot"], strict=False)
    except (ValidationError, KeyError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": ("snapshot",), "msg": "missing"}
        place = ".".join(str(part) for part in first["loc"][:PLACE_DEPTH])
        what = msg("{path} is damaged: {place}: {problem}", path=str(path), place=place, problem=str(first["msg"]))
        raise SnapshotError(what, msg("collect again")) from None


def _document(path: Path) -> Any:
    try:
        with gzip.open(path, "rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        raise SnapshotError(msg("there is no file {path}", path=str(path)), _MAKE_ONE) from None
    except EOFError:
        raise SnapshotError(msg("{path} is cut off", path=str(path)), msg("copy it again; compare the sizes")) from None
    except gzip.BadGzipFile as error:
        # gzip has one exception for another kind of file and for a wrong checksum or length at the end.
        if str(error).startswith("Not a gzipped file"):
            raise _no_snapshot(path) from None
        raise _damaged(path) from None
    except zlib.error:
        raise _damaged(path) from None
    except OSError as error:
        raise SnapshotError(msg("{path} cannot be read: {reason}", path=str(path), reason=why(error))) from None
    if len(data) > SIZE_LIMIT:
        raise SnapshotError(msg("{path} is larger than any snapshot", path=str(path)))
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise _no_snapshot(path) from None


def _no_snapshot(path: Path) -> SnapshotError:
    return SnapshotError(msg("{path} is not a snapshot", path=str(path)), _MAKE_ONE)


def _damaged(path: Path) -> SnapshotError:
    return SnapshotError(msg("{path} is damaged", path=str(path)), msg("copy it again; compare the checksums"))
