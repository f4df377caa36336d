# SPDX-License-Identifier: MIT
"""Lines of sources that no configuration compiles any more.

Today's sources are read with the options of both trees. Asked about are the conditions that
name an option which an edit touches, or which is dead, always on, gone or renamed since; in
trees where an edit reaches few options, those that it reaches. Each condition is asked of both
spaces; what is free in it is taken to hold, so that what is told holds whatever macros are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.kconfig.expression import ALWAYS, NEVER
from kvariant.presence.condition import all_of, possible
from kvariant.presence.naming import NamedOptions, NamingSources
from kvariant.presence.sources import SourceFiles
from kvariant.review.unreachable import Unreachable

if TYPE_CHECKING:
    from kvariant.kconfig import Expression
    from kvariant.presence.c_conditions import Guard
    from kvariant.presence.kbuild import Route
    from kvariant.review.proofs import Proofs
    from kvariant.review.tree_changes import TreeChanges
    from kvariant.space import Space

FEW = 200
"""Options that an edit reaches and that are all asked about."""
MOST_OPTIONS = 400
"""Options that are asked about; of more, as between versions of a tree, none is."""
MOST_FILES = 600
"""Files that are read for their directives."""
_MANY = 2_000
"""From so many sources on it is said that they are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanges:
    """What an edit of Kconfig does to sources."""

    unreachable: tuple[Unreachable, ...] = ()
    options: int = 0
    """Options whose naming was looked for."""
    conditions: int = 0
    """Distinct conditions that were asked about."""
    not_asked: str = ""
    """Why sources were not looked at, or not all."""
    is_unknown: bool = False
    """Whether it is because how the tree builds is not known."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A file, or a branch of it."""

    path: str
    stack: tuple[Guard, ...] = ()
    """The branches that its lines are in, the last its own; none: the whole file."""

    @property
    def names(self) -> tuple[tuple[str, int, str], ...]:
        """What it is called, and what is around it."""
        return ((self.path, 0, ""), *((self.path, one.line, one.text) for one in self.stack))


def source_changes(
    changes: TreeChanges,
    found: Proofs,
    *,
    keep: bool = False,
    tell: Callable[[str], None] | None = None,
) -> SourceChanges:
    """Return the lines of today's sources that only the tree before compiles.

    Args:
        found: what is proven of the trees' options.
        keep: whether what includes what may be kept.
        tell: hears how many sources are read, where there are many.

    Cost: nothing where no rule differs; on Linux the time in which its sources are read.
    """
    if not changes.rules and not changes.is_dialect:
        return SourceChanges()
    today = SourceFiles(changes.after.tree, keep=keep)
    if today.kind.folders_naming is None:
        why = "how this kind of tree builds its sources is not known"
        return SourceChanges(not_asked=why, is_unknown=True)
    options = _asked(changes, found)
    if len(options) > MOST_OPTIONS:
        what = f"{len(options):,} options differ, sources were not searched for them"
        return SourceChanges(options=len(options), not_asked=what)
    if tell and len(today.every) > _MANY:
        tell(f"reading {len(today.every):,} sources for what becomes unreachable")
    then = today.with_options_of(changes.before.tree)
    places, left_out = _places(today, then, options)
    now = _conditions(today, places)
    dead = _never(changes.spaces[1], now)
    places = [places[i] for i in dead]
    before = _conditions(then, places)
    never = set(_never(changes.spaces[0], before))
    lost = {place: before[i] for i, place in enumerate(places) if i not in never}
    return SourceChanges(
        unreachable=tuple(_told(lost)),
        options=len(options),
        conditions=len(set(now)),
        not_asked=left_out,
    )


def _asked(changes: TreeChanges, found: Proofs) -> frozenset[str]:
    names = {change.symbol for change in changes.rules}
    names.update(one.symbol for one in (*found.dead, *found.always_on))
    names.update(changes.gone)
    names.update(one.old for one in changes.renamed)
    reached = changes.affected
    return frozenset(names | reached if len(reached) <= FEW else names)


def _places(
    today: SourceFiles, then: SourceFiles, options: Collection[str]
) -> tuple[list[_Place], str]:
    """Return what is asked about, and what was left out, in words."""
    naming = NamingSources(today)
    # An option that is gone is in no list of today's makefiles.
    near = [*naming.built(options), *NamingSources(then).built(options)]
    built = [path for path in dict.fromkeys(near) if _is_built_by(options, path, today, then)]
    named = dict.fromkeys((*naming.naming(options), *built))
    left_out = max(0, len(named) - MOST_FILES)
    found = [_Place(path) for path in built]
    names, every = NamedOptions(options), set(built)
    for path in list(named)[:MOST_FILES]:
        try:
            found += _branches(today, path, None if path in every else names)
        except InputError:
            left_out += 1
    return found, f"{left_out:,} of {len(named):,} files were not read" if left_out else ""


def _is_built_by(options: Collection[str], path: str, *sides: SourceFiles) -> bool:
    """Return whether an option decides in one of the trees whether a file is built."""
    return any(
        not set(options).isdisjoint(route.condition.symbols)
        for sources in sides
        for route in sources.routes(path)
    )


def _branches(sources: SourceFiles, path: str, names: NamedOptions | None) -> Iterator[_Place]:
    """Yield each branch of a file that has code, where an `#if` around it names an option.

    Args:
        names: of the options; None: any.
    """
    file = sources.file(path)
    named = {
        guard
        for fork in file.forks
        if names is None or any(names.are_in(guard.text.encode()) for guard in fork.branches)
        for guard in fork.branches
    }
    stacks = dict.fromkeys(file.stacks[number - 1] for number in sorted(file.code))
    places = (_Place(path, stack[:depth]) for stack in stacks for depth in range(1, len(stack) + 1))
    yield from (place for place in dict.fromkeys(places) if not named.isdisjoint(place.stack))


def _conditions(sources: SourceFiles, places: Sequence[_Place]) -> list[Expression]:
    """Return where places are compiled, so far as options say it."""
    return [possible(sources.joined(*_parts(sources, place))) for place in places]


def _parts(sources: SourceFiles, place: _Place) -> tuple[Sequence[Route], Expression]:
    """Return the ways in which a file is built, and what its own directives say of a place."""
    if not place.stack:
        return sources.routes(place.path), ALWAYS
    wanted = place.names[1:]
    # The place's own lines are in the same branches whatever the options are.
    for stack in dict.fromkeys(sources.file(place.path).stacks[place.stack[-1].line :]):
        if _Place(place.path, stack).names[1 : len(wanted) + 1] == wanted:
            own = all_of(guard.condition for guard in stack[: len(wanted)])
            return sources.routes(place.path), own
    return (), NEVER


def _never(space: Space, conditions: Sequence[Expression]) -> list[int]:
    """Return the places of conditions that no configuration satisfies."""
    several = [one for one in dict.fromkeys(conditions) if one not in (ALWAYS, NEVER)]
    asked = {f"[source {i}]": one for i, one in enumerate(several)}
    dead: set[Expression] = {NEVER}
    if asked:
        found = space.with_conditions(asked).constants(tuple(asked)).dead
        dead |= {asked[name] for name in found}
    return [i for i, one in enumerate(conditions) if one in dead]


def _told(lost: Mapping[_Place, Expression]) -> Iterator[Unreachable]:
    """Yield what is lost, but for what is within something that is."""
    names = {place.names[-1] for place in lost}
    for place, condition in lost.items():
        if names.isdisjoint(place.names[:-1]):
            line = place.stack[-1].line if place.stack else 1
            yield Unreachable(
                path=place.path, line=line, said=str(condition), is_whole=not place.stack
            )
