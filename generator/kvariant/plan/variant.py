# SPDX-License-Identifier: MIT
"""Variants and the matrix that lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kvariant.kconfig import Configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A named configuration, before anything is rendered from it."""

    name: str
    description: str
    configuration: Configuration
    fragment: Path | None
    """The file it was asked for in."""

    @property
    def symbols(self) -> Mapping[str, str]:
        """Return what was asked for: symbol -> value text."""
        return self.configuration.assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """An ordered list of variants, and the strategy that chose them."""

    name: str
    strategy: str
    variants: tuple[Variant, ...]

    def __iter__(self) -> Iterator[Variant]:
        return iter(self.variants)

    def __len__(self) -> int:
        return len(self.variants)
