"""A running ticket room, and people with tokens."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import pytest

from tenfold.settings import Settings, load
from tenfold.ticketing import accounts
from tests.tenfold.conftest import Ended, Program, wait_for
from tests.tenfold.serving.conftest import Service, serving

PASSWORD = "correct horse battery"
HOST = '[[host]]\nname = "this machine"\n'
# A build whose ticket room has no people yet cannot be talked to.
needs_people = pytest.mark.skipif(find_spec("tickets.people") is None, reason="this build knows no accounts")
needs_intake = pytest.mark.skipif(find_spec("tickets.intake") is None, reason="this build takes no alerts in")


def said_to(tenfold: Program, *arguments: str, line: str) -> Ended:
    """Runs the program with a line on standard input."""
    done = subprocess.run(
        [*tenfold.command, *arguments],
        cwd=tenfold.folder,
        env=tenfold.environment,
        input=line,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    ended = Ended(done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in ended.everything, ended.everything
    return ended


@dataclass(frozen=True, slots=True)
class Room:
    """A service with tickets, and the program in the folder of its configuration."""

    tenfold: Program
    service: Service

    @property
    def settings(self) -> Settings:
        """As the program reads them in its folder."""
        settings = load(self.tenfold.folder / "tenfold.toml")
        assert settings.tickets is not None
        database = str(self.tenfold.folder / settings.tickets.database)
        return settings.model_copy(update={"tickets": settings.tickets.model_copy(update={"database": database})})

    def add(self, name: str, role: str) -> str:
        """An account, as `tenfold users add` makes it; the secret of a token that acts for it."""
        accounts.add(self.settings, name, role, PASSWORD)
        return self.token(name, role)

    def token(self, name: str, role: str) -> str:
        """The secret of a new token, as `tenfold tokens create` makes it."""
        return accounts.create_token(self.settings, name, role)

    def tickets(self, token: str, *arguments: str) -> Ended:
        """`tenfold tickets` with that token."""
        return self.tenfold(
            "tickets", *arguments, environment={"TENFOLD_TOKEN": token, "TENFOLD_SERVER": self.service.url}
        )

    def listed(self, token: str) -> dict[str, Any]:
        """The first page of tickets."""
        ended = self.tickets(token, "list", "--json")
        assert ended.code == 0, ended.stderr
        return ended.document


@pytest.fixture
def room(tenfold: Program) -> Iterator[Room]:
    # In a December a mall in China would have a ticket more: next year's make-up workdays may not be known yet.
    room = "[tickets]\n[tickets.calendar]\nknown_years = " + str(list(range(2026, 2100))) + "\n"
    with serving(tenfold, f'[mall]\nname = "corner shop"\ntimezone = "Asia/Shanghai"\n{HOST}{room}') as service:
        wait_for(lambda: "tickets: open" in service.get("ready").text)
        yield Room(tenfold, service)
