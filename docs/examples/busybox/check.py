# SPDX-License-Identifier: MIT
"""Check a BusyBox that was built from a configuration; print TAP.

    check.py OUT > report.tap

The applets it lists are those that the configuration has, by the build's table of
all applets; then some of them are run. An applet that the configuration leaves
out is a test that is skipped.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

APPLET = re.compile(r"^((?:IF_\w+\(\s*)+)APPLET\w*\(\s*([^,\s]+)", re.MULTILINE)
"""`IF_TEST1(APPLET_NOFORK([, test, ...))`: the options that it takes, and the applet's name."""

RUNS = [
    # option, arguments, standard input, standard output
    ("ECHO", ["echo", "a b"], "", "a b\n"),
    ("CAT", ["cat"], "1\n2\n", "1\n2\n"),
    ("SORT", ["sort", "-r"], "a\nc\nb\n", "c\nb\na\n"),
    ("WC", ["wc", "-l"], "a\nb\n", "2\n"),
    ("HEAD", ["head", "-n", "1"], "a\nb\n", "a\n"),
    ("TAIL", ["tail", "-n", "1"], "a\nb\n", "b\n"),
    ("CUT", ["cut", "-d:", "-f2"], "a:b:c\n", "b\n"),
    ("TR", ["tr", "a-c", "A-C"], "abcd\n", "ABCd\n"),
    ("UNIQ", ["uniq"], "a\na\nb\n", "a\nb\n"),
    ("EXPR", ["expr", "6", "*", "7"], "", "42\n"),
    ("SEQ", ["seq", "3"], "", "1\n2\n3\n"),
    ("BASENAME", ["basename", "/a/b.c", ".c"], "", "b\n"),
    ("DIRNAME", ["dirname", "/a/b"], "", "/a\n"),
    ("MD5SUM", ["md5sum"], "", "d41d8cd98f00b204e9800998ecf8427e  -\n"),
    ("FACTOR", ["factor", "91"], "", "91: 7 13\n"),
    ("PRINTF", ["printf", "%03d\\n", "7"], "", "007\n"),
]


def options(config: Path) -> set[str]:
    """Return the options that are y."""
    return set(re.findall(r"^CONFIG_(\w+)=y$", config.read_text(), re.MULTILINE))


def applets(table: Path, on: set[str]) -> set[str]:
    """Return the applets whose options are all y."""
    return {
        name
        for conditions, name in APPLET.findall(table.read_text())
        if on.issuperset(re.findall(r"IF_(\w+)", conditions))
    }


def main(out: Path) -> int:
    """Print a line for each check; return 1 if any failed."""
    on = options(out / ".config")
    binary = out / "busybox"
    listed = set(run(binary, ["--list"]).split())
    differing = sorted(applets(out / "include/applets.h", on) ^ listed)
    print(f"1..{1 + len(RUNS)}")
    results = [verdict(1, "applets", ", ".join(differing))]
    for number, (option, arguments, text, wanted) in enumerate(RUNS, 2):
        if option not in on:
            print(f"ok {number} - {arguments[0]} # SKIP {option} is n")
            continue
        got = run(binary, arguments, text)
        results.append(verdict(number, arguments[0], "" if got == wanted else f"printed {got!r}"))
    return 0 if all(results) else 1


def run(binary: Path, arguments: list[str], text: str = "") -> str:
    """Return what an applet prints."""
    command = [str(binary), *arguments]
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=10, check=False
    )
    return done.stdout + done.stderr


def verdict(number: int, name: str, trouble: str) -> bool:
    """Print one check's line."""
    print(f"{'not ok' if trouble else 'ok'} {number} - {name}")
    if trouble:
        print(f"  ---\n  message: {trouble!r}\n  ...")
    return not trouble


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
