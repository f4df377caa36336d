# SPDX-License-Identifier: MIT
"""Rendering a plan into its output folder, or saying how far that is from fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kvariant.plan.plan import Plan
from kvariant.plan.variant import Variant
from kvariant.render import Change, Writer


class Generation:
    """The variants of a plan on disk."""

    def __init__(self, plan: Plan, output: Path, *, is_home: bool) -> None:
        """Prepare to write below `output`.

        Args:
            plan: the variants.
            output: the folder that gets one folder per variant.
            is_home: whether it is the project's own output, where variants that
                no fragment names any more are stale and go.
        """
        self.plan = plan
        self._writer = Writer(output)
        self._is_home = is_home

    @contextmanager
    def locked(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Hold the output folder; see `Writer.locked`."""
        with self._writer.locked(waiting):
            yield

    def write(self, variant: Variant) -> Change:
        """Render a variant and write what differs."""
        return self._writer.write(variant.name, self.plan.files(variant))

    def change(self, variant: Variant) -> Change:
        """Render a variant and return what writing it would change."""
        return self._writer.change(variant.name, self.plan.files(variant))

    def stale_variants(self) -> tuple[str, ...]:
        """Return the variants on disk that no fragment names any more."""
        return self._writer.others(set(self.plan.named_variants)) if self._is_home else ()

    def leftover(self, name: str) -> Change:
        """Return what removing a stale variant would remove."""
        return self._writer.leftover(name)

    def remove(self, name: str) -> Change:
        """Remove a stale variant's files."""
        return self._writer.remove(name)
