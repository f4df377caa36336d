# SPDX-License-Identifier: MIT
"""Warnings counted as they are printed: once each, from however long an output."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from kvariant.results.figures import WarningCount
from kvariant.steps import warning_counter
from kvariant.steps.warning_counter import WarningCounter

LOG = """\
In file included from a.c:1:
/out/v/inc/h.h:3:12: warning: 'x' defined but not used [-Wunused-variable]
a.c:7:5: \x1b[35mwarning\x1b[0m: unused variable 'y' [-Wunused-variable]
a.c:7:9: warning: unused variable 'z' [-Wunused-variable]
./a.c:7:9: warning: unused variable 'z' [-Wunused-variable]
b.c:7: warning: something old
b.c:9:1: warning: implicit [-Wformat=]
b.c:9:1: error: not a warning [-Werror=format]
/out/v/inc/h.h:3:12: warning: 'x' defined but not used [-Wunused-variable]
b.c:9:1: note: warning: none [-Wfoo]
dir with space/c.c:1:1: warning: x [bugprone-a,bugprone-b]
x:y.c:3:5: warning: a colon [-Wx]
n:12:3:1: warning: a number [-Wx]
C:\\src\\d.c:3: warning: a drive [-Wx]
/usr/bin/ld: a.o: in function f: a.c:12: warning: of a linker [-Wx]
https://host:443: warning: of a server [-Wx]
std::vector:443: warning: of a name [-Wx]
"""
EXPECTED = (
    WarningCount("C:\\src\\d.c", "-Wx", 1),
    WarningCount("a.c", "-Wunused-variable", 2),
    WarningCount("b.c", "", 1),
    WarningCount("b.c", "-Wformat=", 1),
    WarningCount("dir with space/c.c", "bugprone-a,bugprone-b", 1),
    WarningCount("inc/h.h", "-Wunused-variable", 1),
    WarningCount("n:12", "-Wx", 1),
    WarningCount("x:y.c", "-Wx", 1),
)


def test_however_it_comes() -> None:
    """The counts are the same in whatever parts the output comes, and with a last line cut."""
    data = LOG.rstrip("\n").encode()
    for seed in range(30):
        rnd = random.Random(seed)
        counter, left = WarningCounter(), data
        while left:
            part = rnd.randrange(1, 200)
            counter.hear(left[:part])
            left = left[part:]
        assert counter.counts([Path("/out/v"), Path("/out")]) == EXPECTED
        assert not counter.is_full


def test_much_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Megabytes between warnings lose none, a line without an end takes no memory."""
    counter = WarningCounter()
    counter.hear(b"a.c:1:1: warning: first [-Wa]\n")
    for _ in range(300):
        counter.hear(b"  CC  something.o\n" * 1000)
    for _ in range(300):
        counter.hear(b"x" * 100_000)
    counter.hear(b"\na.c:2:1: warning: last [-Wa]\n")
    assert counter.counts([]) == (WarningCount("a.c", "-Wa", 2),)
    monkeypatch.setattr(warning_counter, "MOST", 3)
    counter = WarningCounter()
    counter.hear(b"".join(b"a.c:%d:1: warning: w [-Wa]\n" % line for line in range(5)))
    assert counter.is_full
    assert counter.counts([]) == (WarningCount("a.c", "-Wa", 3),)


@pytest.mark.skipif(not shutil.which("gcc"), reason="gcc is needed")
def test_as_grep_counts_them(tmp_path: Path) -> None:
    """Of a real build they are the distinct lines that have the word and the flag."""
    (tmp_path / "h.h").write_text("static int in_header;\n")
    for name in "abc":
        body = "".join(f"int {name}{i}(void) {{ int unused{i}; }}\n" for i in range(7))
        (tmp_path / f"{name}.c").write_text(f'#include "h.h"\n{body}')
    done = subprocess.run(
        ["gcc", "-Wall", "-c", "a.c", "b.c", "c.c"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = {line for line in done.stderr.splitlines() if " warning: " in line}
    kinds = (re.fullmatch(r"([^:]+):.* warning: .*\[(-W[^]]+)\]", line) for line in lines)
    expected = Counter((found[1], found[2]) for found in kinds if found)
    counter = WarningCounter()
    counter.hear(done.stderr.encode())
    found = {(one.path, one.flag): one.count for one in counter.counts([])}
    assert found == expected
    assert found["a.c", "-Wreturn-type"] == 7
    assert found["h.h", "-Wunused-variable"] == 1
