"""Two audits side by side: what is gone, new, better, worse or unchanged."""

from dataclasses import dataclass
from typing import Any

# Below this change of the loss at the multiplier two audits say the same; a minute of traffic is never quite like another.
NOISE_RATIO = 0.25

Document = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one finding.

    Attributes:
        what: `gone`, `new`, `better`, `worse`, `unchanged`, or `not examined` when the later audit could not say.
        loss_before, loss_after: Cores at the multiplier; None on the side where there is no such finding.
        reason: Why the later audit is quiet about it, where it says so.
    """

    code: str
    target: str
    subject: str
    what: str
    severity: str
    loss_before: float | None
    loss_after: float | None
    reason: str = ""


def compare(before: Document, after: Document) -> list[Change]:
    """Compares two documents of `findings.json`; the worst changes come first.

    Args:
        before: The earlier audit.
        after: The later one.
    """
    old, new = _by_key(before), _by_key(after)
    changes = [_known(key, old[key], new[key]) for key in old if key in new]
    changes += [_vanished(key, old[key], before, after) for key in old if key not in new]
    known = _set_aside(before)
    changes += [
        Change(
            code=key[0], target=key[1], subject=key[2], what="unchanged" if key in known else "new",
            severity=new[key]["severity"], loss_before=None, loss_after=_loss(new[key]),
        )
        for key in new
        if key not in old
    ]  # fmt: skip
    order = ("worse", "new", "unchanged", "not examined", "better", "gone")
    return sorted(
        changes,
        key=lambda each: (
            order.index(each.what),
            -(each.loss_after or each.loss_before or 0.0),
            each.code,
            each.subject,
        ),
    )


def _key(finding: Document) -> Key:
    return finding["code"], finding["target"], finding["subject"]


def _by_key(document: Document) -> dict[Key, Document]:
    """The findings; where a subject is reported twice, its worse one, which stands first."""
    return {_key(each): each for each in reversed(document["findings"])}


def _set_aside(document: Document) -> set[Key]:
    """What is there without being a finding of its own: ignored by the configuration, or explained by another finding."""
    explained = {
        (each["code"], cause["target"], each["subject"])
        for cause in document["findings"]
        for each in cause.get("consequences", ())
    }
    return explained | {_key(each) for each in document.get("ignored", ())}


def _loss(finding: Document) -> float:
    return float(finding.get("loss_cores_at_multiplier") or 0.0)


def _known(key: Key, old: Document, new: Document) -> Change:
    before, after = _loss(old), _loss(new)
    if after > before * (1 + NOISE_RATIO):
        what = "worse"
    elif after < before * (1 - NOISE_RATIO):
        what = "better"
    else:
        what = "unchanged"
    return Change(
        code=key[0],
        target=key[1],
        subject=key[2],
        what=what,
        severity=new["severity"],
        loss_before=before,
        loss_after=after,
    )


def _vanished(key: Key, old: Document, before: Document, after: Document) -> Change:
    """A finding that is not in the later list: gone only where the later audit looked and had nothing to say."""
    quiet = next((each for each in after["quiet"] if _key(each) == key), None)
    if key in _set_aside(after):
        what = "unchanged"
    elif quiet is not None or _examined(old, before, after):
        what = "gone"
    else:
        what = "not examined"
    return Change(
        code=key[0],
        target=key[1],
        subject=key[2],
        what=what,
        severity=old["severity"],
        loss_before=_loss(old),
        loss_after=None,
        reason=quiet["reason"] if quiet and what == "gone" else "",
    )


def _examined(finding: Document, before: Document, after: Document) -> bool:
    """Whether the later audit ran the rule on the target with what the earlier one had."""
    areas = after.get("areas")
    if areas is not None and finding["area"] not in areas:
        return False
    if not _answered(finding["target"], after):
        return False
    known = {(each["code"], each["subject"]) for each in before["coverage"]["skipped"]}
    return not any(
        _keeps_away(gap, finding, known=(gap["code"], gap["subject"]) in known) for gap in after["coverage"]["skipped"]
    )


def _answered(target: str, after: Document) -> bool:
    """Whether the target was read; of a server with several databases, the very one."""
    server = next(
        (each for each in after["coverage"]["targets"] if f"{target}/".startswith(f"{each['name']}/")),
        {"name": "", "status": ""},
    )
    if server["status"] not in {"ok", "empty"}:
        return False
    databases = {
        each["target"]
        for each in (*after["findings"], *after["quiet"])
        if each["target"].startswith(f"{server['name']}/")
    }
    return target == server["name"] or not databases or target in databases


def _keeps_away(gap: Document, finding: Document, *, known: bool) -> bool:
    """Whether what the later audit skipped is what the finding would have come from.

    Args:
        gap: Of the later audit.
        finding: Of the earlier one.
        known: The earlier audit had the gap too, and found it all the same.
    """
    target, subject = finding["target"], gap["subject"]
    statements = {each["text"] for each in finding.get("evidence", {}).get("queries", ())}
    if gap["code"] == finding["code"]:
        # A rule that failed is recorded under its own name.
        whole = subject in {finding["subject"], target} or subject.startswith(gap["code"])
        return whole or any(text.startswith(subject) for text in statements)
    if gap["code"] or known:
        return False
    # What no rule could use: a reading that failed, or a statement that was not understood.
    reading = subject.startswith((f"{target}: ", f"{target}/{target}: "))
    return reading or any(text.startswith(subject) for text in statements)
