# SPDX-License-Identifier: MIT
"""Warnings and errors of compilers, told by their place, whatever their language."""

from __future__ import annotations

from kvariant.steps.compiler_lines import CompilerLine, compiler_lines, plain
from kvariant.steps.failure_line import failure_line


def test_compiler_lines() -> None:
    """Warnings and errors in every language are told by GCC's English words."""
    log = "a.c:1:2: Warnung: »x«\nb.c:3: schwerwiegender Fehler: y\nc.py:4: error: z\n"
    assert [
        CompilerLine("a.c", 1, "warning", "»x«", 2),
        CompilerLine("b.c", 3, "fatal error", "y"),
        CompilerLine("c.py", 4, "error", "z"),
    ] == list(compiler_lines(log))


def test_progress_is_no_path() -> None:
    """What a terminal has overwritten is a line of its own."""
    log = plain("[1/9] CC a.o\r[2/9] CC b.o\rm.c:8:1: warning: odd [-Wodd]\r\n")
    assert [CompilerLine("m.c", 8, "warning", "odd [-Wodd]", 1)] == list(compiler_lines(log))


def test_numbers_beyond_all_lines() -> None:
    """Digits that are no line are no error of ours: the line is told as any other."""
    huge = "9" * 5000
    for text in (f"a.c:{huge}: error: no", f"a.c:3:{huge}: error: no"):
        assert text == failure_line(f"{text}\n")
        assert [] == [*compiler_lines(text)]


def test_other_ways_to_write_a_place() -> None:
    """GNU's ranges, smatch's functions, SDCC's numbers, Chinese colons and prefixes of others."""
    log = (
        "a.y:3.5-8: error: no\na.y:3.5-4.7: warning: odd [-Wother]\n./a.c:4:5-8: ERROR: no\n"
        "a.dts:12.3-15.5: Warning (unit_address_vs_reg): /soc: odd\n"
        "a.c:30 foo() warn: missing error code\na.c:4: error 20: no\n"
        "m.c:3:2: \u9519\u8bef\uff1a\u2018x\u2019\n| b.c:3: error: no\n"
        "#12 3.456 c.c:3:1: error: no\na.c:3:1: internal compiler error: in f\n"
        "a.c:3:5: runtime error: overflow\n"
    )
    assert [
        CompilerLine("a.y", 3, "error", "no", 5),
        CompilerLine("a.y", 3, "warning", "odd [-Wother]", 5),
        CompilerLine("./a.c", 4, "error", "no", 5),
        CompilerLine("a.dts", 12, "warning", "/soc: odd", 3),
        CompilerLine("a.c", 30, "warning", "missing error code"),
        CompilerLine("a.c", 4, "error", "no"),
        CompilerLine("m.c", 3, "error", "\u2018x\u2019", 2),
        CompilerLine("b.c", 3, "error", "no"),
        CompilerLine("c.c", 3, "error", "no", 1),
        CompilerLine("a.c", 3, "error", "in f", 1),
        CompilerLine("a.c", 3, "error", "overflow", 5),
    ] == list(compiler_lines(log))


def test_what_is_no_place() -> None:
    """Times, names with colons and words behind a number are none."""
    log = (
        "12:30:45 error: no\nfoo::bar:3 baz error: no\na.c:3 foo error: no\nhttp://x:3: error: no\n"
    )
    assert [] == list(compiler_lines(log))
