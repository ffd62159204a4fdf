"""The rules: one file each, named by its code and the bad pattern. A contract test holds this tuple and the folder equal."""

from advisors.rule import Rule
from advisors.rules import (
    cap001_application_bound,
    cch001_cache_gap,
    cfg001_connections,
    cfg002_idle_in_transaction,
    cfg003_weak_settings,
    idx001_missing_index,
    idx002_unused_index,
    idx003_redundant_index,
    idx004_invalid_index,
    idx005_unindexed_foreign_key,
    rds001_key_without_ttl,
    rds002_big_key,
    rds003_no_headroom,
    rds004_low_hit_ratio,
    sql001_over_budget,
    sql002_n_plus_one,
    sql003_deep_offset,
    sql004_leading_wildcard,
    sql005_wrapped_column,
    sql006_stale_statistics,
)

RULES: tuple[Rule, ...] = tuple(
    module.RULE
    for module in (
        idx001_missing_index,
        idx002_unused_index,
        idx003_redundant_index,
        idx004_invalid_index,
        idx005_unindexed_foreign_key,
        sql001_over_budget,
        sql002_n_plus_one,
        sql003_deep_offset,
        sql004_leading_wildcard,
        sql005_wrapped_column,
        sql006_stale_statistics,
        cch001_cache_gap,
        rds001_key_without_ttl,
        rds002_big_key,
        rds003_no_headroom,
        rds004_low_hit_ratio,
        cap001_application_bound,
        cfg001_connections,
        cfg002_idle_in_transaction,
        cfg003_weak_settings,
    )
)
