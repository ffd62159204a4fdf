"""The shadow planner of one database: implements `facts.planner.Planner`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import psycopg2
import psycopg2.errors

from facts.message import Message, msg
from facts.planner import Candidate, Plan, PlanNode, UnplannableError, Work
from facts.schema import Schema, tables_by_name
from shadow import explain, parameters, statements
from shadow.candidates import Built, CandidateIndexes
from shadow.connection import Connection, EndedError, SpentError, reason_of
from shadow.statistics import Catalogue
from shadow.work import Constants, known_tables, mean, work_of

_UNTYPED = re.compile(r"could not determine data type of parameter \$(\d+)")


_TITLE_CHARACTERS = 80


class _TooLongError(UnplannableError):
    """Planning went on for too long; the statement is not tried again."""


@dataclass(frozen=True, slots=True)
class _Variant:
    name: str
    text: str


class ShadowPlanner:
    """Plans statements of one mall database in its shadow, with and without candidate indexes."""

    def __init__(
        self,
        connection: Connection,
        catalogue: Catalogue,
        schema: Schema,
        gaps: Sequence[Message],
    ) -> None:
        """Takes over a connection to a database that was rebuilt, filled with statistics and sized."""
        self._connection = connection
        self._administrator = catalogue.administrator
        self._schema = schema
        self._candidates = CandidateIndexes(connection, catalogue, schema)
        self._names = tables_by_name(schema)
        self._parents = _parents_by_name(schema)
        self._statistics = {(each.table_oid, each.column): each for each in schema.statistics}
        self._prepared: dict[str, tuple[_Variant, ...] | UnplannableError] = {}
        self._relations: dict[str, frozenset[str]] = {}
        self._plans: dict[tuple[str, frozenset[Candidate], frozenset[str]], Plan] = {}
        self._gaps = dict.fromkeys(gaps)
        self._tables = known_tables(schema)
        self._leading = {each.name: each.keys[0] for each in schema.indexes if each.keys and each.key_attributes[0]}
        self._charges = self._constants()
        self.version_number: int = connection.server_version
        self.calls = 0

    @property
    def gaps(self) -> tuple[Message, ...]:
        """What the shadow lacks, and what it had to end or give up until now; see `facts.planner.Planner.gaps`."""
        untried = (
            msg("not tried: {index} ({reason})", index=each.subject, reason=reason)
            for each, reason in self._candidates.ended.items()
        )
        return (*self._gaps, *untried)

    def plan(self, statement: str, candidates: Sequence[Candidate] = (), without: frozenset[str] = frozenset()) -> Plan:
        """Plans a normalized statement as if `candidates` existed and `without` did not; see `facts.planner.Planner.plan`."""
        try:
            return self._plan(statement, candidates, without)
        except _TooLongError as error:
            self._prepared[statement] = error
            title = " ".join(statement.split())[:_TITLE_CHARACTERS]
            self._note(msg("not planned: {statement} ({reason})", statement=title, reason=error.reason))
            raise
        except (SpentError, psycopg2.Error) as error:
            raise self._lost(error) from None

    def _plan(self, statement: str, candidates: Sequence[Candidate], without: frozenset[str]) -> Plan:
        variants = self._variants(statement)
        if candidates and statement not in self._relations:
            self.plan(statement)
        concerned = frozenset(each for each in candidates if each.table in self._relations.get(statement, ()))
        key = (statement, concerned, without)
        if key not in self._plans:
            built = [self._candidates.build(each) for each in concerned]
            self._candidates.show(built, hidden=without)
            self._plans[key] = self._plan_variants(variants, built)
            if not candidates and not without:
                self._relations[statement] = self._touched(self._plans[key])
        return self._plans[key]

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        """Builds candidates together; see `facts.planner.Planner.prepare`."""
        try:
            self._candidates.prepare(candidates)
        except (SpentError, psycopg2.Error) as error:
            self._note(reason_of(error))

    def size_bytes(self, candidate: Candidate) -> int:
        """The size that the candidate would have when built; see `facts.planner.Planner.size_bytes`."""
        try:
            return self._candidates.build(candidate).size_bytes
        except (SpentError, psycopg2.Error) as error:
            raise self._lost(error) from None

    def close(self) -> None:
        """Ends its connections."""
        self._connection.close()
        self._administrator.close()

    def _lost(self, error: Exception) -> UnplannableError:
        """What to raise when the shadow itself fails; it is noted, because a search takes an index that it cannot plan for a bad one."""
        self._note(reason_of(error))
        return UnplannableError(reason_of(error))

    def _note(self, gap: Message) -> None:
        self._gaps[gap] = None

    def _plan_variants(self, variants: Sequence[_Variant], built: Sequence[Built]) -> Plan:
        names = {name: each.candidate.subject for each in built for name in each.names}
        leading = {**self._leading, **{name: each.candidate.keys[0].column for each in built for name in each.names}}
        planned: list[tuple[_Variant, tuple[PlanNode, ...], Work]] = []
        failure = UnplannableError(msg("it has no plan"))
        for variant in variants:
            try:
                document = self._explain(variant)
                planned.append(
                    (variant, explain.nodes(document, names), work_of(document, self._tables, leading, self._charges))
                )
            except _TooLongError:
                raise
            except UnplannableError as error:
                failure = error
        if not planned:
            raise failure
        worst = max(planned, key=lambda each: each[1][0].total_cost)
        chosen = planned[0] if planned[0][0].name == "generic" else worst
        costs = [found[0].total_cost for _, found, _ in planned]
        used = {node.index for _, found, _ in planned for node in found}
        generic = chosen[0].name == "generic"
        return Plan(
            cost=chosen[1][0].total_cost if generic else sum(costs) / len(costs),
            worst_cost=max(costs),
            nodes=chosen[1],
            variant=chosen[0].name,
            candidates=frozenset(each.candidate for each in built if each.candidate.subject in used),
            work=chosen[2] if generic else mean([work for _, _, work in planned]),
        )

    def _touched(self, plan: Plan) -> frozenset[str]:
        """Names of the tables that the plan reads, with the parents of partitions."""
        names = {node.relation for node in plan.nodes if node.relation}
        return frozenset(names).union(*(self._parents.get(name, ()) for name in names))

    def _variants(self, statement: str) -> tuple[_Variant, ...]:
        if statement not in self._prepared:
            try:
                self._prepared[statement] = tuple(self._prepare(statement))
            except UnplannableError as error:
                self._prepared[statement] = error
        prepared = self._prepared[statement]
        if isinstance(prepared, UnplannableError):
            raise prepared
        return prepared

    def _prepare(self, statement: str) -> Iterator[_Variant]:
        if not statements.is_plannable(statement):
            raise UnplannableError(msg("it is not a query, so it has no plan"))
        text = statements.repaired(statement)
        if statements.is_several(text):
            raise UnplannableError(msg("it is more than one statement"))
        if "\0" in text:
            raise UnplannableError(msg("it holds a zero character"))
        text = self._typed(text)
        yield _Variant("generic", text)
        yield from self._with_samples(text)

    def _typed(self, text: str) -> str:
        """The text with a type for each parameter that PostgreSQL finds none, or a wrong one, for."""
        compared = parameters.compared_columns(text, self._names)
        left = set(statements.parameters(text))
        while True:
            try:
                self._explain(_Variant("generic", text))
            except _TooLongError:
                raise
            except UnplannableError as error:
                reason = str(error)
            else:
                return text
            untyped = _UNTYPED.search(reason)
            # A parameter in ARRAY[$1] or coalesce($1, …) is taken for text, which then fits no operator.
            numbers = left & ({int(untyped.group(1))} if untyped else compared.keys())
            if not numbers:
                return text  # a sampled value may still do where a parameter does not
            for number in numbers:
                text = statements.with_type(text, number, self._type_name(compared.get(number)))
            left -= numbers

    def _constants(self) -> Constants:
        """What the planner charges, which is what the mall's own does."""
        with self._connection.cursor() as cursor:
            names = ("seq_page_cost", "cpu_tuple_cost", "cpu_index_tuple_cost", "cpu_operator_cost")
            cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')::float" for name in names))
            row = cursor.fetchone()
        return Constants(*row) if row else Constants()

    def _type_name(self, compared: parameters.Compared | None) -> str:
        table = self._schema.table(compared.table_oid) if compared else None
        if compared is None or table is None:
            return "text"
        with self._connection.cursor() as cursor:
            # The shadow's own type, because an unknown one is imitated.
            cursor.execute(
                "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s",
                [table.subject, compared.column],
            )
            row = cursor.fetchone()
        return compared.type_name(row[0]) if row else "text"

    def _with_samples(self, text: str) -> Iterator[_Variant]:
        wanted = statements.parameters(text)
        if not wanted:
            return
        columns = parameters.compared_columns(text, self._names)
        samples: dict[int, Sequence[str]] = {}
        for number, compared in columns.items():
            known = self._statistics.get((compared.table_oid, compared.column))
            found = parameters.sampled(known, compared) if known else ()
            if found:
                samples[number] = found
        if not wanted <= samples.keys():
            return
        for row in zip_longest(*samples.values()):
            filled = {
                number: value if value is not None else samples[number][0]
                for number, value in zip(samples, row, strict=True)
            }
            yield _Variant("values", statements.with_values(text, filled))

    def _explain(self, variant: _Variant) -> object:
        self.calls += 1
        generic = ", GENERIC_PLAN" if statements.parameters(variant.text) else ""
        with self._connection.cursor() as cursor:
            try:
                cursor.execute(f"EXPLAIN (FORMAT JSON, VERBOSE{generic}) {variant.text}")
                row = cursor.fetchone()
            except (EndedError, psycopg2.errors.QueryCanceled) as error:
                raise _TooLongError(reason_of(error)) from None
            except psycopg2.Error as error:
                raise UnplannableError(reason_of(error)) from None
        return row[0] if row else []


def _parents_by_name(schema: Schema) -> dict[str, set[str]]:
    """The names of all tables that a table of that name is a part of."""
    by_oid = {table.oid: table for table in schema.tables}
    found: dict[str, set[str]] = {}
    for table in schema.tables:
        parent = by_oid.get(table.parent) if table.parent is not None else None
        while parent is not None:
            found.setdefault(table.name, set()).add(parent.name)
            parent = by_oid.get(parent.parent) if parent.parent is not None else None
    return found
