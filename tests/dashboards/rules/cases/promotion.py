"""The promotion's cases."""

from collections.abc import Iterator

from tests.dashboards.rules.case import About, Case, series

_DAY = 86_400


def _cases() -> Iterator[Case]:
    about = About("PromotionUnproven", "important", at="1h", labels={"target": "tenfold", "promotion": "11.11"})
    starts = series("tenfold_promotion_start_timestamp_seconds", target="tenfold", promotion="11.11")

    def verdict(name: str) -> str:
        return series("tenfold_rehearsal_verdict", target="tenfold", round=name, verdict="GO")

    soon = {starts: f"{3 * _DAY}+0x70"}
    yield about.fires("nobody has rehearsed", soon)
    yield about.fires(
        "one round of two was no GO", {**soon, verdict("capacity"): "0+0x70", verdict("confirm"): "1+0x70"}
    )
    yield about.quiet("every round was a GO", {**soon, verdict("capacity"): "1+0x70", verdict("confirm"): "1+0x70"})
    yield about.quiet("it is a month away", {starts: f"{30 * _DAY}+0x70"})
    yield about.quiet("it has begun", {starts: "60+0x70"})


CASES = tuple(_cases())
