"""A report of which every text comes from an attacker, and what he writes."""

from dataclasses import replace

from facts.findings import (
    Alternative,
    Area,
    Consequence,
    Coverage,
    Evidence,
    Expected,
    Finding,
    QueryEvidence,
    Quiet,
    Remedy,
    Report,
    Severity,
    Skipped,
    WorkloadShare,
)
from facts.message import msg, verbatim
from facts.promotion import Promotion
from facts.readings import Status, Target
from tests.pages.sample import rich_report

SCRIPT = "<script>window.hacked = true</script>"
IMAGE = '"><img src="http://attacker.example/x.png" onerror="window.hacked = true">'
ESCAPES = "\x1b[31mred\x1b[0m\x1b]8;;http://attacker.example\x07link\x1b]8;;\x07\x9b2J\x07\x08"
BIDI = "\u202eevil\u2066\u2069\u202c"
MARKUP = "`code` **bold** [link](http://attacker.example) | cell | <b>b</b> [red]rich[/red] ~~~ ``` #"
EMOJI = "🛒💥👨‍👩‍👧"
PSQL = ":DBNAME :'USER' \\! touch /tmp/hacked \\gexec ; -- $$ it's"
JINJA = "{{ 7 * 7 }} {% raw %} {0} {name} %s %(x)s"
HOSTILE = (
    f"{SCRIPT}{IMAGE} {ESCAPES} {BIDI} {MARKUP} {EMOJI} {PSQL} {JINJA} \ud800\ufeff\x00\r\n\\! true\n\t</style></title>"
)
LONG = "x" * 3000
# An identifier may hold anything but a NUL byte; the server quotes it so.
HOSTILE_IDENTIFIER = """"it's ""quoted"" :DBNAME \\gexec <b>🛒"""  # the closing quote follows
HOSTILE_NAME = f'public.{HOSTILE_IDENTIFIER}"'


def hostile_report() -> Report:
    """A report whose every text from outside tries to be markup, a command, an escape sequence or a flood."""
    hurt = msg("{text}", text=HOSTILE)
    worst = Finding(
        code="IDX001",
        rule="missing-index",
        area=Area.INDEXES,
        target=HOSTILE,
        subject=HOSTILE,
        severity=Severity.CRITICAL,
        title=msg("No index on {subject}", subject=HOSTILE),
        summary=hurt,
        evidence=Evidence(
            queries=(
                QueryEvidence(
                    id="1",
                    text=HOSTILE,
                    calls=10**12,
                    total_seconds=1e9,
                    mean_seconds=1e-9,
                    cost_before=1e18,
                    cost_after=0.0,
                    tags={HOSTILE: HOSTILE},
                ),
            ),
            figures={"size_bytes": 1e300},
            facts=(hurt,),
        ),
        expected=Expected(seconds_before=1e6, seconds_after=0.0, method="planner", at_multiplier_seconds=1e7),
        loss=1e7,
        remedy=Remedy(
            text=hurt,
            sql=(f"CREATE INDEX CONCURRENTLY {HOSTILE_IDENTIFIER}\" ON public.t (((note || ':DBNAME' || 'it''s')))",),
            rollback=(f"DROP INDEX CONCURRENTLY IF EXISTS {HOSTILE_NAME}",),
            check=(f"SELECT '{HOSTILE_NAME.replace(chr(39), chr(39) * 2)}'::regclass",),
            commands=(HOSTILE,),
            risk=hurt,
        ),
        alternatives=(Alternative(sql=HOSTILE, why_not=hurt),),
        consequences=(Consequence(code="SQL001", subject=HOSTILE, title=hurt),),
    )
    endless = replace(worst, subject=LONG, severity=Severity.LOW, loss=0.0, expected=None)
    return replace(
        rich_report(),
        mall=HOSTILE,
        promotion=Promotion(name=HOSTILE, starts=None, multiplier=2.5),
        findings=(worst, endless),
        ignored=(replace(worst, code="IDX002"),),
        quiet=(Quiet(code="IDX001", target=HOSTILE, subject=HOSTILE, reason="small-table", detail=hurt),),
        coverage=Coverage(
            workload_time_examined_ratio=None,
            targets=(
                Target(
                    name=HOSTILE,
                    kind="postgres",
                    status=Status.FAILED,
                    detail=verbatim(HOSTILE),
                    remedy=verbatim(HOSTILE),
                ),
            ),
            skipped=(Skipped(subject=HOSTILE, reason=hurt, remedy=hurt),),
        ),
        workload=(
            WorkloadShare(id="1", text=HOSTILE, seconds_now=0.0, seconds_at_multiplier=0.0, follows_storefront=True),
        ),
        first_sentence=hurt,
        window=hurt,
    )
