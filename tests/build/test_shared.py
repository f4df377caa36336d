# SPDX-License-Identifier: MIT
"""Equal content is compiled once, whoever asks for it and however many at once."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from compiler_calls import PER_CONTENT, counted
from kvariant.build import Recipe, build, build_once

SOURCE = "int answer(void);\nint answer(void) { return %d; }\n"


def content(folder: Path, answer: int = 42) -> Recipe:
    """Return a recipe without headers: a library that says a number."""
    sources = {"exports.c": SOURCE % answer, "together.c": "typedef int nothing;\n"}
    return Recipe(folder, sources, ("together.c",), "libanswer.so", f"content {answer}")


def answer(library: Path | None) -> int:
    """Return what a library says."""
    assert library
    return int(ctypes.CDLL(str(library)).answer())


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return what counts the compilers' calls."""
    (tmp_path / "compilers").mkdir()
    return counted(tmp_path / "compilers", monkeypatch)


def test_many_at_once(tmp_path: Path, calls: Callable[[], int]) -> None:
    """Of eight that want one content at once, one compiles; each has a library of its own."""
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda n: build_once(content(tmp_path), tmp_path / "shop" / str(n)), range(8))
        )
    assert calls() == PER_CONTENT
    assert sorted(built.reused for built in found) == [False] + [True] * 7
    assert {built.library for built in found} == {
        tmp_path / "shop" / str(n) / "libanswer.so" for n in range(8)
    }
    assert {answer(built.library) for built in found} == {42}


def test_a_shared_library_does_not_change_with_its_first_owner(
    tmp_path: Path, calls: Callable[[], int]
) -> None:
    """When the first variant becomes another code, the second one keeps what it has."""
    first, second = tmp_path / "shop/first", tmp_path / "shop/second"
    build_once(content(tmp_path), first)
    build_once(content(tmp_path), second)
    assert answer(build_once(content(tmp_path, 7), first).library) == 7
    assert answer(build_once(content(tmp_path), second).library) == 42
    assert calls() == 2 * PER_CONTENT
    # The index still names the first folder, which has other content by now.
    assert answer(build_once(content(tmp_path), tmp_path / "shop/third").library) == 42


@pytest.mark.parametrize("lost", ["libanswer.so", "key", "."])
def test_what_somebody_removed_is_built_again(
    tmp_path: Path, calls: Callable[[], int], lost: str
) -> None:
    """An index entry whose folder has lost the library, or everything, costs a build, no error."""
    first = tmp_path / "shop/first"
    build_once(content(tmp_path), first)
    for path in [first / lost] if lost != "." else [*first.iterdir()]:
        path.unlink()
    assert answer(build_once(content(tmp_path), tmp_path / "shop/second").library) == 42
    assert calls() == 2 * PER_CONTENT


def test_what_does_not_compile_is_not_shared(tmp_path: Path, calls: Callable[[], int]) -> None:
    """A failure is each variant's own: it is compiled again, and told in each."""
    broken = Recipe(tmp_path, {"exports.c": "int x = ;\n"}, (), "libx.so", "broken")
    for name in ("first", "second"):
        built = build_once(broken, tmp_path / "shop" / name)
        assert built.failures
        assert not (tmp_path / "shop" / name / "libx.so").exists()
    assert calls() == 2 * PER_CONTENT


def test_a_build_of_its_own_is_found_first(tmp_path: Path, calls: Callable[[], int]) -> None:
    """What build() has made in a folder is not made again by build_once(), nor the other way."""
    build(content(tmp_path), tmp_path / "shop/first")
    assert build_once(content(tmp_path), tmp_path / "shop/first").reused
    build_once(content(tmp_path), tmp_path / "shop/second")
    assert build(content(tmp_path), tmp_path / "shop/second").reused
    assert calls() == PER_CONTENT
