# SPDX-License-Identifier: MIT
"""Programs that tests have forked are what programs are that are started from nothing."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import programs
from program_server import CLONES
from project_trees import lay_out

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in CLONES, reason="forks as Linux does"
)
STEP = '[[step]]\nname = "s"\nrun = "echo $$ >&2; sleep 60"\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a project, of which a first program has run."""
    programs.run(programs.kvariant("--version"), cwd=tmp_path, capture_output=True)
    return lay_out(tmp_path / "tree", STEP)


@pytest.mark.parametrize(
    ("words", "given", "options"),
    [
        (["matrix"], None, {}),
        (["matrix", "nope"], None, {}),
        (["matrix", "--json"], None, {"env": {**os.environ, "COLUMNS": "60"}}),
        (["explain", "-h"], None, {}),
        (["matrix", "distinct", "--symbols", "reads:-"], "IS_ENABLED(CONFIG_A)\n", {}),
        (["check", "--project", "no.toml"], None, {"stdin": subprocess.DEVNULL}),
    ],
)
def test_as_started_from_nothing(
    tree: Path, words: list[str], given: str | None, options: dict[str, Any]
) -> None:
    """Exit code, output and errors are the same."""
    ways = [
        way(programs.kvariant(*words), cwd=tree, input=given, capture_output=True, text=True,
            check=False, **options)
        for way in (subprocess.run, programs.run)
    ]  # fmt: skip
    first, second = ((one.returncode, one.stdout, one.stderr) for one in ways)
    assert first == second
    assert "Traceback" not in second[2]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_signals(tree: Path, number: signal.Signals, code: int) -> None:
    """It is our own child, in a session of its own if asked for, and ends as signals end it."""
    command = programs.kvariant("sweep", "-q", "-j", "1", "--", "sh", "-c", "echo > began; sleep 9")
    with programs.Popen(
        command, cwd=tree, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert os.getsid(process.pid) == process.pid
        assert process.poll() is None
        while not list(tree.rglob("began")):
            assert process.poll() is None
        process.send_signal(number)
        process.communicate(timeout=30)
    assert process.returncode == code


def test_what_is_started_from_nothing(tree: Path) -> None:
    """A limit that is set before it begins holds: it is no fork then."""
    done = programs.run(
        programs.kvariant("--version"), cwd=tree, capture_output=True, preexec_fn=lambda: os.nice(1)
    )
    assert (done.returncode, done.stderr) == (0, b"")
    with pytest.raises(FileNotFoundError):
        programs.run(programs.kvariant("--version"), cwd=tree / "nowhere")
