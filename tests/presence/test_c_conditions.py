# SPDX-License-Identifier: MIT
"""Conditions of C lines against the preprocessor itself, over all assignments of small files."""

from __future__ import annotations

import itertools
import random
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kvariant.kconfig import Expression, SymbolType
from kvariant.kconfig.expression import ALWAYS
from kvariant.presence.c_conditions import ConditionalFile, conditional_file
from kvariant.presence.condition import certain, free_terms, possible
from kvariant.presence.macros import Macros

TYPES = {
    "A": SymbolType.BOOL,
    "B": SymbolType.BOOL,
    "T": SymbolType.TRISTATE,
    "U": SymbolType.TRISTATE,
    "I": SymbolType.INT,
    "H": SymbolType.HEX,
}
DOMAINS = {
    "A": ("n", "y"),
    "B": ("n", "y"),
    "T": ("n", "m", "y"),
    "U": ("n", "m", "y"),
    "I": ("", "0", "1", "4"),
    "H": ("", "0x0", "0x10"),
}
KCONFIG_H = """\
#define SECOND(ignored, value, ...) value
#define IS_ONE_1 0,
#define GLUED(value) PICKED(IS_ONE_##value)
#define PICKED(junk) SECOND(junk 1, 0)
#define EXPANDED(value) GLUED(value)
#define IS_BUILTIN(option) EXPANDED(option)
#define IS_MODULE(option) EXPANDED(option##_MODULE)
#define IS_ENABLED(option) (IS_BUILTIN(option) || IS_MODULE(option))
"""
"""What the names mean that sources ask options by; our own words for a known trick."""

ATOMS = (
    "defined(CONFIG_A)", "defined CONFIG_B", "CONFIG_A", "CONFIG_T", "IS_ENABLED(CONFIG_T)",
    "IS_BUILTIN(CONFIG_U)", "IS_MODULE(CONFIG_U)", "IS_ENABLED(CONFIG_A)",
    "defined(CONFIG_T_MODULE)",
    "CONFIG_I > 3", "CONFIG_I == 0", "CONFIG_I != 0", "CONFIG_I", "0 < CONFIG_I", "CONFIG_I >= 0",
    "CONFIG_I < 1", "CONFIG_H == 16", "CONFIG_H > 0xf", "defined(CONFIG_I)", "0", "1", "2 > 1u",
    "CONFIG_I == CONFIG_H", "IS_ENABLED(CONFIG_A) + IS_ENABLED(CONFIG_B) == 1",
    "(CONFIG_A ? CONFIG_T : !CONFIG_T)", "-1 < 0", "!CONFIG_A", "defined(CONFIG_NONE)",
    "CONFIG_A & CONFIG_B", "CONFIG_A ^ CONFIG_T", "~0 == -1", "'a' == 97", "CONFIG_A == CONFIG_B",
    "IS_ENABLED(CONFIG_I)", "(1 << CONFIG_A) == 2", "010 == 8", "CONFIG_NONE == 0",
    "-1 > 0u", "~0u > CONFIG_A", "-1 < CONFIG_A + 0ul", "(0u - CONFIG_B) >> 63 == 1",
    "0xffffffffffffffff > -2", "(CONFIG_A ? -1 : 0u) > 5", "1 << 2u == 4", "-8 >> 1 == -4",
    "-8 >> 1u == -4", "-7 / 2 == -3", "-7 % 4u == 1", "!0u == 1",
)  # fmt: skip
NAMES = ("CONFIG_A", "CONFIG_B", "CONFIG_T", "CONFIG_U_MODULE", "CONFIG_I", "CONFIG_NONE")


def expression(draw: random.Random, depth: int = 2) -> str:
    """Return a random expression."""
    if not depth or draw.random() < 0.3:
        return draw.choice(ATOMS)
    parts = [expression(draw, depth - 1) for _ in range(2)]
    form = draw.choice(
        ["{} && {}", "{} || {}", "!({})", "({} && {})", "({} || {})", "{} \\\n && {}"]
    )
    return form.format(*parts)


class SourceText:
    """A random file whose lines can be told apart in what the preprocessor leaves."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self.lines: list[str] = []
        self._body(3)

    def _line(self, text: str) -> None:
        self.lines += text.split("\n")

    def _code(self) -> None:
        draw = self._draw
        noise = draw.choice(
            ["", " /* #if 0 */",
             " // #else \\\n  still a comment", ' "/* #endif */"', " '\"' /*\n#endif\n*/",
             ' "a\\\n#if b"'])  # fmt: skip
        self._line(f"L{len(self.lines) + 1};{noise}")

    def _body(self, depth: int) -> None:
        for _ in range(self._draw.randint(1, 3)):
            if depth and self._draw.random() < 0.7:
                self._conditional(depth)
            else:
                self._code()

    def _conditional(self, depth: int) -> None:
        draw = self._draw
        space = draw.choice(["", " ", "\t", " /* x */ "])
        begin = draw.choice(["#if", "#ifdef", "#ifndef"])
        what = expression(draw) if begin == "#if" else draw.choice(NAMES)
        self._line(f"{begin[0]}{space}{begin[1:]} {what} {draw.choice(['', '// yes', '/* no */'])}")
        self._body(depth - 1)
        for _ in range(draw.choice([0, 0, 1, 2])):
            self._line(f"#{space}elif {expression(draw)}")
            self._body(depth - 1)
        if draw.random() < 0.5:
            self._line(f"#{space}else")
            self._body(depth - 1)
        self._line(f"#{space}endif /* #else */")

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def assignments() -> Iterator[Mapping[str, str]]:
    """Yield every assignment of the options."""
    for values in itertools.product(*DOMAINS.values()):
        yield dict(zip(DOMAINS, values, strict=True))


def flags(values: Mapping[str, str]) -> list[str]:
    """Return what autoconf.h would define."""
    found = []
    for name, text in values.items():
        if text == "m":
            found.append(f"-DCONFIG_{name}_MODULE=1")
        elif text not in ("", "n"):
            found.append(f"-DCONFIG_{name}={'1' if text == 'y' else text}")
    return found


def test_lines_are_there_where_the_preprocessor_keeps_them(tmp_path: Path) -> None:
    """Of random files: a line's condition holds exactly in the assignments whose output has it."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not on PATH")
    files = [SourceText(seed) for seed in range(30)]
    (tmp_path / "kconfig.h").write_text(KCONFIG_H)
    macros = Macros(types=TYPES)
    read: list[ConditionalFile] = []
    for number, file in enumerate(files):
        text = file.text.replace("\nL", f"\nF{number}L")
        text = f"F{number}{text}" if text.startswith("L") else text
        (tmp_path / f"f{number}.c").write_text(text)
        read.append(conditional_file(text, macros))
        assert len(read[-1].stacks) == len(file.lines) == text.count("\n")
        assert not read[-1].unbalanced
    # None defines anything, so that one run of the preprocessor has them all.
    every = "".join(f'#include "f{number}.c"\n' for number in range(len(files)))
    (tmp_path / "every.c").write_text(every)
    draw = random.Random(1)
    tried = draw.sample(list(assignments()), 40)
    there = 0
    conditions = [[found.condition(at) for at in range(1, len(found.stacks) + 1)] for found in read]
    for values in tried:
        command = ["gcc", "-E", "-P", "-w", "-include", "kconfig.h", *flags(values), "every.c"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        kept = set(re.findall(r"F\d+L\d+(?=;)", done.stdout))
        known: dict[Expression, bool] = {}
        for number, (file, own) in enumerate(zip(files, conditions, strict=True)):
            for at, (line, condition) in enumerate(zip(file.lines, own, strict=True), 1):
                if not line.startswith("L"):
                    continue
                assert not free_terms(condition)
                if condition not in known:
                    known[condition] = condition.holds(values, TYPES)
                holds = known[condition]
                mark = f"F{number}{line.partition(';')[0]}"
                assert holds == (mark in kept), f"{values} line {at}\n{condition}\n{file.text}"
                there += holds
    assert there > 500


MACRO_CASES = [
    ("#if FOO > 1 && defined(CONFIG_A)", "FOO > 1 && A"),
    ("#ifndef __ASSEMBLY__", "!defined(__ASSEMBLY__)"),
    ("#if defined(MODULE) || IS_BUILTIN(CONFIG_T)", "defined(MODULE) || T = y"),
    ("#if IS_REACHABLE(CONFIG_T)", "T = y || T = m && defined(MODULE)"),
    ("#if __has_include(<a.h>) && CONFIG_B", "__has_include(<a.h>) && B"),
    ("#if BITS_PER_LONG == 64", "BITS_PER_LONG == 64"),
    ("#if CONFIG_I * 2 > 3", "CONFIG_I * 2 > 3"),
    ("#if what is this", "what is this"),
    ("#if defined(CONFIG_OTHER)", "n"),
    ("#if !IS_ENABLED(CONFIG_T)", "T = n"),
    ("#ifdef CONFIG_T", "T = y"),
    ("#if 0", "n"),
    ("#if 1 /* always */", "y"),
]


@pytest.mark.parametrize(("directive", "expected"), MACRO_CASES)
def test_what_is_no_option_stays_free_and_is_named(directive: str, expected: str) -> None:
    """Conditions of other macros are kept as they are written, options beside them known."""
    found = conditional_file(f"{directive}\nx;\n#endif\n", Macros(types=TYPES))
    assert expected == str(found.condition(2))


NUMBERS = (
    "CONFIG_I % 4 == 1", "CONFIG_I + 1 > 5", "(CONFIG_I << 2) - 3 == 9", "-CONFIG_I < -2",
    "-CONFIG_I > -2u", "CONFIG_I * CONFIG_I > 10", "CONFIG_I ? CONFIG_I - 1 : 1", "~CONFIG_I == -3",
    "CONFIG_I / 2 == 2 || CONFIG_A", "CONFIG_I & 1",
)  # fmt: skip


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_arithmetic_over_few_numbers_is_what_the_preprocessor_says() -> None:
    """Whatever of its numbers an option is, or none, a branch is kept where its condition holds."""
    macros = Macros(types=TYPES, numbers={"I": range(8)})
    text = "".join(f"#if {one}\nL{number};\n#endif\n" for number, one in enumerate(NUMBERS))
    found = conditional_file(text, macros)
    conditions = [found.condition(3 * number + 2) for number, _ in enumerate(NUMBERS)]
    assert [()] * len(NUMBERS) == [free_terms(one) for one in conditions]
    for number, a in itertools.product(["", *map(str, range(8))], "ny"):
        given = [f"-DCONFIG_I={number}"] if number else []
        given += ["-DCONFIG_A=1"] if a == "y" else []
        command = ["gcc", "-E", "-P", "-w", *given, "-"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
        kept = {int(n) for n in re.findall(r"L(\d+);", done.stdout)}
        values = {"I": number, "A": a}
        assert kept == {n for n, one in enumerate(conditions) if one.evaluate(values, TYPES)}


def test_free_terms_bound_a_condition_from_both_sides() -> None:
    """What may hold weakens the possible part and strengthens the certain one."""
    text = "#if defined(CONFIG_A) && FOO\na;\n#elif defined(CONFIG_B)\nb;\n#endif\n"
    found = conditional_file(text, Macros(types=TYPES))
    assert ["A", "n"] == [str(possible(found.condition(2))), str(certain(found.condition(2)))]
    assert "B" == str(possible(found.condition(4)))
    assert "!A && B" == str(certain(found.condition(4)))


GUARDED = [
    ("#ifndef X_H\n#define X_H\na;\n#endif\n", True),
    ("/* c */\n\n#ifndef X_H /* g */\n#define X_H 1\na;\n#endif /* X_H */\n// end\n", True),
    ("#if !defined(X_H)\n#define X_H\na;\n#endif\n", True),
    ("#ifndef X_H\n#define Y_H\na;\n#endif\n", False),
    ("#ifndef X_H\n#define X_H\na;\n#endif\nb;\n", False),
    ("#ifndef X_H\n#define X_H\na;\n#else\nb;\n#endif\n", False),
    ("#ifndef X_H\n#define X_H\n#if CONFIG_A\n#endif\na;\n#endif\n", True),
]


@pytest.mark.parametrize(("text", "is_guard"), GUARDED)
def test_an_include_guard_is_no_condition(text: str, is_guard: bool) -> None:
    """The `#ifndef` around a whole header that defines its macro first holds when it is read."""
    found = conditional_file(text, Macros(types=TYPES))
    line = text.split("\n").index("a;") + 1
    assert is_guard == (found.condition(line) == ALWAYS)


def test_comments_and_blanks_are_no_code() -> None:
    """Only lines with something for the compiler count as code, directives included."""
    text = "/* a\n b */ c;\n\n// d \\\ne\n#if CONFIG_A\n  \\\n\nf;\n#endif\n"
    found = conditional_file(text, Macros(types=TYPES))
    assert {2, 6, 9, 10} == found.code


def test_lines_are_joined_by_backslashes_and_comments() -> None:
    """Of each line it is known with which one it begins; an empty file has one line."""
    text = "a;\n#if CONFIG_A && \\\n /* c\n d */ CONFIG_B\nb;\n#endif\n"
    found = conditional_file(text, Macros(types=TYPES))
    assert [1, 2, 2, 2, 5, 6] == list(found.joined)
    assert len(found.joined) == len(found.stacks)
    assert [()] == list(conditional_file("", Macros(types=TYPES)).stacks)


def test_unbalanced_directives_are_told() -> None:
    """An `#endif` without `#if`, a second `#else` and an `#if` without end are named by line."""
    text = "#endif\n#if CONFIG_A\n#else\n#else\n#endif\n#if CONFIG_B\nx;\n"
    assert (1, 4, 6) == conditional_file(text, Macros(types=TYPES)).unbalanced


def test_forks_have_every_branch_and_the_missing_one() -> None:
    """Of each `#if` the branches are told, and the one that is not there."""
    text = "#if CONFIG_A\na;\n#elif CONFIG_B\nb;\n#endif\n#if CONFIG_A\n#else\n#endif\n"
    first, second = conditional_file(text, Macros(types=TYPES)).forks
    assert ["A", "!A && B", "!A && !B"] == [str(b.condition) for b in first.branches]
    assert [1, 3, 5] == [b.line for b in first.branches]
    assert ["A", "!A"] == [str(b.condition) for b in second.branches]
