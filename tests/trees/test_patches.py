# SPDX-License-Identifier: MIT
"""The difference between two of Debian's versions of a tree, in patches, each proven.

Drawn and proven as `benchmarks/patches.py` does. BusyBox has a sample in every run:

    KVARIANT_PATCHES=10 pytest tests/trees/test_patches.py     ten of BusyBox, U-Boot and Linux
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

import debian

WIDE = int(os.environ.get("KVARIANT_PATCHES") or 0)
SEED = int(os.environ.get("KVARIANT_PATCHES_SEED") or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Two versions of a tree, and what its patches are looked for in."""

    name: str
    old: Callable[[], Path]
    new: Callable[[], Path]
    base: str
    options: Sequence[str] = ()
    arch: str = ""
    under: tuple[str, ...] = ("",)
    make: str = ""
    """What every make of the tree is told."""
    count: int = WIDE


EVERY = [
    Versions(
        name="busybox",
        old=lambda: debian.source_package("busybox"),
        new=lambda: debian.source_package("busybox", version="1:1.37.0-6"),
        base="alldefconfig",
        # Without it each make asks the compiler seventy times which flags it has.
        make="CFLAGS=-O0 HOSTCFLAGS=-O0",
        count=WIDE or 2,
    ),
    Versions(
        name="u-boot",
        old=lambda: debian.source_package("u-boot"),
        new=lambda: debian.source_package("u-boot", version="2025.01-3+deb13u1"),
        base="configs/sandbox_defconfig",
        # No other architecture's compiler is here.
        options=("--where", "SANDBOX"),
        arch="sandbox",
        under=("boot/", "cmd/", "common/", "drivers/", "fs/", "include/linux/", "lib/", "net/"),
    ),
    Versions(
        name="linux",
        old=lambda: debian.linux_source("6.1", part=debian.EVERYTHING, version="6.1.170-3"),
        new=lambda: debian.linux_source("6.1", part=debian.EVERYTHING, version="6.1.176-1"),
        base="defconfig",
        arch="x86",
    ),
]


def benchmark() -> ModuleType:
    """Return benchmarks/patches.py."""
    path = Path(__file__).parents[2] / "benchmarks/patches.py"
    found = importlib.util.spec_from_file_location("benchmark_of_patches", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module  # dataclasses look there
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("versions", EVERY, ids=lambda one: one.name)
def test_each_line_of_drawn_patches_is_seen_or_excluded(
    versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Preprocessed by the tree's own build, 95 of 100 lines are there, or the rules that exclude
    them are told; of those of a few patches, all."""
    if not versions.count:
        pytest.skip("KVARIANT_PATCHES says how many patches of U-Boot and Linux")
    try:
        old, new = versions.old(), versions.new()
    except debian.Unavailable as reason:
        pytest.skip(f"no two versions of {versions.name} here: {reason}")
    module = benchmark()
    every = [
        patch
        for patch in module.patches(module.difference(old.resolve(), new.resolve()))
        if patch.path.startswith(versions.under)
    ]
    own = module.drawn(every, versions.arch, versions.count, SEED)
    assert versions.count == len(own)
    monkeypatch.setenv("MAKEFLAGS", versions.make)
    records = [module.measured(new, one, versions.base, versions.options, True) for one in own]
    assert [] == [record["error"] for record in records if "error" in record]
    lines = sum(record["lines"] for record in records)
    proven = sum(record["seen"] + record["excluded"] for record in records)
    missed = [one for record in records for one in record["missed"]]
    assert lines > 0
    assert proven >= (0.95 if WIDE else 1) * lines, missed
