# SPDX-License-Identifier: MIT
"""Ctrl-C while a solver works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

_PIGEONS = """
    import signal, sys
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from kvariant.space import Space
    space = Space.from_dimacs(sys.argv[1])
    print("ready", flush=True)
    try:
        while True:
            space.solve({"1": "y"})
            list(zip(range(300), space.projections(space.symbols)))
    except KeyboardInterrupt:
        same = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        print("heard", same, signal.pthread_sigmask(signal.SIG_BLOCK, []), flush=True)
        [list(zip(range(5), space.projections(space.symbols))) for _ in range(20)]
        print("alive")
"""


@pytest.mark.parametrize("moment", range(6))
def test_a_solver_leaves_the_signal_to_python(tmp_path: Path, moment: int) -> None:
    """Wherever it strikes: heard once, the handler is as it was, and memory can be had again."""
    clauses = [f"{a} {a + 1} -{a + 2} 0" for a in range(1, 40)]
    text = "\n".join([f"p cnf 42 {len(clauses)}", *clauses, ""])
    (tmp_path / "f.cnf").write_text(text, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_PIGEONS), tmp_path / "f.cnf"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "ready\n" == process.stdout.readline()
    time.sleep(0.05 + moment * 0.013)
    os.kill(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert (0, ["heard True set()", "alive"]) == (process.returncode, said.splitlines())
