"""Dialects and presets: whose rules hold, and what kind of tree it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import dialect_document
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import strategies
from kvariant import Space, Tree
from kvariant.errors import InputError
from kvariant.kconfig.dialect import DIALECTS, NAMES, RULES
from kvariant.kconfig.tool import named, tool_of
from strategies import SmallTree, small_trees

IMPLY = """\
config MODULES
	bool "modules"
	option modules
	default y
config DEP
	tristate "dep"
	default m
config LEVER
	tristate "lever"
	default y
	imply TARGET
config TARGET
	tristate
	depends on DEP
"""


@pytest.mark.parametrize(("dialect", "value"), [("kconfiglib", "y"), ("linux", "m")])
def test_imply(tmp_path: Path, dialect: str, value: str) -> None:
    """An imply of y beside a dependency of m: kconfiglib promotes, the C tool limits."""
    (tmp_path / "Kconfig").write_text(IMPLY)
    tree = Tree.load(tmp_path / "Kconfig", dialect=dialect)
    assert value == tree.resolve({})["TARGET"]
    assert DIALECTS[dialect] is tree.dialect is Space.of(tree).dialect


@given(small_trees(), st.data())
@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_resolve_and_space_agree_in_the_linux_dialect(
    small: SmallTree, data: st.DataObject
) -> None:
    """Both readings of the C tool's rule give the same value to every symbol."""
    with small.written() as path:
        kconfig = strategies.plain(path)
        tree = Tree.load(path, dialect="linux")
        states = [st.sampled_from(part) for part in strategies.states(kconfig)]
        drawn = data.draw(st.lists(st.tuples(*states), min_size=1, max_size=6))
        assignments = [{n: v for part in state for n, v in part} for state in drawn]
        evaluated = Space.of(tree).evaluate(assignments)
        assert [dict(tree.resolve(a)) for a in assignments] == [dict(c) for c in evaluated]


LINUX = ("init/Kconfig", "kernel/Kconfig.preempt", "scripts/Kconfig.include")
U_BOOT = ("boot/Kconfig", "common/spl/Kconfig")


def lay_out(folder: Path, files: tuple[str, ...], entry: str = "Kconfig") -> Path:
    """Write a tree of one option with some empty files beside it."""
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / entry).write_text('config FAX\n\tbool "Fax $(SRCARCH) $(KERNELVERSION)"\n')
    (folder / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n")
    return folder


@pytest.mark.parametrize(
    ("files", "entry", "preset"),
    [
        (LINUX, "Kconfig", "linux"),
        (U_BOOT, "Kconfig", "u-boot"),
        (("libbb/x", "applets/x"), "Config.in", "busybox"),
        (("toys/x", "scripts/genconfig.sh"), "Config.in", "toybox"),
        (LINUX[:2], "Kconfig", "plain"),
    ],
    ids=["linux", "u-boot", "busybox", "toybox", "plain"],
)
def test_the_preset_is_detected(
    tmp_path: Path, files: tuple[str, ...], entry: str, preset: str
) -> None:
    """A tree's files say what kind it is, whether its folder or its entry file is named."""
    folder = lay_out(tmp_path, files, entry)
    assert preset == Tree.load(folder).preset.name == Tree.load(folder / entry).preset.name


def test_a_preset_gives_what_the_makefile_exports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source architecture follows ARCH; what the caller sets comes first."""
    for name in ("ARCH", "SRCARCH", "KERNELVERSION"):
        monkeypatch.delenv(name, raising=False)
    folder = lay_out(tmp_path, LINUX)
    environment = Tree.load(folder, env={"ARCH": "x86_64"}).environment
    assert ("x86", "6.1.0") == (environment["SRCARCH"], environment["KERNELVERSION"])
    assert "um" == Tree.load(folder, env={"SRCARCH": "um"}).environment["SRCARCH"]
    assert "SRCARCH" not in Tree.load(folder, preset="plain").environment


def compilers(folder: Path, *names: str) -> str:
    """Make programs that say who they are, and return the PATH that has these alone."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (Test 1-2) 12.2.0'\n")
        (folder / name).chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("given", "installed", "prefix", "answered"),
    [
        ({"ARCH": "arm64"}, ["gcc", "aarch64-linux-gnu-gcc"], "aarch64-linux-gnu-", None),
        ({"ARCH": "arm"}, ["gcc", "arm-linux-gnueabi-gcc"], "arm-linux-gnueabi-", None),
        ({"ARCH": "arm64"}, ["gcc", "arm-linux-gnueabi-gcc"], "", None),
        ({"ARCH": "i386"}, ["gcc", "x86_64-linux-gnu-gcc"], "", None),
        ({"ARCH": "um"}, ["gcc", "aarch64-linux-gnu-gcc"], "", None),
        ({}, ["gcc", "x86_64-linux-gnu-gcc"], "", None),
        ({"ARCH": "arm64", "CROSS_COMPILE": "my-"}, ["aarch64-linux-gnu-gcc", "my-gcc"], "my-",
         None),
        ({"ARCH": "arm64", "CROSS_COMPILE": ""}, ["gcc", "aarch64-linux-gnu-gcc"], "", None),
        ({"ARCH": "arm64", "CC": "clang"}, ["clang", "aarch64-linux-gnu-gcc"],
         "aarch64-linux-gnu-", "clang"),
    ],
    ids=["installed", "second", "none", "own", "user-mode", "default", "told", "told-none", "cc"],
)  # fmt: skip
def test_another_architectures_compiler_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    installed: list[str],
    prefix: str,
    answered: str | None,
) -> None:
    """Its compiler, if it is on PATH, answers the probes, as make's CROSS_COMPILE has it."""
    for name in ("ARCH", "CROSS_COMPILE", "CC", "CC_VERSION_TEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    folder = lay_out(tmp_path / "tree", LINUX)
    (folder / "Kconfig").write_text('config FAX\n\tbool "$(CC) $(LD) $(CC_VERSION_TEXT)"\n')
    monkeypatch.setenv("PATH", compilers(tmp_path / "bin", *installed))
    tree = Tree.load(folder, env=given)
    compiler = answered or f"{prefix}gcc"
    assert prefix == tree.cross_compile
    assert compiler == tree.environment["CC"]
    assert f"{prefix}ld" == tree.environment["LD"]
    assert f"{compiler} (Test 1-2) 12.2.0" == tree.environment["CC_VERSION_TEXT"]


def test_an_empty_line_of_the_makefile_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands on the line behind an empty EXTRAVERSION is no part of the version."""
    monkeypatch.delenv("KERNELVERSION", raising=False)
    folder = lay_out(tmp_path, ("libbb/x", "applets/x"), "Config.in")
    with (folder / "Makefile").open("a") as makefile:
        makefile.write("EXTRAVERSION =\nNAME = Unnamed\n")
    assert "6.1.0" == Tree.load(folder).environment["KERNELVERSION"]


@pytest.mark.parametrize("marks", [LINUX, U_BOOT], ids=["linux", "u-boot"])
def test_a_kernel_without_its_tool_has_the_newest_rules(
    tmp_path: Path, marks: tuple[str, ...]
) -> None:
    """What kind of tree it is tells whose rules are likely; unasked, kconfiglib's hold."""
    folder = lay_out(tmp_path, marks)
    assert DIALECTS["linux"] is Tree.load(folder, dialect="auto").dialect
    assert DIALECTS["kconfiglib"] is Tree.load(folder).dialect


def test_srctree_is_reported_as_the_tree_saw_it(tmp_path: Path) -> None:
    """The tree's own folder is what $(srctree) gave, and the environment says so."""
    (tmp_path / "Kconfig").write_text('config AT\n\tstring\n\tdefault "$(srctree)"\n')
    tree = Tree.load(tmp_path / "Kconfig")
    assert str(tmp_path.resolve()) == tree.resolve({})["AT"] == tree.environment["srctree"]


SOURCE = {
    "symbol.c": """
void sym_calc_value(struct symbol *sym)
struct symbol *sym_calc_choice(struct menu *choice)
	list_for_each_entry(sym, &choice->choice_members, choice_link)
		list_for_each_entry_reverse(sym, &choice->choice_members, choice_link)
		newval.val = "0x0";
""",
    "menu.c": "	} else if (!inside_choice && sym) {\n",
}
"""What some rules are recognised by, and nothing else."""


def test_each_rule_is_read_from_the_trees_own_tool(tmp_path: Path) -> None:
    """Trees mix rules: what the source shows holds, and what is not to be read is told."""
    folder = tmp_path / "util" / "kconfig"
    folder.mkdir(parents=True)
    for name, text in SOURCE.items():
        (folder / name).write_text(text)
    found = tool_of(tmp_path, DIALECTS["linux-6.18"])
    assert found is not None
    assert folder == found.folder
    shown = (
        "hidden_choices",
        "last_visible_member",
        "unset_members",
        "zero_numbers",
        "flat_choices",
    )
    assert all(getattr(found.dialect, name) for name in shown)
    assert not found.dialect.transitional
    assert not found.dialect.member_defaults
    assert {n for n, rule in RULES.items() if rule.file == "confdata.c"} == set(found.unread)
    assert found.dialect.clamped_numbers, "as it is assumed, where confdata.c is missing"
    assert "tree" == found.dialect.name


def test_rules_that_are_a_named_sets_have_its_name() -> None:
    """What was read is called by the set that it is equal to."""
    for name, dialect in DIALECTS.items():
        own = dataclasses.replace(dialect, name="tree")
        expected = "linux-6.18" if name == "linux" else name
        assert expected == named(own).name


def test_every_rule_can_be_read_or_is_no_release_of_the_kernel() -> None:
    """A rule of a `Dialect` has its place in C, but for the one that only a fork has."""
    assert {"negated_depends"} == set(NAMES) - set(RULES)
    assert set(RULES) <= set(NAMES)


def test_the_page_of_dialects_is_fresh() -> None:
    """`python tests/kconfig/dialect_document.py` writes it."""
    assert dialect_document.document_text() == dialect_document.DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["linus", ""])
def test_an_unknown_dialect_is_refused(tmp_path: Path, text: str) -> None:
    """The error names the sets that there are."""
    (tmp_path / "Kconfig").write_text(IMPLY)
    with pytest.raises(InputError, match="no dialect is named"):
        Tree.load(tmp_path / "Kconfig", dialect=text)
