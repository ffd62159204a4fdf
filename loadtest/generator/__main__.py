"""`python -m loadtest.generator`: the plan comes on stdin; `--worker` joins a generator on another machine instead."""

import locust  # noqa: F401  isort: skip  (replaces sockets before anything else holds the old ones)

import argparse
import sys

from loadtest.generator import wires
from loadtest.generator.process import raise_limits
from loadtest.plan import PlanError, from_json

DEFAULT_PORT = 5557


def main() -> int:
    """The exit code: 0 when the run took place, however it ended; 2 when it was refused."""
    parser = argparse.ArgumentParser(prog="python -m loadtest.generator", description=__doc__)
    parser.add_argument("--worker", action="store_true", help="join the generator at --master-host")
    parser.add_argument("--master-host", default="127.0.0.1", metavar="HOST")
    parser.add_argument("--master-port", default=DEFAULT_PORT, type=int, metavar="PORT")
    parser.add_argument(
        "--allow", action="append", metavar="NETWORK", help="take only plans for targets there; any without it"
    )
    parser.add_argument("--handle", action="store_true", help="end when stdin ends")
    chosen = parser.parse_args()
    raise_limits()
    if chosen.worker:
        from loadtest.generator.worker import join

        return join(chosen.master_host, chosen.master_port, handle=chosen.handle, allow=chosen.allow)
    wires.prepare()
    try:
        source = wires.lines()
        plan = from_json(wires.first(source))
        if plan.processes + plan.workers > 1:
            from loadtest.generator.master import run

            run(plan, source)
        else:
            from loadtest.generator.local import run

            run(plan, source)
    except PlanError as error:
        wires.refuse(error.said)
        return 2
    return 0


sys.exit(main())
