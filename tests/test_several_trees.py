# SPDX-License-Identifier: MIT
"""A list in `env`: one tree and one set of variants for each value, in every verb."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run
from kvariant.plan.lock import Lock

Capture = pytest.CaptureFixture[str]

KCONFIG = """\
config MIGHT
	def_bool "$(ARCH)" = "x86"

config PAGES
	bool "Pages"

config MARKER
	bool "Marker"
	depends on PAGES && MIGHT

source "arch/$(ARCH)/Kconfig"
"""
SVE = """\
config SVE
	bool "SVE"
"""
PROJECT = """\
matrix.default = "pairs"
env = { ARCH = ["x86", "arm64"] }

[generate]
templates = "templates"

[matrix.pairs]
strategy = "t-wise"
symbols = ["PAGES", "MARKER"]
"""
TEMPLATE = "MARKER = {{ MARKER }}\nMIGHT = {{ MIGHT }}\n"
STEP = """
[[step]]
name = "say"
needs = ["generate"]
run = '''
echo {name} {env.ARCH} $ARCH {tree} > {out}/said
echo {name} >> runs
! grep -q {env.ARCH} bad'''
reads = ["Kconfig", "bad"]
"""
PAIRS = {
    "x86": [("n", "n"), ("y", "n"), ("y", "y")],
    "arm64": [("n", "n"), ("y", "n")],
}
"""The values of PAGES and MARKER in each tree, by hand; every pair is a variant of its own."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with two environments, which is the working folder."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "kvariant.toml").write_text(PROJECT)
    (tmp_path / "templates/marks.py.j2").write_text(TEMPLATE)
    (tmp_path / "bad").touch()
    for arch in ("x86", "arm64", "riscv"):
        (tmp_path / "arch" / arch).mkdir(parents=True)
        (tmp_path / "arch" / arch / "Kconfig").write_text(SVE if arch == "arm64" else "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCH", raising=False)
    return tmp_path


def printed(capsys: Capture, *arguments: str, code: int = 0) -> Any:
    """Return what a command prints as JSON."""
    assert code == run([*arguments, "--json"])
    return json.loads(capsys.readouterr().out)


def chosen(capsys: Capture, *arguments: str) -> dict[str, list[dict[str, Any]]]:
    """Return the variants of each environment."""
    trees = printed(capsys, "matrix", *arguments)["trees"]
    return {tree["name"]: tree["variants"] for tree in trees}


def names(capsys: Capture, *arguments: str) -> list[str]:
    """Return the names of all variants, in order."""
    return [v["name"] for variants in chosen(capsys, *arguments).values() for v in variants]


def cells(capsys: Capture, *arguments: str, code: int = 0) -> dict[tuple[str, str], str]:
    """Sweep, and return how each cell ended."""
    assert code == run(["sweep", "--json", *arguments])
    record = json.loads(capsys.readouterr().out)
    return {(c["variant"], c["step"]): c["outcome"] for c in record["cells"] if "test" not in c}


def test_each_environment_has_its_own_variants(project: Path, capsys: Capture) -> None:
    """Each tree is covered by itself, and a variant's name begins with its environment's."""
    found = chosen(capsys)
    assert list(PAIRS) == list(found)
    for environment, rows in PAIRS.items():
        values = [
            tuple(v["assignment"].get(n, "n") for n in ("PAGES", "MARKER"))
            for v in found[environment]
        ]
        assert rows == sorted(values)
        assert all(v["name"].startswith(f"{environment}/") for v in found[environment])
    assert 0 == run(["matrix"])
    said, told = capsys.readouterr()
    assert said.startswith("[x86]\n")
    assert "\n[arm64]\n" in said
    assert "2 trees (ARCH=x86, ARCH=arm64): 3 + 2 variants\n" in told


def test_globs_select_by_the_whole_name(project: Path, capsys: Capture) -> None:
    """`-k 'x86/*'` is one environment; a glob that matches nothing anywhere is an error."""
    assert {"x86"} == {name.partition("/")[0] for name in names(capsys, "-k", "x86/*")}
    both = names(capsys, "-k", "*/*n[mo]*", "-k", "arm64/*")
    assert {"arm64"} <= {name.partition("/")[0] for name in both}
    assert 0 == run(["matrix", "-k", "x86/*"])
    assert "[arm64]" not in capsys.readouterr().out
    assert 2 == run(["matrix", "-k", "riscv/*"])
    assert "no variant matches 'riscv/*'" in capsys.readouterr().err


def test_configs_are_written_below_their_environment(project: Path, capsys: Capture) -> None:
    """`-o` writes ENV/NAME.config, each of which its own tree takes whole."""
    every = names(capsys)
    assert 0 == run(["matrix", "-o", "out"])
    written = {p.relative_to("out").as_posix() for p in Path("out").rglob("*.config")}
    assert {f"{name}.config" for name in every} == written
    text = Path(f"out/{every[-1]}.config").read_text()
    assert every[-1].startswith("arm64/")
    assert "CONFIG_SVE" in text
    assert "CONFIG_SVE" not in Path(f"out/{every[0]}.config").read_text()
    record = json.loads(Path("out/.matrix.json").read_text())
    assert ["x86", "arm64"] == [tree["name"] for tree in record["trees"]]


def test_jobs_and_shards_count_all_variants(project: Path, capsys: Capture) -> None:
    """CI jobs divide the variants of all environments; every variant is in one shard."""
    assert 0 == run(["matrix", "--ci", "github", "--max-jobs", "2"])
    assert "5 variants in 2 jobs, 2 or 3 each" in capsys.readouterr().err
    parts = [cells(capsys, "--shard", f"{n}/2", "--", "true") for n in (1, 2)]
    assert sorted(names(capsys)) == sorted({name for part in parts for name, _ in part})
    assert not parts[0].keys() & parts[1].keys()


def test_generated_folders(project: Path, capsys: Capture) -> None:
    """Variants are rendered into generated/ENV/NAME; what is stale there is found, and goes."""
    every = names(capsys)
    assert 0 == run(["generate"])
    folders = {
        p.parent.relative_to("generated").as_posix() for p in Path("generated").rglob("*.py")
    }
    assert set(every) == folders
    assert "MIGHT = True" in Path(f"generated/{every[0]}/marks.py").read_text()
    assert "MIGHT = False" in Path(f"generated/{every[-1]}/marks.py").read_text()
    assert 0 == run(["generate", "--check"])
    assert 0 == run(["check"])
    capsys.readouterr()
    Path(f"generated/{every[-1]}/marks.py").write_text("other\n")
    assert 1 == run(["generate", "--check"])
    assert f"stale: generated/{every[-1]}/marks.py\n" == capsys.readouterr().out
    assert 1 == run(["check"])
    assert f"generated/{every[-1]}: error: 1 file is stale" in capsys.readouterr().out
    assert 0 == run(["generate", "--env", "ARCH=arm64"])
    assert set(every) == {
        p.parent.relative_to("generated").as_posix() for p in Path("generated").rglob("*.py")
    }, "other environments are left alone"
    (project / "kvariant.toml").write_text(PROJECT.replace(', "arm64"', ""))
    assert 1 == run(["generate", "--check"])
    assert 0 == run(["generate"])
    assert ["x86"] == [p.name for p in Path("generated").iterdir()]


def test_a_killed_writer_is_repaired(project: Path, capsys: Capture) -> None:
    """The previous state of ENV/NAME comes back, and what was being laid out goes."""
    (name, *_) = names(capsys)
    assert 0 == run(["generate"])
    folder = Path("generated") / name
    flat = name.replace("/", "%")
    folder.rename(f"generated/.{flat}.kvariant-old")
    Path(f"generated/.{flat}.kvariant-new").mkdir()
    assert 0 == run(["generate"])
    assert "5 variants are fresh" in capsys.readouterr().out
    assert (folder / "marks.py").is_file()
    assert ["arm64", "x86"] == sorted(p.name for p in Path("generated").iterdir())


def test_steps_run_in_their_environment(project: Path, capsys: Capture) -> None:
    """A step sees its variant's variables; the second sweep runs nothing."""
    (project / "kvariant.toml").write_text(PROJECT + STEP)
    every = names(capsys)
    assert {(n, s): "ok" for n in every for s in ("generate", "say")}.items() <= cells(
        capsys, "--step", "say"
    ).items()
    for name in every:
        arch = name.partition("/")[0]
        said = Path(f"generated/{name}/said").read_text()
        assert f"{name} {arch} {arch} {project}\n" == said
    assert sorted(every) == sorted(Path("runs").read_text().split())
    assert {"reused"} == set(cells(capsys, "--step", "say").values())
    assert 0 == run(["sweep", "--step", "say", "-j", "3"])
    said, told = capsys.readouterr()
    assert "2 trees (ARCH=x86, ARCH=arm64): 3 + 2 variants, 10 cells, 3 at a time\n" in told
    rows = [line.split("  ")[:2] for line in said.splitlines() if "/" not in line][1:3]
    assert [["x86", "3"], ["arm64", "2"]] == rows
    assert sorted(every) == sorted(Path("runs").read_text().split())


def test_a_failure_is_run_again_in_its_tree(project: Path, capsys: Capture) -> None:
    """The command that replays a failure names the environment, and fails again."""
    (project / "kvariant.toml").write_text(PROJECT + STEP)
    (project / "bad").write_text("arm64\n")
    found = cells(capsys, "--step", "say", code=1)
    failed = {name for (name, step), outcome in found.items() if outcome == "failed"}
    assert {name for name in names(capsys) if name.startswith("arm64/")} == failed
    assert 1 == run(["sweep", "--step", "say"])
    said = capsys.readouterr().out
    again = shlex.split(said.partition("again:  ")[2].splitlines()[0])
    assert "--env=ARCH=arm64" in again
    assert 1 == run(again[1:])
    assert "1 variant, 2 cells: " in capsys.readouterr().out
    assert Path(".kvariant/failures/1.config").is_file()


def test_an_ad_hoc_step_over_values_of_the_command_line(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a project file --env twice makes two trees, each built in a folder of its own."""
    for name in ("kvariant.toml", "templates/marks.py.j2"):
        (project / name).unlink()
    both = ["--env", "ARCH=x86", "--env", "ARCH=riscv"]
    text = "+\tdepends on PAGES && MARKER\n"
    for code, command in (
        (0, ["sh", "-c", 'test "$ARCH" = "$1"', "sh", "{env.ARCH}"]),
        (1, ["false"]),
    ):
        given = ["pairwise", "--symbols", "reads:-", *both, "--", *command]
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(_patch(text))))
        found = cells(capsys, *given, code=code)
        counts = [sum(name.startswith(f"{e}/") for name, _ in found) for e in ("x86", "riscv")]
        assert [3, 2] == counts, "the text of the standard input is read for both trees"
        assert {"failed" if code else "ok"} == set(found.values())


def _patch(line: str) -> bytes:
    return f"--- a/Kconfig\n+++ b/Kconfig\n@@ -1,0 +1,1 @@\n{line}".encode()


def test_a_toolchain_of_one_architecture(project: Path, capsys: Capture) -> None:
    """A symbol that one tree alone defines is n in the others, and no error where steps read it."""
    text = PROJECT + STEP + '[[toolchain]]\nwhere = "MIGHT && !SVE"\nenv = { TOOL = "one" }\n'
    (project / "kvariant.toml").write_text(text.replace("$ARCH", "'{env.TOOL}'".strip("'")))
    cells(capsys, "--step", "say")
    said = {name: Path(f"generated/{name}/said").read_text().split()[2] for name in names(capsys)
            if len(Path(f"generated/{name}/said").read_text().split()) == 4}  # fmt: skip
    assert {name for name in names(capsys) if name.startswith("x86/")} == set(said)
    (project / "kvariant.toml").write_text(text.replace("!SVE", "!SVEE"))
    assert 2 == run(["sweep"])
    assert "unknown symbol SVEE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ("MIGHT", "install it, or sweep the other 2: add -k 'arm64/*'"),
        ("!MIGHT", "install it, or sweep the other 3: add -k 'x86/*'"),
        (
            "MIGHT && PAGES",
            "install it, or choose variants without it: add --where '!(MIGHT && PAGES)'",
        ),
        ("MIGHT || PAGES", "install it"),  # without them nothing of x86 is left
        ("!PAGES", "install it, or choose variants without it: add --where PAGES"),
    ],
)
def test_what_is_said_of_a_missing_program_works(
    project: Path, capsys: Capture, where: str, hint: str
) -> None:
    """What the hint tells to add to the command leaves out the variants that need the program."""
    step = f'[[step]]\nname = "lost"\nneeds = ["generate"]\nwhere = "{where}"\nrun = "frobnicate"\n'
    (project / "kvariant.toml").write_text(PROJECT + step)
    assert 3 == run(["sweep", "--step", "lost"])
    assert f"hint: {hint}\n" in capsys.readouterr().err
    if ": add " in hint:
        added = shlex.split(hint.split(": add ")[1])
        found = cells(capsys, "--step", "lost", *added)
        assert "skipped" in set(found.values()) <= {"ok", "skipped"}


def test_what_is_wrong_in_one_tree_says_where(project: Path, capsys: Capture) -> None:
    """An error in every environment is told once; one of some environments names them."""
    (project / "asks.config").write_text("CONFIG_SVE=y\n")
    assert 2 == run(["matrix", "--config", "asks.config"])
    said = capsys.readouterr().err
    assert "no symbol is named SVE" in said
    assert "note: only in the tree of ARCH=x86\n" in said
    (project / "asks.config").write_text("CONFIG_SVEN=y\n")
    assert 2 == run(["matrix", "--config", "asks.config"])
    said = capsys.readouterr().err
    assert 1 == said.count("no symbol is named SVEN")
    assert "only in" not in said


def test_the_lock_has_each_environment(project: Path, capsys: Capture) -> None:
    """`ENV/MATRIX` are locked, taken back, found stale one by one, and gone with their list."""
    before = chosen(capsys)
    assert 0 == run(["matrix", "--write", "--verify"])
    lock = Lock.read(project / "variants.lock")
    assert ["arm64/pairs", "x86/pairs"] == sorted(lock.matrices)
    for environment, variants in before.items():
        locked = lock.matrices[f"{environment}/pairs"].variants
        assert [v["name"] for v in variants] == [f"{environment}/{v.name}" for v in locked]
    capsys.readouterr()
    assert 0 == run(["matrix", "--check"])
    assert "variants.lock is up to date: x86/pairs, arm64/pairs\n" == capsys.readouterr().out
    assert before == chosen(capsys)
    text = (project / "variants.lock").read_text()
    (project / "variants.lock").write_text(text.replace('"name": "', '"name": "z'))
    assert {name.partition("/")[2][0] for name in names(capsys)} == {"z"}, "names are the lock's"
    (project / "variants.lock").write_text(text)

    kconfig = project / "Kconfig"
    kconfig.write_text(KCONFIG.replace('= "x86"', '!= "riscv"'))
    capsys.readouterr()
    assert 1 == run(["matrix", "--check"])
    said = capsys.readouterr().out
    assert "arm64/pairs" in said
    assert "x86/pairs" not in said
    assert 1 == run(["check"])
    assert "the matrix arm64/pairs" in capsys.readouterr().out

    kconfig.write_text(KCONFIG)
    (project / "kvariant.toml").write_text(PROJECT.replace(', "arm64"', ""))
    assert 1 == run(["matrix", "--check"])
    assert "arm64/pairs: no such matrix" in capsys.readouterr().out
    assert 0 == run(["matrix", "--write"])
    assert ["x86/pairs"] == list(Lock.read(project / "variants.lock").matrices)


def test_check_finds_what_is_common_to_all(project: Path, capsys: Capture) -> None:
    """A section for each tree; generated files, and what the lock has of no tree, at the end."""
    assert 0 == run(["matrix", "--write"])
    assert 0 == run(["generate", "-k", "x86/*"])
    capsys.readouterr()
    assert 1 == run(["check"])
    said = capsys.readouterr().out
    assert said.index("[x86]") < said.index("[arm64]") < said.index("[all]") < said.index("[stale]")
    record = printed(capsys, "check", code=1)
    assert ["x86", "arm64"] == [tree["name"] for tree in record["trees"]]
    assert {"stale"} == {d["code"] for d in record["diagnostics"]}


def test_check_knows_what_other_trees_define(project: Path, capsys: Capture) -> None:
    """A name that one tree defines is no mistake in the others; one that none defines is."""
    Path("Kconfig").write_text(KCONFIG.replace("&& MIGHT", "&& (MIGHT || SVE || SVEE)"))
    assert 2 == run(["check"])
    said = capsys.readouterr().out
    assert 2 == said.count("'SVEE' is not a symbol")
    assert "'SVE' is not" not in said


def test_check_of_one_of_several(project: Path, capsys: Capture) -> None:
    """Of a tree that --env chooses, what is generated is looked at as well."""
    assert 0 == run(["generate"])
    assert 0 == run(["check", "--env", "ARCH=arm64"])
    for path in Path("generated/arm64").rglob("marks.py"):
        path.write_text("other\n")
    capsys.readouterr()
    assert 1 == run(["check", "--env", "ARCH=arm64"])
    assert "1 file of 2 variants" in capsys.readouterr().out
    assert 0 == run(["check", "--env", "ARCH=x86"])


def test_the_state_of_the_project(project: Path, capsys: Capture) -> None:
    """A bare `kvariant` has a line for each tree."""
    assert 0 == run([])
    said = capsys.readouterr().out
    assert "Kconfig: 3 symbols, 0 choices, ARCH=x86\n" in said
    assert "Kconfig: 4 symbols, 0 choices, ARCH=arm64\n" in said
    assert "5 of the matrix pairs" in said


def test_variants_of_two_trees_differ(project: Path, capsys: Capture) -> None:
    """`diff x86/A arm64/A` shows what only one tree defines; each name says its tree."""
    (project / "configs").mkdir()
    (project / "configs/all.config").write_text("CONFIG_PAGES=y\n")
    found = printed(capsys, "diff", "x86/all", "arm64/all")
    assert ["x86/all", "arm64/all"] == found["variants"]
    assert {"MIGHT": ["y", "n"], "SVE": [None, "n"]} == found["values"]
    assert ["marks.py"] == list(found["files"])
    assert 0 == run(["diff", "arm64/configs/all.config", "x86/all"])
    assert "SVE    n          not defined\n" in capsys.readouterr().out
    assert 0 == run(["matrix", "--write"])
    capsys.readouterr()
    marked = next(name for name in names(capsys) if "marker" in name)  # none in arm64
    assert ["n", "y"] == printed(capsys, "diff", "arm64/all", marked)["values"]["MARKER"]
    assert 2 == run(["diff", "all", "x86/all"])
    assert "hint: say which one: x86/all" in capsys.readouterr().err
    assert 2 == run(["diff", "arm64/al", "x86/all"])
    assert "did you mean all?" in capsys.readouterr().err
    assert 0 == run(["diff", "all", "x86/all", "--env", "ARCH=x86"])
    assert "x86/all and x86/all are the same" in capsys.readouterr().out


def test_make_runs_where_sources_are_relative_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """`{tree}` is what sources are relative to: coreboot's entry file is below it."""
    for folder in ("src/cpu", "configs", "other/cpu"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "src/Kconfig").write_text('source "src/cpu/Kconfig"\n')
    (tmp_path / "src/cpu/Kconfig").write_text('config CPU\n\tbool "CPU"\n')
    (tmp_path / "configs/a.config").write_text("CONFIG_CPU=y\n")
    monkeypatch.chdir(tmp_path)
    assert {("a", "build"): "ok"} == cells(capsys, "--", "test", "{tree}", "=", str(tmp_path))
    (tmp_path / "src/Kconfig").write_text('source "cpu/Kconfig"\n')
    assert {("a", "build"): "ok"} == cells(capsys, "--", "test", "{tree}", "=", f"{tmp_path}/src")
    given = ["--env", f"srctree={tmp_path}/other"]
    (tmp_path / "other/cpu/Kconfig").write_text('config CPU\n\tbool "CPU"\n')
    assert {("a", "build"): "ok"} == cells(
        capsys, *given, "--", "test", "{tree}", "=", f"{tmp_path}/other"
    )


def test_a_failure_of_a_tree(project: Path, capsys: Capture) -> None:
    """What depends on the tree alone is told so, also by a report; `--where` takes it."""
    (project / "Kconfig").write_text(KCONFIG.replace("MIGHT", "OTHER").replace('= "x86"', '= "y"'))
    (project / "templates/marks.py.j2").write_text("PAGES = {{ PAGES }}\n")
    (project / "kvariant.toml").write_text(PROJECT + STEP)
    (project / "bad").write_text("arm64\n")
    expected = '$(ARCH) = "arm64"'
    assert 1 == run(["sweep", "--json", "-q", "--step", "say"])
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert expected == failure["fails_iff"]
    assert {"$(ARCH)"} >= set(failure["differing"])
    assert expected == printed(capsys, "report", code=1)["failures"][0]["fails_iff"]
    (project / "configs").mkdir()
    (project / "configs/pages.config").write_text("CONFIG_PAGES=y\n")
    where = ["named", "--where", f"{expected} && PAGES"]
    assert ["arm64/pages"] == names(capsys, *where)
    assert 2 == run(["matrix", "named", "--where", '$(ARCHE) = "arm64"'])
    assert "unknown symbol $(ARCHE)" in capsys.readouterr().err


def test_what_one_tree_lacks_is_n(project: Path, capsys: Capture) -> None:
    """A symbol that another tree defines counts as n: no failure is told by its absence."""
    (project / "kvariant.toml").write_text(
        PROJECT.partition("[generate]")[0] + '[matrix.pairs]\nstrategy = "t-wise"\n'
    )
    given = ["--", '. {config}; test "$CONFIG_SVE" = y']
    assert 1 == run(["sweep", "--json", "-q", *given])
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert "!SVE" == failure["fails_iff"]


def test_one_of_several_trees_is_blamed(project: Path, capsys: Capture) -> None:
    """Extra variants of a tree that --env chooses of a list are evidence."""
    (project / "kvariant.toml").write_text(
        PROJECT.partition("[generate]")[0] + '[matrix.pairs]\nstrategy = "t-wise"\n'
    )
    given = ["--env", "ARCH=arm64", "--", '. {config}; test "$CONFIG_SVE$CONFIG_PAGES" != yy']
    assert 1 == run(["blame", "--json", "-q", *given])
    found = json.loads(capsys.readouterr().out)
    (failure,) = found["failures"]
    assert "PAGES && SVE" == failure["fails_iff"]
    assert failure["settled"]
    swept = 4  # every pair of PAGES and SVE; MARKER cannot be there
    assert swept + len(found["extra"]) == failure["passing"] + len(failure["variants"])


TESTS = """
import pytest

def test_any(variant):
    assert variant.name.startswith(("x86/", "arm64/"))
    assert variant["MIGHT"] == variant.name.startswith("x86/")
    assert variant.import_module("marks").MARKER == variant["MARKER"]

@pytest.mark.kconfig("SVE || MARKER")
def test_marker(variant):
    assert variant.import_module("marks").MIGHT
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one-process", "xdist"])
def test_in_pytest(project: Path, capsys: Capture, workers: tuple[str, ...]) -> None:
    """Ids are `[ENV/NAME]`; a marker may name what only one tree defines."""
    (project / "tests").mkdir()
    (project / "tests/test_marks.py").write_text(TESTS)
    (project / "pytest.ini").write_text("[pytest]\n")
    every = names(capsys)
    command = [sys.executable, "-m", "pytest", "-v", "-rs", *workers, "tests"]
    variables = {n: t for n, t in os.environ.items() if not n.startswith(("PYTEST_", "ARCH"))}
    done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    for name in every:
        assert f"tests/test_marks.py::test_any[{name}]" in done.stdout
    assert "6 passed, 4 skipped" in done.stdout
    assert "not defined" in done.stdout or "SVE || MARKER is n" in done.stdout
    done = subprocess.run(
        [*command, "--kvariant-only", "arm64/*"], capture_output=True, text=True, env=variables,
        check=False,
    )  # fmt: skip
    assert "2 passed, 2 skipped" in done.stdout, done.stdout


def test_our_own_test_step(project: Path, capsys: Capture) -> None:
    """A sweep runs the variants' tests in every environment, and not again."""
    (project / "tests").mkdir()
    (project / "tests/test_marks.py").write_text(TESTS)
    (project / "kvariant.toml").write_text('tests = ["tests"]\n' + PROJECT)
    every = names(capsys)
    expected = {(name, "test"): "ok" for name in every}
    assert expected.items() <= cells(capsys).items()
    assert {"reused"} == set(cells(capsys).values())


def test_the_same_bytes_whatever_the_hash_seed(project: Path) -> None:
    """Names, files and the lock are the same under any PYTHONHASHSEED."""
    script = (
        "from kvariant.cli import run\n"
        "assert not any([run(['matrix', '--write']), run(['generate', '-q'])])\n"
        "assert run(['matrix', '--json']) == 0"
    )
    seen = set()
    for seed in ("0", "1", "random"):
        (project / "variants.lock").unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        files = [p for p in sorted(Path("generated").rglob("*")) if p.is_file()]
        texts = [p.read_bytes() for p in (project / "variants.lock", *files)]
        seen.add((done.stdout.partition(b'{\n "format"')[2], *texts))
    assert 1 == len(seen)


def test_steps_find_the_compiler_of_their_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """In a kernel tree a step has the CROSS_COMPILE that answered Kconfig, or its toolchain's."""
    for name in ("ARCH", "CC", "CROSS_COMPILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.chdir(tmp_path)
    for name in ("init/Kconfig", "kernel/Kconfig.preempt", "scripts/Kconfig.include"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "Kconfig").write_text(
        KCONFIG.partition('source "')[0] + 'comment "$(ARCH) $(CC)"\n'
    )
    (tmp_path / "bin").mkdir()
    for name in ("aarch64-linux-gnu-gcc", "my-gcc"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    both = ["toggles", "--symbols", "PAGES", "--env", "ARCH=x86", "--env", "ARCH=arm64"]
    step = ["--", "echo {name} ${CROSS_COMPILE:-none} >> found"]
    cells(capsys, *both, *step)
    found = dict(line.split() for line in Path("found").read_text().splitlines())
    assert {"x86": "none", "arm64": "aarch64-linux-gnu-"} == {
        name.partition("/")[0]: text for name, text in found.items()
    }
    Path("kvariant.toml").write_text('[[toolchain]]\nenv = { CROSS_COMPILE = "my-" }\n')
    Path("found").unlink()
    cells(capsys, *both, *step)
    assert {"my-"} == {line.split()[1] for line in Path("found").read_text().splitlines()}
