"""The promotion that comes near: has the mall been shown to carry it?"""

from dashboards.rules.places import LABELS, TIME
from dashboards.rules.rule import Alert, Group, Severity, once
from facts.message import msg

_LEFT = once("tenfold_promotion_start_timestamp_seconds - time()")

GROUP = Group(
    name="promotion",
    about=msg("The promotion that comes near: has the mall been shown to carry it?"),
    alerts=(
        Alert(
            name="PromotionUnproven",
            expr=f"({_LEFT} > 0) < 7 * 86400\n"
            'unless on (mall) min by (mall) (tenfold_rehearsal_verdict{verdict="GO"}) == 1',
            lasts="30m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the promotion {promotion} begins soon, and no rehearsal has ended in GO", **LABELS),
            description=msg("It begins in {value}.", value=TIME),
        ),
    ),
)
