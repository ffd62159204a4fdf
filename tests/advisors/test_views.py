"""What a statement asks of the tables behind its views."""

import pytest

from advisors.views import inside, is_understood, tables_within, views_by_name
from facts.schema import Definition
from facts.syntax import parse
from tests.advisors import build


def view(name: str, query: str, schema: str = "public") -> Definition:
    return Definition(kind="view", schema=schema, name=name, ddl=f"CREATE VIEW {schema}.{name} AS {query}")


VIEWS = views_by_name(
    build.schema(
        definitions=[
            view("paid", "SELECT o.id, o.user_id AS buyer, o.total * 2 AS doubled FROM orders o WHERE o.paid"),
            view("every", "SELECT id, user_id FROM orders UNION ALL (SELECT id, buyer FROM archive.orders)"),
            view("named", "SELECT p.buyer, u.name FROM paid p JOIN users u ON u.id = p.buyer"),
            view("counted", "SELECT user_id, count(*) AS orders FROM orders GROUP BY user_id"),
            view("loop", "SELECT id FROM loop"),
            view("broken", "SELECT FROM WHERE ((("),
        ]
    )
)


def asked(text: str) -> list[str]:
    return [each.sql(dialect="postgres").replace("%(p1)s", "$1") for each in inside(parse(text), VIEWS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "SELECT * FROM paid WHERE buyer = $1",
            [
                "SELECT o.id, o.user_id AS buyer, o.total * 2 AS doubled FROM orders AS o WHERE o.paid AND o.user_id = $1"
            ],
        ),
        (
            "SELECT * FROM every e WHERE e.user_id = $1 AND other.x = 2",
            [
                "SELECT id, user_id FROM orders WHERE user_id = $1",
                "SELECT id, buyer FROM archive.orders WHERE buyer = $1",
            ],
        ),
        # What the view computes, and what stands below an OR, stays outside.
        (
            "SELECT * FROM paid WHERE doubled = $1 OR buyer = $1",
            ["SELECT o.id, o.user_id AS buyer, o.total * 2 AS doubled FROM orders AS o WHERE o.paid"],
        ),
        (
            "SELECT * FROM every ORDER BY user_id DESC LIMIT 10",
            [
                "SELECT id, user_id FROM orders ORDER BY user_id DESC LIMIT 1",
                "SELECT id, buyer FROM archive.orders ORDER BY buyer DESC LIMIT 1",
            ],
        ),
        (
            "SELECT * FROM counted WHERE user_id = $1",
            ["SELECT user_id, COUNT(*) AS orders FROM orders GROUP BY user_id"],
        ),
        ("SELECT * FROM users", []),
        ("WITH paid AS (SELECT 1) SELECT * FROM paid", []),
    ],
)
def test_each_branch_takes_over_the_conditions_on_what_it_hands_through(text: str, expected: list[str]) -> None:
    assert asked(text) == expected


def test_a_view_of_a_view_is_looked_through_and_one_of_itself_ends() -> None:
    found = asked("SELECT * FROM named WHERE buyer = $1")
    assert found[0].endswith("WHERE p.buyer = $1")
    assert found[1].endswith("WHERE (o.paid AND o.user_id = $1) AND u.id = o.user_id")
    assert len(asked("SELECT * FROM loop WHERE id = $1")) == 5


def test_the_tables_behind_the_names() -> None:
    assert set(tables_within(parse("SELECT 1 FROM named, every"), VIEWS)) == {"orders", "users", "archive.orders"}
    assert list(tables_within(parse("SELECT 1 FROM broken"), VIEWS)) == ["broken"]


def test_a_view_that_is_not_understood_says_so() -> None:
    assert not is_understood("broken", VIEWS)
    assert is_understood("paid", VIEWS)
    assert is_understood("users", VIEWS)
