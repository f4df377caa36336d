# SPDX-License-Identifier: MIT
"""Where lines of a tree are compiled: makefiles, `#if`s and includes joined."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

import small_kernel
from kvariant.errors import InputError
from kvariant.kconfig import Expression, Tree
from kvariant.kconfig.expression import ALWAYS, And, Not, Or
from kvariant.presence.sources import MOST_INCLUDERS, SourceFiles, without_others
from kvariant.presence.verdict import judged, nearest
from kvariant.space import Space

CASES = [
    ("init/main.c:1", "y"),
    ("kernel/debug.c:1", "DEBUG"),
    ("lib/sort.c:1", "y"),
    ("lib/crc.c:1", "WIFI"),
    ("net/core.c:1", "WIFI"),
    ("net/core.c:3", "WIFI = m"),
    ("net/core.c:5", "WIFI = y"),
    ("net/log.c:1", "DEBUG && WIFI"),
    ("net/module.c:1", "WIFI = m"),
    ("net/old.c:1", "WIFI"),
    ("net/wifi.c:1", "n"),
    ("net/chip/chip.c:2", "CHIP && WIFI = y || CHIP = m && WIFI = m"),
    ("net/chip/chip.h:1", "CHIP = y && WIFI = y || CHIP = m && WIFI"),
    ("net/chip/always.c:1", "WIFI = y"),
    ("net/shared/shared.c:1", "WIFI = y"),
    ("net2/a.c:1", "NET"),
    ("net2/inner/core.h:1", "NET"),
    ("net2/other/core.h:1", "no file includes it, net2/other/core.h"),
    ("drivers/plain.c:1", "y"),
    ("drivers/tool/t.c:1", "something asks for what is built in drivers/tool/"),
    (
        "drivers/tool/u.c:1",
        "WIFI = y && something asks for what is built in drivers/tool/ || WIFI = m",
    ),
    ("drivers/loader/l.c:1", "something goes into drivers/loader/"),
    ("drivers/off/o.c:1", "n"),
    ("kernel/numbers.c:1", "y"),
    ("kernel/machine.c:2", "X86_64"),
    ("kernel/machine.c:4", "!X86_64"),
    ("kernel/machine.c:6", "n"),
    ("include/linux/machine.h:2", "defined(__x86_64__)"),
    ("arch/x86/head_64.S:2", "!X86_32"),
    ("arch/x86/head_64.S:4", "n"),
    ("arch/x86/head_32.S:1", "X86_32"),
    ("arch/arm64/fault.c:1", "n"),
    ("arch/x86/boot/main.c:1", "setup-y of arch/x86/boot/Makefile is built"),
    ("arch/x86/boot/trace.c:1", "DEBUG && setup-y of arch/x86/boot/Makefile is built"),
    (
        "arch/x86/vdso/v.c:1",
        "v-y of arch/x86/vdso/Makefile is built && something goes into arch/x86/vdso/",
    ),
    ("kernel/fork.c:5", "n"),
    ("kernel/fork.c:8", "LEVEL > 5"),
    ("kernel/fork.c:10", "LEVEL <= 5 && WIFI"),
    ("kernel/parts.c:2", "DEBUG"),
    ("include/linux/wifi.h:6", "y"),
    ("include/linux/wifi.h:4", "WIFI = m"),
    ("include/linux/nobody.h:1", "no file includes it, include/linux/nobody.h"),
    ("drivers/lost.c:1", "no makefile names its object, drivers/lost.c"),
]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> SourceFiles:
    """Return the files of the small kernel."""
    return SourceFiles(small_kernel.load(small_kernel.lay_out(tmp_path_factory.mktemp("kernel"))))


@pytest.mark.parametrize(("place", "expected"), CASES)
def test_the_condition_of_a_line(sources: SourceFiles, place: str, expected: str) -> None:
    """Lists, composites, folders, libraries, modules, other architectures, includes: all said."""
    path, _, line = place.partition(":")
    assert expected == str(sources.presence(path, int(line)).condition)


def test_every_line_has_a_condition(sources: SourceFiles) -> None:
    """No file of the tree is beyond words: what is not known is a free term that names it."""
    for path in small_kernel.FILES:
        if path.endswith((".c", ".h", ".S")):
            for line in range(1, small_kernel.FILES[path].count("\n") + 1):
                presence = sources.presence(path, line)
                assert set(presence.condition.symbols) <= sources.tree.symbols.keys() | {"5"}


def test_terms_say_where_each_part_is_written(sources: SourceFiles) -> None:
    """A makefile's line, then the directives, outermost first."""
    shown = [
        (str(t.condition), t.location.path, t.location.line, t.text)
        for t in sources.presence("net/core.c", 3).terms
    ]
    assert [
        ("WIFI", "net/Makefile", 1, ""),
        ("defined(MODULE)", "net/core.c", 2, "#ifdef MODULE"),
    ] == shown


@pytest.mark.parametrize("line", [0, 12, 999])
def test_a_line_that_is_not_there_is_refused(sources: SourceFiles, line: int) -> None:
    """The error says how many lines the file has."""
    with pytest.raises(InputError, match="the file has 11 lines"):
        sources.presence("kernel/fork.c", line)


def test_whether_it_can_hold_is_what_enumeration_says(sources: SourceFiles) -> None:
    """The proof of the space equals a walk through every configuration."""
    tree: Tree = sources.tree
    space = Space.of(tree)
    values = {"NET": "ny", "WIFI": "nmy", "CHIP": "nmy", "DEBUG": "ny", "X86_32": "ny"}
    every = [
        tree.resolve({**dict(zip(values, texts, strict=True)), "LEVEL": level})
        for texts in itertools.product(*values.values())
        for level in ("0", "9")
    ]
    tried = 0
    for path, line in (place.split(":") for place, _ in CASES):
        presence = sources.presence(path, int(line))
        if presence.free:
            continue
        expected = any(c.satisfies(presence.condition) for c in every)
        assert expected == judged(space, presence.condition).can_hold, path
        if presence.condition == ALWAYS:
            continue
        fix = nearest(space, {}, presence.condition)
        assert expected == (fix is not None)
        if fix is not None:
            assert tree.resolve(fix.assignment).satisfies(presence.condition)
            tried += 1
    assert tried > 15


def test_a_redefined_option_is_free_where_it_is(tmp_path: Path) -> None:
    """In files that undefine an option's macro, and in those that include them, it is not known."""
    folder = small_kernel.lay_out(tmp_path)
    (folder / "net/chip/chip.h").write_text("#undef CONFIG_DEBUG\n#define CONFIG_OWN 1\n")
    text = '#include "chip.h"\n#ifdef CONFIG_DEBUG\nint a;\n#endif\n'
    text += "#ifdef CONFIG_OWN\nint b;\n#endif\n"
    (folder / "net/chip/chip.c").write_text(text)
    sources = SourceFiles(small_kernel.load(folder))
    assert ("defined(CONFIG_DEBUG)",) == sources.presence("net/chip/chip.c", 3).free
    assert ("defined(CONFIG_OWN)",) == sources.presence("net/chip/chip.c", 6).free
    assert () == sources.presence("kernel/parts.c", 2).free


@pytest.mark.parametrize(("directive", "expected"), [
    ("#ifdef MODULE", "WIFI = m"),
    ("#ifndef MODULE", "y"),
    ("#if IS_REACHABLE(CONFIG_WIFI) && defined(MODULE)", "WIFI = m"),
    ("#if IS_REACHABLE(CONFIG_WIFI)", "WIFI = y || WIFI = m"),
])  # fmt: skip
def test_a_header_of_the_kernel_and_of_a_module(
    directive: str, expected: str, tmp_path: Path
) -> None:
    """Where what is always built includes it, it is in a module as well if one includes it."""
    small_kernel.lay_out(tmp_path)
    text = small_kernel.FILES["include/linux/wifi.h"]
    text = text.replace("int wifi;\n", f"{directive}\nint asks;\n#endif\n")
    (tmp_path / "include/linux/wifi.h").write_text(text)
    tree = small_kernel.load(tmp_path)
    found = SourceFiles(tree).presence(
        "include/linux/wifi.h", text.split("\n").index("int asks;") + 1
    )
    assert equal(Space.of(tree), str(found.condition), expected)


def equal(space: Space, one: str, other: str) -> bool:
    """Return whether two conditions hold in the same configurations."""
    first, second = Expression.parse(one), Expression.parse(other)
    differing = Or((And((first, Not(second))), And((second, Not(first)))))
    return not judged(space, differing).can_hold


def test_what_few_numbers_are_is_worked_out(tmp_path: Path) -> None:
    """Arithmetic over an int of a small range is known; over one of another range it is free."""
    small_kernel.lay_out(tmp_path)
    path = tmp_path / "kernel/fork.c"
    path.write_text("#if CONFIG_LEVEL % 4 == 1\nint level;\n#endif\n")
    tree = small_kernel.load(tmp_path)
    found = SourceFiles(tree).presence("kernel/fork.c", 2).condition
    assert equal(Space.of(tree), str(found), "LEVEL = 1 || LEVEL = 5 || LEVEL = 9")
    kconfig = (tmp_path / "Kconfig").read_text()
    (tmp_path / "Kconfig").write_text(kconfig.replace("range 0 9", "range 0 9 if NET"))
    free = SourceFiles(small_kernel.load(tmp_path)).presence("kernel/fork.c", 2).free
    assert ("CONFIG_LEVEL % 4 == 1",) == free


def test_files_that_were_not_asked_are_told_apart(tmp_path: Path) -> None:
    """Of a header that very many files include, the condition of those that were looked at."""
    folder = small_kernel.lay_out(tmp_path)
    many = [f"m{number}" for number in range(MOST_INCLUDERS + 5)]
    (folder / "net/Makefile").write_text(
        "obj-$(CONFIG_WIFI) += " + " ".join(f"{name}.o" for name in many) + "\n"
    )
    (folder / "include/linux/many.h").write_text("int many;\n")
    for name in many:
        (folder / f"net/{name}.c").write_text("#include <linux/many.h>\n")
    condition = SourceFiles(small_kernel.load(folder)).presence("include/linux/many.h", 1).condition
    assert "WIFI || one of 5 more files that include it is built" == str(condition)
    assert "WIFI" == str(without_others(condition))


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ("misc.o", "arch/x86/boot/misc.o"),
        ("$(obj)/misc.o", "arch/x86/boot/misc.o"),
        ("./misc.o", "arch/x86/boot/./misc.o"),
    ],
)
def test_an_object_is_known_by_the_name_that_its_list_gives(
    tmp_path: Path, words: str, listed: str
) -> None:
    """From the root on, once, as make knows it."""
    folder = small_kernel.lay_out(tmp_path)
    (folder / "arch/x86/boot/misc.c").write_text("int misc;\n")
    (folder / "arch/x86/boot/Makefile").write_text(f"vmlinux-objs-y := {words}\n")
    sources = SourceFiles(small_kernel.load(folder))
    assert [route.listed for route in sources.routes("arch/x86/boot/misc.c")] == [listed]
