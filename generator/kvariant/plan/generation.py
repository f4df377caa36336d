# SPDX-License-Identifier: MIT
"""Rendering plans into its output folder, or saying how far that is from fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.plan.rules_then import under_other_rules
from kvariant.render import Change, Writer

if TYPE_CHECKING:
    from kvariant.plan.plans import Plans
    from kvariant.plan.variant import Variant


class Generation:
    """The variants of plans on disk."""

    def __init__(self, plans: Plans, output: Path, *, is_home: bool) -> None:
        """Prepare to write below `output`.

        Args:
            plans: the variants.
            output: the folder that gets one folder per variant.
            is_home: whether it is the project's own output, where variants that
                no fragment names any more are stale and go.
        """
        self.plans = plans
        self._writer = Writer(output)
        self._is_home = is_home and plans.project.is_whole
        self._rendered: dict[str, Mapping[str, str]] = {}

    @contextmanager
    def locked(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Hold the output folder; see `Writer.locked`."""
        with self._writer.locked(waiting):
            yield

    def render(self) -> None:
        """Render every variant, so that what fails in one shows before any is written."""
        for variant in self.plans.variants:
            self.files(variant)

    def write(self, variant: Variant) -> Change:
        """Write what differs from a variant as it is rendered."""
        return self._writer.write(variant.name, self.files(variant))

    def change(self, variant: Variant) -> Change:
        """Return what writing a variant would change."""
        return self._writer.change(variant.name, self.files(variant))

    @property
    def is_begun(self) -> bool:
        """Whether any variant of ours is on disk, of this matrix or not."""
        return bool(self._writer.others(set()))

    def other_rules(self) -> str:
        """Return that variants on disk were made under other rules, "" if not."""
        then = (self._writer.fact(variant.name, "dialect") for variant in self.plans.variants)
        return under_other_rules(then, (plan.tree.dialect.label for plan in self.plans))

    def stale_variants(self) -> tuple[str, ...]:
        """Return the variants on disk that are not in the matrix any more."""
        return self._writer.others(set(self.plans.names)) if self._is_home else ()

    def leftover(self, name: str) -> Change:
        """Return what removing a stale variant would remove."""
        return self._writer.leftover(name)

    def files(self, variant: Variant) -> Mapping[str, str]:
        """Return all files of a variant, rendered once: path -> text."""
        if variant.name not in self._rendered:
            self._rendered[variant.name] = self.plans.files(variant)
        return self._rendered[variant.name]

    def remove(self, name: str) -> Change:
        """Remove a stale variant's files."""
        return self._writer.remove(name)
