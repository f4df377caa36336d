# SPDX-License-Identifier: MIT
"""The strategy `patch` over one project: the patch, what it is to be seen in, the variants.

diff, files                    -> changes          unidiff
changes, sources, templates    -> goals            presence
goals, space, base             -> configurations   matrix.patch
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant import git
from kvariant.errors import Diagnostic, InputError, Location, Severity, displayed, os_error
from kvariant.kconfig.complement import complement
from kvariant.kconfig.expression import ALWAYS, NEVER
from kvariant.matrix.patch import patch
from kvariant.plan.line_presence import LinePresence
from kvariant.presence.condition import possible
from kvariant.presence.diff import FileChange, changes_of
from kvariant.presence.goals import Goal, Goals, Kind, goals_of, lines_of
from kvariant.presence.sources import without_others
from kvariant.presence.verdict import holds, judged
from kvariant.project.glob_matches import paths_matching, readable_files
from kvariant.regular_file import read_lines

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Configuration, Expression, Tree
    from kvariant.plan.base import Base
    from kvariant.plan.keys import Keys
    from kvariant.project import Project
    from kvariant.render import Templates
    from kvariant.space import Space

_REVISIONS = re.compile(r"[^\s/-][^\s]*\.\.[^\s]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchRequest:
    """Which lines are meant."""

    text: str
    """The patch; "": only `files`."""
    source: str
    """How the patch is called."""
    files: tuple[Path, ...]
    added_alone: bool
    limit: int

    @classmethod
    def of(cls, keys: Keys, tree: Tree, standard_input: Callable[[], str]) -> PatchRequest:
        """Return what a matrix's keys ask for.

        Raises:
            InputError: a file cannot be read, git knows no such revisions, or a glob
                matches nothing.
        """
        table = keys.table
        text, source = "", ""
        if table.diff or not table.files:
            text, source = _text(keys, tree, standard_input)
        files: list[Path] = []
        for pattern in table.files:
            own = [keys.folder("files") / pattern, tree.root / pattern]
            found = [p for one in own for p in paths_matching(str(one))]
            paths = [Path(p) for p in dict.fromkeys(found) if Path(p).is_file()]
            if not paths:
                raise keys.error("files", f"no file matches {pattern}", "no-file")
            files += readable_files(sorted(paths), "files")
        return cls(
            text=text,
            source=source,
            files=tuple(dict.fromkeys(files)),
            added_alone=table.added_lines,
            limit=table.max_variants,
        )


def _text(keys: Keys, tree: Tree, standard_input: Callable[[], str]) -> tuple[str, str]:
    name = keys.table.diff
    if name in ("", "-"):
        return standard_input(), "the standard input"
    path = keys.folder("diff") / name
    if path.exists() or not _REVISIONS.fullmatch(name):
        try:
            return read_lines(path, "replace"), displayed(path)
        except OSError as error:
            raise os_error(error, "cannot read the patch") from None
    try:
        done = git.asked(tree.root, "diff", *git.PLAIN_DIFFERENCE, "--relative", name, "--")
    except OSError as error:
        raise os_error(error, "cannot run git") from None
    if done.returncode:
        raise keys.error("diff", f"git diff {name}: {git.complaint(done)}", "diff")
    return done.stdout.decode(errors="replace"), f"git diff {name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchPlan:
    """What a patch is to be seen in, and where it is."""

    goals: Goals
    base: Configuration
    configurations: tuple[Configuration, ...]
    """Included ones first."""
    seen: tuple[tuple[bool | None, ...], ...]
    """For each configuration, of each goal whether it is met; None: macros decide it."""
    impossible: Mapping[int, str]
    """Goals that no configuration meets, by place, and the proof in words."""
    least: int
    """No fewer configurations meet all."""
    symbols: tuple[str, ...]
    """The options that decide it, in Kconfig order."""
    late: frozenset[str] = frozenset()
    """Files that are not as the patch leaves them: what is preprocessed has not its lines."""
    warnings: tuple[Diagnostic, ...] = ()


def patched(
    asked: PatchRequest,
    lines: LinePresence,
    space: Space,
    base: Base | None,
    included: Sequence[Configuration] = (),
) -> PatchPlan:
    """Return the fewest configurations near a base in which a patch is seen.

    Args:
        base: None: the tree's defaults.
        included: configurations that are there anyway; what they have is seen.

    Raises:
        InputError: the patch is none, or not of this tree [diff].
    """
    tree = lines.tree
    changes = [*_changes(asked, tree), *_whole_files(asked, lines)]
    rendered = list(_rendered(changes, lines, asked.added_alone))
    known = {change.path for change, _ in rendered}
    goals = goals_of(
        lines.sources, (c for c in changes if c.path not in known), added_alone=asked.added_alone
    )
    more = [goal for _, own in rendered for goal in own]
    goals = replace(
        goals,
        goals=(*more, *_told_apart(space, goals.goals)),
        files=(*sorted(known), *goals.files),
    )
    assignment = base.assignment if base else {}
    plain = base.configuration if base else tree.resolve({})
    wanted = [possible(goal.condition) for goal in goals.goals]
    open_ = [
        i
        for i, condition in enumerate(wanted)
        if condition not in (ALWAYS, NEVER)
        and not any(one.satisfies(condition) for one in included)
    ]
    limit = max(0, asked.limit - len(included))
    is_needed = bool(open_) or not included
    found = patch(space, [wanted[i] for i in open_], plain, assignment, limit=limit)
    configurations = (*included, *(found.configurations if is_needed else ()))
    dead = {i for i, condition in enumerate(wanted) if condition == NEVER}
    dead |= {open_[i] for i in found.impossible}
    read = {name for condition in wanted for name in condition.symbols}
    return PatchPlan(
        goals=goals,
        base=plain,
        configurations=configurations,
        seen=tuple(
            tuple(holds(one, goal.condition) for goal in goals.goals) for one in configurations
        ),
        impossible=_proofs(space, goals.goals, sorted(dead)),
        least=found.least if is_needed else 0,
        symbols=tuple(name for name in tree.symbols if name in read),
        late=frozenset(change.path for change in changes if not change.is_applied),
        warnings=tuple(_warnings(asked, changes)),
    )


def around(project: Project, tree: Tree, templates: Templates | None) -> Callable[[str], set[str]]:
    """Return what gives the symbols of the conditions around a patch; see `Specs`."""
    return lambda text: symbols_around(LinePresence(project, tree, templates), text)


def symbols_around(lines: LinePresence, text: str) -> set[str]:
    """Return the symbols of the conditions under which a patch's lines are compiled.

    Of a patch of another tree there are none that are known.
    """
    asked = PatchRequest(text=text, source="", files=(), added_alone=True, limit=0)
    try:
        changes = _changes(asked, lines.tree)
    except InputError:
        return set()
    goals = goals_of(lines.sources, changes, added_alone=False).goals
    own = [goal.condition for goal in goals]
    own += [goal.condition for _, some in _rendered(changes, lines, False) for goal in some]
    return {name for condition in own for name in condition.symbols}


def _told_apart(space: Space, goals: Sequence[Goal]) -> Iterator[Goal]:
    """Yield goals without what stands for files that were not looked at, where they can be.

    Of a header that many files include some are not asked where they are built. That they
    may be is needed for a proof that nothing is; a variant is better found for one that was.
    """
    known: dict[Expression, Expression] = {}
    for goal in goals:
        condition = goal.condition
        if condition not in known:
            asked = without_others(condition)
            can_hold = asked != condition and judged(space, asked).can_hold
            known[condition] = asked if can_hold else condition
        yield replace(goal, condition=known[condition])


def _proofs(space: Space, goals: Sequence[Goal], dead: Sequence[int]) -> Mapping[int, str]:
    """Return in words why goals cannot be met."""
    known: dict[Expression, str] = {}
    found = {}
    for index in dead:
        condition = goals[index].condition
        if condition not in known:
            notes = judged(space, condition).proof if condition != NEVER else ()
            known[condition] = "; ".join(str(note).replace("note: ", "") for note in notes)
        found[index] = known[condition]
    return found


def _changes(asked: PatchRequest, tree: Tree) -> Sequence[FileChange]:
    if not asked.text and asked.files:
        return ()

    def read(path: str) -> str | None:
        try:
            return read_lines(tree.root / path, "replace")
        except (OSError, ValueError):
            return None

    return changes_of(asked.text, read, asked.source)


def _whole_files(asked: PatchRequest, lines: LinePresence) -> Iterator[FileChange]:
    for path in asked.files:
        relative = lines.relative(path)
        yield lines_of(relative, lines.sources.text(relative))


def _rendered(
    changes: Iterable[FileChange], lines: LinePresence, added_alone: bool
) -> Iterator[tuple[FileChange, list[Goal]]]:
    """Yield the changed templates, with the lines and branches that are to be seen."""
    types = lines.tree.types
    for change in changes:
        pieces = lines.template_pieces(change.path)
        if pieces is None or not change.is_applied or change.what:
            continue
        goals: list[Goal] = []
        by_line: dict[int, list[Expression]] = {}
        for line, condition in pieces:
            by_line.setdefault(line, []).append(condition)
        for line in change.added:
            goals += [
                Goal(kind=Kind.ADDED, location=Location(change.path, line), condition=condition)
                for condition in dict.fromkeys(by_line.get(line, ()))
            ]
        if not added_alone:
            for line, condition in lines.template_branches(change.path):
                if line in change.added:
                    place = Location(change.path, line)
                    goals += [
                        Goal(kind=Kind.SIDE, location=place, condition=one, text=text)
                        for one, text in (
                            (condition, "the branch"),
                            (complement(condition, types), "other side"),
                        )
                    ]
        yield change, goals


def _warnings(asked: PatchRequest, changes: Sequence[FileChange]) -> Iterator[Diagnostic]:
    late = [change.path for change in changes if not change.is_applied]
    if late:
        more = f" and {len(late) - 3:,} more" if len(late) > 3 else ""
        yield Diagnostic(
            message=f"the patch is not applied to {', '.join(late[:3])}{more}: lines are looked up"
            " as it leaves them, Kconfig files and makefiles are read as they are",
            code="diff",
            severity=Severity.WARNING,
            location=Location(asked.source),
        )
