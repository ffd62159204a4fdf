"""Starts the load generator in a process of its own, passes on what it says, and stops it.

The one module of the room that the rest of Tenfold calls to send load; it does not import Locust.
"""

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from facts.message import Message, msg
from facts.rounds import Moment, Recording
from loadtest.plan import Plan, to_json
from loadtest.recording import moment_from_json, recording_from_json

# A generator that was told to stop has 2 s to end its journeys, and needs a moment for its recording.
PATIENCE_SECONDS = 15.0
_TAIL = 2_000


class DrivingError(Exception):
    """The run did not take place, or its recording never came; `said` tells a person why."""

    def __init__(self, said: Message, *, refused: bool = False) -> None:
        """Keeps the sentence; `refused` when the plan was at fault, not the generator."""
        super().__init__(str(said))
        self.said = said
        self.refused = refused


class Driving:
    """A run under way; a context manager that leaves no process behind.

    Iterate over `moments()` for one moment a second, then ask for the `recording()`.
    """

    def __init__(self, plan: Plan, *, cores: tuple[int, ...] = ()) -> None:
        """Starts the generator with the plan.

        Args:
            plan: What to do.
            cores: CPU cores that the generator and its workers are kept to; none for all.
        """
        command = [sys.executable, "-m", "loadtest.generator"]
        if cores:
            command = ["taskset", "-c", ",".join(map(str, cores)), *command]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=None,
            env=_environment(),
            start_new_session=True,  # Ctrl-C reaches us first, and we stop it in order
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._complaints = ""
        self._recording: Recording | None = None
        self._readers = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._listen, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        self._say(to_json(plan))

    @property
    def pid(self) -> int:
        """Of the generator's first process."""
        return self._process.pid

    @property
    def complaints(self) -> str:
        """What the generator wrote to its stderr: journeys that broke, and where."""
        return self._complaints

    def moments(self) -> Iterator[Moment]:
        """Each second as it has passed; ends when the recording has come.

        Raises:
            DrivingError: The plan was refused, or the generator ended without a recording.
        """
        while True:
            line = self._lines.get()
            if line is None:
                said = msg(
                    "the load generator ended with exit code {code} and without a recording: {why}",
                    code=self._process.wait(),
                    why=self._complaints.strip() or "no further word",
                )
                raise DrivingError(said)
            ((key, value),) = json.loads(line).items()
            if key == "moment":
                yield moment_from_json(json.dumps(value))
            elif key == "refused":
                raise DrivingError(Message(value["template"], value["values"]), refused=True)
            elif key == "recording":
                self._recording = recording_from_json(json.dumps(value))
                return

    def recording(self) -> Recording:
        """What was recorded; waits for the end of the run.

        Raises:
            DrivingError: As for `moments`.
        """
        if self._recording is None:
            for _moment in self.moments():
                pass
        if self._recording is None:
            raise DrivingError(msg("the load generator ended without a recording"))
        return self._recording

    def stop(self, reason: str = "kill switch") -> None:
        """Ends the load within 2 seconds on every worker; the recording then has `stopped: REASON`. Safe to call twice."""
        self._say(f"stop: {reason}")

    def close(self) -> None:
        """Lets go of the dead man's handle, waits a little, and ends what is left of the generator by force."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._close_stdin()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        for reader in self._readers:
            reader.join(PATIENCE_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Self:
        """The run itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves no process behind."""
        self.close()

    def _say(self, line: str) -> None:
        if self._process.stdin is None or self._process.stdin.closed:
            return
        try:
            self._process.stdin.write(line.replace("\n", " ") + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            # It has ended; what it said last tells why.
            self._close_stdin()

    def _close_stdin(self) -> None:
        try:
            if self._process.stdin is not None:
                self._process.stdin.close()
        except BrokenPipeError:
            pass

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put(None)

    def _listen(self) -> None:
        for line in self._process.stderr or ():
            self._complaints = (self._complaints + line)[-_TAIL:]


def drive(plan: Plan, on_moment: Callable[[Moment], object] | None = None, *, cores: tuple[int, ...] = ()) -> Recording:
    """Runs a plan from its beginning to its end.

    Args:
        plan: What to do.
        on_moment: Called once a second.
        cores: CPU cores for the generator; none for all.

    Raises:
        DrivingError: The plan was refused, or the generator failed.
    """
    with Driving(plan, cores=cores) as driving:
        for moment in driving.moments():
            if on_moment is not None:
                on_moment(moment)
        return driving.recording()


def _environment() -> dict[str, str]:
    """Ours, with our own packages on the path, and without what would make Locust read options of its own."""
    import os

    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
    root = str(Path(__file__).parent.parent)
    kept["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [kept.get("PYTHONPATH")])])
    return kept
