# SPDX-License-Identifier: MIT
"""What a terminal sees of a choice, and how Ctrl-C ends it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
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


def test_what_is_shown_of_a_choice() -> None:
    """A terminal has a line after a second, and none before; a log has no progress in it."""
    with ThreadPoolExecutor(3) as beside:  # they wait at the same time
        long, short = (beside.submit(_on_a_terminal, _WAITS, s) for s in ("2.5", "0.2"))
        command = [sys.executable, "-c", textwrap.dedent(_WAITS), "1.5"]
        log = beside.submit(subprocess.run, command, capture_output=True, text=True, check=True)
    assert "choosing it: 1,234 so far, at least 7 are needed" in long.result()
    assert "choosing it" not in short.result()
    assert ("done\n", "") == (log.result().stdout, log.result().stderr)


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
