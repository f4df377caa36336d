# SPDX-License-Identifier: MIT
"""Ninja's log of headers: what `ninja -t deps` says is what we read."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from kvariant.steps.ninja_deps import NAME, ninja_deps, ninja_inputs, ninja_logs

BUILD = """\
rule cc
  command = gcc -MMD -MF $out.d -I../include -c $in -o $out
  depfile = $out.d
  deps = gcc
build a.o: cc ../src/a.c
build b.o: cc ../src/b.c
"""


def log(*records: bytes) -> bytes:
    """Return a log of some records."""
    return b"# ninjadeps\n" + struct.pack("<i", 4) + b"".join(records)


def name(number: int, text: bytes) -> bytes:
    """Return the record of a name."""
    padded = text + b"\0" * (-len(text) % 4)
    return struct.pack("<I", len(padded) + 4) + padded + struct.pack("<i", ~number)


def deps(output: int, *inputs: int) -> bytes:
    """Return the record of what an output was made of."""
    words = struct.pack(f"<{3 + len(inputs)}i", output, 0, 0, *inputs)
    return struct.pack("<I", len(words) | 1 << 31) + words


NAMES = (name(0, b"a.o"), name(1, b"a.c"), name(2, b"long.h"), name(3, b"b.h"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (log(), {}),
        (log(*NAMES, deps(0, 1, 2)), {"a.o": ("a.c", "long.h")}),
        (log(*NAMES, deps(0, 1, 2), deps(0, 3)), {"a.o": ("b.h",)}),  # the later one holds
        (log(*NAMES, deps(0, 1), deps(0, 2, 3)[:-2]), {"a.o": ("a.c",)}),  # ninja was killed
        (log(*NAMES, deps(0, 1), deps(0, 9)), {"a.o": ("a.c",)}),
        (log(*NAMES, deps(0, 1), b"\xff\xff"), {"a.o": ("a.c",)}),
    ],
)
def test_records(content: bytes, said: dict[str, tuple[str, ...]]) -> None:
    """Outputs with what they were made of, as far as the log is whole."""
    assert said == ninja_deps(content)


@pytest.mark.parametrize("content", [b"", b"# ninjadeps\n", b"# ninjadeps\n\3\0\0\0", b"x" * 99])
def test_no_log(content: bytes) -> None:
    """What is none, or of another version, is refused: nothing is known of what was read."""
    with pytest.raises(ValueError, match="no log of ninja"):
        ninja_deps(content)


@pytest.mark.skipif(not shutil.which("ninja") or not shutil.which("gcc"), reason="ninja, gcc")
def test_what_ninja_says(tmp_path: Path) -> None:
    """A build's log has the files that `ninja -t deps` lists, in the same order."""
    for folder in ("src", "include/deep", "out"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "include/deep/x y.h").write_text("int x;\n")
    (tmp_path / "src/own.h").write_text('#include "deep/x y.h"\n')
    (tmp_path / "src/a.c").write_text('#include "own.h"\n')
    (tmp_path / "src/b.c").write_text("int b;\n")
    out = tmp_path / "out"
    (out / "build.ninja").write_text(BUILD)
    for _ in range(2):
        subprocess.run(["ninja", "-C", out], check=True, capture_output=True)
        (tmp_path / "src/b.c").write_text('#include "own.h"\nint c;\n')
    told = subprocess.run(
        ["ninja", "-C", out, "-t", "deps"], check=True, capture_output=True, text=True
    ).stdout
    parts = [part.splitlines() for part in told.strip().split("\n\n")]
    listed = {
        head.partition(":")[0]: tuple(line.strip() for line in lines) for head, *lines in parts
    }
    assert set(listed) == {"a.o", "b.o"}
    assert listed == ninja_deps((out / NAME).read_bytes())
    read = {"src/a.c", "src/b.c", "src/own.h", "include/deep/x y.h"}
    assert {tmp_path / path for path in read} == ninja_inputs(ninja_logs(out))
    assert {tmp_path / path for path in read} == ninja_inputs(ninja_logs(tmp_path))
