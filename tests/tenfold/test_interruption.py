"""Ctrl-C, a reader that goes away, a disk that is full: nothing that was read is lost, and the ending says what happened."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RedisServer
from tests.tenfold.conftest import Program, Shop, codes, finish, wait_for

NO_SPACE = "/dev/full"


def was_read(document: dict[str, Any]) -> bool:
    """Whether it is a whole report on a server that was read."""
    return [each["status"] for each in document["coverage"]["targets"]] == ["ok"]


def is_reading(shop: Shop) -> Callable[[], bool]:
    """Whether our session is there and has been idle: it is in its window."""

    def look() -> bool:
        rows = shop.server.execute(
            "postgres",
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'tenfold' AND state = 'idle' "
            "AND clock_timestamp() - state_change > interval '0.7 s'",
        )
        return bool(rows)

    return look


def test_ctrl_c_in_the_window_ends_it_early_and_judges_what_was_read(tenfold: Program, shop: Shop) -> None:
    process = tenfold.start("audit", shop.dsn, "--window", "600")
    wait_for(is_reading(shop))
    shop.shop()
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130, ended.stderr
    assert "Interrupted: reading what there is. Ctrl-C again gives up." in ended.stderr
    document = tenfold.findings()
    assert "IDX001" in codes(document)
    assert document["coverage"]["workload_time_examined_ratio"] == 1.0
    assert (tenfold.folder / "tenfold-runs" / "latest" / "snapshot.tfz").is_file()
    assert "Report:" in ended.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_kill_while_collecting_still_write_the_snapshot(
    tenfold: Program, shop: Shop, how: signal.Signals
) -> None:
    process = tenfold.start("collect", shop.dsn, "--window", "600", "-o", "mall.tfz")
    wait_for(is_reading(shop))
    process.send_signal(how)
    ended = finish(process)
    assert ended.code == 130
    document = tenfold("snapshot", "show", "mall.tfz", "--json").document
    assert 0 < document["window_seconds"] < 100
    assert document["postgres"][0]["tables"] == 2


def test_a_second_ctrl_c_gives_up_at_once(tenfold: Program, shop: Shop) -> None:
    """The server's process that serves us is stopped, as by a machine in trouble, so that the second reading gets no answer."""
    process = tenfold.start("audit", shop.dsn, "--window", "600", "-o", "run")
    wait_for(is_reading(shop))
    ((backend,),) = shop.server.execute(
        "postgres",
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'tenfold' AND backend_type = 'client backend'",
    )
    os.kill(backend, signal.SIGSTOP)
    try:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "Ctrl-C again gives up" in process.stderr.readline()
        time.sleep(1)  # by now it waits for the answer that will not come
        process.send_signal(signal.SIGINT)
        ended = finish(process)
    finally:
        os.kill(backend, signal.SIGCONT)
    assert ended.code == 130
    assert ended.stderr.strip() == "tenfold: Interrupted."
    assert not (tenfold.folder / "run").exists()


def test_ctrl_c_while_judging_takes_what_was_found_so_far_and_says_what_was_not_looked_at(
    tenfold: Program, shop: Shop
) -> None:
    process = tenfold.start("audit", shop.dsn, "--window", "0", "-o", "run")
    wait_for((tenfold.folder / "run" / "snapshot.tfz").exists)
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130
    assert "Interrupted: the best indexes so far are taken. Ctrl-C again gives up." in ended.stderr
    document = tenfold.findings("run")
    reasons = [each["reason"] for each in document["coverage"]["skipped"] if each["code"] == "IDX001"]
    assert any("the search was ended before its turn" in each for each in reasons)
    assert not [each for each in document["quiet"] if each["reason"] == "no-gain"], "that would be an all-clear"
    assert tenfold("audit", "--from", "run/snapshot.tfz", "-o", "again").code == 0
    assert "IDX001" in codes(tenfold.findings("again"))


def test_ctrl_c_twice_while_judging_keeps_the_snapshot_and_says_how_to_go_on(tenfold: Program, shop: Shop) -> None:
    process = tenfold.start("audit", shop.dsn, "--window", "0", "-o", "run")
    wait_for((tenfold.folder / "run" / "snapshot.tfz").exists)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)  # two that come together are one
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130
    assert "tenfold audit --from run/snapshot.tfz" in ended.stderr
    assert not (tenfold.folder / "run" / "findings.json").exists()


def test_a_reader_that_goes_away_costs_no_report(tenfold: Program, redis6: RedisServer) -> None:
    process = tenfold.start("audit", redis6.url(), "--window", "0", "--json")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    ended = finish(process)
    assert ended.code == 0
    assert was_read(tenfold.findings())
    assert "Report:" in ended.stderr
    assert "Broken" not in ended.stderr


@pytest.mark.parametrize(
    "arguments", [("explain", "IDX001"), ("explain",), ("check", "--print-sql"), ("init", "--stdout"), ("--help",)]
)
def test_head_reads_one_line_and_nobody_complains(tenfold: Program, arguments: tuple[str, ...]) -> None:
    process = tenfold.start(*arguments)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    ended = finish(process)
    assert ended.code == 0
    assert ended.stderr == ""


@pytest.fixture
def full_disk(tenfold: Program) -> Iterator[Path]:
    """A folder on a disk without room for a report; where none can be mounted, one that nobody may write into."""
    folder = tenfold.folder / "full"
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(folder)], check=False, capture_output=True
        ).returncode
    )
    if not mounted:
        folder.chmod(0o555)
    yield folder
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)
    else:
        folder.chmod(0o755)


def test_a_full_disk_costs_the_folder_and_not_the_report(
    tenfold: Program, redis6: RedisServer, full_disk: Path
) -> None:
    ended = tenfold("audit", redis6.url(), "--window", "0", "-o", full_disk, "--json")
    assert ended.code == 2
    assert was_read(ended.document)
    assert "could not be written" in ended.stderr
    assert "-o" in ended.stderr
    assert not list(full_disk.glob(".*"))


def limit_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


def test_a_snapshot_that_does_not_fit_leaves_nothing_half_written(tenfold: Program, shop: Shop) -> None:
    done = subprocess.run(
        [*tenfold.command, "collect", shop.dsn, "--window", "0", "-o", "mall.tfz"],
        cwd=tenfold.folder, env=tenfold.environment, capture_output=True, text=True, check=False, preexec_fn=limit_files,
    )  # fmt: skip
    assert done.returncode == 2
    assert "mall.tfz could not be written: the file would be too large" in done.stderr
    assert "make room, or name another place with -o" in done.stderr
    assert list(tenfold.folder.iterdir()) == []


@pytest.mark.skipif(not Path(NO_SPACE).exists(), reason="this system has no /dev/full")
def test_stdout_on_a_full_disk_costs_no_run_folder(tenfold: Program, redis6: RedisServer) -> None:
    with Path(NO_SPACE).open("w", encoding="utf-8") as full:
        ended = finish(tenfold.start("audit", redis6.url(), "--window", "0", "-o", "run", stdout=full.fileno()))
        explained = finish(tenfold.start("explain", stdout=full.fileno()))
    assert ended.code == 2
    assert explained.code == 2
    assert "no space is left on the device" in ended.stderr
    assert "no space is left on the device" in explained.stderr
    assert was_read(tenfold.findings("run"))
