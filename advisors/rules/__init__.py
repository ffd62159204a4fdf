"""The rules: one file each, named by its code and the bad pattern. A contract test holds this tuple and the folder equal."""

from advisors.rule import Rule
from advisors.rules import idx001_missing_index, sql001_over_budget

RULES: tuple[Rule, ...] = (
    idx001_missing_index.RULE,
    sql001_over_budget.RULE,
)
