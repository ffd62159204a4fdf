"""Two audits side by side: what is gone, new, better, worse or unchanged."""

from dataclasses import dataclass
from typing import Any

# Below this change of the loss at the multiplier two audits say the same; a minute of traffic is never quite like another.
NOISE_RATIO = 0.25

Document = dict[str, Any]


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
    old = {_key(each): each for each in before["findings"]}
    new = {_key(each): each for each in after["findings"]}
    ignored = {_key(each) for each in after.get("ignored", ())}
    folded = {
        (each["code"], cause["target"], each["subject"])
        for cause in after["findings"]
        for each in cause.get("consequences", ())
    }
    changes = [_known(key, old[key], new[key]) for key in old if key in new]
    changes += [_vanished(key, old[key], after, still_there=key in folded | ignored) for key in old if key not in new]
    changes += [
        Change(
            code=key[0], target=key[1], subject=key[2], what="new", severity=new[key]["severity"],
            loss_before=None, loss_after=_loss(new[key]),
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


def _key(finding: Document) -> tuple[str, str, str]:
    return finding["code"], finding["target"], finding["subject"]


def _loss(finding: Document) -> float:
    return float(finding.get("loss_cores_at_multiplier") or 0.0)


def _known(key: tuple[str, str, str], old: Document, new: Document) -> Change:
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


def _vanished(key: tuple[str, str, str], old: Document, after: Document, *, still_there: bool) -> Change:
    """A finding that is not in the later list: gone only where the later audit looked and had nothing to say."""
    quiet = next((each for each in after["quiet"] if _key(each) == key), None)
    if still_there:
        what = "unchanged"
    elif quiet is not None or _examined(key, old, after):
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
        reason=quiet["reason"] if quiet else "",
    )


def _examined(key: tuple[str, str, str], old: Document, after: Document) -> bool:
    """Whether the later audit ran the rule on the target: its area was judged, the target answered, and nothing was skipped."""
    code, target, subject = key
    areas = after.get("areas")
    statuses = {each["name"]: each["status"] for each in after["coverage"]["targets"]}
    kept_away = any(
        each["code"] == code and (each["subject"] in {subject, target} or each["subject"].startswith(code))
        for each in after["coverage"]["skipped"]
    )
    judged = areas is None or old["area"] in areas
    return judged and statuses.get(target.split("/")[0]) in {"ok", "empty"} and not kept_away
