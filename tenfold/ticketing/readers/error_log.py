"""What programs have written into their error logs shortly before an alert: lines that say that something failed, like ones together.

Source: text files of any format: PostgreSQL's log, the application's, the web server's error log.
Needed role and versions: read access to the file.
Consumed by: the evidence of a ticket (`errors:NAME`).
Cost: one pass over the last `BYTES` of the file.
Caveats: of a line without a time it is not known when it was written; the last lines stand for the last minutes. Values are masked.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from collectors.masking.literals import mask_literals
from collectors.runner import CollectorError
from facts.message import msg
from facts.system_errors import why

BYTES = 512 * 1024
PATTERNS_AT_MOST = 30
LINE_AT_MOST = 300
_FAILED = re.compile(
    r"\b(ERROR|FATAL|PANIC|CRITICAL|SEVERE|EMERG|ALERT)\b|\b\w*(Error|Exception)\b|\[(error|crit|alert|emerg)\]|\bOOM\b"
)
_TIME = re.compile(
    r"^\[?\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:[A-Z]{2,5}|[+-]\d\d:?\d\d|Z))?\]?\s*(?:\[\d+\])?\s*"
)
_NUMBER = re.compile(r"\d+")


def read(path: Path, *, from_byte: int = 0) -> dict[str, Any]:
    """Failures in the end of a file, the most frequent first.

    Args:
        path: The file.
        from_byte: Nothing before it is looked at.

    Raises:
        CollectorError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = max(size - BYTES, min(from_byte, size))
            file.seek(start)
            if start > from_byte:
                file.readline()
            lines = file.read(BYTES).decode("utf-8", "replace").splitlines()
    except OSError as error:
        raise CollectorError(msg("{path} cannot be read: {reason}", path=str(path), reason=why(error))) from None
    counted: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for line in lines:
        if _FAILED.search(line) is None:
            continue
        text = mask_literals(_TIME.sub("", line[:LINE_AT_MOST]).strip())
        pattern = _NUMBER.sub("0", text)
        counted[pattern] += 1
        shown.setdefault(pattern, text)
    return {
        "lines": len(lines),
        "patterns": [
            {"text": shown[pattern], "lines": times} for pattern, times in counted.most_common(PATTERNS_AT_MOST)
        ],
    }
