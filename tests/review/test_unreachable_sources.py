# SPDX-License-Identifier: MIT
"""Sources that an edit of Kconfig makes unreachable, held against a listing of configurations.

The oracle is kconfiglib, which resolves every assignment of both trees, and where the lines of
the small kernel are compiled, written here by hand.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import kconfiglib
import pytest

import small_kernel
from kvariant.cli import run
from kvariant.review.proofs import proofs
from kvariant.review.tree_changes import tree_changes
from kvariant.review.unreachable_sources import source_changes

Values = Mapping[str, str]
ON = ("y", "m")


def is_on(*names: str) -> Callable[[Values], bool]:
    """Return whether options are on, in a tree that may not have them."""
    return lambda values: all(values.get(name) in ON for name in names)


def is_module(values: Values) -> bool:
    """Return whether wifi is one."""
    return values.get("WIFI") == "m"


PLACES: dict[tuple[str, int], Callable[[Values], bool]] = {
    # Line 1 of a file that has no directive there stands for the file.
    ("arch/x86/head_32.S", 1): is_on("X86_32"),
    ("arch/x86/head_64.S", 1): lambda values: values.get("X86_32") != "y",
    ("kernel/debug.c", 1): is_on("DEBUG"),
    ("kernel/fork.c", 7): lambda values: int(values.get("LEVEL") or 0) > 5,
    ("kernel/fork.c", 9): lambda values: (
        int(values.get("LEVEL") or 0) <= 5 and values.get("WIFI") in ON
    ),
    ("kernel/parts.c", 1): is_on("DEBUG"),
    ("include/linux/wifi.h", 3): is_module,
    ("lib/crc.c", 1): is_on("WIFI"),
    ("net/core.c", 1): is_on("WIFI"),
    ("net/core.c", 2): is_module,
    ("net/log.c", 1): is_on("WIFI", "DEBUG"),
    ("net/module.c", 1): is_module,
    ("net/old.c", 1): is_on("WIFI"),
    ("net/chip/chip.c", 1): is_on("CHIP", "WIFI"),
    ("net/chip/always.c", 1): is_on("WIFI"),
    ("net/shared/shared.c", 1): is_on("WIFI"),
    ("drivers/tool/u.c", 1): is_on("WIFI"),
    ("net2/a.c", 1): is_on("NET"),
}
CHOICES = {
    "MODULES": ("n", "y"),
    "NET": ("n", "y"),
    "WIFI": ("n", "m", "y"),
    "CHIP": ("n", "m", "y"),
    "DEBUG": ("n", "y"),
    "LEVEL": ("3", "6"),
    "X86_32": ("n", "y"),
}
WIFI = 'config WIFI\n\ttristate "wifi"\n\tdepends on NET\n'
EDITS = {
    "nothing": ("", ""),
    "a default": ("default 3", "default 4"),
    "a chip without a net": ("depends on WIFI", "depends on WIFI && !NET"),
    "no module": ("tristate", "bool"),
    "an option is gone": ('config DEBUG\n\tbool "debugging"\n', ""),
    "an option is renamed": ("DEBUG", "DEBUGGING"),
    "a range": ("range 0 9", "range 0 5"),
    "a range that leaves no less": ("range 0 9", "range 6 9"),
    "two that exclude each other": ("depends on NET", "depends on NET && !DEBUG"),
    "two that need each other": ("depends on NET", "depends on NET\n\tselect DEBUG"),
    "all of wifi": (WIFI, ""),
    "no net": ('bool "networking"\n\tdefault y', "bool"),
    "always a net": ('bool "networking"', "bool"),
    "a prompt that is gone": ('tristate "wifi"', "tristate"),
}


@functools.cache
def held(kconfig: str, folder: Path) -> frozenset[tuple[str, int]]:
    """Return the places that some configuration compiles, by listing all."""
    path = folder / "Kconfig.listed"
    path.write_text(kconfig.replace("$(SRCARCH)", "x86"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("srctree", str(folder))
        tree = kconfiglib.Kconfig(str(path), warn=False)
    found: set[tuple[str, int]] = set()
    for texts in itertools.product(*CHOICES.values()):
        tree.unset_values()
        for name, text in zip(CHOICES, texts, strict=True):
            if name in tree.syms:
                tree.syms[name].set_value(text)
        values = {name: symbol.str_value for name, symbol in tree.syms.items()}
        found |= {place for place, is_there in PLACES.items() if is_there(values)}
    return frozenset(found)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree before."""
    return small_kernel.lay_out(tmp_path_factory.mktemp("before"))


@pytest.mark.parametrize("name", EDITS)
def test_what_is_lost_is_what_a_listing_loses(name: str, before: Path, tmp_path: Path) -> None:
    """Each place that a configuration compiled before, and none does now, is told; no other."""
    folder = small_kernel.lay_out(tmp_path)
    text = small_kernel.KCONFIG
    edited = text.replace(*EDITS[name])
    assert name == "nothing" or edited != text
    (folder / "Kconfig").write_text(edited)
    lost = held(text, before) - held(edited, before)
    whole = {path for path, line in lost if line == 1 and path != "kernel/parts.c"}
    expected = {(p, n) for p, n in lost if p not in whole or n == 1}
    changes = tree_changes(small_kernel.load(before), small_kernel.load(folder), said="before")
    found = source_changes(changes, proofs(changes))
    told = {(one.path, one.line) for one in found.unreachable}
    assert told == expected
    assert {one.path for one in found.unreachable if one.is_whole} == whole


def test_it_is_printed_and_can_fail(
    before: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file has a line of its own, a block its first line; the JSON says how much was asked."""
    folder = small_kernel.lay_out(tmp_path)
    edited = small_kernel.KCONFIG.replace("depends on WIFI", "depends on WIFI && !NET")
    (folder / "Kconfig").write_text(edited.replace("range 0 9", "range 0 5"))
    monkeypatch.chdir(folder)
    assert run(["review", "--old-tree", str(before), "--fail-on", "unreachable"]) == 1
    told = capsys.readouterr().out
    assert " unreachable net/chip/chip.c: CHIP && WIFI = y || CHIP = m && WIFI = m\n" in told
    assert " unreachable kernel/fork.c:7: LEVEL > 5" in told
    assert run(["review", "--old-tree", str(before), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [(one["path"], one["line"], one["whole_file"]) for one in record["unreachable"]] == [
        ("net/chip/chip.c", 1, True),
        ("kernel/fork.c", 7, False),
    ]
    assert record["counts"]["unreachable"] == 2
    assert record["sources_asked"]["conditions"] > 2
    assert record["sources_asked"]["not_asked"] is None


def test_what_was_not_read_is_told(
    before: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Files above the bound, and options above theirs: counted, in people's words and JSON."""
    folder = small_kernel.lay_out(tmp_path)
    edited = small_kernel.KCONFIG.replace("range 0 9", "range 0 5").replace("tristate", "bool")
    (folder / "Kconfig").write_text(edited)
    monkeypatch.chdir(folder)
    words = ["review", "--old-tree", str(before)]
    monkeypatch.setattr("kvariant.review.unreachable_sources.MOST_FILES", 1)
    assert run(words) == 0
    assert re.search(r"^ sources \d+ of \d+ files were not read$", capsys.readouterr().out, re.M)
    monkeypatch.setattr("kvariant.review.unreachable_sources.MOST_OPTIONS", 1)
    assert run([*words, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert "options differ, sources were not searched" in record["sources_asked"]["not_asked"]
    assert record["unreachable"] == []


BUSYBOX = {
    "Config.in": "source .platform.in\nsource libbb/Config.in\n",
    "Makefile": ".platform.in:\nlibs-y := libbb/\n",
    "applets/x": "",
    "libbb/Config.src": 'menu "x"\nINSERT\nendmenu\n',
    "libbb/Kbuild.src": "lib-y :=\nINSERT\n",
    "libbb/a.c": '//config:config A\n//config:\tbool "a"\n//kbuild:lib-$(CONFIG_A) += a.o\n',
    "libbb/b.c": '//config:config B\n//config:\tbool "b"\n//kbuild:lib-$(CONFIG_B) += b.o\n'
    "#if ENABLE_A\nint both;\n#endif\n",
}


@pytest.mark.parametrize(
    ("depends", "lost"),
    [("A && !A", {"libbb/b.c: B"}), ("!A", {"libbb/b.c:4: B && A"}), ("A", set())],
)
def test_options_may_be_in_the_sources_themselves(
    depends: str, lost: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Of BusyBox, whose Kconfig files and makefiles its build writes, and may not have yet."""
    for root in ("before", "after"):
        for name, text in BUSYBOX.items():
            path = tmp_path / root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            more = f'"b"\n//config:\tdepends on {depends}\n' if root == "after" else '"b"\n'
            path.write_text(text.replace('"b"\n', more))
    monkeypatch.chdir(tmp_path / "after")
    # A line more stands before the `#if`.
    lost = {one.replace(":4:", ":5:") for one in lost}
    assert run(["review", "--old-tree", "../before"]) == 0
    told = [line for line in capsys.readouterr().out.split("\n") if "unreachable" in line]
    assert {line.removeprefix(" unreachable ") for line in told} == lost
    run(["explain", "B=y"])
    assert ("B can never be y" in capsys.readouterr().out) == (depends == "A && !A")
