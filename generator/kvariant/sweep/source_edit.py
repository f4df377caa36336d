# SPDX-License-Identifier: MIT
"""A source before and after an edit, and the configurations that see another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import ALWAYS
from kvariant.presence.verdict import holds

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Expression
    from kvariant.presence.sources import SourceFiles

_GENERATED_FROM = re.compile(r"\s*//\s*\w+:")
"""Comments that builds are made from, as in BusyBox."""


@dataclass(frozen=True, kw_only=True)
class SourceEdit:
    """A source before and after: its lines of code, each with where it is compiled."""

    path: str
    before: Sequence[tuple[str, Expression, int]]
    now: Sequence[tuple[str, Expression, int]]
    built: Expression
    """Where the file is compiled at all."""

    @classmethod
    def of(
        cls, path: str, relative: str, before: str, now: str, sources: SourceFiles
    ) -> SourceEdit:
        """Take both texts of a file.

        Raises:
            InputError: a file that is to be read for it cannot be.
        """
        routes = sources.routes(relative)

        def lines(text: str) -> list[tuple[str, Expression, int]]:
            file = sources.read(relative, text)
            if file.unbalanced:
                # Nobody knows what is compiled: all of it counts.
                return [(line, ALWAYS, n) for n, line in enumerate(text.split("\n"), 1)]
            forks = {guard.line for fork in file.forks for guard in fork.branches}
            forks |= {fork.last for fork in file.forks}
            texts = text.split("\n")
            joined: dict[Expression, Expression] = {}
            found = []
            for number in sorted(file.code):
                own = file.condition(number)
                if number in forks:
                    continue
                if own not in joined:
                    joined[own] = sources.joined(routes, own)
                found.append((texts[number - 1].rstrip(), joined[own], number))
            return found

        return cls(
            path=path, before=lines(before), now=lines(now),
            built=sources.joined(routes, ALWAYS),
        )  # fmt: skip

    def why(self, configuration: Configuration) -> str:
        """Return which line a configuration sees that is another, in words; "": none."""
        if holds(configuration, self.built) is False:
            return ""
        before = list(self._visible(self.before, configuration))
        now = list(self._visible(self.now, configuration))
        if [one[:2] for one in before] == [one[:2] for one in now]:
            return ""
        at = next(
            (a[2] for b, a in zip(before, now, strict=False) if a[:2] != b[:2]),
            now[-1][2] if now else 1,
        )
        return f"compiles {self.path}:{at}, which differs"

    def _visible(
        self, lines: Iterable[tuple[str, Expression, int]], configuration: Configuration
    ) -> Iterator[tuple[str, str, int]]:
        known: dict[Expression, str | None] = {}
        for text, condition, number in lines:
            if condition not in known:
                seen = holds(configuration, condition)
                known[condition] = None if seen is False else "" if seen else str(condition)
            if (where := known[condition]) is not None:
                yield text, where, number


def generated_from(text: str) -> list[str]:
    """Return the comments of a source that builds are made from."""
    return [line for line in text.split("\n") if _GENERATED_FROM.match(line)]
