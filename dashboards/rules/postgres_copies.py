"""PostgreSQL's copies and its data: standbys, slots, the archive, damaged blocks."""

from dashboards.rules.places import BYTES, COUNT, LABELS
from dashboards.rules.rule import Alert, Group, Severity, once
from facts.message import msg


def _slot(severity: Severity, gigabytes: int, lasts: str) -> Alert:
    return Alert(
        name="PostgresSlotHoldsLog",
        expr=once("tenfold_postgres_slot_retained_bytes\nand tenfold_postgres_slot_active == 0")
        + f" > {gigabytes} * 2^30",
        lasts=lasts,
        severity=severity,
        summary=msg(
            "{mall}: the slot {slot} of {target} holds back the write-ahead log, and nobody reads it", **LABELS
        ),
        description=msg("It holds {value}, until the disk is full and the server stops.", value=BYTES),
    )


GROUP = Group(
    name="postgres_copies",
    about=msg("PostgreSQL's copies and its data: standbys, slots, the archive, damaged blocks."),
    alerts=(
        Alert(
            name="PostgresStandbyLags",
            expr=once(
                "tenfold_postgres_standby_behind_bytes > 2^30\nor\n"
                "tenfold_postgres_standby_behind_bytes > 2^24 and tenfold_postgres_standby_lag_seconds > 60"
            ),
            lasts="5m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the standby {standby} of {target} falls behind", **LABELS),
            description=msg("It has yet to replay {value}. Whoever reads there reads the past.", value=BYTES),
        ),
        Alert(
            name="PostgresStandbyGone",
            expr=once("max_over_time(tenfold_postgres_standbys[1d]) - tenfold_postgres_standbys") + " > 0",
            lasts="10m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: a standby of {target} is no longer connected", **LABELS),
            description=msg("{value} fewer than within the last day.", value=COUNT),
        ),
        _slot(Severity.IMPORTANT, 8, "10m"),
        _slot(Severity.NORMAL, 1, "1h"),
        Alert(
            name="PostgresArchiveFails",
            expr=once("increase(tenfold_postgres_archive_failures_total[15m])") + " > 0",
            lasts="15m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the write-ahead log of {target} cannot be archived", **LABELS),
            description=msg(
                "{value} failures in 15 minutes. There is no restoring to this moment, and the disk fills with log.",
                value=COUNT,
            ),
        ),
        Alert(
            name="PostgresChecksumFailures",
            expr=once("increase(tenfold_postgres_database_checksum_failures_total[1h])") + " > 0",
            lasts="",
            severity=Severity.URGENT,
            summary=msg("{mall}: blocks of {database} on {target} are damaged", **LABELS),
            description=msg("{value} blocks were read whose checksum was wrong.", value=COUNT),
        ),
    ),
)
