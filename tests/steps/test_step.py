# SPDX-License-Identifier: MIT
"""Steps, toolchains and known failures of a project file, and a step from the command line."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.results import Store
from kvariant.steps.workspace import matches
from project_trees import CONFIGS, lay_out, outcomes, sweep

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a foreign tree, which is the working folder."""
    lay_out(tmp_path / "a tree")
    monkeypatch.chdir(tmp_path / "a tree")
    return tmp_path / "a tree"


def project(tree: Path, text: str) -> None:
    """Write the project file."""
    (tree / "kvariant.toml").write_text(text)


def test_command(tree: Path, capsys: Capture) -> None:
    """A command after -- is a step of each variant; what fails is told with a command again."""
    text = "grep -q CONFIG_B=y {config} && echo {name}.c:1: error: no B >&2 && exit 3 || echo fine"
    code, cells = sweep(capsys, "--", text)
    expected = {(name, "build"): "failed" if "b" in name else "ok" for name in CONFIGS}
    assert (code, outcomes(cells)) == (1, expected)
    assert cells["ab", "build"]["reason"] == "exit code 3"
    assert run(["sweep", "--", text]) == 1
    said = capsys.readouterr().out
    assert "1 distinct failure in 2 cells\n  VARIANT.c:1: error: no B\n" in said
    again = said.partition("again:  ")[2].splitlines()[0]
    assert run(shlex.split(again)[1:]) == 1
    assert "1 variant, 1 cell: 1 failed" in capsys.readouterr().out
    assert "no reads and no depfiles" not in said


@pytest.mark.parametrize(
    ("output", "told"),
    [
        # What a probe misses comes first, what the build broke on later.
        ("Package x was not found\nx.c:3:9: fatal error: x.h: No such file\n", "x.c:3:9: fatal"),
        ("sh: 1: cc: not found\nmake: *** [all] Error 127\n", "sh: 1: cc: not found"),
        ("x.c:(.text+0x2): undefined reference to `f'\nld: error\n", "x.c:(.text+0x2): undef"),
        ("one\ntwo\nmake: *** [all] Error 1\n", "two"),
        ("make: *** [all] Error 1\n", "make: *** [all] Error 1"),
        ("", "build ended with exit code 1"),
    ],
)
def test_the_line_that_tells_a_failure(tree: Path, capsys: Capture, output: str, told: str) -> None:
    """A compiler's error tells a failure, else the first line that may, else the last one."""
    (tree / "output").write_text(output)
    assert run(["sweep", "-k", "a", "--json", "--", "cat output; false {out}"]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert failure["message"].startswith(told)


@pytest.mark.parametrize(
    ("command", "warned"),
    [
        (["make", "--version"], True),
        (["test", "-d", "{tree}"], True),
        (["test", "-d", "{out}"], False),
        (["test -f {config}"], False),
        (["echo {name}"], False),
        (["-k", "a", "--", "true"], False),
    ],
)
def test_what_cannot_differ_is_told(
    tree: Path, capsys: Capture, command: list[str], warned: bool
) -> None:
    """A command without a variant's name or place does the same in all of several variants."""
    words = command if "--" in command else ["--", *command]
    assert run(["sweep", *words]) == 0
    said = capsys.readouterr().err
    assert warned == ("warning: the command is the same in every variant" in said)


def test_words_see_no_shell(tree: Path, capsys: Capture) -> None:
    """Several words after -- are arguments as they are, in the project's folder."""
    code, cells = sweep(capsys, "-k", "none", "--", "sh", "-c", 'echo "$1"; pwd', "x", "{out} $(x)")
    assert (code, outcomes(cells)) == (0, {("none", "build"): "ok"})
    log = (tree / ".kvariant/logs/none/build.log").read_text()
    assert log == f"{tree}/.kvariant/out/none $(x)\n{tree}\n"


def test_order_and_needs(tree: Path, capsys: Capture) -> None:
    """Steps run in order; one behind a failed one is skipped, unless it needs others."""
    project(
        tree,
        """
        [[step]]
        name = "build"
        run = "! grep -q B=y {config}"
        [[step]]
        name = "check"
        run = "test -f {config}"
        [[step]]
        name = "lint"
        run = "true"
        needs = []
        [[step]]
        name = "late"
        run = "true"
        needs = ["check"]
        """,
    )
    code, cells = sweep(capsys)
    assert code == 1
    assert list(outcomes(cells).values())[:4] == ["ok", "ok", "ok", "ok"]
    ab = {step: cells["ab", step] for step in ("build", "check", "lint", "late")}
    assert [c["outcome"] for c in ab.values()] == ["failed", "skipped", "ok", "skipped"]
    assert ab["check"]["reason"] == ab["late"]["reason"] == "after build failed"
    assert {place[1] for place in sweep(capsys, "--step", "late")[1]} == {"build", "check", "late"}


def test_where(tree: Path, capsys: Capture) -> None:
    """A step runs where its expression holds; elsewhere the failing term is the reason."""
    project(
        tree,
        """
        [[step]]
        name = "boot"
        run = "true"
        where = "A && !C"
        [[step]]
        name = "after"
        run = "true"
        [[step]]
        name = "strict"
        run = "true"
        needs = ["boot"]
        """,
    )
    code, cells = sweep(capsys)
    assert code == 0
    assert outcomes(cells)["a", "boot"] == "ok"
    skipped = cells["c", "boot"]
    assert (skipped["outcome"], skipped["reason"]) == ("skipped", "A is n")
    assert cells["abc", "boot"]["reason"] == "C is y"
    assert {cells[name, "after"]["outcome"] for name in CONFIGS} == {"ok"}
    assert cells["c", "strict"]["reason"] == "needs boot, which is skipped: A is n"


def test_toolchains_and_variables(
    tree: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first toolchain that holds sets variables; so do the step and the tree."""
    monkeypatch.setenv("MAKEFLAGS", "-j")
    monkeypatch.setenv("FROM_HERE", "shell")
    project(
        tree,
        """
        env = { ARCH = "x86" }
        [[step]]
        name = "show"
        run = "echo {env.CROSS} $CROSS {env.ARCH} $ARCH $OWN {env.FROM_HERE} [$MAKEFLAGS]"
        env = { OWN = "{name}" }
        [[toolchain]]
        where = "B"
        env = { CROSS = "b-" }
        [[toolchain]]
        where = "A"
        env = { CROSS = "a-" }
        """,
    )
    assert sweep(capsys)[0] == 0
    logs = {n: (tree / f".kvariant/logs/{n}/show.log").read_text() for n in CONFIGS}
    assert logs == {
        "none": " x86 x86 none shell []\n",
        "a": "a- a- x86 x86 a shell []\n",
        "ab": "b- b- x86 x86 ab shell []\n",
        "c": " x86 x86 c shell []\n",
        "abc": "b- b- x86 x86 abc shell []\n",
    }


@pytest.mark.parametrize(
    ("mode", "hint"),
    [(0o755, "write ./check"), (0o644, "make it executable and write ./check")],
)
def test_a_program_of_the_project(tree: Path, capsys: Capture, mode: int, hint: str) -> None:
    """A program that lies in the project's folder is found by its path only."""
    (tree / "check").write_text("#!/bin/sh\n")
    (tree / "check").chmod(mode)
    assert run(["sweep", "--", "check", "{out}"]) == 3
    assert f"check is not on PATH; every variant needs it [no-tool]\nhint: {hint}\n" in (
        capsys.readouterr().err
    )


def test_reads(tree: Path, capsys: Capture) -> None:
    """With `reads` a step runs again when a file, the command or a value changes, else never."""
    (tree / "src").mkdir()
    (tree / "src/x.c").write_text("1")
    text = '[[step]]\nname = "build"\nrun = "cat src/x.c"\nreads = ["src/**/*.c"]\n'
    project(tree, text)
    assert set(outcomes(sweep(capsys)[1]).values()) == {"ok"}
    assert set(outcomes(sweep(capsys)[1]).values()) == {"reused"}
    assert set(outcomes(sweep(capsys, "--no-reuse")[1]).values()) == {"ok"}
    (tree / "src/x.c").write_text("2")
    assert set(outcomes(sweep(capsys)[1]).values()) == {"ok"}
    project(tree, text.replace("cat", "cat -u"))
    assert set(outcomes(sweep(capsys)[1]).values()) == {"ok"}
    (tree / "configs/c.config").write_text("CONFIG_A=y\nCONFIG_C=y\n")
    changed = {place for place, how in outcomes(sweep(capsys)[1]).items() if how == "ok"}
    assert changed == {("c", "build")}
    (tree / "src/x.c").rename(tree / "src/y.c")
    assert run(["sweep"]) == 1


@pytest.mark.parametrize(
    "command",
    [
        '"sh {tree}/tools/a.sh"',
        '["sh", "{tree}/tools/a.sh"]',
        '"cd tools && sh a.sh"',
        "\"sh 'tools/my own.sh'\"",
        '["sh", "tools/my own.sh"]',
        '"sh {env.SCRIPT}"',
    ],
)
def test_scripts_are_read_that_a_command_names(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A script counts however it is named: through a placeholder, in quotes, from its folder."""
    step = f'[[step]]\nname = "build"\nrun = {command}\nreads = ["Kconfig"]\n'
    more = f'[[toolchain]]\nenv = {{ SCRIPT = "tools/a.sh", LONG = "{"x" * 300}" }}\n'
    tree = lay_out(tmp_path / "of mine", step + more, ("none",))
    monkeypatch.chdir(tree)
    (tree / "tools").mkdir()
    scripts = [tree / "tools" / name for name in ("a.sh", "my own.sh")]
    for script in scripts:
        script.write_text("true\n")
    assert [outcomes(sweep(capsys)[1]) for _ in range(2)] == [
        {("none", "build"): "ok"},
        {("none", "build"): "reused"},
    ]
    for script in scripts:
        script.write_text("false\n")
    assert outcomes(sweep(capsys)[1]) == {("none", "build"): "failed"}


def test_words_may_be_long(tree: Path, capsys: Capture) -> None:
    """What is too long for a path is none."""
    text = f'[[step]]\nname = "build"\nrun = "true {"x" * 300}"\nreads = ["Kconfig"]\n'
    project(tree, text)
    assert set(outcomes(sweep(capsys)[1]).values()) == {"ok"}


def test_depfiles(tree: Path, capsys: Capture) -> None:
    """With `depfiles` a variant runs again when a file changes that its own build has read."""
    (tree / "a.h").write_text("")
    (tree / "c.h").write_text("")
    (tree / "build.sh").write_text(
        'printf "x.o: build.sh" > "$1/x.d"\n'
        'grep -q A=y "$1/.config" && printf " a.h" >> "$1/x.d"\n'
        'grep -q C=y "$1/.config" && printf " c.h" >> "$1/x.d"\ntrue\n'
    )
    project(
        tree,
        '[[step]]\nname = "build"\nrun = "sh build.sh {out}"\ndepfiles = "{out}/**/*.d"\n'
        '[[step]]\nname = "test"\nrun = "true"\nreads = ["build.sh"]\n',
    )
    assert set(outcomes(sweep(capsys)[1]).values()) == {"ok"}
    assert set(outcomes(sweep(capsys)[1]).values()) == {"reused"}
    (tree / "c.h").write_text("int c;\n")
    ran = {place for place, how in outcomes(sweep(capsys)[1]).items() if how == "ok"}
    assert ran == {(name, step) for name in ("c", "abc") for step in ("build", "test")}
    (tree / "Makefile").write_text("")
    assert set(outcomes(sweep(capsys)[1]).values()) == {"ok"}


def test_never_reused(tree: Path, capsys: Capture) -> None:
    """A step that says nothing of what it reads runs every time, and the sweep says so."""
    project(tree, '[[step]]\nname = "build"\nrun = "true"\n')
    for _ in range(2):
        assert run(["sweep"]) == 0
        assert "never reused, for want of reads or depfiles: build" in capsys.readouterr().out
    assert run(["sweep", "--dry-run"]) == 0
    assert "no reads and no depfiles: it runs every time" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("build", "cause"),
    [
        ('depfiles = "{out}/*.d"', "as its depfiles match no file"),
        ("", "for want of reads or depfiles"),
    ],
)
def test_never_reused_for_another_step(tree: Path, capsys: Capture, build: str, cause: str) -> None:
    """The step that does not say what it reads is told, and those that can only follow it."""
    reads = '[[step]]\nname = "test"\nrun = "true"\nreads = ["Kconfig"]\n'
    project(tree, f'[[step]]\nname = "build"\nrun = "true"\n{build}\n{reads}')
    for command in ("sweep", "sweep", "report"):
        assert run([command]) == 0
        said = capsys.readouterr().out
        told = [line for line in said.splitlines() if line.startswith("never reused")]
        assert told == [
            f"never reused, {cause}: build",
            "never reused, as it comes after build: test",
        ]


def test_merged(tree: Path, capsys: Capture) -> None:
    """Of variants with the same values one runs, the others are merged with it and end alike."""
    (tree / "configs/zz.config").write_text("CONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\n")
    text = '[[step]]\nname = "build"\nrun = "! grep B=y {config}"\nreads = ["Kconfig"]\n'
    project(tree, text)
    code, cells = sweep(capsys, "-j", "2")
    assert code == 1
    merged = cells["zz", "build"]
    assert (merged["outcome"], merged["ended"], merged["reason"]) == ("merged", "failed", "as ab")


def test_results(tree: Path, capsys: Capture) -> None:
    """Each test of a runner is a cell; the step's own says how many."""
    (tree / "runner.sh").write_text(
        "echo 1..3\necho ok 1 - one\n"
        'if grep -q B=y "$1"; then echo not ok 2 - two; else echo ok 2 - two; fi\n'
        "echo 'ok 3 - three # SKIP no disk'\n"
    )
    project(
        tree,
        '[[step]]\nname = "test"\nrun = "sh runner.sh {config} > {results}/out.tap"\n'
        'results = "tap:{results}/out.tap"\nreads = ["runner.sh"]\n',
    )
    code, cells = sweep(capsys)
    assert code == 1
    assert cells["a", "test"]["reason"] == "2 passed, 1 skipped"
    assert cells["ab", "test"]["outcome"] == "failed"
    assert [cells["ab", "test", t]["outcome"] for t in ("one", "two", "three")] == [
        "ok",
        "failed",
        "skipped",
    ]
    code, cells = sweep(capsys)
    assert [cells["a", "test", t]["outcome"] for t in ("one", "two", "three")] == [
        "reused",
        "reused",
        "skipped",
    ]
    assert run(["sweep"]) == 1
    assert "1 distinct failure in 2 cells\n  two: " in capsys.readouterr().out


def test_skipped_tests_are_no_evidence(tree: Path, capsys: Capture) -> None:
    """A variant in which the failing test was skipped, or not reported, is no pass."""
    (tree / "runner.sh").write_text(
        "echo TAP version 13\necho ok - one\nplan=1..2\n"
        'if ! grep -q A=y "$1"; then echo "ok - two[$2] # SKIP A is n"\n'
        'elif grep -q B=y "$1"; then echo "not ok - two[$2]"\n'
        'elif grep -q C=y "$1"; then plan=1..1\nelse echo "ok - two[$2]"; fi\necho $plan\n'
    )
    project(
        tree,
        '[[step]]\nname = "test"\nrun = "sh runner.sh {config} {name} > {results}/out.tap"\n'
        'results = "tap:{results}/out.tap"\nreads = ["runner.sh"]\n',
    )
    (tree / "configs/ac.config").write_text("CONFIG_A=y\nCONFIG_C=y\n")
    for _ in ("run", "reused"):
        assert run(["sweep"]) == 1
        said = capsys.readouterr().out
        assert "1 distinct failure in 2 cells\n  two: " in said
        assert "fails where B: 2 of 2 against 0 of 1; 3 did not run it\n" in said
    assert run(["report", "--json"]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert (failure["passing"], failure["unrun"]) == (1, ["ac", "c", "none"])


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("true", "no results: No such file or directory"),
        ("echo x > {results}/junit.xml", "cannot read junit results"),
        ("exit 3", "exit code 3"),
    ],
)
def test_no_results(tree: Path, capsys: Capture, command: str, reason: str) -> None:
    """A runner that leaves no results, or others, did not do its work."""
    text = f'[[step]]\nname = "test"\nrun = "{command}"\nresults = "junit:{{results}}/junit.xml"\n'
    project(tree, text)
    code, cells = sweep(capsys, "-k", "a")
    cell = cells["a", "test"]
    assert code == 1
    assert cell["outcome"] == ("failed" if command == "exit 3" else "error")
    assert cell["reason"].startswith(reason)


def test_retries(tree: Path, capsys: Capture) -> None:
    """What passes when it is tried again is flaky, never ok, and is not reused."""
    text = '[[step]]\nname = "test"\nrun = "%s"\nretries = 2\nreads = ["Kconfig"]\n'
    project(
        tree,
        text % "test -f {results}/2 || { test -f {results}/1 && touch {results}/2; "
        "touch {results}/1; exit 4; }",
    )
    for expected in ("flaky", "ok", "reused"):
        code, cells = sweep(capsys, "-k", "a")
        assert (code, cells["a", "test"]["outcome"]) == (0, expected)
        if expected == "flaky":
            assert cells["a", "test"]["reason"] == "passed at try 3; first: exit code 4"
    project(tree, text % "exit 5")
    code, cells = sweep(capsys, "-k", "a")
    assert (code, cells["a", "test"]["reason"]) == (1, "exit code 5; 3 times")


def test_known_failures(tree: Path, capsys: Capture) -> None:
    """A known failure does not fail the sweep; a strict one that passes does."""
    text = (
        '[[step]]\nname = "build"\nrun = "! grep B=y {config}"\n'
        '[[known-failure]]\nwhere = "B"\nreason = "bug 7"\n'
    )
    project(tree, text)
    code, cells = sweep(capsys)
    assert (code, cells["ab", "build"]["known"]) == (0, "bug 7")
    assert run(["sweep"]) == 0
    assert "1 known failure in 2 cells" in capsys.readouterr().out
    project(tree, text.replace('"B"', '"A"') + "strict = true\n")
    code, cells = sweep(capsys)
    assert code == 1
    assert outcomes(cells)["a", "build"] == "failed"
    assert cells["a", "build"]["reason"] == "passed although it is a known failure: bug 7"


def test_a_known_failure_has_a_last_day(tree: Path, capsys: Capture) -> None:
    """Until then it is known; behind it it fails the sweep, and every report says that it was."""
    table = '[[known-failure]]\nwhere = "B"\nreason = "bug 7"\nuntil = %s\n'
    step = '[[step]]\nname = "build"\nrun = "! grep B=y {config}"\n'
    for day in ("9999-01-01", '"9999-01-01"'):
        project(tree, step + table % day)
        assert sweep(capsys)[0] == 0
    project(tree, step + table % "2001-12-31")
    code, cells = sweep(capsys)
    assert (code, cells["ab", "build"].get("known")) == (1, None)
    for command in (["sweep"], ["report"], ["report", "--text"], ["report", "--markdown"]):
        assert run(command) == 1
        said = capsys.readouterr().out.replace("\\", "")
        assert "was known: bug 7, until 2001-12-31" in " ".join(said.split())
    # A table that is still in force has the word.
    project(tree, step + table % "2001-12-31" + table.replace("bug 7", "bug 8") % "9999-01-01")
    code, cells = sweep(capsys)
    assert (code, cells["ab", "build"]["known"]) == (0, "bug 8")


def test_strict_ends_with_the_table(tree: Path, capsys: Capture) -> None:
    """What passes after the last day passes."""
    table = '[[known-failure]]\nreason = "bug 7"\nstrict = true\nuntil = %s\n'
    for day, code in (("2001-12-31", 0), ("9999-01-01", 1)):
        project(tree, '[[step]]\nname = "build"\nrun = "true"\n' + table % day)
        assert sweep(capsys)[0] == code


_MACHINE = "test -f {results}/sound || { touch {results}/sound; %s; }"


@pytest.mark.parametrize(
    ("end", "signs", "reason"),
    [
        ("exit 75", "75", "exit code 75"),
        ("exit 75", '"never", 4, 75', "exit code 75"),
        ("echo ssh: No route to host >&2; exit 1", '"No route"', "ssh: No route to host"),
        ("printf '\\033[31mOut of   disk\\033[0m\\n'; exit 1", '"^Out of"', "Out of disk"),
    ],
)
def test_a_broken_machine_is_tried_once_more(
    tree: Path, capsys: Capture, end: str, signs: str, reason: str
) -> None:
    """Without any `retries`; what passes then is ok, not flaky: nothing is said of the variant."""
    run_ = json.dumps(_MACHINE % end)
    project(tree, f'[[step]]\nname = "test"\nrun = {run_}\ninfrastructure = [{signs}]\n')
    code, cells = sweep(capsys, "-k", "a")
    assert (code, cells["a", "test"]["outcome"]) == (0, "ok")
    assert cells["a", "test"]["reason"] == f"once more after infrastructure: {reason}"


def test_a_machine_that_stays_broken(tree: Path, capsys: Capture) -> None:
    """Its cells are errors of which no cause is told; what else fails is explained without them."""
    command = (
        "echo tried >> {results}/count; grep -q B=y {config} && grep -q C=y {config} && exit 75;"
        " ! grep -q B=y {config}"
    )
    text = f'[[step]]\nname = "test"\nrun = "{command}"\ninfrastructure = [75]\n'
    project(tree, text)
    code, cells = sweep(capsys)
    assert code == 1
    ended = {name: cell["outcome"] for (name, _), cell in cells.items()}
    assert ended == {"a": "ok", "none": "ok", "c": "ok", "ab": "failed", "abc": "error"}
    assert cells["abc", "test"]["reason"] == "infrastructure: exit code 75; twice"
    assert (tree / ".kvariant/results/abc/count").read_text() == "tried\n" * 2
    assert run(["report"]) == 1
    said = capsys.readouterr().out
    assert "1 distinct failure in 1 cell\n" in said
    assert "1 cell of a broken machine, which say nothing of their variants" in said
    assert "infrastructure" not in said.partition("distinct failure")[2]
    # A table of known failures knows nothing of machines.
    project(tree, text + '[[known-failure]]\nwhere = "C"\nreason = "bug 7"\n')
    assert sweep(capsys, "-k", "abc")[0] == 1


_TAP = (
    '[[step]]\nname = "test"\nreads = ["Kconfig"]\nresults = "tap:{results}/t"\n'
    "run = '''(echo 1..2; grep -q A=y {config} && printf 'not '; echo ok 1 - a; "
    "grep -q C=y {config} && printf 'not '; echo ok 2 - c) > {results}/t%s'''\n"
)
_OF_A = '[[known-failure]]\ntest = "a"\nreason = "bug 7"\n'
_OF_C = '[[known-failure]]\ntest = "c"\nreason = "bug 8"\n'


def failures(capsys: Capture, *arguments: str) -> tuple[int, list[tuple[str, str, list[str]]]]:
    """Sweep; return the exit code, and of each failure its message, why it is known, and where."""
    code = run(["sweep", "--json", *arguments])
    found = json.loads(capsys.readouterr().out)["failures"]
    return code, [(f["message"], f.get("known", ""), f["variants"]) for f in found]


def test_each_failure_of_a_step_is_known_or_new(tree: Path, capsys: Capture) -> None:
    """A step with two known failures is known; a new one beside a known one is told apart."""
    project(tree, _TAP % "" + _OF_A + _OF_C)
    a = ("a: failed", "bug 7", ["a", "ab", "abc"])
    assert failures(capsys) == (0, [a, ("c: failed", "bug 8", ["abc", "c"])])
    project(tree, _TAP % "" + _OF_A)
    assert failures(capsys) == (1, [a, ("c: failed", "", ["abc", "c"])])
    assert run(["report", "--text"]) == 1
    text = capsys.readouterr().out
    assert text.startswith("5 variants: 1 distinct failure in 2 of them, 1 known failure\n")


def test_a_known_failure_has_a_reason(tree: Path, capsys: Capture) -> None:
    """Without words in it nothing would be known: such a table would do nothing."""
    project(tree, '[[known-failure]]\nwhere = "A"\nreason = ""\n')
    assert run(["sweep", "-q", "--", "true"]) == 2
    assert "3:1: error: reason: must say why it is known to fail" in capsys.readouterr().err


def test_a_strict_test_that_passes_is_a_failure_of_its_step(tree: Path, capsys: Capture) -> None:
    """It is told as one, by the report too; also where the result is not new."""
    project(tree, _TAP % "")
    assert run(["sweep", "-q"]) == 1
    project(tree, _TAP % "" + _OF_A + _OF_C + 'strict = true\nwhere = "A && !C"\n')
    passed = ("c: passed although it is a known failure: bug 8", "", ["a", "ab"])
    capsys.readouterr()
    code, found = failures(capsys)
    assert (code, passed in found) == (1, True)
    assert run(["report"]) == 1
    assert "c: passed although it is a known failure: bug 8" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("end", "message"),
    [("; sleep 60", "test ran longer than 0.5 s"), ("; kill -9 $$", "test was ended by signal 9")],
)
def test_a_step_that_breaks_off_is_more_than_its_known_failures(
    tree: Path, capsys: Capture, end: str, message: str
) -> None:
    """A test that is known to fail does not hide that the time was up, or a signal came."""
    project(tree, _TAP % end + 'timeout = "500ms"\n' + _OF_A + _OF_C)
    code, found = failures(capsys, "-k", "a")
    assert (code, [known for _, known, _ in found]) == (1, ["bug 7", ""])
    assert found[1][0].startswith(message)


def test_artifacts(tree: Path, capsys: Capture) -> None:
    """Variants that end well keep their artifacts alone, others everything."""
    project(
        tree,
        '[[step]]\nname = "build"\nrun = "touch {out}/a.bin {out}/b.tmp; ! grep B=y {config}"\n'
        'artifacts = ["*.bin"]\n',
    )
    assert sweep(capsys)[0] == 1
    out = tree / ".kvariant/out"
    assert sorted(p.name for p in (out / "a").iterdir()) == [".config", "a.bin"]
    assert sorted(p.name for p in (out / "ab").iterdir()) == [".config", "a.bin", "b.tmp"]


def test_made_again_for_a_step_behind(tree: Path, capsys: Capture) -> None:
    """A reused step whose files are gone runs again when one behind it needs them.

    Kept artifacts are enough for a step that says that it reads them, and them alone.
    """
    (tree / "t").write_text("1")
    text = (
        '[[step]]\nname = "build"\nrun = "echo x > {out}/bin"\nreads = ["Kconfig"]\n%s'
        '[[step]]\nname = "test"\nrun = "test -f {out}/bin"\nreads = ["t"%s]\n'
    )
    kept, said = 'artifacts = ["bin"]\n', ', "{out}/bin"'
    for artifacts, read, expected in (("", "", "ok"), (kept, "", "ok"), (kept, said, "reused")):
        project(tree, text % (artifacts, read))
        assert sweep(capsys, "-k", "a")[0] == 0
        (tree / "t").write_text(artifacts + read + "2")
        code, cells = sweep(capsys, "-k", "a")
        assert code == 0
        assert outcomes(cells) == {("a", "build"): expected, ("a", "test"): "ok"}


def test_time_limit_and_daemon(tree: Path, capsys: Capture) -> None:
    """A step that hangs with a daemon is ended with it, and says how long it had."""
    project(
        tree,
        '[[step]]\nname = "test"\ntimeout = "300ms"\n'
        'run = "setsid sleep 77 & echo $! > {out}/pid; sleep 77"\n',
    )
    code, cells = sweep(capsys, "-k", "a")
    cell = cells["a", "test"]
    assert (code, cell["outcome"], cell["reason"]) == (1, "timeout", "longer than 0.3 s")
    pid = int((tree / ".kvariant/out/a/pid").read_text())
    assert not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text()


def test_flood(tree: Path, capsys: Capture) -> None:
    """Of a flood of output the end is kept, and the log says what is not."""
    code, _ = sweep(capsys, "-k", "a", "--", "head -c 50000000 /dev/zero | tr '\\0' x; echo end")
    assert code == 0
    log = (tree / ".kvariant/logs/a/build.log").read_text()
    assert len(log) < 400_000
    assert log.startswith("(49,")
    assert log.endswith("end\n")


def test_fail_fast(tree: Path, capsys: Capture) -> None:
    """With --fail-fast the first failure ends the sweep; what did not run is missing."""
    code, cells = sweep(capsys, "-j", "1", "--fail-fast", "--", "! grep B=y {config}")
    assert code == 1
    assert outcomes(cells) == {
        ("a", "build"): "ok",
        ("ab", "build"): "failed",
        ("abc", "build"): "missing",
        ("c", "build"): "missing",
        ("none", "build"): "missing",
    }


def test_last_failed(tree: Path, capsys: Capture) -> None:
    """--last-failed takes what failed when it last ran, --failed-first begins with it."""
    text = "echo {name} >> order; ! grep B=y {config}"
    assert sweep(capsys, "--", text)[0] == 1
    (tree / "order").unlink()
    code, cells = sweep(capsys, "-j", "1", "--failed-first", "--", text)
    assert (tree / "order").read_text().split() == ["ab", "abc", "a", "c", "none"]
    assert [place[0] for place in cells] == ["a", "ab", "abc", "c", "none"]
    code, cells = sweep(capsys, "--last-failed", "--", text)
    assert (code, [place[0] for place in cells]) == (1, ["ab", "abc"])
    assert sweep(capsys, "--last-failed", "--", "true")[0] == 0
    assert run(["sweep", "--last-failed", "--", "true"]) == 0
    assert capsys.readouterr().out == "no variant failed when it last ran\n"


def test_dry_run(tree: Path, capsys: Capture) -> None:
    """--dry-run says what would run and why, and touches nothing."""
    project(tree, '[[step]]\nname = "build"\nrun = "touch hit"\nwhere = "A"\nreads = ["Kconfig"]\n')
    assert run(["sweep", "--dry-run"]) == 0
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert said == [
        ["build", "3", "to", "run", "a,", "ab,", "abc"],
        ["build", "2", "skipped", "A", "is", "n", "c,", "none"],
    ]
    assert not (tree / "hit").exists()
    assert not (tree / ".kvariant/out").exists()
    assert sweep(capsys)[0] == 0
    assert run(["sweep", "--dry-run"]) == 0
    assert capsys.readouterr().out.split()[:3] == ["build", "3", "reused"]


def test_many_variants_are_few_lines(tree: Path, capsys: Capture) -> None:
    """With many variants those that end alike are one row."""
    for number in range(60):
        (tree / f"configs/v{number}.config").write_text("CONFIG_A=y\n")
    assert run(["sweep", "--", "! grep B=y {config}"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) < 15
    assert shown[1].split() == ["ab,", "abc", "FAILED"]
    assert shown[2].split() == ["a,", "c", "and", "61", "more", "ok"]


def test_ccache(tree: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ccache is installed, compilers go through it."""
    masks = tree / "masks"
    masks.mkdir()
    monkeypatch.setattr("kvariant.steps.tools._CCACHE", (str(masks),))
    assert sweep(capsys, "-k", "a", "--", "echo $PATH $CCACHE_BASEDIR")[0] == 0
    log = (tree / ".kvariant/logs/a/build.log").read_text()
    assert log == f"{masks}{os.pathsep}{os.environ['PATH']} {tree}/.kvariant\n"


def test_shards(tree: Path, capsys: Capture) -> None:
    """Shards of one count are disjoint, together everything, and of equal size."""
    swept = [
        [place[0] for place in sweep(capsys, f"--shard={n}/3", "--", "true")[1]] for n in (1, 2, 3)
    ]
    assert sorted(name for names in swept for name in names) == sorted(CONFIGS)
    assert sorted(map(len, swept)) == [1, 2, 2]
    assert run(["sweep", "--shard=7/7", "--", "true"]) == 0
    assert capsys.readouterr().out == "an empty shard\n"


def test_full_disk(tree: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that finds no room on the disk ends the sweep with code 3; what has ended is kept."""
    monkeypatch.setattr("kvariant.steps.command.ROOM", 1 << 62)
    text = "grep -q B=y {config} || exit 0; echo 'cc: x.o: No space left on device' >&2; exit 1"
    assert run(["sweep", "-j", "1", "--", text]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "error: the disk is full: build of ab could not write [disk]" in said.err
    assert "hint: make room and sweep again: what has ended is kept" in said.err
    with Store.opened(tree / ".kvariant/results.sqlite") as store:
        past = store.past(1)
    assert ([cell.variant for cell in past.cells], past.ended) == (["a"], False)


def test_a_disk_that_is_only_said_to_be_full(
    tree: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test about a full disk fails like any other where there is room."""
    monkeypatch.setattr("kvariant.steps.command.ROOM", 0)
    code, cells = sweep(capsys, "--", "echo write: No space left on device {out}; exit 1")
    assert (code, outcomes(cells)) == (1, {(name, "build"): "failed" for name in CONFIGS})


def test_a_build_that_drops_values(tree: Path, capsys: Capture) -> None:
    """What a step leaves in the `.config` must be what was asked for; comments are its own."""
    drop = "sed -i -e s/^CONFIG_B=y/'# CONFIG_B is not set'/ -e '1i # mine' {config}"
    code, cells = sweep(capsys, "--", drop)
    expected = {(name, "build"): "failed" if "b" in name else "ok" for name in CONFIGS}
    assert (code, outcomes(cells)) == (1, expected)
    assert cells["ab", "build"]["reason"] == "CONFIG_B=y was dropped, it is n"
    assert run(["sweep", "--", drop]) == 1
    said = capsys.readouterr().out
    assert "1 distinct failure in 2 cells\n  CONFIG_B=y was dropped, it is n after build\n" in said


def test_a_config_with_other_comments_is_left_alone(tree: Path, capsys: Capture) -> None:
    """A step that writes its `.config` in its own way finds it so, in the next step as well."""
    project(
        tree,
        """
        [[step]]
        name = "build"
        run = "{ echo '# mine'; cat {config}; } > {out}/new && mv {out}/new {config}"
        [[step]]
        name = "check"
        run = "grep -q '^# mine' {config}"
        """,
    )
    code, cells = sweep(capsys)
    assert (code, set(outcomes(cells).values())) == (0, {"ok"})


def test_lists_take_all_values_that_follow(tree: Path, capsys: Capture) -> None:
    """`--symbols A B` is both, up to the next option or --; `-k` and `--step` take one each."""
    code, cells = sweep(capsys, "pairwise", "--symbols", "A", "C", "--", "true")
    assert (code, len(cells)) == (0, 4)
    code, cells = sweep(capsys, "--config", "configs/a.config", "configs/c.config", "--", "true")
    assert (code, set(outcomes(cells))) == (0, {("a", "build"), ("c", "build")})
    code, cells = sweep(capsys, "-k", "ab", "named", "--", "true")
    assert (code, set(outcomes(cells))) == (0, {("ab", "build")})


@pytest.mark.parametrize(
    "options",
    [
        ["pairwise", "--from", "boards/*"],
        ["pairwise", "--include", "boards/*"],
        ["distinct", "--symbols", "A", "--from", "boards/*"],
        ["uniform", "--size", "2", "--include", "c"],
        ["distinct", "--symbols", "A", "--base", "abc"],
        [],
    ],
)
def test_what_runs_again_is_what_failed(tree: Path, capsys: Capture, options: list[str]) -> None:
    """Whatever has chosen a variant: the command that is told runs it, and it alone."""
    (tree / "boards").mkdir()
    (tree / "boards/Odd_C_defconfig").write_text("CONFIG_C=y\n")
    (tree / "boards/other.config").write_text("CONFIG_A=y\n")
    if "--include" in options and "boards/*" in options:
        (tree / "boards/Odd_C_defconfig").rename(tree / "boards/only-c.config")
    step = ["--", "! grep -qx CONFIG_C=y {config} || { cat {config} >> seen; exit 1; }"]
    assert run(["sweep", "-q", "-j", "1", *options, *step]) == 1
    again = shlex.split(capsys.readouterr().out.partition("again:  ")[2].splitlines()[0])
    seen = (tree / "seen").read_text()
    (tree / "seen").unlink()
    assert run([*again[1 : again.index("--")], "-q", *again[again.index("--") :]]) == 1
    assert "1 variant, 1 cell: 1 failed" in capsys.readouterr().out
    assert seen.startswith((tree / "seen").read_text())


def test_two_stars_at_the_end_are_every_file_below(tmp_path: Path) -> None:
    """`tests/**` means the files, at any depth; without it a key would hold nothing of them."""
    for path in ("tests/a.py", "tests/deep/er/b.py", "other/c.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    expected = [tmp_path / "tests/a.py", tmp_path / "tests/deep/er/b.py"]
    assert expected == matches("tests/**", tmp_path)
    assert expected == matches(f"{tmp_path}/tests/**", Path("elsewhere"))
    assert expected[1:] == matches("tests/**/b.py", tmp_path)


@pytest.mark.parametrize(
    ("command", "is_written"),
    [
        ("cat {out}/include/generated/autoconf.h", True),
        ("! find {out} -name auto'conf.h' | grep -q .", False),
        ("echo '#include <autoconf.h>' | cat; test -s {out}/include/generated/autoconf.h", True),
        ("test -d {out}/include/generated", True),
        ("test -s {config} && test ! -e {out}/include", False),
    ],
)
def test_the_header(tree: Path, capsys: Capture, command: str, is_written: bool) -> None:
    """A command that names the configuration's header finds it, without templates as well."""
    code, _ = sweep(capsys, "-k", "a", "--", f"{command} && cp -r {{out}} kept")
    assert code == 0, (tree / ".kvariant/logs/a/build.log").read_text()
    header = tree / "kept/include/generated/autoconf.h"
    assert header.exists() == is_written
    if is_written:
        assert "#define CONFIG_A 1\n" in header.read_text()
