"""What a stranger could put into a snapshot, and what it would leave behind."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from facts.planner import Candidate, KeyPart
from facts.postgres import PostgresFacts
from facts.schema import Column, Constraint, Definition, Index, Schema, Table
from shadow.planner import ShadowPlanner
from tests.shadow.gaps import gaps_of

SCRIPT = """
CREATE EXTENSION citext;
CREATE TABLE wares (id bigint PRIMARY KEY, name text NOT NULL, price numeric NOT NULL, label citext);
INSERT INTO wares SELECT n, 'Ware ' || n, n % 100, 'label ' || n % 9 FROM generate_series(1, 5000) n;
CREATE INDEX wares_name ON wares (name);
CREATE VIEW cheap AS SELECT id FROM wares WHERE price < 5;
"""
BYSTANDERS = (
    "SELECT * FROM wares WHERE id = $1",
    "SELECT * FROM wares WHERE name = $1",
    "SELECT * FROM wares WHERE price > $1",
)
SECRET = "the engine room's key"

Forge = Callable[[Schema], Schema]
Opened = Callable[[PostgresFacts], AbstractContextManager[ShadowPlanner]]


@dataclass(frozen=True)
class Trap:
    """A folder that the server's account may write to, and where everything forged would leave its mark."""

    folder: Path

    @property
    def mark(self) -> Path:
        return self.folder / "mark"

    def text(self, template: str) -> str:
        """With what it would run, write and read put in."""
        run = f"COPY (SELECT 1) TO PROGRAM 'touch {self.mark}'"
        return (
            template.replace("RUN", run).replace("MARK", str(self.mark)).replace("SECRET", str(self.folder / "secret"))
        )


def forged(facts: PostgresFacts, forge: Forge) -> PostgresFacts:
    assert facts.schema is not None
    return replace(facts, schema=forge(facts.schema))


def defined(kind: str, name: str, ddl: str, schema: str = "public") -> Forge:
    definition = Definition(kind=kind, schema=schema, name=name, ddl=ddl)
    return lambda given: replace(given, definitions=(*given.definitions, definition))


def indexed(definition: str) -> Forge:
    def change(given: Schema) -> Schema:
        index: Index = replace(given.indexes[0], oid=1, name="forged", definition=definition, constraint=None)
        return replace(given, indexes=(*given.indexes, index))

    return change


def another_table(given: Schema, column: Column, **changes: object) -> Schema:
    table: Table = replace(given.tables[0], oid=1, name="forged", columns=(column,), **changes)  # type: ignore[arg-type]
    return replace(given, tables=(*given.tables, table))


def with_column(**changes: str) -> Forge:
    column = Column(name="c", type="integer", not_null=False, collation=None, generated=None, statistics_target=None)
    return lambda given: another_table(given, replace(column, **changes))  # type: ignore[arg-type]


def checked(definition: str) -> Forge:
    def change(given: Schema) -> Schema:
        table = given.tables[0].oid
        check = Constraint(name="forged", table_oid=table, kind="c", definition=definition, index_oid=None)
        return replace(given, constraints=(*given.constraints, check))

    return change


def together(*forges: Forge) -> Forge:
    def change(given: Schema) -> Schema:
        for forge in forges:
            given = forge(given)
        return given

    return change


def function(
    name: str, body: str, language: str = "plpgsql", arguments: str = "", volatility: str = "IMMUTABLE"
) -> Forge:
    head = (
        f"CREATE OR REPLACE FUNCTION public.{name}({arguments})\n RETURNS text\n LANGUAGE {language}\n {volatility}\n"
    )
    return defined("function", name, f"{head}AS $function$ {body} $function$\n")


def assert_the_rest_is_planned(planner: ShadowPlanner, real: dict[str, float], trap: Trap) -> None:
    assert {statement: planner.plan(statement).cost for statement in BYSTANDERS} == real
    candidate = Candidate(schema="public", table="wares", keys=(KeyPart(column="price"),))
    assert planner.plan("SELECT * FROM wares WHERE price = 7", [candidate]).candidates == {candidate}
    assert not trap.mark.exists()
    assert not [gap for gap in gaps_of(planner) if SECRET in gap]


def filled(schema: Schema, trap: Trap) -> Schema:
    """The forged records with the trap's paths in their texts."""

    def fill(value: object) -> object:
        return trap.text(value) if isinstance(value, str) else value

    def column(each: Column) -> Column:
        return replace(
            each,
            type=trap.text(each.type),
            collation=each.collation and trap.text(each.collation),
            generated=each.generated and trap.text(each.generated),
        )

    return replace(
        schema,
        tables=tuple(replace(each, columns=tuple(map(column, each.columns))) for each in schema.tables),
        indexes=tuple(replace(each, definition=trap.text(each.definition)) for each in schema.indexes),
        constraints=tuple(replace(each, definition=trap.text(each.definition)) for each in schema.constraints),
        definitions=tuple(
            replace(each, ddl=trap.text(each.ddl), name=trap.text(each.name)) for each in schema.definitions
        ),
    )
