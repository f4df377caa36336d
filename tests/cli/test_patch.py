# SPDX-License-Identifier: MIT
"""`kvariant explain FILE:LINE` and `kvariant matrix patch`, as people use them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import small_kernel
from kvariant.cli import run

Capture = pytest.CaptureFixture[str]

PATCH = """\
--- a/net/core.c
+++ b/net/core.c
@@ -1,6 +1,6 @@
 #include <linux/wifi.h>
 #ifdef MODULE
-int old;
+int module;
 #else
 int built_in;
 #endif
--- a/kernel/fork.c
+++ b/kernel/fork.c
@@ -1,9 +1,9 @@
 #include <linux/wifi.h>
 #include "parts.c"
 int fork;
 #ifdef CONFIG_ARM64
-int arm_old;
+int arm;
 #endif
-#if CONFIG_LEVEL > 5
+#if CONFIG_LEVEL > 5 /* much */
 int much;
 #elif IS_ENABLED(CONFIG_WIFI)
--- a/README
+++ b/README
@@ -0,0 +1 @@
+words
"""


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the small kernel the working folder."""
    small_kernel.lay_out(tmp_path)
    (tmp_path / "README").write_text("words\n")
    (tmp_path / "a.config").write_text("CONFIG_WIFI=y\n")
    (tmp_path / "b.config").write_text("CONFIG_WIFI=m\nCONFIG_DEBUG=y\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Make a text the standard input."""
    stream = io.TextIOWrapper(io.BytesIO(text.encode()))
    monkeypatch.setattr(sys, "stdin", stream)


def test_explain_says_where_a_line_is_compiled(capsys: Capture) -> None:
    """The condition, what says each part, who has it, and the smallest change for who has not."""
    assert run(["explain", "net/log.c:1", "--config", "a.config", "b.config"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "compiled where DEBUG && WIFI",
        "  DEBUG  net/Makefile:3",
        "  WIFI   net/Makefile:1",
        "in b",
        "not in a (DEBUG=n); nearest: DEBUG=y",
    ]


def test_explain_proves_that_no_configuration_has_a_line(capsys: Capture) -> None:
    """Exit code 1, and what is the reason, with the tree that may have it."""
    assert run(["explain", "kernel/fork.c:5"]) == 1
    shown = capsys.readouterr().out
    assert "compiled in no configuration of this tree" in shown
    assert "#ifdef CONFIG_ARM64, line 4" in shown
    assert run(["explain", "arch/arm64/fault.c:1"]) == 1
    assert "--env ARCH=arm64" in capsys.readouterr().out


def test_explain_as_json(capsys: Capture) -> None:
    """The same for programs."""
    assert run(["explain", "net/core.c:3", "--config", "a.config", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert ("WIFI = m", True) == (record["condition"], record["possible"])
    assert {"a": "no"} == record["configurations"]
    assert {"WIFI": "m"} == record["nearest"]["changes"]


BAD = [
    (["explain", "net/none.c:1"], "no file net/none.c", 2),
    (["explain", "net/cor.c:1"], "did you mean core.c", 2),
    (["explain", "net/core.c:99"], "the file has 6 lines", 2),
    (["explain", "net/core.c:1", "--fix"], "--fix has no effect", 2),
    (["explain", "WIFI", "--config", "a.config", "b.config"], "--config is given 2 times", 2),
    (["matrix", "patch", "--diff", "none.diff"], "cannot read the patch", 2),
    (["matrix", "patch", "--diff", "README"], "has no changed file in it", 2),
    (["matrix", "patch", "--diff", "no..such"], "git diff no..such", 2),
    (["matrix", "patch", "--files", "none/*.c"], "no file matches none/*.c", 2),
    (["matrix", "pairwise", "--diff", "x"], "--diff has no effect", 2),
]


@pytest.mark.parametrize(("arguments", "message", "code"), BAD)
def test_what_cannot_be_is_refused_in_words(
    arguments: list[str], message: str, code: int, capsys: Capture
) -> None:
    """Each error names what is wrong."""
    assert run(arguments) == code
    shown = capsys.readouterr()
    assert message in shown.out + shown.err


def patched(capsys: Capture, *arguments: str) -> dict[str, Any]:
    """Return the JSON of a matrix of a patch."""
    assert run(["matrix", "patch", "--json", *arguments]) == 0
    record: dict[str, Any] = json.loads(capsys.readouterr().out)
    return record


def test_a_patch_is_seen_in_the_fewest_variants(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Lines, the other sides of a changed `#if`, what nothing compiles, and what is no code."""
    given(monkeypatch, PATCH)
    assert run(["matrix", "patch", "--base", "a.config"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "6 changed lines in 2 files: 5 compiled by 3 variants, 1 by none"
    assert "no fewer than 3 variants will do" in lines
    assert any(line.startswith("  kernel/fork.c:5: in no configuration") for line in lines)
    assert "  1 line of what is not compiled: README" in lines
    assert lines[-1] == "predicted; --verify preprocesses"


def test_each_goal_is_met_by_who_is_said_to(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Resolved anew, the variants have what they are said to have."""
    given(monkeypatch, PATCH)
    record = patched(capsys, "--base", "a.config")
    tree = small_kernel.load(Path.cwd())
    from kvariant.kconfig import Expression

    values = {v["name"]: tree.resolve(v["assignment"]) for v in record["variants"]}
    goals = record["patch"]["goals"]
    assert {"added", "removed", "side"} == {goal["kind"] for goal in goals}
    for goal in goals:
        condition = Expression.parse(goal["condition"])
        having = {name for name, c in values.items() if c.satisfies(condition)}
        assert having == goal["variants"].keys()
        assert bool(having) == goal["possible"]


def test_added_lines_alone_need_fewer(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Without the other sides one variant does."""
    given(monkeypatch, PATCH)
    record = patched(capsys, "--base", "a.config", "--added-lines")
    assert {"added"} == {goal["kind"] for goal in record["patch"]["goals"]}
    assert 1 == len(record["variants"])


def test_every_line_of_a_folder(capsys: Capture) -> None:
    """`--files` takes whole files, both sides of all that is in them."""
    record = patched(capsys, "--files", "net/*.c")
    goals = record["patch"]["goals"]
    assert 4 == len({goal["file"] for goal in goals} - {"net/wifi.c"})
    unmet = {goal["file"] for goal in goals if not goal["variants"]}
    assert {"net/wifi.c"} == unmet


def test_a_range_of_revisions(tree: Path, capsys: Capture) -> None:
    """`A..B` is what git says is between them."""
    git = [
        "git",
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.org",
        "-c",
        "init.defaultBranch=m",
    ]
    subprocess.run([*git, "init", "-q", "."], cwd=tree, check=True)
    subprocess.run([*git, "add", "."], cwd=tree, check=True)
    subprocess.run([*git, "commit", "-qm", "one"], cwd=tree, check=True)
    (tree / "kernel/debug.c").write_text("int debug;\nint more;\n")
    subprocess.run([*git, "commit", "-qam", "two"], cwd=tree, check=True)
    record = patched(capsys, "--diff", "HEAD~1..HEAD")
    (goal,) = record["patch"]["goals"]
    assert ("kernel/debug.c", 2, "DEBUG") == (goal["file"], goal["line"], goal["condition"])


def test_kconfig_and_makefile_lines(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Of a changed option each value is wanted, of a changed makefile line on and off."""
    before = small_kernel.FILES["Kconfig"].replace('tristate "chip"', 'tristate "chips"')
    make = small_kernel.FILES["kernel/Makefile"]
    text = _diff("Kconfig", before, small_kernel.FILES["Kconfig"])
    text += _diff("kernel/Makefile", make.replace("debug.o", "trace.o"), make)
    given(monkeypatch, text)
    record = patched(capsys)
    wanted = {goal["text"] for goal in record["patch"]["goals"]}
    assert {"CHIP=y", "CHIP=m", "CHIP=n", "DEBUG=y", "DEBUG=n"} == wanted
    assert all(goal["variants"] for goal in record["patch"]["goals"])
    assert 3 == len(record["variants"])


def test_a_patch_that_is_not_applied_is_looked_up_as_it_leaves_the_files(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The variants are the same, and it is said."""
    given(monkeypatch, PATCH)
    before = patched(capsys, "--base", "a.config")
    (tree / "net/core.c").write_text((tree / "net/core.c").read_text().replace("module", "old", 1))
    given(monkeypatch, PATCH)
    assert run(["matrix", "patch", "--json", "--base", "a.config"]) == 0
    shown = capsys.readouterr()
    assert "the patch is not applied to net/core.c" in shown.err
    assert before["variants"] == json.loads(shown.out)["variants"]


def test_symbols_that_a_patch_reads_are_those_around_it_too(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """`reads:-` finds what makefiles and headers say of the changed lines, not only its text."""
    given(monkeypatch, _diff("net/log.c", "int logs;\n", "int log;\n"))
    assert run(["matrix", "distinct", "--symbols", "reads:-", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert 6 == record["tuples"]["feasible"] + record["tuples"]["infeasible"]
    assert 6 == len(record["variants"])


def test_included_variants_count(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """What an included variant compiles needs no other."""
    given(monkeypatch, _diff("net/log.c", "int logs;\n", "int log;\n"))
    record = patched(capsys, "--include", "b.config")
    assert ["b"] == [variant["name"] for variant in record["variants"]]


def _diff(path: str, before: str, after: str) -> str:
    import difflib

    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return "".join(lines)


def test_what_asks_for_nothing_is_told(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Files that go, renames, modes and binaries are named, and an option that is gone."""
    kconfig = small_kernel.FILES["Kconfig"]
    text = _diff("Kconfig", kconfig + '\nconfig OLD\n\tbool "old"\n', kconfig)
    text += "diff --git a/logo.png b/logo.png\nindex 1..2 100644\n"
    text += "Binary files a/logo.png and b/logo.png differ\n"
    text += "diff --git a/net/log.c b/net/log.c\nold mode 100644\nnew mode 100755\n"
    text += "diff --git a/gone.c b/gone.c\ndeleted file mode 100644\n"
    text += "--- a/gone.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-int gone;\n"
    text += "diff --git a/tools/perf/a.c b/tools/perf/a.c\n"
    text += _diff("tools/perf/a.c", "int b;\n", "int a;\n")
    (tree / "tools/perf").mkdir(parents=True)
    (tree / "tools/perf/a.c").write_text("int a;\n")
    given(monkeypatch, text)
    record = patched(capsys)
    told = {one["file"]: one["what"] for one in record["patch"]["told"]}
    assert {
        "Kconfig": "OLD is no option any more",
        "logo.png": "binary",
        "net/log.c": "its mode alone",
        "gone.c": "is removed",
        "tools/perf/a.c": "of a program beside it, with makefiles of its own",
    } == told
    assert [] == record["patch"]["goals"]


JOINED = """\
int fork;
#if defined(CONFIG_NET) && \\
    defined(CONFIG_DEBUG) && \\
    CONFIG_LEVEL > 3
int both;
#endif
"""


@pytest.mark.parametrize("before", [
    JOINED.replace("CONFIG_DEBUG", "CONFIG_WIFI"),
    JOINED.replace("CONFIG_LEVEL > 3", "CONFIG_LEVEL > 4"),
    JOINED.replace("defined(CONFIG_NET) && \\\n", "defined(CONFIG_NET) && \\\n 1 && \\\n"),
])  # fmt: skip
def test_both_sides_of_an_if_of_several_lines(
    before: str, tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Whichever of its joined lines is changed, or goes, each branch is wanted."""
    (tree / "kernel/fork.c").write_text(JOINED)
    given(monkeypatch, _diff("kernel/fork.c", before, JOINED))
    record = patched(capsys)
    sides = {goal["text"] for goal in record["patch"]["goals"] if goal["kind"] == "side"}
    assert 2 == len(sides)
    assert {True} == {bool(goal["variants"]) for goal in record["patch"]["goals"]}


LISTED = """\
obj-y = fork.o
obj-$(CONFIG_DEBUG) += a.o \\
	b.o \\
	c.o
ccflags-y += -Dx # CONFIG_NET
"""


@pytest.mark.parametrize("after", [
    LISTED.replace("b.o", "d.o"),
    LISTED.replace("\tb.o \\\n", ""),
    LISTED.replace("c.o\n", "c.o \\\n\td.o\n"),
])  # fmt: skip
def test_a_list_of_several_lines_has_its_option(
    after: str, tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Of a joined line of a makefile the option is wanted on and off; those in comments are not."""
    (tree / "kernel/Makefile").write_text(after)
    given(monkeypatch, _diff("kernel/Makefile", LISTED, after))
    record = patched(capsys)
    assert {"DEBUG=y", "DEBUG=n"} == {goal["text"] for goal in record["patch"]["goals"]}


@pytest.mark.parametrize(
    "path", ["kernel/fork.c", "include/linux/wifi.h", "Kconfig", "kernel/Makefile"]
)
def test_a_file_may_become_empty(
    path: str, tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A file without a line is one that is compiled, or says nothing any more."""
    if path == "Kconfig":
        (tree / "Kconfig.none").write_text("")
        path = "Kconfig.none"
    (tree / path).write_text("")
    given(monkeypatch, _diff(path, "int a;\nint b;\n", ""))
    assert 2 > run(["matrix", "patch", "--json"]), capsys.readouterr().err


def test_a_number_is_wanted_at_the_ends_of_its_range(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """An edited int has the values that its definition names, each in some variant."""
    after = small_kernel.FILES["Kconfig"]
    given(monkeypatch, _diff("Kconfig", after.replace("default 3", "default 4"), after))
    record = patched(capsys)
    wanted = {goal["text"]: bool(goal["variants"]) for goal in record["patch"]["goals"]}
    assert {"LEVEL=0": True, "LEVEL=9": True, "LEVEL=3": True} == wanted


@pytest.mark.parametrize("text", ["", "Merge: 1a 2b\n", "diff --cc a.c\n@@@ -1 -1 +1 @@@\n"])
def test_a_patch_without_changes_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Nothing at all, and what git prints of a merge, are no patch; exit code 2."""
    given(monkeypatch, text)
    assert run(["matrix", "patch"]) == 2
    assert "the standard input: error: the patch" in capsys.readouterr().err
