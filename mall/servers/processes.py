"""Starts child processes that never outlive the mall, and finds free ports for them."""

import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

UNPRIVILEGED_USER = "nobody"
_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(
    command: Sequence[str], *, log: Path, environment: dict[str, str] | None = None, unprivileged: bool = False
) -> "subprocess.Popen[bytes]":
    """Starts a process in a session of its own, so that Ctrl-C reaches only us; it ends when we do, however we end.

    Args:
        command: Program and arguments.
        log: Where its output goes.
        environment: Its whole environment; None for ours.
        unprivileged: As root, run it as `nobody`.
    """
    with log.open("ab") as output:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509  (one prctl call, safe between fork and exec)
            **(as_nobody() if unprivileged else {}),  # type: ignore[call-overload]
        )
        return process


def as_nobody() -> dict[str, object]:
    """Arguments for subprocess that drop root's rights; nothing for anybody else."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(UNPRIVILEGED_USER)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def end(process: "subprocess.Popen[Any]", *, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> None:
    """Ends the process, by force when it does not listen."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def die_with_parent() -> None:
    """Run in the child: the kernel ends it when we are gone, however we went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
