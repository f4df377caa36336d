# SPDX-License-Identifier: MIT
"""What no other test of the family looked at, found by breaking it; see tests/mutants."""

import ctypes
import subprocess

import pytest
from families import KINDS, signatures
from words import arguments_of

WARNS = {"make_pte_marker_entry", "make_pte_marker"}
"""The one stub that warns, and what is made with it."""


def warnings(family) -> int:
    """Return how often a family has warned; what is printed is only the first of each place."""
    if family.language == "c":
        return family.variant.c.counter("warn_hits")
    return family.variant.import_module("pte_markers.warn").warn_hits


def test_nothing_else_warns(family):
    """No helper warns but the stub of make_pte_marker_entry, and make_pte_marker through it."""
    called = {n: s.arguments for n, s in signatures(family.variant).items() if n not in WARNS}
    assert called
    warned: list[str] = []
    for name, types in called.items():
        before = warnings(family)
        for arguments in arguments_of(types, [0, 1, (1 << 64) - 1]):
            getattr(family, name)(*arguments)
        warned += [name] if warnings(family) > before else []
    assert [] == warned


SHMEM_SOURCE = """
#include <linux/userfaultfd_k.h>
int asked(unsigned long kind);
int asked(unsigned long kind) { return vma_is_shmem(vma_of_words(kind, 0)); }
"""


@pytest.mark.kconfig("!SHMEM && USERFAULTFD")
def test_nothing_is_shmem_without_shmem(variant, family, tmp_path):
    """Without SHMEM no mapping is shared memory, whatever it is made of."""
    if family.language == "python":
        module = variant.python.userfaultfd
        before = warnings(family)
        assert [False] * 4 == [module.vma_is_shmem(module.Vma(kind, 0)) for kind in KINDS]
        assert before == warnings(family)
        return
    source, library = tmp_path / "asked.c", tmp_path / "asked.so"
    source.write_text(SHMEM_SOURCE, encoding="utf-8")
    include = variant.path / "include"  # private, so that our library does not export it
    subprocess.run(
        ["gcc", "-std=gnu11", "-shared", "-fPIC", "-I", include, source, "-o", library], check=True
    )
    assert [0] * 4 == [ctypes.CDLL(str(library)).asked(kind) for kind in range(4)]
