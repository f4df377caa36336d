# SPDX-License-Identifier: MIT
"""Every configuration that a kernel release allows on an architecture.

Enumerated from the kernels' Kconfig files, read by hand, with code of its own:
neither the project's Kconfig tree nor its resolver takes part. The families of
values that vary together are written out; everything else is free::

    MIGRATION <- MEMORY_HOTREMOVE <- ZONE_DEVICE <- DEVICE_PRIVATE     5 states
    USERFAULTFD -> HAVE_ARCH_USERFAULTFD_{WP,MINOR} -> PTE_MARKER_UFFD_WP

riscv64 has neither memory hot-remove, hence none of the two that build on it, nor
recovery from memory errors; what it keeps in two bits of an entry that only some
processors leave to software hangs on RISCV_ISA_SVRSW60T59B.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .headers import Architecture, Release

BASELINES = ("5_19_PRE", "6_1", "6_2", "6_12", "6_18", "7_2")
"""Members of our choice of a kernel."""

FREE = ("SWAP", "SHMEM", "HUGETLBFS", "MEMORY_FAILURE")
"""Symbols that any other symbol's value leaves alone."""

CHAIN = ("MIGRATION", "MEMORY_HOTREMOVE", "ZONE_DEVICE", "DEVICE_PRIVATE")
"""Each depends on the one before."""

ALWAYS_ON: dict[Architecture, dict[str, str]] = {
    "x86_64": {
        "X86": "1",
        "X86_64": "1",
        "64BIT": "1",
        "MMU": "1",
        "SPARSEMEM": "1",
        "PGTABLE_LEVELS": "4",
        "PAGE_SHIFT": "12",
        "HAVE_ARCH_SOFT_DIRTY": "1",
    },
    "arm64": {
        "ARM64": "1",
        "64BIT": "1",
        "MMU": "1",
        "SPARSEMEM": "1",
        "PGTABLE_LEVELS": "4",
        "PAGE_SHIFT": "12",
        "ARM64_PAGE_SHIFT": "12",
        "ARM64_4K_PAGES": "1",
        "ARM64_VA_BITS": "48",
        "ARM64_PA_BITS": "48",
    },
    "riscv64": {
        "RISCV": "1",
        "64BIT": "1",
        "MMU": "1",
        "SPARSEMEM": "1",
        "PGTABLE_LEVELS": "5",
        "PAGE_SHIFT": "12",
    },
}
"""What the headers read besides the symbols that vary: 64-bit, 4 KiB pages, 4 levels."""


@dataclass(frozen=True)
class Configuration:
    """A release, an architecture, and the value of each symbol that varies."""

    release: Release
    architecture: Architecture
    values: Mapping[str, bool]

    @cached_property
    def name(self) -> str:
        """A name that fits a fragment: what is on, by bit, in the order of `values`."""
        bits = "".join("ny"[value] for value in self.values.values())
        return f"v{self.release}-{self.architecture.replace('_', '-')}-{bits}"

    @property
    def defines(self) -> str:
        """The configuration as the kernel's headers see it."""
        on = {name: "1" for name, value in self.values.items() if value}
        everything = ALWAYS_ON[self.architecture] | on
        return "".join(f"#define CONFIG_{name} {value}\n" for name, value in everything.items())

    @property
    def fragment(self) -> str:
        """The configuration as asked of our family; every symbol is asked for."""
        asked = {
            "X86_64": self.architecture == "x86_64",
            "ARM64": self.architecture == "arm64",
            "RISCV64": self.architecture == "riscv64",
            **{f"KERNEL_V{name}": name == self.release.replace(".", "_") for name in BASELINES},
            "MMU": True,
            "HAVE_ARCH_SOFT_DIRTY": "HAVE_ARCH_SOFT_DIRTY" in ALWAYS_ON[self.architecture],
            **self.values,
        }
        return f"# {self}\n" + "".join(
            f"CONFIG_{name}=y\n" if value else f"# CONFIG_{name} is not set\n"
            for name, value in asked.items()
        )

    def __str__(self) -> str:
        on = " ".join(name for name, value in self.values.items() if value)
        return f"{self.release} {self.architecture}: {on or 'nothing'}"


def chosen(release: Release, architecture: Architecture, *on: str) -> Configuration:
    """Return the valid configuration that has exactly these symbols on."""
    for configuration in configurations(release, architecture):
        if {name for name, value in configuration.values.items() if value} == set(on):
            return configuration
    raise ValueError(f"{release} on {architecture} does not allow {' '.join(on) or 'nothing'}")


def configurations(release: Release, architecture: Architecture) -> Iterator[Configuration]:
    """Yield each valid configuration once, the one with everything off first."""
    riscv = architecture == "riscv64"
    for free in itertools.product((False, True), repeat=len(FREE)):
        for length in range(2 if riscv else len(CHAIN) + 1):
            for bits in _bits(release, architecture):
                values = dict(zip(FREE, free, strict=True))
                if riscv and values["MEMORY_FAILURE"]:
                    continue
                values["HUGETLB_PAGE"] = values["HUGETLBFS"]  # def_bool HUGETLBFS
                values |= {name: at < length for at, name in enumerate(CHAIN)}
                yield Configuration(release, architecture, values | bits)


def _bits(release: Release, architecture: Architecture) -> Iterator[dict[str, bool]]:
    """Yield what depends on spare bits of an entry: soft-dirty and userfaultfd."""
    if architecture == "riscv64":
        for spare in (False, True):
            for soft_dirty in (False, True) if spare else (False,):
                state = {"RISCV_ISA_SVRSW60T59B": spare, "HAVE_ARCH_SOFT_DIRTY": spare}
                for userfaultfd in _userfaultfd(spare, old=False):
                    yield {**state, "MEM_SOFT_DIRTY": soft_dirty, **userfaultfd}
        return
    # arm64 selects HAVE_ARCH_USERFAULTFD_WP from 6.10 on.
    write_protect = architecture == "x86_64" or release != "6.1"
    for soft_dirty in (False, True) if architecture == "x86_64" else (False,):
        for userfaultfd in _userfaultfd(write_protect, old=release == "6.1"):
            yield {"MEM_SOFT_DIRTY": soft_dirty, **userfaultfd}


def _userfaultfd(write_protect: bool, *, old: bool) -> Iterator[dict[str, bool]]:
    """Yield the states of userfaultfd and of the markers.

    The symbol PTE_MARKER is selected by PTE_MARKER_UFFD_WP alone up to 6.1, and is gone
    from 6.2 on.
    """
    for userfaultfd in (False, True):
        protects = userfaultfd and write_protect
        for marker in (False, True) if protects else (False,):
            state = {
                "USERFAULTFD": userfaultfd,
                "HAVE_ARCH_USERFAULTFD_WP": protects,
                "HAVE_ARCH_USERFAULTFD_MINOR": userfaultfd,
                "PTE_MARKER_UFFD_WP": marker,
            }
            if old:
                state["PTE_MARKER"] = marker
            yield state


def sample(everything: Sequence[Configuration]) -> list[Configuration]:
    """Return configurations that hold every pair of values which any of them holds.

    Greedy: always the first that adds most pairs, so that the sample is stable.
    """
    pairs = [
        set(itertools.combinations(sorted(configuration.values.items()), 2))
        for configuration in everything
    ]
    missing = set().union(*pairs)
    chosen = []
    while missing:
        best = max(range(len(pairs)), key=lambda at: len(pairs[at] & missing))
        chosen.append(everything[best])
        missing -= pairs[best]
    return chosen
