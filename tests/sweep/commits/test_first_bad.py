# SPDX-License-Identifier: MIT
"""`sweep --commits A..B` against every commit swept by itself, in a folder where nothing is known."""

from __future__ import annotations

import json
import math
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]
Seen = dict[str, dict[str, set[str]] | None]
"""By commit, in order: of each variant the messages of its failures; None: it cannot be read."""

FILES = {
    "Kconfig": """\
config A
	bool "A"

config B
	bool "B"
	depends on A

config C
	bool "C"

config D
	bool "D"
""",
    "configs/none.config": "",
    "configs/a.config": "CONFIG_A=y\n",
    "configs/ab.config": "CONFIG_A=y\nCONFIG_B=y\n",
    "configs/c.config": "CONFIG_C=y\n",
    "src/all.h": "int f(int);\n#ifdef CONFIG_A\nint g(void);\n#endif\n",
    "src/main.c": """\
#include "all.h"
int f(int x)
{
#ifdef CONFIG_C
	x = x + 1;
#endif
#ifdef CONFIG_B
	x = x + g();
#endif
#if defined(CONFIG_D) && defined(CONFIG_C)
	x = of_d;
#endif
	return x;
}
""",
    "src/util.c": '#include "all.h"\nint util(void)\n{\n\treturn f(1);\n}\n',
    "build.sh": """\
set -e
echo "$3" >> "$LOG"
for file in src/*.c; do
    gcc -Wall $FLAGS -c -include "$1/include/generated/autoconf.h" -o "$1/x.o" $file
done
""",
    "README.md": "The program.\n",
    ".gitignore": ".kvariant/\n",
}
PLAIN = """\
[[step]]
name = "build"
run = "sh build.sh {out} {out} {name}"
"""
KEYED = PLAIN + 'reads = ["src/*", "build.sh"]\n'
FAULTS: dict[str, tuple[str, str, str]] = {
    "source": ("src/main.c", "x = x + 1;", "x = x + one;"),
    "shared source": ("src/util.c", "return f(1);", "return f(first);"),
    "header": ("src/all.h", "int g(void);", "int g(int);"),
    "Kconfig": ("Kconfig", 'bool "D"', 'bool "D"\n\tdefault y if C'),
    "configuration": ("configs/c.config", "CONFIG_C=y", "CONFIG_C=y\nCONFIG_D=y"),
    "script": ("build.sh", "-Wall", "-Wall -Df=g"),
    "step": ("kvariant.toml", "sh build.sh", "FLAGS=-Dutil=return sh build.sh"),
}
HARMLESS: list[tuple[str, str, str]] = [
    ("README.md", "program", "small program"),
    ("README.md", "The", "This is the"),
    ("src/util.c", "int util", "/* of use */\nint util"),
    ("src/main.c", "return x;", "return (x);"),
    ("Kconfig", 'bool "A"', 'bool "A is it"'),
    ("configs/a.config", "CONFIG_A=y", "# a\nCONFIG_A=y"),
    ("LICENSE", "", "MIT\n"),
    ("src/all.h", "int f(int);", "int f(int); /* main */"),
]


def git(root: Path, *words: str) -> str:
    """Run git, as nobody in particular."""
    own = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *own, *words], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@dataclass
class Repository:
    """A checkout that gets commits."""

    root: Path
    names: list[str] = field(default_factory=list)
    """Of the commits on the main line, the oldest first."""

    def commit(self, subject: str, *edits: tuple[str, str, str]) -> str:
        """Commit edits: in a file a text, and what takes its place."""
        for name, old, new in edits:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            assert old in text, (name, old)
            path.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", subject, "--allow-empty")
        self.names.append(git(self.root, "rev-parse", "HEAD"))
        return self.names[-1]

    def said(self, name: str) -> str:
        """Return a commit's subject."""
        return git(self.root, "log", "-1", "--format=%s", name)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Repository]:
    """What makes a checkout with a project file."""
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setenv("FLAGS", "")

    def make(project: str, files: dict[str, str] = FILES) -> Repository:
        root = tmp_path / "project"
        for name, text in {**files, "kvariant.toml": project}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        git(root, "init", "-q", "-b", "main")
        repository = Repository(root)
        repository.commit("the beginning")
        monkeypatch.chdir(root)
        return repository

    return make


def swept(capsys: Capture, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Sweep; return the exit code and what is printed as JSON."""
    capsys.readouterr()
    code = run(["sweep", "-q", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def builds(root: Path) -> int:
    """Return how many builds there were since this was asked last."""
    log = root.parent / "log"
    count = len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0
    log.unlink(missing_ok=True)
    return count


def folded(message: str) -> str:
    """Return a message without the numbers of lines."""
    return re.sub(r"(\.[ch]):\d+:\d+", r"\1", message)


def one_by_one(repository: Repository, capsys: Capture, *arguments: str) -> Seen:
    """Sweep every commit by itself, each in a new folder."""
    seen: Seen = {}
    beside = repository.root.parent / "beside"
    for name in repository.names:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        archive = subprocess.run(
            ["git", "archive", name], cwd=repository.root, check=True, capture_output=True
        )
        subprocess.run(["tar", "x"], cwd=beside, input=archive.stdout, check=True)
        os.chdir(beside)
        try:
            code, record = swept(capsys, "--no-reuse", *arguments)
        finally:
            os.chdir(repository.root)
        if code == 2:
            seen[name] = None
            continue
        failing: dict[str, set[str]] = {}
        for cell in record["cells"]:
            failing.setdefault(cell["variant"], set())
        for failure in record["failures"]:
            for variant in failure["variants"]:
                failing[variant] |= set(map(folded, failure["messages"]))
        seen[name] = failing
    return seen


def verify(seen: Seen, finding: dict[str, Any]) -> None:
    """Compare what is told of a failure with every commit swept by itself."""
    names = list(seen)
    message = folded(finding["message"])

    def there(name: str) -> bool:
        found = seen[name]
        return found is not None and any(message in said for said in found.values())

    def hidden(name: str) -> bool:
        """It cannot be read, or in a variant that fails at the end something else fails."""
        found = seen[name]
        if found is None:
            return True
        return any(found.get(v) for v in finding["variants"]) and not there(name)

    if finding["ending"] == "older":
        assert there(names[0])
        return
    bad, good = finding["known_bad"]["commit"], finding["last_good"]
    assert there(bad), "the first bad commit has it"
    assert good is not None
    assert not there(good["commit"]), "the last good one has not"
    lower, upper = names.index(good["commit"]), names.index(bad)
    between = names[lower + 1 : upper]
    assert between == [one["commit"]["commit"] for one in finding["between"]]
    assert all(hidden(name) for name in between)
    assert (finding["ending"] == "found") == (not between)
    # it was seeded once: from there on it is there, or hidden, until the end
    assert all(there(name) or hidden(name) for name in names[upper:])
    assert not any(there(name) for name in names[:lower])


def history(repository: Repository, chance: random.Random, count: int) -> None:
    """Commit faults, each for good or for a while, among edits that do nothing."""
    faults = chance.sample(list(FAULTS.values()), chance.randint(1, 3))
    at = sorted(chance.sample(range(1, count + 1), len(faults)))
    due = dict(zip(at, faults, strict=True))
    left = chance.sample(HARMLESS, min(len(HARMLESS), count - len(faults)))
    mended: dict[int, tuple[str, str, str]] = {}
    for number in range(1, count + 1):
        if number in mended:
            name, old, new = mended.pop(number)
            repository.commit(f"mend {name}", (name, new, old))
        elif number in due:
            repository.commit(f"break {due[number][0]}", due[number])
        elif chance.random() < 0.15 and number < count - 1:
            wrong = ("Kconfig", "config C\n", "config C C\n")
            repository.commit("cannot be read", wrong)
            mended[number + 1] = wrong
            due = {n + (n == number + 1) * 1: e for n, e in due.items()}
        else:
            edit = left.pop() if left else ("README.md", "", f"{number}\n")
            repository.commit(f"edit {edit[0]}", edit)


WIDE = bool(os.environ.get("KVARIANT_WIDE"))


@pytest.mark.parametrize("project", [PLAIN, KEYED], ids=["plain", "keyed"])
@pytest.mark.parametrize("seed", range(20 if WIDE else 3))
def test_first_bad_commits_are_those_of_a_sweep_of_each(
    seed: int, project: str, made: Callable[[str], Repository], capsys: Capture
) -> None:
    """Faults of several kinds, mended ones, unreadable commits: what is told is so in each."""
    chance = random.Random(seed)
    repository = made(project)
    count = chance.randint(6, 12)
    history(repository, chance, count)
    seen = one_by_one(repository, capsys)
    every = builds(repository.root)
    if not any(found for found in (seen[repository.names[-1]] or {}).values()):
        repository.commit("break src/main.c", FAULTS["source"])
        seen = one_by_one(repository, capsys)
        every = builds(repository.root)
    code, record = swept(capsys, "--commits", f"{repository.names[0]}..HEAD")
    commits = record["commits"]
    assert code == 1
    assert commits["findings"]
    for finding in commits["findings"]:
        verify(seen, finding)
    ran = builds(repository.root)
    assert ran == commits["ran"]["last"] + commits["ran"]["older"]
    limit = sum(
        1 + math.ceil(math.log2(commits["commits"])) + len(one["between"]) + len(one["variants"])
        for one in commits["findings"]
    )
    assert commits["ran"]["older"] <= limit
    assert ran < every
    # what is known is not run again, and nothing is told otherwise
    again = swept(capsys, "--commits", f"{repository.names[0]}..HEAD")[1]["commits"]
    assert builds(repository.root) == 0
    assert {**again, "ran": {}} == {**commits, "ran": {}}
    assert git(repository.root, "status", "--porcelain") == ""
    assert git(repository.root, "worktree", "list", "--porcelain").count("worktree ") == 1
