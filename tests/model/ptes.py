# SPDX-License-Identifier: MIT
"""A page table entry as one variant's generated helpers make it and read it.

The family has no helper that makes a *present* pte. Its bits are found by
asking: the present bit is the lowest one that pte_present() knows, the
protection is the one that pte_uffd_wp() knows, the frame goes between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kvariant.pytest_plugin.variant_fixture import VariantView

PAGE_SHIFT = 12
FRAMES = 1 << 40
SWAP_TYPE = 0
"""The first swap file."""


class Ptes:
    """Makes and reads ptes with the Python helpers of one variant."""

    def __init__(self, variant: VariantView) -> None:
        modules = (variant.python.pgtable, variant.python.swapops, variant.python.userfaultfd)
        self.pgtable, self.swapops, self.userfaultfd = modules
        bits = [1 << place for place in range(64)]
        self._present = next(bit for bit in bits if self.pgtable.pte_present(bit))
        self._protection = next((bit for bit in bits if self.pgtable.pte_uffd_wp(bit)), 0)
        assert self.pgtable.pte_none(0)
        # Newer kernels have other names for the same.
        swapops, userfaultfd = self.swapops, self.userfaultfd
        self._entry = _first(swapops, "softleaf_from_pte", "pte_to_swp_entry")
        self._is_marker = _first(userfaultfd, "pte_is_uffd_wp_marker", "pte_marker_uffd_wp")
        self._any_marker = _first(swapops, "pte_is_marker", "is_pte_marker")
        self._poison = getattr(swapops, "make_poisoned_swp_entry", None)
        self._guard = getattr(swapops, "make_guard_swp_entry", None)
        self._shown: dict[tuple[int, bool], str] = {}

    @property
    def can_protect(self) -> bool:
        """Whether the architecture has a bit for write protection at all."""
        return self._protection != 0

    @property
    def can_poison(self) -> bool:
        """Whether there are poison markers."""
        return self._poison is not None

    @property
    def can_guard(self) -> bool:
        """Whether there are guard markers."""
        return self._guard is not None

    @property
    def fills_guards(self) -> bool:
        """Whether userfaultfd may put a page in the place of a guard: up to 6.18, by oversight."""
        return self.can_guard and self.is_fillable(self.guard())

    # Making

    def mapped(self, frame: int, *, protected: bool = False) -> int:
        """Return the pte of a page."""
        pte = self._present | frame << PAGE_SHIFT
        return pte | self._protection if protected else pte

    def swapped(self, slot: int, *, protected: bool) -> int:
        """Return the pte of an anonymous page in a slot of the swap file."""
        entry = self.swapops.swp_entry(SWAP_TYPE, slot)
        pte = self.pgtable.pte_swp_mkexclusive(self.swapops.swp_entry_to_pte(entry))
        return self.pgtable.pte_swp_mkuffd_wp(pte) if protected else pte

    def marker(self) -> int:
        """Return the pte that remembers a write-protected page."""
        return self.swapops.make_pte_marker(self.swapops.PTE_MARKER_UFFD_WP)

    def poison(self) -> int:
        """Return the pte that makes every access fail."""
        return self.swapops.swp_entry_to_pte(self._poison())

    def guard(self) -> int:
        """Return the pte that makes every access fail, and that zaps leave alone."""
        return self.swapops.swp_entry_to_pte(self._guard())

    def protect(self, pte: int) -> int:
        """Return a page's or a swapped page's pte with protection."""
        if self.is_mapped(pte):
            return pte | self._protection
        return self.pgtable.pte_swp_mkuffd_wp(pte)

    def unprotect(self, pte: int) -> int:
        """Return a page's or a swapped page's pte without protection."""
        if self.is_mapped(pte):
            return pte & ~self._protection
        return self.pgtable.pte_swp_clear_uffd_wp(pte)

    # Reading

    def is_none(self, pte: int) -> bool:
        """Whether nothing is here, not even a marker."""
        return self.pgtable.pte_none(pte)

    def is_vacant(self, pte: int) -> bool:
        """Whether no page is here: none or a marker."""
        return self.is_none(pte) or self._any_marker(pte)

    def is_fillable(self, pte: int) -> bool:
        """Whether userfaultfd may put a page here."""
        if hasattr(self.swapops, "pte_none_mostly"):
            return self.swapops.pte_none_mostly(pte)
        return self.is_none(pte) or self.userfaultfd.pte_is_uffd_marker(pte)

    def is_mapped(self, pte: int) -> bool:
        """Whether a page is mapped here."""
        return self.pgtable.pte_present(pte)

    def is_marker(self, pte: int) -> bool:
        """Whether this remembers a write-protected page."""
        return self._is_marker(pte)

    def is_poison(self, pte: int) -> bool:
        """Whether every access here fails because the page is lost."""
        if not self.can_poison or not self._is_swap_pte(pte):
            return False
        test = _first(self.swapops, "softleaf_is_poison_marker", "is_poisoned_swp_entry")
        return test(self._entry(pte))

    def is_guard(self, pte: int) -> bool:
        """Whether every access here fails because the page is guarded."""
        if not self.can_guard or not self._is_swap_pte(pte):
            return False
        test = _first(self.swapops, "softleaf_is_guard_marker", "is_guard_swp_entry")
        return test(self._entry(pte))

    def is_swapped(self, pte: int) -> bool:
        """Whether a page is in the swap file."""
        if not self._is_swap_pte(pte):
            return False
        entry = self._entry(pte)
        if hasattr(self.swapops, "non_swap_entry"):
            return not self.swapops.non_swap_entry(entry)
        return self.swapops.softleaf_is_swap(entry)

    def is_protected(self, pte: int) -> bool:
        """Whether this is write-protected, in whatever form."""
        if self.is_mapped(pte):
            return self.pgtable.pte_uffd_wp(pte)
        return self.is_marker(pte) or (self.is_swapped(pte) and self.pgtable.pte_swp_uffd_wp(pte))

    def frame(self, pte: int) -> int:
        """Return the frame number of a mapped page."""
        return (pte >> PAGE_SHIFT) % FRAMES

    def slot(self, pte: int) -> int:
        """Return the slot of a swapped page."""
        return self.swapops.swp_offset(self._entry(pte))

    def letters(self, pte: int, *, is_file: bool) -> str:
        """Return what /proc/PID/pagemap shows.

        P mapped, S swap pte, W protected, F of a file, G guarded.
        """
        if (pte, is_file) not in self._shown:  # few ptes are looked at a hundred thousand times
            mapped = self.is_mapped(pte)
            shown = {"P": mapped, "S": self._is_swap_pte(pte), "W": self.is_protected(pte),
                     "F": mapped and is_file, "G": self.is_guard(pte)}  # fmt: skip
            told = "".join(letter for letter, is_shown in shown.items() if is_shown) or "-"
            self._shown[pte, is_file] = told
        return self._shown[pte, is_file]

    def _is_swap_pte(self, pte: int) -> bool:
        return not self.is_none(pte) and not self.is_mapped(pte)


def _first(module: Any, *names: str) -> Any:
    """Return what a module has under the first of some names that it has."""
    return next(getattr(module, name) for name in names if hasattr(module, name))
