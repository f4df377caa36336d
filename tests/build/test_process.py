# SPDX-License-Identifier: MIT
"""Running a command: it ends with all that it started, and its output is bounded."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from kvariant.build import Processes, end_marked, process
from kvariant.build.process import KEPT, MARK

DAEMON = (
    "setsid sh -c 'echo $$ >pid; exec sleep 60' >/dev/null 2>&1 & while [ ! -s pid ]; do :; done"
)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


def is_running(pid: int) -> bool:
    """Return whether a process is there and is no zombie that nobody has collected."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def shell(text: str, folder: Path, timeout: float = 20, **more: object):
    """Run a shell command in a folder, with a mark that no test beside this one has."""
    return Processes(f"one-{os.getpid()}").run(["sh", "-c", text], folder, timeout, **more)


@pytest.mark.parametrize(
    ("text", "code", "output"),
    [
        ("echo a; echo b >&2; echo c", 0, "a\nb\nc\n"),
        ("exit 7", 7, ""),
        ("kill -SEGV $$", -signal.SIGSEGV, ""),
        ("printf '\\377x'", 0, "\N{REPLACEMENT CHARACTER}x"),
        ("cat", 0, ""),  # its standard input is empty
    ],
)
def test_ends_by_itself(tmp_path: Path, text: str, code: int, output: str) -> None:
    """Its code and its output, standard output and error in the order they came."""
    done = shell(text, tmp_path)
    assert (done.code, done.output, done.timed_out, done.lost) == (code, output, False, 0)


def test_time_limit(tmp_path: Path) -> None:
    """A command that hangs, with a child that ignores signals, ends at its limit."""
    start = time.monotonic()
    text = "trap '' TERM INT HUP; sleep 60 & echo $! $$; sleep 60"
    done = shell(text, tmp_path, 0.3)
    assert time.monotonic() - start < 10
    assert done.timed_out
    assert not done.is_ok
    assert [is_running(int(pid)) for pid in done.output.split()] == [False, False]


def test_progress_extends_the_limit(tmp_path: Path) -> None:
    """The limit counts from the last progress."""
    start = time.monotonic()
    done = shell("sleep 0.9", tmp_path, 0.4, progress=lambda: True)
    assert done.is_ok
    assert time.monotonic() - start > 0.8


def test_leaves_nothing_behind(tmp_path: Path) -> None:
    """What a command leaves running ends with it, and is not waited for."""
    start = time.monotonic()
    done = shell("sleep 60 & echo $!", tmp_path)
    assert done.is_ok
    assert time.monotonic() - start < 10
    assert not is_running(int(done.output))


@LINUX
def test_daemon(tmp_path: Path) -> None:
    """A daemon, which left the group and forks on, ends with the command as well."""
    text = "setsid sh -c 'sleep 60 & echo $! >pid; while :; do sleep 1; done' >/dev/null 2>&1 &"
    text += " while [ ! -s pid ]; do sleep 0.01; done; cat pid"
    done = shell(text, tmp_path, ends_daemons=True)
    assert done.is_ok
    assert not is_running(int(done.output))


@LINUX
def test_marked_by_their_beginning(tmp_path: Path) -> None:
    """Marks of one sweep begin alike; those of another stay."""
    one, other = f"first-{os.getpid()}-", f"other-{os.getpid()}-"
    pid = os.posix_spawnp("sleep", ["sleep", "60"], {**os.environ, MARK: f"{other}1-"})
    try:
        end_marked(one)
        assert is_running(pid)
        end_marked(other)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    finally:
        end_marked(other)


@LINUX
@pytest.mark.parametrize(("first", "second"), [(1, 10), (1, 11), (2, 29), (1, 100), (10, 101)])
def test_a_command_ends_no_daemon_of_a_later_one(tmp_path: Path, first: int, second: int) -> None:
    """The number of one command may be how that of another begins which runs beside it."""
    processes = Processes(f"many-{os.getpid()}")
    processes._numbers = iter((first, second))  # as if so many had run
    (tmp_path / "long").mkdir()
    (tmp_path / "short").mkdir()
    found: list[process.Run] = []
    short = "touch begun; while [ ! -e ../go ]; do sleep 0.01; done"
    text = "touch ../go; while [ ! -e ../ended ]; do sleep 0.01; done; echo whole"

    def runs(folder: str, text: str) -> None:
        command = ["sh", "-c", text]
        found.append(processes.run(command, tmp_path / folder, 60, ends_daemons=True))
        (tmp_path / "ended").touch()

    beside = threading.Thread(target=runs, args=("short", short))
    beside.start()
    while not (tmp_path / "short/begun").exists():
        time.sleep(0.01)
    runs("long", text)
    beside.join()
    assert [(run.code, run.output) for run in found] == [(0, ""), (0, "whole\n")]


@LINUX
def test_a_daemon_is_known_by_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of few that were born since the command each is looked at, and nobody else."""
    monkeypatch.setattr(process, "_BIRTHS", 0)  # however slow this machine is
    monkeypatch.setattr(process, "_FEW", 5000)
    monkeypatch.setattr(process, "_every", list)
    done = shell(DAEMON, tmp_path, ends_daemons=True)
    assert done.is_ok
    until = time.monotonic() + 10
    while is_running(int((tmp_path / "pid").read_text())):
        assert time.monotonic() < until


@LINUX
@pytest.mark.parametrize("name", ["_LAST_PID", "_PID_MAX"])
def test_a_kernel_that_does_not_say_the_last_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """There every process is looked at."""
    monkeypatch.setattr(process, name, "/proc/sys/kernel/nothing")
    done = shell(DAEMON, tmp_path, ends_daemons=True)
    assert done.is_ok
    assert not is_running(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("number", "last", "seconds", "expected"),
    [
        (7, 7, 0.0, []),
        (7, 9, 0.0, [8, 9]),
        (997, 2, 0.0, [998, 999, 0, 1, 2]),  # it begins again
        (7, 6, 0.0, None),  # too many
        (7, 100, 0.0, None),
        (7, 9, 0.5, None),  # it may have come around meanwhile
    ],
)
def test_numbers_of_those_born_since(
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    last: int,
    seconds: float,
    expected: list[int] | None,
) -> None:
    """They are those behind the command's, as far as Linux gives them in turn."""
    said = {process._LAST_PID: last, process._PID_MAX: 1000}
    monkeypatch.setattr(process, "_number_in", said.__getitem__)
    monkeypatch.setattr(process, "_BIRTHS", 1000 * 1000 if seconds else 0)
    assert process._born_since(number, time.monotonic() - seconds) == expected


def test_floods(tmp_path: Path) -> None:
    """Of gigabytes of output the last part is kept, and the log says how much is not."""
    size = 200 * 1024 * 1024
    done = shell(f"head -c {size} /dev/zero | tr '\\0' x; echo end", tmp_path, 60)
    assert done.is_ok
    assert len(done.output) == KEPT
    assert done.output.endswith("xend\n")
    assert done.lost == size + 4 - KEPT
    assert done.log.startswith(f"({done.lost:,} bytes before this were not kept)\n")


def test_end(tmp_path: Path) -> None:
    """Another thread can end every command that runs, and none is begun after it."""
    processes = Processes()
    timer = threading.Timer(0.3, processes.end)
    timer.start()
    done = processes.run(["sleep", "60"], tmp_path, 90)
    timer.join()
    assert done.code == -signal.SIGKILL
    assert not done.timed_out
    assert processes.run(["touch", "late"], tmp_path, 90).code == -signal.SIGKILL
    assert not (tmp_path / "late").exists()


def test_watchers(tmp_path: Path) -> None:
    """Who watches is told of each group's begin and end, once."""
    told: list[str] = []

    class Watcher:
        def began(self, group: int) -> None:
            told.append(f"+{group}")

        def ended(self, group: int) -> None:
            told.append(f"-{group}")

    pid = Processes(watchers=[Watcher()]).run(["sh", "-c", "echo $$"], tmp_path, 20).output.strip()
    assert told == [f"+{pid}", f"-{pid}"]


ASKS = r"printf 'an offset (OFFSET) [] (NEW) \nError in reading or end of file.\n\n'"


def test_what_asks_for_ever(tmp_path: Path) -> None:
    """It is ended at once, and fails with what it asked for; what is printed before is there."""
    told: list[bytes] = []
    began = time.monotonic()
    done = Processes().run(
        ["sh", "-c", f"echo first; while :; do {ASKS}; done"], tmp_path, 60, heard=told.append
    )
    assert time.monotonic() - began < 30
    assert (done.code, done.timed_out, done.is_ok) == (1, False, False)
    assert done.output.endswith("\nerror: conf asks for OFFSET, which has no value\n")
    assert b"".join(told).decode().startswith("first\n")
    assert b"".join(told).decode().endswith("which has no value\n")


@pytest.mark.parametrize("code", [0, 3])
def test_what_asks_and_ends(tmp_path: Path, code: int) -> None:
    """A command that asks some times and comes to an end by itself is let be."""
    asks = "; ".join([ASKS] * 9)
    done = Processes().run(["sh", "-c", f"{asks}; echo 16; exit {code}"], tmp_path, 60)
    assert (done.code, done.output.rpartition("\n\n")[2]) == (code, "16\n")
