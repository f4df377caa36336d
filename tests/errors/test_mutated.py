# SPDX-License-Identifier: MIT
"""Real inputs of every kind, changed at random: each command ends in words, and spoils nothing.

A sample in CI; KVARIANT_WIDE=N tries N of each kind, KVARIANT_WIDE_SEED=SEED others.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run

from .test_messages import contents

WIDE = int(os.environ.get("KVARIANT_WIDE") or 0)
SEED = os.environ.get("KVARIANT_WIDE_SEED", "14")
SAMPLE = 3
LIMIT = 60
"""Seconds after which a command hangs, on a machine that is busy."""
TOLD = re.compile(r"^(?:[^\n]+: )?error: .+ \[[a-z0-9-]+\]$", re.MULTILINE)

FILES = {
    "Kconfig": """mainmenu "M"
config MODULES
	def_bool y
	modules

config A
	bool "a"
	default y

config B
	tristate "b"
	depends on A
	select D if C
	imply E

config C
	bool "c" if A
	default y if B

choice
	prompt "p"
	default SLOW

config SLOW
	bool "slow"

config FAST
	bool "fast"
	depends on A

endchoice

config D
	bool

config E
	bool "e"
	depends on !A || C

config N
	int "n"
	range 1 100 if A
	default 5

config S
	string "s"
	default "x y" if A
""",
    "old/Kconfig": 'config A\n\tbool "a"\n\nconfig N\n\tint "n"\n\tdefault 3\n',
    "configs/base.config": "# The base.\nCONFIG_A=y\nCONFIG_N=7\n",
    "configs/a.config": '#include "base.config"\nCONFIG_B=m\nCONFIG_S="q"\n'
    "# kvariant: allow-dropped CONFIG_D because it is selected\nCONFIG_D=y\n",
    "kvariant.toml": """baseline = "warnings.baseline"
[matrix.pairs]
strategy = "t-wise"
symbols = ["A", "B", "FAST"]
numbers = { N = [3, 7] }
include = ["base"]
[[step]]
name = "build"
run = "cp src.d {out}/; cat log.txt; ! grep -q FAST=y {config}"
depfiles = "{out}/*.d"
[[step]]
name = "junit"
needs = []
run = "cp junit.xml {results}/r"
results = "junit:{results}/r"
[[step]]
name = "tap"
needs = []
run = "cp r.tap {results}/r"
results = "tap:{results}/r"
[[step]]
name = "ktap"
needs = []
run = "cp r.ktap {results}/r"
results = "ktap:{results}/r"
[[known-failure]]
step = "tap"
test = "b"
reason = "bug 7"
where = "A && !C"
""",
    "warnings.baseline": "format = 1\nbuild: src.c: -Wunused: 1\nbuild: v.h: -Wfoo: 2 if A\n",
    "src.c": "#ifdef CONFIG_A\nint a;\n#elif CONFIG_N > 5\nint n;\n#endif\n",
    "Makefile": "obj-$(CONFIG_A) += src.o\nifeq ($(CONFIG_C),y)\nobj-y += c.o\nendif\n",
    "src.d": "src.o: src.c v.h \\\n  configs/base.config\nv.h:\n",
    "log.txt": "src.c:3:2: warning: unused [-Wunused]\nsrc.c:5:3: error: no\n"
    "CMake Error at x:\n  words\nmake: *** [all] Error 1\n",
    "junit.xml": '<testsuites><testsuite name="s" tests="2"><testcase classname="s" name="a"'
    ' time="1"/><testcase name="b"><failure message="no">src.c:3: no</failure></testcase>'
    "<error/></testsuite></testsuites>\n",
    "r.tap": "TAP version 14\n1..2\nok 1 - a {\n    ok 1 - c\n    1..1\n}\nnot ok 2 - b # TODO x\n"
    "  ---\n  message: |-\n    got\n  ...\n",
    "r.ktap": "[  0.1] KTAP version 1\n[  0.1] 1..1\n[  0.2]     1..1\n[  0.2]     ok 1 c\n"
    "[  0.3] not ok 1 a # exit=1\n",
    "p.diff": "--- a/src.c\n+++ b/src.c\n@@ -1,3 +1,3 @@\n #ifdef CONFIG_A\n-int b;\n+int a;\n"
    " #elif CONFIG_N > 5\n",
}
SWEEP = ["sweep", "-q", "-j", "1", "--json", "-k", "base"]
TREE = [["matrix", "--json"], ["matrix", "pairs"], ["check"], ["explain", "B=y"], ["space"]]
VERBS = {
    "Kconfig": [*TREE, ["coverage", "--json"], ["review", "--old-tree", "old", "--json"]],
    "configs/base.config": [*TREE, ["diff", "a", "base"], ["coverage", "--reduce"]],
    "configs/a.config": [*TREE, ["diff", "a", "base"], ["coverage", "--reduce"]],
    "kvariant.toml": [*TREE, ["sweep", "--dry-run"], ["report"], []],
    "warnings.baseline": [[*SWEEP, "--step", "build"]],
    "src.c": [["explain", "src.c:2"], ["matrix", "patch", "--diff", "p.diff"]],
    "Makefile": [["explain", "src.c:2"], ["review", "--old-tree", "old"]],
    "p.diff": [["matrix", "patch", "--diff", "p.diff", "--json"]],
    "log.txt": [[*SWEEP, "--step", "build"]],
    "src.d": [[*SWEEP, "--step", "build"]],
    "junit.xml": [[*SWEEP, "--step", "junit"]],
    "r.tap": [[*SWEEP, "--step", "tap"]],
    "r.ktap": [[*SWEEP, "--step", "ktap"]],
    "variants.lock": [["matrix", "pairs"], ["matrix", "--check"], ["check"]],
    "given.sqlite": [["report", "given.sqlite"], ["report", "given.sqlite", "--json"]],
    ".kvariant/results.sqlite": [["report"], SWEEP, ["blame", "-q", "--extra", "0"]],
    "bundle.json": [["reproduce", "bundle.json", "-q"]],
}
"""By file that is changed: what runs on it."""

TEXTS = [
    *(b"\0", b"\xff", b"\xef\xbb\xbf", b"\r\n", b"\\", b'"', b"$(", b"{", b"}", b"[", b"#"),
    *(b"\x1b[31m", b"9" * 30, b"-1", b"../../x", b"/dev/zero", b"A" * 300, b"\n\n", b"\t", b"&&"),
    *(b"endif\n", b"if A\n", b"source ", b"config X\n", b"[[step]]\n", b"=", b"<", b"ok", b"1..0"),
    *(b"KTAP version 1\n", b"# ", b" {", b"@@ -9 +9 @@\n", b"null", b"[]", b"CONFIG_A=", b": "),
]
ODD: list[Any] = [
    *(None, True, 0, -1, 2**70, 1.5, float("inf"), "", "x", "../../x", "a" * 300, "\ud800"),
    *([], {}, [1], {"a": 1}, [[]], [None], "n", "m"),
]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return an input that somebody has spoilt."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(data))
        end = min(len(data), at + int(chance.expovariate(1 / 20)))
        lines = data.split(b"\n")
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(7):
            case 0:
                data = data[:at] + data[end:]
            case 1:
                data = data[:end] + data[at:end] * chance.choice((1, 50)) + data[end:]
            case 2:
                data = data[:at]
            case 3:
                lines[one], lines[other] = lines[other], lines[one]
                data = b"\n".join(lines)
            case 4 if numbers := list(re.finditer(rb"\d+", data)):
                number = chance.choice(numbers)
                said = chance.choice((b"0", b"-1", b"9" * 25, b"1e3", b""))
                data = data[: number.start()] + said + data[number.end() :]
            case _:
                data = data[:at] + chance.choice(TEXTS) + data[at:]
    return data


def reshaped(text: str, chance: random.Random) -> str:
    """Return JSON of which some values are of other kinds."""
    root = [json.loads(text)]
    places: list[tuple[Any, Any]] = []

    def walk(within: Any) -> None:
        keys = list(within) if isinstance(within, dict) else range(len(within))
        for key in keys:
            places.append((within, key))
            if isinstance(within[key], dict | list):
                walk(within[key])

    walk(root)
    for _ in range(chance.randint(1, 3)):
        within, key = chance.choice(places)
        with contextlib.suppress(IndexError):
            within[key] = chance.choice(ODD)
    return json.dumps(root[0])


def spoil_database(path: Path, chance: random.Random) -> None:
    """Change values of a database, or bytes of its file."""
    if chance.random() < 0.3:
        path.write_bytes(mutated(path.read_bytes(), chance))
        return
    with contextlib.closing(sqlite3.connect(path)) as store, store:
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master")]
        for _ in range(chance.randint(1, 3)):
            table = chance.choice([t for t in tables if not t.startswith("sqlite_")])
            columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
            column = chance.choice(columns)
            rows = store.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
            if not rows:
                continue
            row, old = chance.choice(rows)
            new: object = chance.choice(("", "x", 0, -1, 1e308, "../x"))
            with contextlib.suppress(ValueError, zlib.error):
                is_packed = isinstance(old, bytes)
                text = zlib.decompress(old).decode() if is_packed else old
                changed = reshaped(text, chance) if isinstance(text, str) else text
                new = zlib.compress(changed.encode()) if is_packed else changed
            with contextlib.suppress(sqlite3.Error):  # SQLite's own rules for a column
                store.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (new, row))


def spoil(path: Path, chance: random.Random) -> None:
    """Change one file of a project."""
    if path.suffix == ".sqlite":
        spoil_database(path, chance)
    elif path.suffix in (".json", ".lock") and chance.random() < 0.7:
        path.write_text(reshaped(path.read_text(), chance), errors="replace")
    else:
        path.write_bytes(mutated(path.read_bytes(), chance))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return every file of a project on which a sweep has run."""
    folder = tmp_path_factory.mktemp("whole")
    before = Path.cwd()
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    os.chdir(folder)
    try:
        assert run(["matrix", "pairs", "--write"]) == 0
        assert run(["sweep", "-q", "-j", "1"]) == 1
    finally:
        os.chdir(before)
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    found = {name: path.read_bytes() for name, path in files.items()}
    found["given.sqlite"] = found[".kvariant/results.sqlite"]
    found["bundle.json"] = found[".kvariant/failures/1.json"]
    return found


@pytest.fixture
def _limit() -> Iterator[None]:
    """Let what hangs fail."""

    def fail(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, fail)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("_limit")
@pytest.mark.parametrize("name", VERBS)
def test_mutated_inputs_end_in_words(
    name: str,
    whole: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No traceback, no hang, a documented exit code and form; nothing of the user's changes."""
    for number in range(WIDE or SAMPLE):
        chance = random.Random(f"{SEED}-{name}-{number}")
        project = tmp_path / str(number)
        for path, content in whole.items():
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_bytes(content)
        spoil(project / name, chance)
        monkeypatch.chdir(project)
        command = chance.choice(VERBS[name])
        before = contents(project)
        signal.alarm(LIMIT)
        code = run(list(command))
        signal.alarm(0)
        out, err = capsys.readouterr()
        assert code in (0, 1, 2, 3), (number, command)
        assert code < 2 or TOLD.search(out + err), (number, command, out, err)
        assert contents(project) == before, (number, command)
        if "--json" in command:
            json.loads(out)
