"""A running ticket room, and people with tokens."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import pytest

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

    def add(self, name: str, role: str) -> str:
        """An account; the secret of a token that acts for it."""
        assert said_to(self.tenfold, "users", "add", name, "--role", role, "--password-stdin", line=PASSWORD).code == 0
        return self.token(name, role)

    def token(self, name: str, role: str) -> str:
        """The secret of a new token."""
        ended = self.tenfold("tokens", "create", name, "--role", role)
        assert ended.code == 0, ended.stderr
        return ended.stdout.split()[-1]

    def tickets(self, token: str, *arguments: str) -> Ended:
        """`tenfold tickets` with that token."""
        return self.tenfold(
            "tickets", *arguments, environment={"TENFOLD_TOKEN": token, "TENFOLD_SERVER": self.service.url}
        )


@pytest.fixture
def room(tenfold: Program) -> Iterator[Room]:
    with serving(tenfold, f'[mall]\nname = "corner shop"\ntimezone = "Asia/Shanghai"\n{HOST}[tickets]\n') as service:
        wait_for(lambda: "tickets: open" in service.get("ready").text)
        yield Room(tenfold, service)
