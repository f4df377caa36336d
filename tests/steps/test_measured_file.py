# SPDX-License-Identifier: MIT
"""Sizes of files: as binutils tell them, and an error in words for whatever else is there."""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from kvariant.results.figures import TOTAL
from kvariant.steps.measured_file import MeasureError, excesses, sizes_of

SOURCE = """
int data[100] = {1}, zero[50];
static const char text[] = "constant";
_Thread_local int own[7], set[3] = {1};
__attribute__((section("mine"))) int there = 1;
int f(int a) { return a * 3 + text[a]; }
int g(int a) { return data[a] + zero[a] + own[a]; }
int main(void) { return f(1) + g(2); }
"""
ONE_MORE = "int h(void) { return 4; }\n"

needs_binutils = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("gcc", "ar", "size", "readelf")),
    reason="gcc, ar, size and readelf are needed",
)


def sh(folder: Path, command: str) -> str:
    """Run a command, and return what it prints."""
    done = subprocess.run(
        command, shell=True, cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def told_by_binutils(folder: Path, name: str) -> dict[str, int]:
    """Return the sizes that `size -A` prints, of the sections that `readelf` says are allocated."""
    rows = re.findall(r"^(\S+) +(\d+) +\d+$", sh(folder, f"size -A {name}"), re.MULTILINE)
    flags = re.findall(
        r"^ *\[ *\d+\] (\S+) +\S+ +[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ [0-9a-f]+ +([A-Za-z]*) +\d",
        sh(folder, f"readelf --sections --wide {name}"),
        re.MULTILINE,
    )
    allocated = {section for section, letters in flags if "A" in letters}
    found: Counter[str] = Counter()
    for section, size in rows:
        if section in allocated and int(size):
            found[section] += int(size)
    return {**found, TOTAL: found.total()}


@needs_binutils
@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("a.o", "gcc -c -g a.c"),
        ("a.o", "gcc -c -ffunction-sections -fdata-sections a.c"),
        ("a", "gcc -g a.c -o a"),
        ("a", "gcc -s a.c -o a"),
        ("a", "gcc -static a.c -o a"),
        ("a.so", "gcc -shared -fPIC a.c -o a.so"),
        ("a.ko", "gcc -c a.c && ld -r a.o -o a.ko"),
        ("a.a", "gcc -c a.c b.c && ar rc a.a a.o b.o"),
        ("a.a", "gcc -c a.c && cp a.o a_name_of_more_than_sixteen.o && "
                "ar rc a.a a_name_of_more_than_sixteen.o a.o"),
    ],
)  # fmt: skip
def test_as_binutils_tell_it(tmp_path: Path, name: str, command: str) -> None:
    """Each allocated section is as large as `size -A` says, and `total` is their sum."""
    (tmp_path / "a.c").write_text(SOURCE)
    (tmp_path / "b.c").write_text(ONE_MORE)
    sh(tmp_path, command)
    expected = told_by_binutils(tmp_path, name)
    assert len(expected) > 4
    assert sizes_of(tmp_path / name, [tmp_path]) == expected


@needs_binutils
def test_no_elf_is_measured_as_its_size(tmp_path: Path) -> None:
    """An image, a text, an empty file and an archive of texts have their size as `total`."""
    (tmp_path / "a.c").write_text(SOURCE)
    sh(tmp_path, "gcc -c a.c && objcopy -O binary a.o image && ar rc texts.a a.c && : > empty")
    for name in ("a.c", "image", "texts.a", "empty"):
        expected = {TOTAL: (tmp_path / name).stat().st_size}
        assert sizes_of(tmp_path / name, [tmp_path]) == expected


@needs_binutils
def test_other_byte_orders_and_words(tmp_path: Path) -> None:
    """32 bits and the other byte order are read as well, by whatever machine."""
    (tmp_path / "blob").write_bytes(b"0123456789")
    for target in ("elf32-i386", "elf32-big", "elf64-big", "elf32-little"):
        # The section is not allocated unless it is said so.
        flags = "--set-section-flags .data=alloc,load,contents"
        command = f"objcopy -I binary -O {target} {flags} blob out"
        if subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True).returncode == 0:
            assert sizes_of(tmp_path / "out", [tmp_path]) == {".data": 10, TOTAL: 10}


def test_what_cannot_be_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no regular file of the project, or damaged, is told in words, at once."""
    inside = tmp_path / "project"
    inside.mkdir()
    (tmp_path / "secret").write_text("not yours")
    (inside / "app.elf").write_text("x")
    os.mkfifo(inside / "pipe")
    (inside / "out").symlink_to(tmp_path / "secret")
    (inside / "dangling").symlink_to("nowhere")
    (inside / "circle").symlink_to("circle")
    (inside / "folder").mkdir()
    (inside / "up").symlink_to("..")
    (inside / "zero").symlink_to("/dev/zero")
    (inside / "short").write_bytes(b"\x7fELF")
    (inside / "thin").write_bytes(b"!<thin>\n")
    (inside / "cut.a").write_bytes(b"!<arch>\nx")
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(inside)  # such a path may not be long
        listening.bind("socket")
    expected = {
        "app.elg": "no such file; there is app.elf",
        "nothing": "no such file",
        "pipe": "not a regular file",
        "folder": "not a regular file",
        "out": "a link that leads out of the project, to",
        "up/secret": "a link that leads out of the project, to",
        "zero": "a link that leads out of the project, to /dev/zero",
        "dangling": "no such file",
        "circle": "a link that leads to itself",
        "socket": "no such device or address",
        "short": "damaged: ",
        "thin": "a thin archive",
        "cut.a": "damaged: an archive whose members do not follow one another",
        "app.elf/x": "not a directory",
        "": "not a regular file",
        "n" * 300: "file name too long",
    }
    for name, words in expected.items():
        with pytest.raises(MeasureError) as caught:
            sizes_of(inside / name, [inside])
        assert str(caught.value).startswith(words), (name, str(caught.value))


def test_links_within_the_project(tmp_path: Path) -> None:
    """A link that stays in the project's folders is followed, and so is a path elsewhere."""
    (tmp_path / "real").write_text("12345")
    (tmp_path / "link").symlink_to("real")
    inside = tmp_path / "project"
    inside.mkdir()
    assert sizes_of(tmp_path / "link", [tmp_path]) == {TOTAL: 5}
    assert sizes_of(tmp_path / "real", [inside]) == {TOTAL: 5}  # somebody wrote that path


@needs_binutils
def test_names_of_sections_are_one_line(tmp_path: Path) -> None:
    """A section may have any name: what would break a line or colour a terminal is escaped."""
    (tmp_path / "a.c").write_text(SOURCE)
    sh(tmp_path, "gcc -c a.c && objcopy --rename-section .data=\"$(printf 'a\\n\\033[31mb')\" a.o")
    found = sizes_of(tmp_path / "a.o", [tmp_path])
    assert "a\\n\\x1b[31mb" in found
    assert all(name.isprintable() for name in found)


@needs_binutils
def test_damage_has_no_traceback(tmp_path: Path) -> None:
    """A file that is damaged anywhere has sizes, or an error of ours: nothing else, soon."""
    (tmp_path / "a.c").write_text(SOURCE)
    sh(tmp_path, "gcc -g a.c -o a && gcc -c a.c && ar rc a.a a.o")
    rnd = random.Random(17)
    seen: Counter[str] = Counter()
    for name in ("a", "a.a"):
        sound = (tmp_path / name).read_bytes()
        for turn in range(600):
            damaged = bytearray(sound)
            for _ in range(rnd.randrange(1, 10)):
                near_an_end = rnd.choice((rnd.randrange(100), len(sound) - 1 - rnd.randrange(2000)))
                place = rnd.choice((near_an_end, rnd.randrange(len(sound))))
                damaged[place] = rnd.choice((0, 255, 127, rnd.randrange(256)))
            if turn % 5 == 0:
                damaged = damaged[: rnd.randrange(8, len(damaged))]
            (tmp_path / "x").write_bytes(damaged)
            try:
                assert all(name.isprintable() for name in sizes_of(tmp_path / "x", [tmp_path]))
                seen["measured"] += 1
            except MeasureError as error:
                seen["refused"] += "\n" not in str(error)
    assert sum(seen.values()) == 1200
    assert min(seen["measured"], seen["refused"]) > 100


def test_limits() -> None:
    """A size at its limit is within it; a section that is not there has no bytes."""
    sizes = {".text": 100, TOTAL: 120}
    assert excesses(sizes, {".text": 100, ".data": 0, TOTAL: 120}) == []
    (one,) = excesses(sizes, {".text": 99, TOTAL: 1000})
    assert one.reason == ".text is 100 bytes, 1 over its limit of 99"
    assert one.message == ".text is over its measure-limit of 99 bytes"
