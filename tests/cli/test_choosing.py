# SPDX-License-Identifier: MIT
"""What a terminal sees of a choice, and how Ctrl-C ends it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import textwrap
from pathlib import Path

_WAITS = """
    import sys, time
    from kvariant.cli.choosing import choosing
    with choosing("choosing it") as watch:
        watch.rows(1234, 7)
        time.sleep(float(sys.argv[1]))
    print("done", flush=True)
"""
_NOTED = """
    import sys
    from kvariant.cli import run
    import kvariant.cli as cli
    def interrupted(arguments):
        exec("raise KeyboardInterrupt")
    cli._run = interrupted
    sys.exit(run([]))
"""


def test_a_terminal_sees_that_it_goes_on() -> None:
    """After a second there is a line, which goes when it is over; before, there is none."""
    shown = _on_a_terminal(_WAITS, "2.5")
    assert "choosing it: 1,234 so far, at least 7 are needed" in shown
    assert "choosing it" not in _on_a_terminal(_WAITS, "0.2")


def test_nothing_is_shown_where_nobody_looks() -> None:
    """A log has no progress in it."""
    command = [sys.executable, "-c", textwrap.dedent(_WAITS), "1.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ("done\n", "") == (done.stdout, done.stderr)


def test_an_interrupt_while_source_text_runs_ends_with_130() -> None:
    """Python would end itself by the signal once `exec` of a text has been interrupted."""
    command = [sys.executable, "-c", textwrap.dedent(_NOTED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (130, "interrupted\n") == (done.returncode, done.stderr)


def _on_a_terminal(program: str, *arguments: str) -> str:
    """Return what a program shows on a terminal of its own."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=Path.cwd()
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65_536)
        except OSError:  # nobody has the other end any more
            break
        if not part:
            break
        shown += part
    os.close(master)
    assert 0 == process.wait()
    return shown.decode(errors="replace")
