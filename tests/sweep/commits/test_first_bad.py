# SPDX-License-Identifier: MIT
"""`sweep --commits A..B` against every commit swept by itself, in a new folder."""

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
    gcc -Wall -Werror=implicit-function-declaration $FLAGS -fsyntax-only -include "$2" $file
done
""",
    "README.md": "The program.\n",
    ".gitignore": ".kvariant/\n",
}
PLAIN = """\
[[step]]
name = "build"
run = "sh build.sh {out} {out}/include/generated/autoconf.h {name}"
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
@pytest.mark.parametrize("seed", range(20 if WIDE else 2))
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
    assert {one["ending"] for one in commits["findings"]} <= {"found", "range"}
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


def answers(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Return how each search ended, and the first words of the commit that is told."""
    found = record["commits"]["findings"]
    return [(one["ending"], (one["known_bad"] or {"subject": ""})["subject"]) for one in found]


def test_what_was_broken_before_is_told_as_such(
    made: Callable[[str], Repository], capsys: Capture
) -> None:
    """A failure that the commit before the first has is older; the other one is found."""
    repository = made(PLAIN)
    base = repository.commit("old", FAULTS["source"])
    for number in range(6):
        repository.commit(f"{number}", ("README.md", "", "more\n"))
    repository.commit("new", FAULTS["header"])
    code, record = swept(capsys, "--commits", f"{base}..HEAD")
    assert code == 1
    assert sorted(answers(record)) == [("found", "new"), ("older", "old")]


def test_a_range_without_failures_is_good(
    made: Callable[[str], Repository], capsys: Capture
) -> None:
    """Nothing fails at its end: exit 0, and no older commit is run."""
    repository = made(PLAIN)
    repository.commit("broken", FAULTS["source"])
    name, old, new = FAULTS["source"]
    repository.commit("mended", (name, new, old))
    builds(repository.root)
    code, record = swept(capsys, "--commits", "HEAD~2..")
    assert (code, record["commits"]["findings"]) == (0, [])
    assert builds(repository.root) == 4


def test_equal_keys_are_not_built_again(made: Callable[[str], Repository], capsys: Capture) -> None:
    """Of forty commits three change what is read: as many builds as of four commits."""
    repository = made(KEYED)
    for number in range(40):
        if number == 17:
            repository.commit("broken", FAULTS["source"])
        edit = HARMLESS[{5: 2, 30: 3}.get(number, 0)] if number in (5, 30) else None
        repository.commit(f"{number}", edit or ("README.md", "", f"{number}\n"))
    builds(repository.root)
    _, record = swept(capsys, "--commits", f"{repository.names[0]}..HEAD")
    assert answers(record) == [("found", "broken")]
    assert record["commits"]["ran"] | {"at": {}} == {"last": 5, "older": 3, "at": {}}
    assert builds(repository.root) == 8


def test_a_failure_that_does_not_stay_is_flaky(
    made: Callable[[str], Repository], capsys: Capture, tmp_path: Path
) -> None:
    """What passes when it is run again is called flaky, and no commit is looked for."""
    repository = made(PLAIN)
    mark = f"{tmp_path}/ran-$3"
    flaky = f"if [ ! -e {mark} ]; then touch {mark}; echo 'error: no'; exit 1; fi\n"
    repository.commit("flaky", ("build.sh", "", flaky))
    repository.commit("more", ("README.md", "", "more\n"))
    code, record = swept(capsys, "--commits", "HEAD~2..HEAD")
    (finding,) = record["commits"]["findings"]
    assert (code, finding["ending"], finding["first_bad"]) == (1, "flaky", None)
    assert "passes when it is run again" in finding["flaky"]
    assert record["commits"]["ran"]["older"] == 0


def test_a_merge_is_looked_into(made: Callable[[str], Repository], capsys: Capture) -> None:
    """By first parents a merge brought it; its commit on the branch is told, and the merge."""
    repository = made(PLAIN)
    root = repository.root
    base = repository.commit("one", ("README.md", "", "1\n"))
    git(root, "checkout", "-qb", "side")
    repository.commit("side: nothing", ("src/util.c", "int util", "/* */ int util"))
    repository.commit("side: broken", FAULTS["header"])
    repository.commit("side: more", ("src/util.c", "/* */", "/* of use */"))
    git(root, "checkout", "-q", "main")
    repository.commit("two", ("LICENSE", "", "MIT\n"))
    git(root, "merge", "-q", "--no-ff", "-m", "merge side", "side")
    repository.commit("three", ("LICENSE", "MIT", "The MIT"))
    _, record = swept(capsys, "--commits", f"{base}..HEAD")
    (finding,) = record["commits"]["findings"]
    assert finding["first_bad"]["subject"] == "side: broken"
    assert finding["merge"]["subject"] == "merge side"
    assert finding["last_good"]["subject"] == "side: nothing"


def test_a_merge_that_breaks_what_both_sides_had_whole_is_told(
    made: Callable[[str], Repository], capsys: Capture
) -> None:
    """One side renames what the other comes to use: the merge itself is the first bad commit."""
    repository = made(PLAIN)
    root = repository.root
    base = repository.names[0]
    git(root, "checkout", "-qb", "side")
    repository.commit(
        "side: use", ("src/other.c", "", '#include "all.h"\nint o(void) { return f(2); }\n')
    )
    git(root, "checkout", "-q", "main")
    repository.commit(
        "rename", ("src/all.h", "int f(", "int h("), ("src/main.c", "int f(", "int h("),
        ("src/util.c", "f(1)", "h(1)"),
    )  # fmt: skip
    git(root, "merge", "-q", "--no-ff", "-m", "merge side", "side")
    _, record = swept(capsys, "--commits", f"{base}..HEAD")
    (finding,) = record["commits"]["findings"]
    assert (finding["first_bad"]["subject"], finding["merge"]) == ("merge side", None)


def test_variants_that_a_strategy_chose_are_asked_for_by_their_values(
    made: Callable[[str], Repository], capsys: Capture
) -> None:
    """Another symbol would make another array at each commit; the failing values are the same."""
    repository = made(PLAIN)
    for number in range(5):
        new = f'config NEW{number}\n\tbool "New {number}"\n'
        repository.commit(f"{number}", ("Kconfig", "", f"\n{new}"))
    repository.commit("broken", FAULTS["source"])
    for number in range(5, 8):
        new = f'config NEW{number}\n\tbool "New {number}"\n'
        repository.commit(f"{number}", ("Kconfig", "", f"\n{new}"))
    _, record = swept(capsys, "pairwise", "--commits", f"{repository.names[0]}..HEAD")
    assert answers(record) == [("found", "broken")]


def test_a_variant_that_is_new_was_not_there_before(
    made: Callable[[str], Repository], capsys: Capture
) -> None:
    """The commit that adds a configuration which fails is the first bad one."""
    repository = made(PLAIN)
    for number in range(3):
        repository.commit(f"{number}", ("README.md", "", "more\n"))
    repository.commit("add d", ("configs/d.config", "", "CONFIG_C=y\nCONFIG_D=y\n"))
    repository.commit("more", ("README.md", "", "more\n"))
    _, record = swept(capsys, "--commits", f"{repository.names[0]}..HEAD")
    assert answers(record) == [("found", "add d")]


def test_the_checkout_stays_as_it_is(made: Callable[[str], Repository], capsys: Capture) -> None:
    """Edits, files that git does not know and its own folder are untouched; edits are told."""
    repository = made(PLAIN)
    root = repository.root
    repository.commit("broken", FAULTS["source"])
    repository.commit("more", ("README.md", "", "more\n"))
    (root / "README.md").write_text("edited\n", encoding="utf-8")
    (root / "new.txt").write_text("new\n", encoding="utf-8")

    def state() -> dict[str, tuple[int, bytes]]:
        paths = [p for p in root.rglob("*") if p.is_file() and ".kvariant" not in p.parts]
        return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in paths}

    git(root, "status")  # it may write its index
    before = state()
    code = run(["sweep", "--commits", f"{repository.names[0]}..HEAD"])
    printed = capsys.readouterr()
    assert code == 1
    assert "2 edited files not committed, in no commit: README.md, new.txt" in printed.err
    assert f"since {repository.names[1][:9]} broken" in printed.out
    assert state() == before


def test_a_project_in_a_folder_of_the_checkout(
    made: Callable[[str], Repository], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project file may lie below the top, unknown to git, and the state folder elsewhere."""
    files = {f"sub/{name}": text for name, text in FILES.items()}
    repository = made("", files)
    root = repository.root
    repository.commit("broken", (f"sub/{FAULTS['source'][0]}", *FAULTS["source"][1:]))
    repository.commit("more", ("sub/README.md", "", "more\n"))
    (root / "sub/kvariant.toml").write_text(
        f'state = "{root.parent}/state"\n{PLAIN}', encoding="utf-8"
    )
    monkeypatch.chdir(root / "sub")
    code, record = swept(capsys, "--commits", f"{repository.names[0]}..HEAD")
    assert (code, answers(record)) == (1, [("found", "broken")])
    assert not (root / "sub/.kvariant").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["HEAD"], "--commits 'HEAD' is not of the form A..B [usage]"),
        (["HEAD...main"], "--commits 'HEAD...main' is not of the form A..B [usage]"),
        (["..HEAD"], "--commits '..HEAD' is not of the form A..B [usage]"),
        (["HEAD..HEAD"], "no commit leads to HEAD and not to HEAD [no-commits]"),
        (["HEAD..HEAD~1"], "the other way round there are 1: --commits HEAD~1..HEAD"),
        (["manu..HEAD"], "did you mean main?"),
        (["HEAD~1..HEAD", "--since", "HEAD"], "--since has no effect with --commits"),
        (["HEAD~1..HEAD", "--shard", "1/2"], "--shard has no effect with --commits"),
        (["HEAD~1..HEAD", "--dry-run"], "--dry-run has no effect with --commits"),
    ],
)
def test_what_is_no_range_is_refused(
    words: list[str], expected: str, made: Callable[[str], Repository], capsys: Capture
) -> None:
    """With exit 2 and the next step, before anything is made."""
    repository = made(PLAIN)
    repository.commit("more", ("README.md", "", "more\n"))
    code = run(["sweep", "--commits", *words])
    printed = capsys.readouterr()
    assert code == 2
    assert expected in printed.err
    assert builds(repository.root) == 0
    assert not (repository.root / ".kvariant").exists()


def test_an_interrupted_search_goes_on(
    made: Callable[[str], Repository], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C at an older commit: exit 130 in words, and no cell that has ended runs again."""
    repository = made(PLAIN)
    repository.commit("broken", FAULTS["shared source"])
    for number in range(7):
        repository.commit(f"{number}", ("src/util.c", "", f"/* {number} */\n"))
    base = repository.names[0]
    whole = swept(capsys, "--commits", f"{base}..HEAD")[1]["commits"]
    every = builds(repository.root)
    shutil.rmtree(repository.root / ".kvariant")
    from kvariant.sweep.commits.folder_runs import FolderRuns

    own = FolderRuns.run

    def interrupted(self: FolderRuns, *words: Any) -> Any:
        if self.count > 5:
            raise KeyboardInterrupt
        return own(self, *words)

    monkeypatch.setattr(FolderRuns, "run", interrupted)
    capsys.readouterr()
    assert run(["sweep", "-q", "--commits", f"{base}..HEAD"]) == 130
    said = capsys.readouterr()
    assert "6 cells have run and are kept; the same command goes on from there" in said.err
    monkeypatch.setattr(FolderRuns, "run", own)
    again = swept(capsys, "--commits", f"{base}..HEAD")[1]["commits"]
    assert again["findings"] == whole["findings"]
    assert builds(repository.root) == every


def test_a_sweep_of_the_checkout_counts(made: Callable[[str], Repository], capsys: Capture) -> None:
    """What was swept at the newest commit, unedited, is not swept again; an edit undoes that."""
    repository = made(PLAIN)
    repository.commit("broken", FAULTS["source"])
    repository.commit("more", ("README.md", "", "more\n"))
    swept(capsys)
    builds(repository.root)
    _, record = swept(capsys, "--commits", f"{repository.names[0]}..HEAD")
    assert answers(record) == [("found", "broken")]
    assert record["commits"]["ran"]["last"] == 1, "that it is not flaky"
    assert builds(repository.root) == 1 + record["commits"]["ran"]["older"]
    shutil.rmtree(repository.root / ".kvariant/commits")
    (repository.root / "src/util.c").write_text("int edited;\n", encoding="utf-8")
    _, record = swept(capsys, "--commits", f"{repository.names[0]}..HEAD")
    assert answers(record) == [("found", "broken")]
    assert record["commits"]["ran"]["last"] == 5


def test_a_project_in_no_checkout_has_no_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """It is said so, with exit 2."""
    (tmp_path / "Kconfig").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert run(["sweep", "--commits", "a..b", "--", "true"]) == 2
    assert "the project is in no git checkout [no-checkout]" in capsys.readouterr().err
