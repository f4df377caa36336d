# SPDX-License-Identifier: MIT
"""A review: all that an edit of Kconfig does, from two trees and what is asked about them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.regular_file import read_text
from kvariant.review.configurations import (
    ConfigurationChanges,
    Pairs,
    configuration_changes,
    paired,
)
from kvariant.review.drops import Drop, drops, new_drops
from kvariant.review.edits import Edit, Edits
from kvariant.review.hunks import Hunk, applied, hunks_of, sources
from kvariant.review.moves import moved_files
from kvariant.review.proofs import Proofs, proofs
from kvariant.review.responsible import responsible
from kvariant.review.rows import ValueRow, folded
from kvariant.review.still_named import StillNamed, still_named
from kvariant.review.unreachable_sources import SourceChanges, source_changes

if TYPE_CHECKING:
    from kvariant.kconfig import Fragment
    from kvariant.kconfig.model import Model
    from kvariant.review.combinations import Combinations
    from kvariant.review.snapshot import Load
    from kvariant.review.tree_changes import Side, TreeChanges
    from kvariant.review.unreachable import TemplateChanges, Unreachable


class Consequence(enum.Enum):
    """Kinds of consequences, as `--fail-on` names them."""

    CHANGED = "changed"
    DROPPED = "dropped"
    DEAD = "dead"
    ALWAYS_ON = "always-on"
    GONE = "gone"
    SELECTS = "selects"
    LOST = "lost"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class Review:
    """What an edit does."""

    changes: TreeChanges
    edits: tuple[Edit, ...]
    configurations: ConfigurationChanges
    rows: tuple[ValueRow, ...]
    drops: tuple[Drop, ...]
    """Newly dropped values that no row tells."""
    new_drops: Mapping[str, Sequence[str]]
    """What configurations that are new ask for in vain."""
    proofs: Proofs
    still_named: tuple[StillNamed, ...]
    """Names in Kconfig files that have no symbol any more."""
    combinations: Combinations | None
    templates: TemplateChanges
    sources: SourceChanges

    @property
    def unreachable(self) -> tuple[Unreachable, ...]:
        """All lines that no configuration reaches any more."""
        return (*self.templates.unreachable, *self.sources.unreachable)

    @property
    def all_drops(self) -> tuple[Drop, ...]:
        """All newly dropped values."""
        return (*(drop for row in self.rows for drop in row.drops), *self.drops)

    def count(self, kind: Consequence) -> int:
        """Return how many consequences of a kind there are."""
        proofs_ = self.proofs
        lost = self.combinations.lost if self.combinations else ()
        return {
            Consequence.CHANGED: len(self.configurations.changed),
            Consequence.DROPPED: len(self.all_drops) + sum(map(bool, self.new_drops.values())),
            Consequence.DEAD: len(proofs_.dead),
            Consequence.ALWAYS_ON: len(proofs_.always_on),
            Consequence.GONE: len(self.changes.gone),
            Consequence.SELECTS: len(proofs_.selects),
            Consequence.LOST: len(lost or ()) if lost is not None else _fewer(self.combinations),
            Consequence.UNREACHABLE: len(self.unreachable) + len(self.templates.broken),
        }[kind]


def _fewer(found: Combinations | None) -> int:
    return max(0, found.before - found.after) if found else 0


def reviewed(
    changes: TreeChanges,
    before: Sequence[Fragment],
    after: Sequence[Fragment],
    load: Load,
    *,
    templates: TemplateChanges,
    combinations: Combinations | None = None,
    keep: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Review:
    """Return what an edit does.

    Args:
        changes: how the rules of the trees differ.
        before: the configurations as they were asked for before.
        after: as they are asked for now.
        load: returns the tree before with some of the edits.
        templates: what becomes of templates.
        combinations: of chosen symbols, None where none are chosen.
        keep: whether what includes what among the sources may be kept.
        tell: hears what takes long.
    """
    texts = texts_of(changes.before), texts_of(changes.after)
    moved = moved_files(*texts)
    reader = _HunkReader(*texts, {*_made(changes.before), *_made(changes.after)}, moved, load)
    edits = Edits(changes, hunks_of(*texts, moved, _origins(changes.after)), reader.model)
    pairs: Pairs = paired(before, after)
    configurations = configuration_changes(changes, pairs)
    rows, left = folded(
        responsible(changes, configurations, edits),
        drops(changes, configurations),
        {name for name, rules in changes.after.model.symbols.items() if rules.is_settable},
    )
    proven = proofs(changes)
    return Review(
        changes=changes,
        edits=edits.all,
        configurations=configurations,
        rows=rows,
        drops=left,
        new_drops={n: d for n, d in new_drops(changes.after, pairs.new).items() if d},
        proofs=proven,
        still_named=still_named(changes),
        combinations=combinations,
        templates=templates,
        sources=source_changes(changes, proven, keep=keep, tell=tell),
    )


def texts_of(side: Side) -> dict[str, str]:
    """Return the texts of a tree's Kconfig files, by path from its root on."""
    made = _made(side)
    read = {side.relative(str(path)): read_text(path, "replace") for path in side.tree.files}
    return {**made, **read}


def _made(side: Side) -> dict[str, str]:
    """Return the texts of files that the tree's build would write."""
    return {side.relative(path): text for path, text in side.tree.generated_files.items()}


def _origins(side: Side) -> Mapping[str, Sequence[str]]:
    """Return of such files where each of their lines is written."""
    root, origins = side.tree.root, side.tree.preset.origins
    return {
        name: [f"{side.relative(str(path))}:{line}" for path, line in origins(root, name)]
        for name in _made(side)
    }


class _HunkReader:
    """Reads the tree before with some hunks applied."""

    def __init__(
        self,
        before: Mapping[str, str],
        after: Mapping[str, str],
        made: Set[str],
        moved: Mapping[str, str],
        load: Load,
    ) -> None:
        """Take the texts of both trees.

        Args:
            made: files that are on no disk, so that no hunk can be applied to them.
            moved: the old paths of files that have a new one, by that.
        """
        self._before, self._after, self._made, self._load = before, after, made, load
        self._moved = moved

    def model(self, hunks: Sequence[Hunk]) -> Model | None:
        """Return its model, None where it cannot be read."""
        paths = dict.fromkeys(hunk.path for hunk in hunks)
        paths |= dict.fromkeys(p for p in self._moved if any(sources(h, p) for h in hunks))
        if any(path in self._made or self._moved.get(path) in self._made for path in paths):
            return None
        texts: dict[str, str | None] = {}
        for path in paths:
            own = [hunk for hunk in hunks if hunk.path == path]
            if own and own[0].is_file:
                texts[path] = self._after.get(path)
                continue
            old = self._moved.get(path, path)
            text = applied(self._before[old], self._after[path], own)
            if old != path and any(sources(hunk, path) for hunk in hunks):
                texts |= {old: None, path: text}
            else:  # an edit of a moved file, without the move
                texts[old] = text
        try:
            return self._load(texts).model
        except InputError:
            return None
