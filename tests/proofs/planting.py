"""Personal values and secrets, each planted in one place of a mall, so that a leak says where it came from."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import psycopg2.extensions
import redis

from collectors.role_sql import role_sql
from mall import Mall
from tests.proofs.conftest import rows

DATABASE = "people"
ENUM_LABEL = "黑名单 on hold"
CONFIGURED_PASSWORD = "Tr0ub4dor-and-3-dsn"

# Where a value stands, and the value. None of them occurs anywhere else.
IN_STATEMENTS = {
    "a block comment": "wu.yan@moon.example",
    "a comment in a comment": "Sun Shangxiang",
    "a line comment": "诸葛亮",
    "sqlcommenter: route": "zhen.ji@moon.example",
    "sqlcommenter: action": "貂蝉",
    "sqlcommenter: controller": "13711112222",
    "a password": "Pa55-of-Cao-Cao",
    "a comment on a table": "甄宓 lives here",
    "a default": "liu.bei@moon.example",
    "a block of code": "关羽云长",
    "a prepared statement": "zhang.fei@moon.example",
    "an executed statement": "馬超孟起",
    "a string with escapes": "zhao.yun@moon.example",
    "a dollar quoted string": "Huang Zhong of Changsha",
    "a string behind an odd identifier": "wei.yan@moon.example",
    "a setting": "pang.tong@moon.example",
    "a subscription": "Secret-of-the-subscription",
    "a user mapping": "Secret-of-the-mapping",
    "a policy": "jiang.wei@moon.example",
    "a copied query": "ma.dai@moon.example",
    "a notification": "张辽文远",
}
IN_SESSIONS = {
    "an e-mail": "xiao.qiao@moon.example",
    "a phone": "13622223333",
    "a name": "Da Qiao of Wu",
    "a comment that is cut off": "lu.xun@moon.example",
    "an application: name": "lu.meng@moon.example",
}
IN_DEFINITIONS = {
    "a partial index": "gan.ning@moon.example",
    "a partial index on a plain word": "TaishiCi",
    "a partial index on a number": "13544445555",
    "a partial index on a list": "周泰幼平",
    "an index: expression": "Cheng Pu of Youbeiping",
    "a check": "huang.gai@moon.example",
    "a view": "han.dang@moon.example",
    "a view: label": "Ling Tong, Yu: son",
    "a function": "ding.feng@moon.example",
    "a function: comment": "徐盛文向",
    "a generated column": "zhu.huan@moon.example",
    "a partition": "潘璋文珪",
    "a column: default": "lu.su@moon.example",
}
IN_SETTINGS = {
    "primary_conninfo": "Secret-of-the-standby",
    "archive_command": "Secret-of-the-archive",
    "a setting of the application": "Secret-of-the-database",
    "a setting of a role": "Secret-of-the-role",
}
IN_REDIS = {
    "session": "guo.jia@moon.example",
    "user": "13466667777",
    "cart": "荀彧文若",
    "cart of a latin name": "xunyou",
    "hash tag": "贾诩文和",
    "value": "cheng.yu@moon.example",
    "field": "dian.wei@moon.example",
    "slow log": "xu.chu@moon.example",
    "slow log: argument": "庞德令明",
    "slow log: script": "yu.jin@moon.example",
    "slow log: latin name": "lidian",
}
IN_THE_ACCESS_LOG = {
    "a query": "zhang.he@moon.example",
    "a query: Chinese word": "徐晃公明",
    "a query: name": "yue.jin@moon.example",
    "a path": "cao.ren@moon.example",
    "a path of a latin name": "xiahoudun",
    "a path: Chinese name": "夏侯渊a",
    "a path: phone": "13388889999",
    "a path: parameter": "CaoHong",
    "a referrer": "cao.pi@moon.example",
    "an agent": "cao.zhi@moon.example",
    "a user": "caorui",
    "a cookie": "simayi-cookie",
    "a line that does not parse": "sima.shi@moon.example",
}
IN_ADDRESSES = {
    "the DSN: password": CONFIGURED_PASSWORD,
    "the password of a database that is gone": "Secret-of-the-lost-database",
    "the Redis URL: password": "Secret-of-the-cache",
    "the password of a cache that is gone": "Secret-of-the-lost-cache",
    "the site: password": "Secret-of-the-site",
    "the site: token": "Secret-of-the-token",
    "the exporter: password": "Secret-of-the-exporter",
}
PLACES = {
    "statement": IN_STATEMENTS,
    "session": IN_SESSIONS,
    "definition": IN_DEFINITIONS,
    "setting": IN_SETTINGS,
    "redis": IN_REDIS,
    "access log": IN_THE_ACCESS_LOG,
    "address": IN_ADDRESSES,
}

_D = IN_DEFINITIONS
_TABLES = f"""
CREATE EXTENSION pg_stat_statements;
CREATE TYPE standing AS ENUM ('regular', '{ENUM_LABEL}');
CREATE DOMAIN remark AS text;
CREATE TYPE contact AS (called text, reached text);
CREATE FUNCTION folded(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    -- as {_D["a function: comment"]} asked for
    SELECT lower(coalesce($1, '{_D["a function"]}')) $$;
CREATE TABLE members (
    id bigint PRIMARY KEY, email varchar(80), phone bigint, mobile_text text, full_name text, id_card char(18), address text,
    reachable_at bigint, note remark, reached contact, nicknames text[], last_ip inet, profile jsonb, standing standing,
    state varchar(12), referrer text DEFAULT '{_D["a column: default"]}', points integer,
    title text GENERATED ALWAYS AS (CASE WHEN full_name IS NULL THEN '{_D["a generated column"]}' ELSE full_name END) STORED,
    CHECK (email <> '{_D["a check"]}')
);
CREATE TABLE visits (member_id bigint, city text) PARTITION BY LIST (city);
CREATE TABLE visits_far PARTITION OF visits FOR VALUES IN ('{_D["a partition"]}');
CREATE TABLE visits_near PARTITION OF visits DEFAULT;
INSERT INTO members SELECT n, 'chang.e@moon.example', 13900001111, '15900002222', '嫦娥仙子', '110101199003074258', '月宫桂树下一号院',
    18800003333, 'calls at night, Wu Gang', ROW('吴刚伐桂', '17700004444')::contact, ARRAY['小兔子乖', 'Bunny of Jade'], '198.51.100.77',
    '{{"called": "嫦娥仙子"}}', 'regular', 'active', 'friend of the Moon Lady', n
    FROM generate_series(1, 400) n;
INSERT INTO members SELECT n, 'jade.rabbit' || n || '@moon.example', 13910000000 + n * 7919, '159' || 10000000 + n * 7919, '玉兔' || n,
    '1101011990' || 10000000 + n * 7919, n || ' Osmanthus Road', 18820000000 + n * 7919, 'remark by guest ' || n,
    ROW('客人' || n, n::text)::contact, ARRAY['nick' || n], ('203.0.113.' || n % 250)::inet, '{{}}', '{ENUM_LABEL}', 'frozen',
    'guest number ' || n, n
    FROM generate_series(1001, 1600) n;
INSERT INTO visits SELECT n, CASE n % 2 WHEN 0 THEN '{_D["a partition"]}' ELSE '月宫' END FROM generate_series(1, 300) n;
CREATE INDEX members_one ON members (id) WHERE email = '{_D["a partial index"]}';
CREATE INDEX members_word ON members (id) WHERE full_name = '{_D["a partial index on a plain word"]}';
CREATE INDEX members_number ON members (id) WHERE phone = {_D["a partial index on a number"]};
CREATE INDEX members_list ON members (id) WHERE full_name IN ('{_D["a partial index on a list"]}', 'nobody');
CREATE INDEX members_active ON members (id) WHERE state = 'active';
CREATE INDEX members_expression ON members (coalesce(full_name, '{_D["an index: expression"]}'));
CREATE INDEX members_folded ON members (folded(email));
CREATE VIEW favourites AS SELECT id, CASE state WHEN 'active' THEN '{_D["a view: label"].replace("'", "''")}' END AS label
    FROM members WHERE email = '{_D["a view"]}';
"""
# The columns of `members` that hold personal values or free text, and the shop's own.
PERSONAL_COLUMNS = {
    "members": "email phone mobile_text full_name id_card address reachable_at note reached nicknames last_ip referrer title".split(),
    "users": "email phone full_name password_hash".split(),
    "orders": ["shipping_address"],
    "reviews": ["review_text"],
    "login_log": ["client_ip"],
}
_S = IN_STATEMENTS
_STATEMENTS = (
    f"SELECT count(*) FROM members /* for {_S['a block comment']} */",
    f"SELECT max(id) /* asked /* by */ {_S['a comment in a comment']} */ FROM members",
    f"SELECT min(id) -- it's for {_S['a line comment']}\n FROM members",
    "SELECT sum(points) FROM members /*route='%2Fu%2F" + _S["sqlcommenter: route"].replace("@", "%40") + "'*/",
    f"SELECT avg(points) FROM members /*action='mail {_S['sqlcommenter: action']}',controller='call-{_S['sqlcommenter: controller']}'*/",
    f"CREATE ROLE planted PASSWORD '{_S['a password']}'",
    f"COMMENT ON TABLE members IS '{_S['a comment on a table']}'",
    f"CREATE TABLE greetings (mail text DEFAULT '{_S['a default']}')",
    f"DO $do$ BEGIN PERFORM '{_S['a block of code']}'; END $do$",
    f"PREPARE one AS SELECT '{_S['a prepared statement']}'::text, $1::text",
    f"EXECUTE one('{_S['an executed statement']}')",
    f"COMMENT ON COLUMN members.id IS E'it\\'s {_S['a string with escapes']}'",
    f"COMMENT ON COLUMN members.state IS $t1$for {_S['a dollar quoted string']}$t1$",
    f"COMMENT ON COLUMN members.points IS 'x'; CREATE TABLE \"o'clock\" (mail text DEFAULT '{_S['a string behind an odd identifier']}')",
    f"SET planted.who = '{_S['a setting']}'",
    f"CREATE SUBSCRIPTION planted CONNECTION 'password={_S['a subscription']}' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    "CREATE FOREIGN DATA WRAPPER planted",
    "CREATE SERVER planted FOREIGN DATA WRAPPER planted",
    f"CREATE USER MAPPING FOR postgres SERVER planted OPTIONS (password '{_S['a user mapping']}')",
    f"CREATE POLICY mine ON members USING (email = '{_S['a policy']}')",
    f"CREATE TABLE copied AS SELECT * FROM members WHERE email = '{_S['a copied query']}'",
    f"NOTIFY planted, '{_S['a notification']}'",
)


@contextlib.contextmanager
def planted(mall: Mall) -> Iterator[None]:
    """A second database beside the mall's, Redis keys, log lines and settings; all gone after the block."""
    with contextlib.ExitStack() as stack:
        rows(mall, f"CREATE DATABASE {DATABASE} TEMPLATE template0")
        stack.callback(rows, mall, f"DROP DATABASE {DATABASE} WITH (FORCE)")
        shop = stack.enter_context(contextlib.closing(_connected(mall, "shop")))
        with shop.cursor() as cursor:
            cursor.execute(_TABLES)
            cursor.execute(role_sql())
            cursor.execute("ANALYZE")
            stack.callback(rows, mall, "DROP ROLE planted")
            for statement in _STATEMENTS:
                cursor.execute(statement)
            cursor.execute(f"ALTER ROLE planted SET planted.key = '{IN_SETTINGS['a setting of a role']}'")
            cursor.execute(
                f"ALTER DATABASE {DATABASE} SET planted.key = '{IN_SETTINGS['a setting of the application']}'"
            )
            stack.callback(_drop_subscription, mall)
        for name, value in (
            ("primary_conninfo", f"host=db.example password={IN_SETTINGS['primary_conninfo']}"),
            ("archive_command", f"cp %p {IN_SETTINGS['archive_command']}"),
        ):
            rows(mall, f"ALTER SYSTEM SET {name} = '{value}'")
            stack.callback(rows, mall, f"ALTER SYSTEM RESET {name}")
        rows(mall, "SELECT pg_reload_conf()")
        stack.enter_context(_sessions(mall))
        stack.enter_context(_redis(mall))
        _log(mall.access_log)
        yield


def personal_values(mall: Mall) -> dict[str, list[str]]:
    """What the server's statistics show of the personal columns, by table and column: common values and histogram bounds."""
    found: dict[str, list[str]] = {}
    for database in (DATABASE, mall.database):
        with contextlib.closing(_connected(mall, "psql", database)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT tablename::text, attname::text, most_common_vals::text::text[], histogram_bounds::text::text[], "
                "most_common_elems::text::text[] FROM pg_stats WHERE schemaname = 'public'"
            )
            for table, column, *arrays in cursor.fetchall():
                if column in PERSONAL_COLUMNS.get(table, ()):
                    found[f"{table}.{column}"] = [value for values in arrays for value in values or ()]
    return found


def configuration(mall: Mall, path: Path, *, unreachable_port: int) -> Path:
    """A `tenfold.toml` whose addresses hold secrets, and which names targets that are gone."""
    secret = IN_ADDRESSES
    user = f"tenfold:{secret['the DSN: password']}"
    gone = f"127.0.0.1:{unreachable_port}"
    addresses = {
        "postgres": [
            ("db", f"postgresql://{user}@127.0.0.1:{mall.postgres_port}/{mall.database}"),
            ("lost", f"postgresql://tenfold:{secret['the password of a database that is gone']}@{gone}/mall"),
        ],
        "redis": [
            ("cache", f"redis://auditor:{secret['the Redis URL: password']}@127.0.0.1:{mall.redis_port}/0"),
            ("lost-cache", f"redis://:{secret['the password of a cache that is gone']}@{gone}/0"),
        ],
    }
    lines = ['[mall]\nname = "planted"\n[audit]\nwindow = "0s"\nmin_evidence = "1s"\n']
    for kind, key in (("postgres", "dsn"), ("redis", "url")):
        for name, address in addresses[kind]:
            databases = json.dumps([mall.database, DATABASE]) if name == "db" else ""
            lines.append(f"[[{kind}]]\nname = {json.dumps(name)}\n{key} = {json.dumps(address)}\n")
            lines.append(f"databases = {databases}\n" if databases else "")
    site = (
        f"http://shopper:{secret['the site: password']}@127.0.0.1:{mall.shop_port}/?token={secret['the site: token']}"
    )
    lines.append(
        f'[[http]]\nname = "site"\nurl = {json.dumps(site)}\naccess_log = {json.dumps(str(mall.access_log))}\n'
    )
    exporter = f"http://watcher:{secret['the exporter: password']}@{gone}/metrics"
    lines.append(f'[[host]]\nname = "machine"\nnode_exporter = {json.dumps(exporter)}\n')
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _connected(mall: Mall, name: str, database: str = DATABASE) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(
        host="127.0.0.1", port=mall.postgres_port, user="postgres", dbname=database, application_name=name
    )
    connection.autocommit = True
    return connection


def _drop_subscription(mall: Mall) -> None:
    with contextlib.closing(_connected(mall, "psql")) as connection, connection.cursor() as cursor:
        cursor.execute("DROP SUBSCRIPTION planted")


@contextlib.contextmanager
def _sessions(mall: Mall) -> Iterator[None]:
    """Sessions that were left in a transaction, with personal values in their last statements."""
    value = IN_SESSIONS
    long = "SELECT " + ", ".join(f"{number} AS c{number}" for number in range(70))
    texts = (
        f"SELECT id FROM members WHERE email = '{value['an e-mail']}' OR phone = {value['a phone']} OR full_name = '{value['a name']}'",
        # The server keeps 1,024 bytes of a text, so that this comment has no end.
        f"{long} /* {value['a comment that is cut off']} {'and so on ' * 200} */",
    )
    with contextlib.ExitStack() as stack:
        for text in texts:
            session = stack.enter_context(
                contextlib.closing(_connected(mall, f"desk of {value['an application: name']}"))
            )
            cursor = session.cursor()
            cursor.execute("BEGIN")
            cursor.execute(text)
        yield


@contextlib.contextmanager
def _redis(mall: Mall) -> Iterator[None]:
    value = IN_REDIS
    keys = {
        f"session:{value['session']}": "1",
        f"user:{value['user']}": "1",
        f"cart:{value['cart']}": "1",
        f"cart:{value['cart of a latin name']}": "1",
        f"cart:{{{value['hash tag']}}}:items": "1",
        "greeting": value["value"],
    }
    with redis.Redis.from_url(mall.redis_url, decode_responses=True) as client:
        client.acl_setuser(
            "auditor", enabled=True, passwords=[f"+{IN_ADDRESSES['the Redis URL: password']}"], keys=["*"], categories=["+@all"]
        )  # fmt: skip
        threshold = client.config_get("slowlog-log-slower-than")["slowlog-log-slower-than"]
        client.mset(keys)
        client.hset("ranking", value["field"], "1")
        client.slowlog_reset()
        client.config_set("slowlog-log-slower-than", 0)
        client.get(f"mail:{value['slow log']}")
        client.set("greeting:2", value["slow log: argument"])
        client.eval(f"return redis.call('GET', 'mail:{value['slow log: script']}')", 0)
        client.get(f"cart:{value['slow log: latin name']}")
        client.config_set("slowlog-log-slower-than", threshold)
        try:
            yield
        finally:
            client.acl_deluser("auditor")
            client.slowlog_reset()
            client.delete(*keys, "ranking", "greeting:2")


def _log(path: Path) -> None:
    value = IN_THE_ACCESS_LOG
    targets = (
        f"/search?q={value['a query']}&page=2",
        f"/search?q={value['a query: Chinese word']}",
        f"/search?{value['a query: name']}",
        f"/reset/{value['a path']}",
        f"/u/{value['a path of a latin name']}",
        f"/u/{value['a path: Chinese name']}",
        f"/call/{value['a path: phone']}/now",
        f"/cart;owner={value['a path: parameter']}",
    )
    at = datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    head, middle = (
        f"198.51.100.9 - {value['a user']} [{at}]",
        f'"https://shop.example/{value["a referrer"]}" "{value["an agent"]}"',
    )
    with path.open("a", encoding="utf-8") as file:
        for target in targets:
            file.write(f'{head} "GET {target} HTTP/1.1" 200 5 {middle} 0.010 "{value["a cookie"]}"\n')
        file.write(f"{head} {value['a line that does not parse']}\n")
