# SPDX-License-Identifier: MIT
"""Measure two workers of this machine against `-j 2`: `python benchmarks/cluster.py [--cells N]`.

Two projects, each swept in turn with `-j 2` and `--cluster 2`, thrice, nothing reused: N cells
of `true`, and 48 cells that compile as BusyBox's steps do, several files each. Prints a Markdown
table of medians. CPU time is that of the process, its workers and all commands; the share is of
cells a second, so 100 % is as fast as `-j 2`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OPTIONS = 11
WAYS = {"-j 2": ["-j", "2"], "--cluster 2": ["--cluster", "2"]}
COMPILED = "for f in a b c d; do cc -O2 -DV={name} -c $f.c -o {out}/$f.o || exit 1; done"

LOOP = """
unsigned f{0}(unsigned *p, unsigned n)
{{
	unsigned s = {0};
	for (unsigned i = 0; i < n; i++)
		s = s * 31 + (p[i] ^ (s >> {0} % 7));
	return s;
}}
"""


def project(folder: Path, run: str) -> None:
    """Write a project whose one step runs a command."""
    folder.mkdir()
    options = (f'config O{i}\n\tbool "o{i}"\n' for i in range(OPTIONS))
    (folder / "Kconfig").write_text("".join(options))
    (folder / "kvariant.toml").write_text(
        f'kconfig = "Kconfig"\n[[step]]\nname = "check"\nrun = "{run}"\nreads = ["Kconfig"]\n'
    )
    for name in "abcd":
        (folder / f"{name}.c").write_text("".join(LOOP.format(i) for i in range(60)))


def swept(folder: Path, size: int, words: list[str]) -> tuple[float, float]:
    """Sweep once; return seconds by the clock and of CPU.

    Raises:
        SystemExit: the sweep failed.
    """
    program = [sys.executable, "-c", "import sys; from kvariant.cli import main; main()"]
    command = [*program, "sweep", "uniform", "--size", str(size), "-q", "--no-reuse", *words]
    before, started = os.times(), time.perf_counter()
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    wall, after = time.perf_counter() - started, os.times()
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: exit code {done.returncode}")
    cpu = after.children_user + after.children_system
    return wall, cpu - before.children_user - before.children_system


def main() -> None:
    """Sweep both projects in both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=2000)
    parser.add_argument("--compiled", type=int, default=48)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    print("| cells | run | wall s | CPU s | share by wall | by CPU |\n|---|---|---|---|---|---|")
    for what, run, size in [("true", "true", given.cells), ("cc", COMPILED, given.compiled)]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name, "project")
            project(folder, run)
            found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
            for _ in range(given.times):
                for way, words in WAYS.items():
                    found[way].append(swept(folder, size, words))
                    print(what, way, *found[way][-1], file=sys.stderr, flush=True)
        medians = {
            way: [statistics.median(each) for each in zip(*times, strict=True)]
            for way, times in found.items()
        }
        base = medians["-j 2"]
        for way, (wall, cpu) in medians.items():
            shares = f"{100 * base[0] / wall:.0f} % | {100 * base[1] / cpu:.0f} %"
            print(f"| {size:,} x `{what}` | `{way}` | {wall:.1f} | {cpu:.1f} | {shares} |")


if __name__ == "__main__":
    main()
