# SPDX-License-Identifier: MIT
"""The line that tells a failure: of real tools' output, the one a person would point at."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant.steps.failure_line import CompilerLine, compiler_lines, failure_line, folded, plain

LINES = {
    "the compiler before a probe": (
        "Package x was not found\nx.c:3:9: fatal error: x.h: No such file\n",
        "x.c:3:9: fatal error: x.h: No such file",
    ),
    "the compiler before the linker": (
        "a.c:(.text+0x2): undefined reference to `f'\nb.c:1: error: no\n",
        "b.c:1: error: no",
    ),
    "the linker before a file named error": (
        "  CC    error.c\nssl.c:(.text+0x5): undefined reference to `net_io'\n",
        "ssl.c:(.text+0x5): undefined reference to `net_io'",
    ),
    "the linker before a probe": (
        "-- Looking for strlcpy - not found\nm.c:(.text+0x5): undefined reference to `net_io'\n",
        "m.c:(.text+0x5): undefined reference to `net_io'",
    ),
    "the linker before its driver": (
        "ld: b.o: in function `b':\nb.c:(.text+0x0): multiple definition of `up'; a.o:a.c:"
        "(.text+0x0): first defined here\ncollect2: error: ld returned 1 exit status\n",
        "b.c:(.text+0x0): multiple definition of `up'; a.o:a.c:(.text+0x0): first defined here",
    ),
    "a warning is no failure": (
        "a.c:1:1: warning: unused 'error' [-Wunused]\nlast\n",
        "last",
    ),
    "a warning made an error": (
        "a.c:1:1: error: unused 'x' [-Werror=unused]\ncc1: all warnings being treated as errors\n",
        "a.c:1:1: error: unused 'x' [-Werror=unused]",
    ),
    "German": (
        "m.c: In Funktion »main«:\nm.c:3:2: Fehler: »io« nicht deklariert\n      |  ^~~~\n",
        "m.c:3:2: Fehler: »io« nicht deklariert",
    ),
    "French, with its blank": (
        "m.c:3:2: attention : x\nm.c:4:2: erreur: « io » non déclaré\n",
        "m.c:4:2: erreur: « io » non déclaré",
    ),
    "progress that ends at a carriage return": (
        "x 10%\rx 20%\rm.c:9:1: error: bad\n",
        "m.c:9:1: error: bad",
    ),
    "colours": ("\x1b[1mm.c:9:1: \x1b[31merror: \x1b[0mbad\n", "m.c:9:1: error: bad"),
    "CMake's text": (
        "-- The C compiler: failed once\nCMake Error at CMakeLists.txt:5 (find_package):\n"
        "  By not providing Foo this project has\n  asked CMake to fail.\n\n  More.\n\n\n"
        "-- Configuring incomplete, errors occurred!\n",
        "CMake Error at CMakeLists.txt:5 (find_package): By not providing Foo this project has"
        " asked CMake to fail.",
    ),
    "CMake's text behind a blank line": (
        "CMake Error in src/CMakeLists.txt:\n\n  Target a has no source.\n\nNext\n",
        "CMake Error in src/CMakeLists.txt: Target a has no source.",
    ),
    "a tool before words": (
        "could have failed\nobjcopy: error: no section .dtb\n",
        "objcopy: error: no section .dtb",
    ),
    "modpost": (
        'WARNING: modpost: odd\nERROR: modpost: "f" [x.ko] undefined!\nmake[2]: *** [a] Error 1\n',
        'ERROR: modpost: "f" [x.ko] undefined!',
    ),
    "a program that is missing": (
        "/bin/sh: 1: flex: not found\nmake: *** [all] Error 127\n",
        "/bin/sh: 1: flex: not found",
    ),
    "make's own": (
        "make: *** No rule to make target 'x', needed by 'y'.  Stop.\n",
        "make: *** No rule to make target 'x', needed by 'y'.  Stop.",
    ),
    "ninja's own": (
        "ninja: error: 'a.c', needed by 'b', missing and no known rule to make it\n",
        "ninja: error: 'a.c', needed by 'b', missing and no known rule to make it",
    ),
    "not what ninja repeats": (
        "FAILED: error.o\ncc -c error.c\nsomething\nninja: build stopped: subcommand failed.\n",
        "something",
    ),
    "a traceback": (
        'Traceback (most recent call last):\n  File "error.py", line 3\nKeyError: 3\nbye\n',
        "KeyError: 3",
    ),
    "rustc": (
        "error[E0425]: cannot find value `x`\n --> a.rs:1:1\nerror: aborting due to 1 previous"
        " error\n",
        "error[E0425]: cannot find value `x`",
    ),
    "words in names and denials": (
        "  AR libgpg-error.a\n  LD drivers/error/built-in.a\n -Werror=all\n0 errors\ndone\n",
        "done",
    ),
    "words": ("  CC error.o\nthe boot has failed\nbye\n", "the boot has failed"),
    "the last line": ("one\ntwo\nmake: *** [all] Error 1\n", "two"),
    "make alone": ("make: *** [all] Error 1\n", "make: *** [all] Error 1"),
    "nothing": ("\n \n", ""),
}


@pytest.mark.parametrize(("output", "told"), LINES.values(), ids=LINES)
def test_the_line_that_tells_a_failure(output: str, told: str) -> None:
    """The surest line tells a failure, with what belongs to it; what comes first of equals."""
    assert told == failure_line(output)


FOLDED = [
    (
        "ld: /tmp/ccAb12Zz.o: in `b': b.c:(.text+0x5): multiple definition of `f'; /tmp/cc345678.o",
        "ld: /tmp/cc*.o: in `b': b.c:(.text+0x5): multiple definition of `f'; /tmp/cc*.o",
    ),
    ("/tmp/ccparser.s:3: Error: no", "/tmp/cc*.s:3: Error: no"),
    ("out/ccX1abcd.o: no", "out/cc*.o: no"),
    ("src/ccparser.o: no", "src/ccparser.o: no"),
    ("/tmp/cc1234Ab.ltrans0.ltrans.o: no", "/tmp/cc*.ltrans.ltrans.o: no"),
    ("/tmp/lto-llvm-1a2b3c.o: no", "/tmp/lto-llvm-*.o: no"),
    ("/tmp/main-1a2b3c.o: no", "/tmp/main-*.o: no"),
    ("/tmp/tmp.Ab12Cd34Ef/x.c: no", "/tmp/tmp.*/x.c: no"),
    ("net/tmp_buffer.c: 0x5 (x+0x5)", "net/tmp_buffer.c: 0x5 (x+0x5)"),
]


@pytest.mark.parametrize(("text", "expected"), FOLDED)
def test_one_cause_is_one_line(text: str, expected: str) -> None:
    """Temporary names are no part of a cause; names of people's files are."""
    assert expected == folded(text)


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


@given(st.text(max_size=300))
def test_any_text_has_a_line_or_none(output: str) -> None:
    """Whatever a command prints, what is told is of what it printed, and nothing raises."""
    told = folded(failure_line(output))
    assert bool(told.strip()) == bool(plain(output).strip())


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_a_linker_tells_two_causes_apart(tmp_path: Path) -> None:
    """Of two functions that a header defines, each is a cause of its own, the same each time."""
    (tmp_path / "a.c").write_text('#include "h.h"\nint main(void) { return 0; }\n')
    (tmp_path / "b.c").write_text('#include "h.h"\n')
    told = []
    for name in ("up", "up", "down"):
        (tmp_path / "h.h").write_text(f"int {name}(void) {{ return -1; }}\n")
        done = subprocess.run(
            ["gcc", "a.c", "b.c"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        told.append(folded(failure_line(done.stdout + done.stderr)))
    assert "multiple definition of `up'" in told[0]
    assert told[0] == told[1]
    assert "multiple definition of `down'" in told[2]


def test_numbers_beyond_all_lines() -> None:
    """Digits that are no line are no error of ours: the line is told as any other."""
    huge = "9" * 5000
    for text in (f"a.c:{huge}: error: no", f"a.c:3:{huge}: error: no"):
        assert text == failure_line(f"{text}\n")
        assert [] == [*compiler_lines(text)]
