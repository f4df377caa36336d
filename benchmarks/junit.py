# SPDX-License-Identifier: MIT
"""Measure sweeps whose steps report many tests: `python benchmarks/junit.py [TESTS ...]`.

Two variants report so many tests each as JUnit XML, every second one failed in one of them.
Prints a Markdown table of CPU seconds of the process: of the sweep, and of its report.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PROJECT = """
[matrix.all]
strategy = "distinct"
symbols = ["*"]
[[step]]
name = "t"
run = "if grep -q ALPHA=y {config}; then cp bad.xml {results}/r; else cp good.xml {results}/r; fi"
results = "junit:{results}/r"
"""


def reported(tests: int, fails: bool) -> str:
    """Return a report of so many tests."""
    failure = "<failure message='a.c:{0}: expected {0}'/>" if fails else ""
    case = "<testcase classname='suite.c{1}' name='t{0}' time='0.001'>{2}</testcase>"
    cases = (case.format(i, i // 100, failure.format(i) if i % 2 else "") for i in range(tests))
    return f"<testsuites><testsuite name='s'>{''.join(cases)}</testsuite></testsuites>"


def cpu(folder: Path, *words: str) -> float:
    """Return the CPU seconds of a command of ours.

    Raises:
        SystemExit: it did not say that tests failed.
    """
    before = os.times()
    program = [sys.executable, "-c", "import sys; from kvariant.cli import main; main()"]
    done = subprocess.run([*program, *words], cwd=folder, capture_output=True, check=False)
    if done.returncode != 1:
        raise SystemExit(f"exit code {done.returncode}: {done.stderr.decode()}")
    after = os.times()
    own = after.children_user + after.children_system
    return own - before.children_user - before.children_system


def main(arguments: Sequence[str]) -> None:
    """Measure with 10,000 and 100,000 tests, or as many as are asked for."""
    print("| tests | sweep --junit, CPU s | report --junit, CPU s |\n| --- | --- | --- |")
    for tests in map(int, arguments or ("10000", "100000")):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "Kconfig").write_text('config ALPHA\n\tbool "alpha"\n')
            (folder / "kvariant.toml").write_text(PROJECT)
            (folder / "good.xml").write_text(reported(tests, False))
            (folder / "bad.xml").write_text(reported(tests, True))
            sweep = cpu(folder, "sweep", "all", "-q", "--junit", "o.xml")
            report = cpu(folder, "report", "--junit", "o.xml")
        print(f"| 2 x {tests:,} | {sweep:.1f} | {report:.1f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
