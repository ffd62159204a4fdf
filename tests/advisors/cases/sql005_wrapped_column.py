"""SQL005: expressions that keep an index from being used."""

from advisors.rules.idx001_missing_index import THRESHOLDS
from facts.findings import Severity
from facts.planner import Planner
from facts.schema import Index, Table
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import ABSENT, FOUND, Case
from tests.advisors.planner import SimplePlanner, filtering

LOGIN = "SELECT id FROM users WHERE lower(email) = $1"
PLAIN = "SELECT id FROM users WHERE phone = $1"
EMAIL, PHONE, JOINED = "public.users.email", "public.users.phone", "public.users.joined"
COLUMNS = "id email:text phone:text joined:timestamp"
USERS = build.table("users", COLUMNS)
ON_EMAIL = build.index(USERS, "email")


def mall(text: str = LOGIN, *indexes: Index, users: Table = USERS) -> Snapshot:
    login = build.statement(text, seconds=build.seconds_for(1.0))
    return build.snapshot(build.database(login, read=build.schema(users, indexes=indexes)))


def plans(condition: str) -> dict[tuple[str, str], Planner]:
    return {(build.TARGET, build.TARGET): SimplePlanner(nodes=(filtering("users", condition),))}


CASES = (
    Case(
        story="the login folds the case of every address",
        facts=mall(LOGIN, ON_EMAIL),
        subject=EMAIL,
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(
        story="an index on the expression serves it",
        facts=mall(LOGIN, ON_EMAIL, build.index(USERS, "lower(email)")),
        subject=EMAIL,
        outcome="expression-index",
    ),
    Case(
        story="an index on another expression does not",
        facts=mall(LOGIN, ON_EMAIL, build.index(USERS, "upper(email)")),
        subject=EMAIL,
        outcome=FOUND,
    ),
    Case(story="no index is defeated", facts=mall(LOGIN), subject=EMAIL, outcome="no-index"),
    Case(
        story="an index that has the column second is not defeated by it",
        facts=mall(LOGIN, build.index(USERS, "id", "email")),
        subject=EMAIL,
        outcome="no-index",
    ),
    Case(
        story="a table below 64 pages is read whole as fast",
        facts=mall(LOGIN, ON_EMAIL, users=build.table("users", COLUMNS, pages=THRESHOLDS.small_pages - 1)),
        subject=EMAIL,
        outcome="small-table",
        just_below="small_pages",
    ),
    Case(
        story="a table of 64 pages is not",
        facts=mall(LOGIN, ON_EMAIL, users=build.table("users", COLUMNS, pages=THRESHOLDS.small_pages)),
        subject=EMAIL,
        outcome=FOUND,
        just_above="small_pages",
    ),
    Case(
        story="a cast in the text wraps the column too",
        facts=mall("SELECT id FROM users WHERE joined::date = $1", build.index(USERS, "joined")),
        subject=JOINED,
        outcome=FOUND,
    ),
    Case(
        story="the parameter's type makes PostgreSQL cast the column",
        facts=mall(PLAIN, build.index(USERS, "phone")),
        planners=plans("((phone)::numeric = '13800000000'::numeric)"),
        subject=PHONE,
        outcome=FOUND,
    ),
    Case(
        story="a varchar is always cast to text, without harm",
        facts=mall(PLAIN, build.index(USERS, "phone")),
        planners=plans("((phone)::text = $1)"),
        subject=PHONE,
        outcome=ABSENT,
    ),
    Case(
        story="the bare column is not wrapped",
        facts=mall("SELECT id FROM users WHERE email = lower($1)", ON_EMAIL),
        subject=EMAIL,
        outcome=ABSENT,
    ),
    Case(
        story="an index on the cast serves the cast",
        facts=mall(
            "SELECT id FROM users WHERE joined::date = $1",
            build.index(USERS, "joined"),
            build.index(USERS, "((joined)::date)", name="idx_users_day"),
        ),
        subject=JOINED,
        outcome="expression-index",
    ),
    Case(
        story="an index on date_trunc serves date_trunc",
        facts=mall(
            "SELECT id FROM users WHERE date_trunc($1, joined) = $2",
            build.index(USERS, "joined"),
            build.index(USERS, "date_trunc('day'::text, joined)", name="idx_users_day"),
        ),
        subject=JOINED,
        outcome="expression-index",
    ),
    Case(
        story="the server writes a cast into its index on the expression",
        facts=mall(LOGIN, ON_EMAIL, build.index(USERS, "lower((email)::text)")),
        subject=EMAIL,
        outcome="expression-index",
    ),
    Case(
        story="an index on a part of the expression does not serve it",
        facts=mall("SELECT id FROM users WHERE lower(btrim(email)) = $1", ON_EMAIL, build.index(USERS, "lower(email)")),
        subject=EMAIL,
        outcome=FOUND,
    ),
    Case(
        story="an index on a cast to another type does not serve the cast",
        facts=mall(
            "SELECT id FROM users WHERE joined::time = $1",
            build.index(USERS, "joined"),
            build.index(USERS, "((joined)::date)", name="idx_users_day"),
        ),
        subject=JOINED,
        outcome=FOUND,
    ),
    Case(
        story="an index on the expression over another column does not serve it",
        facts=mall(LOGIN, ON_EMAIL, build.index(USERS, "lower(phone)")),
        subject=EMAIL,
        outcome=FOUND,
    ),
    Case(
        story="one of two expressions is served",
        facts=build.snapshot(
            build.database(
                build.statement(LOGIN, seconds=9.0),
                build.statement("SELECT id FROM users WHERE upper(email) = $1"),
                read=build.schema(USERS, indexes=(ON_EMAIL, build.index(USERS, "lower(email)"))),
            )
        ),
        subject=EMAIL,
        outcome=FOUND,
    ),
    Case(
        story="no statement wraps a column",
        facts=mall(PLAIN, ON_EMAIL),
        subject=build.TARGET,
        outcome="no-expression",
    ),
)
