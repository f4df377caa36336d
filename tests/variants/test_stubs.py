# SPDX-License-Identifier: MIT
"""Stubs: what stands in for a helper whose option is off, and the one that warns."""

import ctypes
import importlib.util
import shutil
import sys

import pytest
from families import signatures
from hypothesis import given
from words import CHEAP, PTES, WORDS, arguments_of, edge_calls

_DEVICE = "is_device_private_entry is_writable_device_private_entry is_device_exclusive_entry"

# (off when this is n, what the stubs answer, their names); "argument": what they were given
STUBS = (
    ("HAVE_ARCH_USERFAULTFD_WP", False, "pte_uffd_wp pte_swp_uffd_wp userfaultfd_pte_wp"),
    ("HAVE_ARCH_USERFAULTFD_WP", "argument", "pte_swp_mkuffd_wp pte_swp_clear_uffd_wp"),
    ("MEM_SOFT_DIRTY", False, "pte_swp_soft_dirty"),
    ("MEM_SOFT_DIRTY", "argument", "pte_swp_mksoft_dirty pte_swp_clear_soft_dirty"),
    ("MIGRATION", 0, "make_readable_migration_entry make_readable_exclusive_migration_entry"),
    ("MIGRATION", 0, "make_writable_migration_entry"),
    ("MIGRATION", False, "is_readable_migration_entry is_writable_migration_entry"),
    ("MIGRATION", False, "is_migration_entry is_migration_entry_young is_migration_entry_dirty"),
    ("MIGRATION", "argument", "make_migration_entry_young make_migration_entry_dirty"),
    ("SWAP", "argument", "make_migration_entry_young make_migration_entry_dirty"),
    ("SWAP", False, "is_migration_entry_young is_migration_entry_dirty"),
    ("SWAP", False, "migration_entry_supports_ad"),
    ("DEVICE_PRIVATE", 0, "make_readable_device_private_entry make_writable_device_private_entry"),
    ("DEVICE_PRIVATE", 0, "make_readable_device_exclusive_entry"),
    ("DEVICE_PRIVATE", 0, "make_writable_device_exclusive_entry"),
    ("DEVICE_PRIVATE", False, f"{_DEVICE} is_writable_device_exclusive_entry"),
    ("MEMORY_FAILURE", 0, "make_hwpoison_entry"),
    ("MEMORY_FAILURE", False, "is_hwpoison_entry"),
    ("PTE_MARKER", 0, "make_pte_marker_entry pte_marker_get"),
    ("PTE_MARKER", False, "is_pte_marker_entry is_pte_marker"),
    ("UFFD_WP_TESTS", False, "pte_marker_entry_uffd_wp pte_marker_uffd_wp"),
    ("PTE_MARKER_UFFD_WP", False, "pte_swp_uffd_wp_any"),
    ("USERFAULTFD", False, "userfaultfd_missing userfaultfd_wp userfaultfd_minor"),
    ("USERFAULTFD", False, "userfaultfd_armed userfaultfd_pte_wp"),
)  # fmt: skip


IS_ON = {
    "PTE_MARKER": lambda facts: facts.markers,
    "UFFD_WP_TESTS": lambda facts: facts["PTE_MARKER_UFFD_WP"] or facts.leaves,
}
"""What has no symbol of its own in every kernel."""


def stubs_of(facts) -> dict[str, object]:
    """Return the stubs of a configuration and what they answer."""
    found: dict[str, object] = {}
    for symbol, answer, names in STUBS:
        is_on = IS_ON[symbol](facts) if symbol in IS_ON else facts[symbol]
        present = [name for name in names.split() if name in facts.first_names]
        found |= {} if is_on else dict.fromkeys(present, answer)
    return found


def wrong_answers(facts, family, words: list[int] | None = None) -> dict[str, str]:
    """Return each stub that answers something else, with the first such call; None: edge cases."""
    found: dict[str, str] = {}
    for name, answer in stubs_of(facts).items():
        helper = getattr(family, name)
        types = signatures(facts.variant)[name].arguments
        for arguments in edge_calls(types) if words is None else arguments_of(types, words):
            expected = arguments[0] if answer == "argument" else answer
            actual = helper(*arguments)
            if (expected, type(expected)) != (actual, type(actual)):
                found[name] = f"{name}{arguments} = {actual!r}"
                break
    return found


@CHEAP
@given(words=WORDS)
def test_stubs(facts, family, words):
    """Every stub answers false, zero or what it was given, on all inputs."""
    assert {} == wrong_answers(facts, family, words)


def test_stubs_on_edges(facts, family):
    """Every stub answers false, zero or what it was given, on edge cases."""
    assert {} == wrong_answers(facts, family)


@pytest.mark.kconfig("!PTE_MARKER && !SINCE_V6_2")
class TestWithoutMarkers:
    """CONFIG_PTE_MARKER=n, which only kernels up to 6.1 have."""

    def test_make_pte_marker_is_not_stubbed(self, facts, family):
        """It stores the empty entry: an ordinary swap pte on x86_64, nothing on arm64."""
        expected = 0x7FFFFFFFFFFFE00 if facts["X86_64"] else 0
        assert [expected] * 4 == [family.make_pte_marker(marker) for marker in (0, 1, 3, 1 << 63)]
        assert facts["X86_64"] == family.is_swap_pte(family.make_pte_marker(1))

    def test_none_mostly_is_none(self, family):
        """A pte is as good as none only if it is none."""
        expected = [family.pte_none(pte) for pte in PTES]
        assert expected == [family.pte_none_mostly(pte) for pte in PTES]
        assert True in expected

    def test_constants_stay(self, family):
        """The marker's bit and mask are defined all the same."""
        assert (1, 1) == (family.PTE_MARKER_UFFD_WP, family.PTE_MARKER_MASK)

    def test_python_warns_once_per_load(self, variant, capsys):
        """Each loaded copy counts every hit and prints the first."""
        one, other = (_PythonCopy(variant, f"_copy_{letter}_pte_markers") for letter in "ab")
        try:
            one.call(3)
            assert (1, (3, 1), (0, 0)) == (
                capsys.readouterr().err.count("WARNING"), one.counts, other.counts)  # fmt: skip
            other.call(2)
            assert (1, (3, 1), (2, 1)) == (
                capsys.readouterr().err.count("WARNING"), one.counts, other.counts)  # fmt: skip
        finally:
            one.unload()
            other.unload()

    def test_c_warns_once_per_library(self, variant, capfd, tmp_path):
        """Each library counts every hit and prints the first."""
        one, other = (_LibraryCopy(variant, tmp_path / f"{letter}.so") for letter in "ab")
        before = variant.c.counter("warn_hits")
        one.call(3)
        assert (1, (3, 1), (0, 0)) == (
            capfd.readouterr().err.count("WARNING"),
            one.counts,
            other.counts,
        )
        other.call(2)
        assert (1, (3, 1), (2, 1)) == (
            capfd.readouterr().err.count("WARNING"),
            one.counts,
            other.counts,
        )
        assert before == variant.c.counter("warn_hits")

    def test_make_pte_marker_warns(self, variant, capfd, tmp_path):
        """Making a marker's pte goes through the stub that warns; nothing else does."""
        copies = (
            _PythonCopy(variant, "_copy_pte_markers"),
            _LibraryCopy(variant, tmp_path / "c.so"),
        )
        try:
            for copy in copies:
                copy.swapops.is_pte_marker_entry(0)
                copy.swapops.pte_marker_get(0)
                copy.swapops.pte_none_mostly(0)
                assert (0, 0) == copy.counts
                copy.swapops.make_pte_marker(1)
                assert (1, 1) == copy.counts
            assert 2 == capfd.readouterr().err.count("make_pte_marker_entry")
        finally:
            copies[0].unload()


@pytest.mark.kconfig("PTE_MARKER || SINCE_V6_2")
def test_real_marker_does_not_warn(family, capfd):
    """Where markers are real, making one prints nothing."""
    assert family.make_pte_marker_entry(1) != 0
    assert "" == capfd.readouterr().err


class _PythonCopy:
    """The generated package, loaded once more under another name."""

    def __init__(self, variant, name: str) -> None:
        folder = variant.path / "python" / "pte_markers"
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        self._name = name
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        try:
            spec.loader.exec_module(module)
            self.swapops = importlib.import_module(f"{name}.swapops")
            self._warn = importlib.import_module(f"{name}.warn")
        finally:
            sys.dont_write_bytecode = before

    @property
    def counts(self) -> tuple[int, int]:
        """Hits, and how many of them were printed."""
        return self._warn.warn_hits, self._warn.warn_fired

    def call(self, times: int) -> None:
        assert [0] * times == [self.swapops.make_pte_marker_entry(1) for _ in range(times)]

    def unload(self) -> None:
        for name in [name for name in sys.modules if name.split(".")[0] == self._name]:
            del sys.modules[name]


class _LibraryCopy:
    """The variant's library, loaded once more from another place."""

    def __init__(self, variant, path) -> None:
        shutil.copyfile(variant.library("pte_markers"), path)
        self.swapops = ctypes.CDLL(str(path))

    @property
    def counts(self) -> tuple[int, int]:
        """Hits, and how many of them were printed."""
        hits, fired = (
            ctypes.c_ulong.in_dll(self.swapops, name).value for name in ("warn_hits", "warn_fired")
        )
        return hits, fired

    def call(self, times: int) -> None:
        make = self.swapops.make_pte_marker_entry
        make.argtypes, make.restype = [ctypes.c_uint64], ctypes.c_uint64
        assert [0] * times == [make(1) for _ in range(times)]
