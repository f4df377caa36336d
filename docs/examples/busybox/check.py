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
import tempfile
from collections.abc import Callable
from functools import partial
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
    checks: list[tuple[str, str, Callable[[], str]]] = [
        ("BUSYBOX", "applets", lambda: listing(binary, applets(out / "include/applets.h", on))),
        ("MV", "mv -t", lambda: move(binary)),
        *((option, run[0], partial(answer, binary, run, *texts)) for option, run, *texts in RUNS),
    ]
    print(f"1..{len(checks)}")
    failed = 0
    for number, (option, name, trouble) in enumerate(checks, 1):
        if option not in on:
            print(f"ok {number} - {name} # SKIP {option} is n")
        elif message := trouble():
            print(f"not ok {number} - {name}\n  ---\n  message: {message!r}\n  ...")
            failed = 1
        else:
            print(f"ok {number} - {name}")
    return failed


# Each returns what is wrong, "" where nothing is.


def listing(binary: Path, wanted: set[str]) -> str:
    """Compare the applets that a binary lists."""
    return ", ".join(sorted(wanted ^ set(printed(binary, ["--list"]).split())))


def move(binary: Path) -> str:
    """Move a file into a folder that is named first."""
    with tempfile.TemporaryDirectory() as name:
        file, folder = Path(name, "file"), Path(name, "folder")
        file.touch()
        folder.mkdir()
        done = subprocess.run([binary, "mv", "-t", folder, file], timeout=10, check=False)
        return "" if (folder / "file").exists() else f"exit code {done.returncode}"


def answer(binary: Path, arguments: list[str], text: str, wanted: str) -> str:
    """Compare what an applet prints."""
    got = printed(binary, arguments, text)
    return "" if got == wanted else f"printed {got!r}"


def printed(binary: Path, arguments: list[str], text: str = "") -> str:
    """Return what an applet prints."""
    command = [str(binary), *arguments]
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=10, check=False
    )
    return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
