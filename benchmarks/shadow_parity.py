"""How exactly the shadow planner foretells what a server does once an index is really there: plans, costs and sizes.

First against a full PostgreSQL 18: with its own indexes, then with each of a seeded sample of proposed ones, whose sizes and heights are
the shadow's model. Then, with --debian, against Debian's PostgreSQL 15 with HypoPG beside it, both held against the really built index.

`python -m benchmarks.shadow_parity [--folder FOLDER] [--scale S] [--indexes N] [--debian]`; with 24 indexes ten minutes a server. The data
is that of `benchmarks.index_selection`. With `--mall FOLDER` it is the practice mall, with the statements that its shoppers bring about.
"""

import argparse
import dataclasses
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg2
import psycopg2.extensions

from advisors.workload import kind_of
from benchmarks.index_selection import tpch
from benchmarks.index_selection.pools import advised, pairs
from collectors import postgres as collector
from facts.identifiers import literal
from facts.planner import Candidate, KeyPart, Plan, Planner, PlanNode
from facts.postgres import PostgresFacts
from mall import open_mall
from shadow import open_shadows
from shadow.explain import nodes
from shadow.statements import parameters, repaired

DEBIAN = Path("/usr/lib/postgresql/15/bin")
INDEXES = 24
SHOPPING_SECONDS = 20.0
NAME = "parity"
# Kinds that the queries give no candidates of.
OTHERS = (
    Candidate(schema="public", table="lineitem", keys=(KeyPart(column="l_shipdate"),), method="brin"),
    Candidate(schema="public", table="orders", keys=(KeyPart(column="o_orderdate"),), method="brin"),
    Candidate(schema="public", table="orders", keys=(KeyPart(column="o_custkey"),), method="hash"),
    Candidate(schema="public", table="lineitem", keys=(KeyPart(column="l_partkey"),), method="hash"),
    Candidate(
        schema="public", table="part", keys=(KeyPart(column="p_name", operator_class="gin_trgm_ops"),), method="gin"
    ),
    Candidate(
        schema="public",
        table="orders",
        keys=(KeyPart(column="o_comment", operator_class="gin_trgm_ops"),),
        method="gin",
    ),
)


@dataclass(slots=True)
class Errors:
    """What a foreteller was wrong by, each relative to the real thing.

    Attributes:
        pairs: Of a statement and an index on one of its tables.
        same: Of them with the very same plan.
        used, same_used: Likewise, of those whose real or foretold plan uses the index.
        costs: Of the pairs that use it.
        sizes: By kind of index.
    """

    pairs: int = 0
    same: int = 0
    used: int = 0
    same_used: int = 0
    costs: list[float] = field(default_factory=list)
    sizes: dict[str, list[float]] = field(default_factory=dict)

    def size(self, kind: str, foretold: float, real: float) -> None:
        """Notes a size."""
        self.sizes.setdefault(kind, []).append(abs(foretold - real) / real)

    def plan(self, foretold: Plan, real: Plan, subject: str) -> None:
        """Notes a plan."""
        same = foretold.shape == real.shape
        self.pairs += 1
        self.same += same
        if any(node.index == subject for plan in (foretold, real) for node in plan.nodes):
            self.used += 1
            self.same_used += same
            self.costs.append(abs(foretold.cost - real.cost) / real.cost)


def run(folder: Path, scale: float, indexes: int, *, debian: bool) -> None:
    """Prints what was found.

    Args:
        folder: Where the data lives.
        scale: TPC-H's scale factor.
        indexes: How many candidates are built.
        debian: PostgreSQL 15 and HypoPG too.
    """
    with tpch.serving(folder, scale) as dsn:
        _against_itself(dsn, dataclasses.replace(tpch.facts(dsn), statements=None), tpch.statements(), indexes, OTHERS)
    if debian:
        with tpch.serving(folder.with_name(f"{folder.name}-15"), scale, DEBIAN) as dsn:
            _beside_hypopg(dsn, indexes)


def run_on_mall(folder: Path, indexes: int) -> None:
    """The same on the practice mall: prints what was found.

    Args:
        folder: Where the mall lives.
        indexes: How many candidates are built.
    """
    with open_mall(folder, size="medium") as mall:
        mall.reset_statistics()
        mall.shop(SHOPPING_SECONDS)
        # What the statistics say must be what the server plans by.
        mall.run_sql("VACUUM ANALYZE")
        begun = collector.begin("mall", mall.dsn, (), two_readings=False)
        facts = collector.finish(begun[0], keep_values=True)
        assert facts.statements is not None
        listed = sorted(facts.statements.statements, key=lambda each: -each.total_seconds)
        # What a normalized text leaves open (LIMIT $1) both are to plan alike.
        readable = [repaired(each.text) for each in listed if kind_of(each.text) in {"select", "update", "delete"}]
        with _server(mall.dsn) as server:
            texts = {f"statement {number}": text for number, text in enumerate(readable) if server.takes(text)}
        print(
            f"\n{len(readable) - len(texts)} of {len(readable)} statements are left out: the server itself cannot plan their text"
        )
        _against_itself(mall.dsn, dataclasses.replace(facts, statements=None), texts, indexes, ())


def _against_itself(
    dsn: str, facts: PostgresFacts, texts: Mapping[str, str], indexes: int, others: Sequence[Candidate]
) -> None:
    with _planner(facts) as planner, _server(dsn) as server:
        print(f"\nPostgreSQL 18, {len(texts)} statements", flush=True)
        errors = Errors()
        worst = 0.0
        for text in texts.values():
            real, foretold = server.plan(text, ""), planner.plan(text)
            errors.plan(foretold, real, "")
            worst = max(worst, abs(foretold.cost - real.cost) / real.cost)
        print(f"  own indexes: the same plan {errors.same} of {errors.pairs}, largest cost error {worst:.6f}")
        errors = Errors()
        for candidate in (*_sample(texts, facts, indexes), *others):
            with server.built(candidate) as size:
                errors.size(_kind(candidate), planner.size_bytes(candidate), size)
                for text in _concerned(texts, candidate):
                    errors.plan(
                        planner.plan(text, [candidate]), server.plan(text, candidate.subject), candidate.subject
                    )
        _print("shadow", errors)


def _beside_hypopg(dsn: str, indexes: int) -> None:
    facts, texts = dataclasses.replace(tpch.facts(dsn), statements=None), tpch.statements()
    ours, theirs = Errors(), Errors()
    with _planner(facts) as planner, _server(dsn) as server:
        server.execute("CREATE EXTENSION IF NOT EXISTS hypopg")
        print(f"\nPostgreSQL 15, {len(texts)} queries of TPC-H, each index foretold by both and then built", flush=True)
        # HypoPG knows no GIN.
        for candidate in (each for each in (*_sample(texts, facts, indexes), *OTHERS) if each.method != "gin"):
            concerned = _concerned(texts, candidate)
            oid = server.hypothetical(candidate)
            hypothetical = [server.plan(text, candidate.subject, like=f"<{oid}>") for text in concerned]
            size = server.rows(f"SELECT hypopg_relation_size({oid})")[0][0]
            server.execute("SELECT hypopg_reset()")
            with server.built(candidate) as real_size:
                kind = _kind(candidate)
                ours.size(kind, planner.size_bytes(candidate), real_size)
                theirs.size(kind, size, real_size)
                for text, foretold in zip(concerned, hypothetical, strict=True):
                    real = server.plan(text, candidate.subject)
                    ours.plan(planner.plan(text, [candidate]), real, candidate.subject)
                    theirs.plan(foretold, real, candidate.subject)
    _print("shadow (planned by 18)", ours)
    _print("HypoPG", theirs)


def _print(name: str, errors: Errors) -> None:
    costs = _percentiles(errors.costs)
    print(f"  {name}: the same plan {errors.same} of {errors.pairs} ({errors.same / errors.pairs:.1%})")
    print(
        f"    of those that use the index {errors.same_used} of {errors.used}; cost error median {costs[0]:.2%}, p95 {costs[1]:.2%}"
    )
    for kind, found in sorted(errors.sizes.items()):
        middle, high = _percentiles(found)
        print(f"    size of {kind:16}{len(found):4}  error median {middle:7.1%}  p95 {high:7.1%}")


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < 2:
        return (values[0], values[0]) if values else (0.0, 0.0)
    return median(values), quantiles(values, n=20, method="inclusive")[-1]


def _kind(candidate: Candidate) -> str:
    return f"{candidate.method} INCLUDE" if candidate.included else candidate.method


def _concerned(texts: Mapping[str, str], candidate: Candidate) -> list[str]:
    return [text for text in texts.values() if re.search(rf"\b{candidate.table}\b", text)]


def _sample(texts: Mapping[str, str], facts: PostgresFacts, count: int) -> list[Candidate]:
    """Of all that an audit or Extend would ask about; the same for every server."""
    schema = facts.schema
    assert schema is not None
    every = frozenset[Candidate]().union(*advised(texts, schema).values(), *pairs(texts, schema).values())
    ordered = sorted(every, key=lambda each: each.subject)
    return random.Random(1).sample(ordered, min(count, len(ordered)))


@contextmanager
def _planner(facts: PostgresFacts) -> Iterator[Planner]:
    with open_shadows([facts]) as shadows:
        (planner,) = shadows.planners.values()
        yield planner


@dataclass(frozen=True, slots=True)
class Server:
    """The real one, on which indexes are built and dropped."""

    connection: psycopg2.extensions.connection

    def execute(self, statement: str) -> None:
        """Runs it."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Its rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def plan(self, text: str, subject: str, like: str = NAME) -> Plan:
        """The server's own plan.

        Args:
            text: Of the query.
            subject: What the index under test is called in the plan.
            like: What its name starts with on the server.
        """
        generic = ", GENERIC_PLAN" if parameters(text) else ""
        document = self.rows(f"EXPLAIN (FORMAT JSON, VERBOSE{generic}) {text}")[0][0]
        found = tuple(_renamed(each, like, subject) for each in nodes(document, {}))
        return Plan(cost=found[0].total_cost, worst_cost=found[0].total_cost, nodes=found, variant="generic")

    def takes(self, text: str) -> bool:
        """Whether the server can plan the text as it stands."""
        try:
            self.plan(text, "")
        except psycopg2.Error:
            return False
        return True

    def hypothetical(self, candidate: Candidate) -> int:
        """Creates it in HypoPG; its number, which its name in plans begins with."""
        return int(self.rows(f"SELECT indexrelid FROM hypopg_create_index({literal(candidate.ddl(NAME))})")[0][0])

    @contextmanager
    def built(self, candidate: Candidate) -> Iterator[int]:
        """The real size of the index, while it is there."""
        self.execute(candidate.ddl(NAME))
        try:
            yield int(self.rows(f"SELECT pg_relation_size('public.{NAME}')")[0][0])
        finally:
            self.execute(f"DROP INDEX public.{NAME}")


def _renamed(node: PlanNode, like: str, subject: str) -> PlanNode:
    return dataclasses.replace(node, index=subject) if node.index.startswith(like) else node


@contextmanager
def _server(dsn: str) -> Iterator[Server]:
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        server = Server(connection)
        server.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        server.execute("SET statement_timeout = 0")
        # Parallel builds end sooner, and in the same index.
        server.execute("SET maintenance_work_mem = '512MB'")
        yield server


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.shadow_parity", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("tenfold-bench") / "tpch")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--indexes", type=int, default=INDEXES)
    parser.add_argument("--debian", action="store_true")
    parser.add_argument("--mall", type=Path, help="where the practice mall lives, in the place of TPC-H")
    given = parser.parse_args()
    if given.mall:
        run_on_mall(given.mall, given.indexes)
    else:
        run(given.folder, given.scale, given.indexes, debian=given.debian)
