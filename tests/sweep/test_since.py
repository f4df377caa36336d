# SPDX-License-Identifier: MIT
"""`sweep --since`: no cell is skipped whose outcome an edit changes, and few run in vain."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from kvariant.cli import run

pytestmark = pytest.mark.usefixtures("forked_pytests")

Capture = pytest.CaptureFixture[str]
Verdicts = dict[tuple[str, str], tuple[str, tuple[str, ...]]]
Edit = tuple[str, str, str, str]
"""What kind it is, the file, a text in it and what takes its place; "": an end is added."""

FILES = {
    "Kconfig": """\
config A
	bool "A"
	help
		Adds a.

config B
	bool "B"
	depends on A

config C
	bool "C"

config SIZE
	int "Size"
	default 8
""",
    "configs/none.config": "",
    "configs/a.config": "CONFIG_A=y\n",
    "configs/ab.config": "CONFIG_A=y\nCONFIG_B=y\n",
    "configs/c.config": "CONFIG_C=y\n",
    "configs/abc.config": "CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=y\n",
    "Makefile": """\
# Builds the program; docs/guide.md tells more.
include $(KCONFIG_CONFIG)
objs := main.o util.o $(if $(CONFIG_A),a.o)
prog: $(addprefix $(O)/,$(objs))
	$(CC) -o $(O)/prog $^
$(O)/%.o: src/%.c src/all.h
	$(CC) -Wall -Werror -include $(H) -c -o $@ $<
""",
    "src/all.h": """\
#ifdef CONFIG_A
int a(void);
#else
static inline int a(void) { return 0; }
#endif
int util(void);
""",
    "src/a.c": """\
#include "all.h"
int a(void)
{
#ifdef CONFIG_B
	return util() + 2;
#else
	return 1;
#endif
}
""",
    "src/util.c": """\
#include "all.h"
int util(void)
{
#if defined(CONFIG_C) && !defined(CONFIG_A)
	int c = 1;
	return c;
#endif
	return 0;
}
""",
    "src/main.c": """\
#include "all.h"
int main(void)
{
	int size = CONFIG_SIZE;
#ifdef CONFIG_C
	return a() + size;
#else
	return util() + size;
#endif
}
""",
    "docs/guide.md": "The guide.\n",
    "README.md": "The program.\n",
    "LICENSE": "MIT\n",
    "kvariant.toml": """\
[[step]]
name = "build"
run = "make -B O={out} KCONFIG_CONFIG={config} H={out}/include/generated/autoconf.h"
""",
    ".gitignore": ".kvariant/\n",
}
EDITS: list[Edit] = [
    ("source", "src/a.c", "util() + 2", "util() + 3"),
    ("source", "src/a.c", "util() + 2", "util() + undeclared"),
    ("source", "src/a.c", "return 1", "return one"),
    ("source", "src/a.c", "#ifdef CONFIG_B", "#ifndef CONFIG_B"),
    ("source", "src/a.c", "#ifdef CONFIG_B", "#if defined(CONFIG_B) && defined(CONFIG_C)"),
    ("source", "src/a.c", "", "/* the end */\n"),
    ("source", "src/util.c", "int c = 1", "long c = 1"),
    ("source", "src/util.c", "return c", "return d"),
    ("source", "src/util.c", "!defined(CONFIG_A)", "!defined(CONFIG_B)"),
    ("source", "src/util.c", "\treturn 0;\n", "\t/* nothing */\n\treturn 0;\n"),
    ("source", "src/main.c", "a() + size", "a() + sizes"),
    ("source", "src/main.c", "util() + size", "util() - size"),
    ("source", "src/main.c", "int size = CONFIG_SIZE", "int size = CONFIG_SIZES"),
    ("source", "src/all.h", "return 0;", "return zero;"),
    ("source", "src/all.h", "int a(void);\n#else", "int a(int);\n#else"),
    ("source", "src/all.h", "int util(void);", "int util(void); /* of use */"),
    ("Kconfig", "Kconfig", "Adds a.", "Adds what a is."),
    ("Kconfig", "Kconfig", 'bool "C"', 'bool "C is it"'),
    ("Kconfig", "Kconfig", 'bool "B"', 'bool "B"\n\tdefault y if C'),
    ("Kconfig", "Kconfig", 'bool "C"', 'bool "C"\n\tdefault y if B'),
    ("Kconfig", "Kconfig", "depends on A", "depends on A && SIZE = 8"),
    ("Kconfig", "Kconfig", "depends on A", "depends on A || SIZE = 9"),
    ("Kconfig", "Kconfig", "default 8", "default 8 if A\n\tdefault 9"),
    ("Kconfig", "Kconfig", "default 8", "default 8\n\trange 1 100"),
    ("build", "Makefile", "-Wall", "-Wall -DCONFIG_C=1"),
    ("build", "Makefile", "main.o util.o", "main.o"),
    ("build", "kvariant.toml", "make -B", "make -B -k"),
    ("build", "configs/c.config", "CONFIG_C=y\n", "CONFIG_C=y\nCONFIG_SIZE=7\n"),
    ("docs", "docs/guide.md", "", "It is longer.\n"),
    ("docs", "README.md", "program", "source of the program"),
    ("docs", "LICENSE", "", "Nobody is liable.\n"),
    ("docs", "docs/more/new.md", "", "A new page.\n"),
]


@dataclass(frozen=True)
class Told:
    """What a sweep since a revision said."""

    verdicts: Verdicts
    ran: frozenset[tuple[str, str]]
    """Cells that were not skipped."""
    since: dict[str, object]


def git(root: Path, *words: str) -> str:
    """Run git, as nobody in particular."""
    own = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *own, *words], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def committed(root: Path) -> None:
    """Make a checkout of a folder, all of it committed."""
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "before")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of a small program, built by a plain Makefile."""
    root = tmp_path / "project"
    for name, text in FILES.items():
        put(root, name, text)
    committed(root)
    monkeypatch.chdir(root)
    return root


def put(root: Path, name: str, text: str) -> None:
    """Write a file, and its folder."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def edit(root: Path, one: Edit) -> None:
    """Edit a file."""
    _, name, old, new = one
    path = root / name
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert old in text
    put(root, name, text.replace(old, new, 1) if old else text + new)


def sweep(capsys: Capture, *arguments: str) -> Told:
    """Run a sweep; return how its steps ended, whether they ran or not."""
    capsys.readouterr()
    code = run(["sweep", "-q", "--json", *arguments])
    printed = capsys.readouterr()
    assert code in (0, 1), printed.err
    record = json.loads(printed.out)
    heads = [cell for cell in record["cells"] if "test" not in cell]
    return Told(
        verdicts={
            (cell["variant"], cell["step"]): (
                cell.get("ended") or cell["outcome"],
                tuple(f["message"] for f in cell.get("failures", ())),
            )
            for cell in heads
        },
        ran=frozenset((c["variant"], c["step"]) for c in heads if c["outcome"] != "reused"),
        since=record.get("since", {}),
    )


def beside(root: Path, capsys: Capture, *arguments: str) -> Verdicts:
    """Return how all cells of a copy end, where nothing is known of any."""
    copy = root.parent / "beside"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns(".kvariant", ".git"))
    os.chdir(copy)
    try:
        return sweep(capsys, "--no-reuse", *arguments).verdicts
    finally:
        os.chdir(root)


def drawn(edits: list[Edit], wide: int, narrow: int) -> list[list[Edit]]:
    """Return random edits, some of two at once; 30 of them where KVARIANT_WIDE is set."""
    chance = random.Random(16)
    count = wide if os.environ.get("KVARIANT_WIDE") else narrow
    singles = chance.sample(edits, min(count, len(edits)))
    return [[one] for one in singles]


def compare(
    root: Path, capsys: Capture, edits: list[list[Edit]], *arguments: str
) -> tuple[int, int]:
    """Make edits, one after the other is taken back; return how many cells were skipped, of all.

    Each cell has to end as it does where all are run.
    """
    skipped = count = 0
    is_as_rendered = True
    for some in edits:
        is_of_documents = all(one[0] == "docs" for one in some)
        if is_of_documents and not is_as_rendered:  # what the edit before rendered is brought back
            back = sweep(capsys, "--since", "HEAD", *arguments)
            assert {step for _, step in back.ran} == {"generate"}
        for one in some:
            edit(root, one)
        told = sweep(capsys, "--since", "HEAD", *arguments)
        fresh = beside(root, capsys, *arguments)
        assert told.verdicts == fresh, some
        assert told.since["baseline"], "the revision has results"
        if is_of_documents:
            assert not told.ran, some
        is_as_rendered = "generate" not in {step for _, step in told.ran}
        assert told.since["skipped"] == len(fresh) - len(told.ran), some
        skipped += len(fresh) - len(told.ran)
        count += len(fresh)
        git(root, "checkout", "-q", "--", ".")
        git(root, "clean", "-fdq")
    return skipped, count


def test_plain_builds(project: Path, capsys: Capture) -> None:
    """Of builds without `reads`, those run whose outcome an edit changes; half are skipped."""
    assert len(sweep(capsys).ran) == 5
    skipped, count = compare(project, capsys, drawn(EDITS, 30, 8))
    assert skipped * 2 >= count, (skipped, count)


def without_results(root: Path, capsys: Capture) -> str:
    """Return what is said on the way where a sweep has no results to go on from."""
    capsys.readouterr()
    assert run(["sweep", "--since", "HEAD", "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert "5 to run" in printed.out
    assert "0 of 5 cells skipped" in printed.out
    return printed.err


def test_no_baseline(project: Path, capsys: Capture) -> None:
    """Without results of the revision all run, and it says so; nor has an edited checkout any."""
    assert "there are no results of it" in without_results(project, capsys)
    put(project, "notes", "of mine\n")
    sweep(capsys)
    (project / "notes").unlink()
    assert "there are no results of it" in without_results(project, capsys)


def test_baseline_is_of_the_revision(project: Path, capsys: Capture) -> None:
    """Results count for the revision at which they were had, and for no other."""
    sweep(capsys)
    edit(project, ("docs", "README.md", "", "More.\n"))
    git(project, "commit", "-qam", "after")
    assert "there are results of" in without_results(project, capsys)
    told = sweep(capsys, "--since", "HEAD~1")
    assert not told.ran
    assert not sweep(capsys, "--since", "HEAD").ran, "what was skipped counts for the next"


STEPS = """\
[[step]]
name = "build"
run = "make -B O={out} KCONFIG_CONFIG={config} H={out}/include/generated/autoconf.h"
[[step]]
name = "size"
run = "sh size.sh {out}"
"""
COUNTED = """\
[[step]]
name = "count"
run = "grep -c TODO src/util.c > {out}/todo || true"
[[step]]
name = "none"
run = "read n < {out}/todo; test \\"$n\\" = 0"
"""
DOUBTS: dict[str, tuple[dict[str, str], Edit, bool]] = {
    "a file that nobody knows": ({}, ("", "data.bin", "", "x"), True),
    "a document that the makefile reads": (
        {"Makefile": FILES["Makefile"] + "\t@cat README.md > /dev/null\n"},
        ("", "README.md", "", "x\n"),
        True,
    ),
    "a document that the makefile tells of": (
        {"Makefile": FILES["Makefile"] + "# see README.md\n"},
        ("", "README.md", "", "x\n"),
        False,
    ),
    "a document that is included": (
        {"src/main.c": '#include "../docs/guide.md"\n' + FILES["src/main.c"], "docs/guide.md": ""},
        ("", "docs/guide.md", "", "int guide;\n"),
        True,
    ),
    "a document that a script names which nothing runs": (
        {"tools/release.sh": "wc README.md\n"},
        ("", "README.md", "", "x\n"),
        False,
    ),
    "a document that a script names which another runs": (
        {
            "kvariant.toml": STEPS,
            "size.sh": "size $1/prog\nsh tools/more.sh\n",
            "tools/more.sh": "sh tools/release.sh\n",
            "tools/release.sh": "wc README.md\n",
        },
        ("", "README.md", "", "x\n"),
        True,
    ),
    "a document that a script names which a makefile looks for": (
        {
            "Makefile": FILES["Makefile"] + "\tfor f in tools/*; do sh $$f; done\n",
            "tools/release.sh": "wc README.md\n",
        },
        ("", "README.md", "", "x\n"),
        True,
    ),
    "a document that a script names whose folder is run": (
        {
            "Makefile": FILES["Makefile"] + "\trun-parts tools/\n",
            "tools/release.sh": "wc README.md\n",
        },
        ("", "README.md", "", "x\n"),
        True,
    ),
    "documents that the makefile looks for": (
        {"Makefile": FILES["Makefile"] + "\t@echo $(wildcard docs/*.md)\n"},
        ("", "docs/new.md", "", "x\n"),
        True,
    ),
    "a source that the makefile greps": (
        {"Makefile": FILES["Makefile"] + "\t@! grep -q TODO src/*.c\n"},
        ("", "src/util.c", "int c = 1", "int c = 1 /* TODO */"),
        True,
    ),
    "a comment that nobody greps": ({}, ("", "src/util.c", "", "/* TODO */\n"), False),
    "lines' numbers": (
        {"src/main.c": FILES["src/main.c"] + '_Static_assert(__LINE__ < 12, "");\n'},
        ("", "src/main.c", "int main", "\n\n\nint main"),
        True,
    ),
    "an option given to the compiler": (
        {"Makefile": FILES["Makefile"].replace("-Wall", "-Wall -DCONFIG_C")},
        ("", "src/util.c", "return c;", "return c + 0;"),
        True,
    ),
    "a script that is named": (
        {"kvariant.toml": STEPS, "size.sh": "size $1/prog\n"},
        ("", "size.sh", "", "true\n"),
        True,
    ),
    "what a script of unknown programs reads": (
        {"kvariant.toml": STEPS, "size.sh": "cksum < src/a.c\n"},
        ("", "src/a.c", "", "/* no matter */\n"),
        True,
    ),
    "a document that the program opens": (
        {"src/main.c": FILES["src/main.c"] + 'const char *where = "docs/guide.md";\n'},
        ("", "docs/guide.md", "", "x\n"),
        True,
    ),
    "a source that a step before has counted": (
        {"kvariant.toml": COUNTED},
        ("", "src/util.c", "", "/* TODO */\n"),
        True,
    ),
    "a link": ({}, ("link", "src/linked.h", "", ""), True),
}
"""By name: files, an edit, and whether it makes cells run."""


@pytest.mark.parametrize("doubt", DOUBTS)
def test_doubt_runs(project: Path, capsys: Capture, doubt: str) -> None:
    """What may be read by ways that nobody knows runs; what certainly is not does not."""
    files, one, runs = DOUBTS[doubt]
    for name, text in files.items():
        put(project, name, text)
    git(project, "add", "-A")
    if files:
        git(project, "commit", "-qm", "other")
    sweep(capsys, "-k", "a", "-k", "none")
    if one[0] == "link":
        (project / one[1]).symlink_to("all.h")
    else:
        edit(project, one)
    told = sweep(capsys, "-k", "a", "-k", "none", "--since", "HEAD")
    assert told.since["baseline"]
    assert bool(told.ran) == runs, told.since
    assert told.verdicts == beside(project, capsys, "-k", "a", "-k", "none")


def test_failures_stay(project: Path, capsys: Capture) -> None:
    """What failed at the revision fails still, unless an edit reaches it; it need not run."""
    edit(project, ("", "src/a.c", "return 1", "return one"))
    git(project, "commit", "-qam", "broken")
    first = sweep(capsys)
    assert first.verdicts["a", "build"][0] == "failed"
    edit(project, ("", "README.md", "", "x\n"))
    told = sweep(capsys, "--since", "HEAD")
    assert not told.ran
    assert told.verdicts == first.verdicts
    edit(project, ("", "src/a.c", "return one", "return 1"))
    told = sweep(capsys, "--since", "HEAD")
    assert told.ran == {("a", "build"), ("c", "build"), ("none", "build")}, "without B"
    assert {outcome for outcome, _ in told.verdicts.values()} == {"ok"}


def test_what_a_step_needs_runs(project: Path, capsys: Capture) -> None:
    """A step that runs finds what the steps before it make, on a machine that has results alone."""
    steps = STEPS.replace("sh size.sh {out}", "cat README.md; test -f {out}/prog")
    put(project, "kvariant.toml", steps)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "steps")
    sweep(capsys)
    shutil.rmtree(project / ".kvariant/out")
    edit(project, ("", "README.md", "", "true\n"))
    told = sweep(capsys, "--since", "HEAD")
    assert {outcome for outcome, _ in told.verdicts.values()} == {"ok"}
    assert len(told.ran) == 10
    whys = {own["name"]: own["runs"] for own in told.since["variants"]}  # type: ignore[attr-defined]
    assert whys["a"]["build"] == "size needs what it made"


HERE = Path(__file__).parents[2]
SMALL = """\
kconfig = "Kconfig"
configs = ["configs/*.config"]
tests = ["tests/variants/test_existence.py", "tests/variants/test_stubs.py"]
[generate]
templates = "generator/templates"
"""
SWAPOPS = "generator/templates/include/linux/swapops.h.j2"
OURS: list[Edit] = [
    ("template", SWAPOPS, "{# Where a page", "{# Where there is one, a page"),
    ("template", SWAPOPS, "return swp_offset(entry) & SWP", "return swp_offset(entry) | SWP"),
    ("template", SWAPOPS, "return swp_entry(0, 0)", "return swp_entry(0, 0 * 1)"),
    (
        "template",
        "generator/templates/python/pte_markers/swapops.py.j2",
        "entry",
        "# entry\nentry",
    ),
    ("source", "tests/variants/families.py", "", "# the end\n"),
    ("source", "tests/variants/facts.py", "", "NOTHING = 0\n"),
    ("Kconfig", "Kconfig", "Full tmpfs", "All of tmpfs"),
    ("Kconfig", "Kconfig", 'bool "Page migration"', 'bool "Pages migrate"'),
    ("Kconfig", "Kconfig", "Mappings made", "Mappings that are made"),
    ("Kconfig", "Kconfig", "\tdefault y if !KERNEL_V5_19_PRE", "\tdefault n"),
    ("tests", "tests/variants/test_stubs.py", "", "\n\ndef test_all():\n    pass\n"),
    ("tests", "tests/variants/test_existence.py", "", "\n\ndef test_none():\n    assert 0\n"),
    ("docs", "README.md", "", "More.\n"),
    ("docs", "docs/templates.md", "", "More.\n"),
    ("docs", "tests/variants/README.md", "", "More.\n"),
    ("docs", "docs/new.md", "", "New.\n"),
]
NAMES = ("v6.1-no-marker", "v6.12-uffd-wp")


@pytest.fixture
def flagship(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of the project that ships here, with two of its test files."""
    root = tmp_path / "project"
    for name in ("configs", "generator/templates", "tests/variants", "docs"):
        shutil.copytree(HERE / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Kconfig", "README.md"):
        shutil.copy2(HERE / name, root / name)
    put(root, "kvariant.toml", SMALL)
    put(root, "pytest.ini", "[pytest]\npythonpath = tests\naddopts = -p no:cacheprovider\n")
    put(root, ".gitignore", ".kvariant/\ngenerated/\n__pycache__/\n.pytest_cache/\n.hypothesis/\n")
    committed(root)
    monkeypatch.chdir(root)
    return root


def test_flagship(flagship: Path, capsys: Capture) -> None:
    """Of our own project's cells those run whose outcome an edit changes; half are skipped."""
    selected = [word for name in NAMES for word in ("-k", name)]
    assert len(sweep(capsys, *selected).ran) == 3 * len(NAMES)
    skipped, count = compare(flagship, capsys, drawn(OURS, 16, 3), *selected)
    assert skipped * 2 >= count, (skipped, count)


def test_jobs_are_spared(project: Path, capsys: Capture) -> None:
    """CI gets those jobs alone in which something runs; how many it is spared is told."""
    words = ["matrix", "--ci", "github", "--max-jobs", "5"]
    assert run(words) == 0
    every = capsys.readouterr().out
    assert all(f'"{number}/5"' in every for number in range(1, 6))
    sweep(capsys)
    edit(project, ("", "src/a.c", "util() + 2", "util() + 3"))
    assert run([*words, "--since", "HEAD"]) == 0
    printed = capsys.readouterr()
    assert "3 of 5 jobs are spared: 2 variants in 2 jobs\n" in printed.err
    about = r"^about ([\d.]+) s of commands, where all would be ([\d.]+) s$"
    found = re.search(about, printed.err, re.MULTILINE)
    assert found, printed.err
    assert 0 < float(found[1]) < float(found[2])
    assert [n for n in range(1, 6) if f'"{n}/5"' in printed.out] == [2, 3], "ab and abc"
    assert run(["matrix", "--since", "HEAD"]) == 0
    said = capsys.readouterr().out
    assert (
        "1 changed file; 3 of 5 cells skipped, 3 of 5 variants wholly\n  ab, abc: build: " in said
    )
    assert re.search(about, said, re.MULTILINE)
    told = sweep(capsys, "--since", "HEAD")
    assert {name for name, _ in told.ran} == {"ab", "abc"}
    predicted = told.since["predicted"]
    assert 0 < predicted["seconds"] < predicted["whole"]


def test_edits_taken_back(project: Path, capsys: Capture) -> None:
    """A revision's results outlast any number of sweeps of edits, and edits taken back."""
    edit(project, ("", "kvariant.toml", "", 'reads = ["Makefile", "src/*"]\n'))
    git(project, "commit", "-qam", "reads")
    sweep(capsys, "-k", "a")
    for number in range(22):
        edit(project, ("", "src/a.c", "", f"/* {number} */\n"))
        assert sweep(capsys, "-k", "a", "--since", "HEAD").ran
        git(project, "checkout", "-q", ".")
    told = sweep(capsys, "-k", "a", "--since", "HEAD")
    assert told.since["baseline"]
    assert not told.ran
