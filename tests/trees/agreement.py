# SPDX-License-Identifier: MIT
"""Where kvariant and a tree's own tool see a tree differently.

A `Check` looks at one tree from one side and gives the symbols whose values differ::

    resolution     a fragment, as the tool resolves it and as `Tree.resolve` does
    evaluated      the same through `Space.evaluate`, each symbol asked for once
    accepted       what the tool makes of a fragment is in the space, and how to get there
    sampled        a sample's assignment, written as a fragment, as the tool resolves it
    rewritten      a configuration, written by `Tree.config_text`, read back by the tool
    randconfig     what the tool's --randconfig writes, from all of these sides

Every symbol is compared, those too that a `.config` does not show: conditions see them.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from blocks import Block, shrunk
from conf_session import Outcome, Refused, Session

from kvariant import Assignments, Configuration, Fragment, InputError, Space, Tree
from kvariant.kconfig import read_fragment

Differing = Mapping[str, tuple[str, str | None]]
"""Symbols whose values differ: the tool's and kvariant's."""


class Truth(Protocol):
    """A tool that has read a tree."""

    def olddefconfig(self, config: str) -> Outcome:
        """Return what a `.config` becomes."""


Reading = Callable[[Path], AbstractContextManager[Truth]]
"""Have a tool read the tree with an entry file."""


@dataclass
class Ours:
    """A tree as kvariant reads it."""

    tree: Tree
    folder: Path
    """Where fragments may be written."""
    escapes: bool = True
    """Whether the tree's tool has backslashes before quotes and backslashes in a string."""

    @cached_property
    def space(self) -> Space:
        """The space of the tree."""
        return Space.of(self.tree)

    def fragment_text(self, assignment: Mapping[str, str]) -> str:
        """Return an assignment as the lines of a `.config`, in its order."""
        lines = []
        for name, value in assignment.items():
            kind = self.tree.symbols[name].type.value
            if kind == "string":
                escaped = re.sub(r'(["\\])', r"\\\1", value) if self.escapes else value
                lines.append(f'CONFIG_{name}="{escaped}"')
            elif value == "n" and kind in ("bool", "tristate"):
                lines.append(f"# CONFIG_{name} is not set")
            else:
                lines.append(f"CONFIG_{name}={value}")
        return "".join(f"{line}\n" for line in lines)

    def read(self, fragment: str) -> Fragment:
        """Read the text of a fragment."""
        path = self.folder / "given.config"
        path.write_text(fragment, encoding="utf-8", errors="surrogateescape")
        return read_fragment(path)

    def resolve(self, fragment: str) -> Configuration:
        """Return the configuration of a fragment's text."""
        return self.tree.resolve(self.read(fragment))


Check = Callable[[Truth, Ours, str], Differing]
"""Look at a tree; the text is a fragment, or a seed where a check makes its own."""


def differing(theirs: Outcome, ours: Mapping[str, str]) -> Differing:
    """Return where kvariant's values are not the tool's."""
    return {n: (v, ours.get(n)) for n, v in theirs.values.items() if v != ours.get(n)}


def resolution(truth: Truth, ours: Ours, fragment: str) -> Differing:
    """Resolve a fragment on both sides."""
    return differing(truth.olddefconfig(fragment), ours.resolve(fragment))


def evaluated(truth: Truth, ours: Ours, fragment: str) -> Differing:
    """Evaluate a fragment's assignment in the space: its last line for each symbol."""
    asked: dict[str, str] = {}
    for request in ours.read(fragment).requests:
        asked.pop(request.symbol, None)
        asked[request.symbol] = request.value
    (configuration,) = ours.space.evaluate(Assignments.of([asked]))
    return differing(truth.olddefconfig(ours.fragment_text(asked)), configuration)


def accepted(truth: Truth, ours: Ours, fragment: str) -> Differing:
    """Ask the space for what the tool makes of a fragment."""
    return solved(truth, ours, truth.olddefconfig(fragment))


def sampled(truth: Truth, ours: Ours, seed: str) -> Differing:
    """Let the tool resolve the assignments of samples."""
    for sample in ours.space.sample(3, seed=int(seed)):
        text = ours.fragment_text(sample.assignment)
        if different := differing(truth.olddefconfig(text), sample):
            return different
    return {}


def differing_in_writing(ours: Ours, again: Outcome, configuration: Configuration) -> Differing:
    """Return where a `.config` of kvariant's is read otherwise.

    A transitional symbol is not written; what reads it has its own line instead.
    """
    rules = ours.tree.model.symbols
    found = differing(again, configuration)
    return {n: values for n, values in found.items() if not rules[n].is_transitional}


def rewritten(truth: Truth, ours: Ours, fragment: str) -> Differing:
    """Let the tool read the `.config` that kvariant writes for a fragment's configuration."""
    configuration = ours.resolve(fragment)
    again = truth.olddefconfig(ours.tree.config_text(configuration))
    return differing_in_writing(ours, again, configuration)


def randconfig(truth: Truth, ours: Ours, seed: str) -> Differing:
    """Resolve what --randconfig writes, and ask the space for it.

    Where the tool itself reads its own file otherwise, what it reads is what counts.
    """
    assert isinstance(truth, Session)
    written = truth.randconfig(int(seed)).text
    outcome = truth.olddefconfig(written)
    return differing(outcome, ours.resolve(written)) or solved(truth, ours, outcome)


CHECKS: Mapping[str, Check] = {
    "resolution": resolution,
    "evaluated": evaluated,
    "accepted": accepted,
    "sampled": sampled,
    "rewritten": rewritten,
    "randconfig": randconfig,
}


def solved(truth: Truth, ours: Ours, outcome: Outcome) -> Differing:
    """Ask the space for an outcome, and the tool for the assignment that it gives."""
    solution = ours.space.solve(outcome.values)
    if solution is None:
        return {name: (value, None) for name, value in outcome.values.items()}
    again = truth.olddefconfig(ours.fragment_text(solution.assignment))
    return differing(outcome, solution) or differing(again, solution)


# 6.1's own leak


def is_own_leak(truth: Truth, ours: Ours, fragment: str) -> bool:
    """Return whether a difference is conf 6.1 at odds with its own rule for numbers.

    The rule is that a user value outside the active range does not count. conf_read() there
    computes every symbol first, with the value clamped, and takes back the user value after
    that; only the number itself is computed anew. So conditions on it, and ranges that it
    bounds, hold for a value that it no longer has.

    It is that, and nothing else, where conf has our values once it is not asked for the
    numbers that neither side took: a line that does not count may not matter either. A
    number that the others' values bound comes up in the next round.
    """
    values = ours.resolve(fragment)
    outcome = truth.olddefconfig(fragment)
    if not differing(outcome, values):
        return False
    while different := differing(outcome, values):
        rest = _without_idle_numbers(truth, ours, fragment)
        if rest == fragment:
            break
        fragment, outcome = rest, truth.olddefconfig(rest)
    return not different


def _without_idle_numbers(truth: Truth, ours: Ours, fragment: str) -> str:
    """Return a fragment without the lines of numbers that give nobody a value.

    Neither side took such a line; or both have the same number without it, so that no rule
    of either can depend on the line: what changes in conf without it is the leak.
    """
    values, outcome = ours.resolve(fragment), truth.olddefconfig(fragment)
    asked = _numbers_asked(fragment, outcome)
    spurned = {
        name
        for name, value in asked.items()
        if value not in (outcome.values[name], values.get(name))
    }
    if spurned:
        return _without(fragment, spurned)
    for name in asked:
        rest = _without(fragment, {name})
        again = truth.olddefconfig(rest).values[name]
        if again == outcome.values[name] == values[name] == ours.resolve(rest)[name]:
            return rest
    return fragment


def _without(fragment: str, names: set[str]) -> str:
    lines = fragment.splitlines(keepends=True)
    return "".join(line for line in lines if _asked(line) not in names)


def _numbers_asked(fragment: str, outcome: Outcome) -> dict[str, str]:
    asked = {}
    for line in fragment.splitlines():
        name = _asked(line)
        if outcome.types.get(name) in ("int", "hex"):
            asked[name] = line.partition("=")[2]
    return asked


def _asked(line: str) -> str:
    found = re.match(r"(?:# )?CONFIG_(\w+)", line)
    return found[1] if found else ""


# One tree, from every side


class _Loop(Exception):  # noqa: N818  # of the tree
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A check that did not hold for a tree."""

    check: str
    file: Block
    given: str
    """The fragment, or the seed."""
    differing: Differing

    def __str__(self) -> str:
        values = "".join(
            f"  {name}: the tool {theirs!r}, kvariant {ours!r}\n"
            for name, (theirs, ours) in self.differing.items()
        )
        return f"{self.check}:\n{values}--- Kconfig\n{self.file.text}--- given\n{self.given}"


@dataclass
class Tally:
    """What was looked at."""

    trees: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    """Trees that the tool does not take, by the last line of its complaint."""
    checked: dict[str, int] = field(default_factory=dict)
    """How often each check was made."""
    leaks: int = 0
    loops: int = 0
    """Trees that kvariant refuses for a loop and the tool does not.

    conf follows conditions after it simplified them (`X && n` names no X), and never the
    ends of ranges.
    """
    refused_fragments: int = 0
    """Fragments with odd lines that kvariant refuses in words."""

    def refuse(self, reason: str) -> None:
        """Count a tree that the tool refuses."""
        last = re.sub(r"\S*\d\S*", "...", reason.strip().splitlines()[-1])
        self.refused[last] = self.refused.get(last, 0) + 1

    @property
    def figures(self) -> dict[str, int]:
        """The counts, to be kept."""
        return {
            "trees": self.trees,
            "refused": sum(self.refused.values()),
            **self.checked,
            "leaks": self.leaks,
            "loops": self.loops,
            "refused_fragments": self.refused_fragments,
        }

    def __str__(self) -> str:
        checks = ", ".join(f"{n} {name}" for name, n in self.checked.items())
        parts = (
            f"{self.trees} trees ({sum(self.refused.values())} refused by the tool): {checks}",
            f"{self.leaks} own leaks of the tool",
            f"{self.loops} trees with a loop for kvariant alone",
            f"{self.refused_fragments} fragments refused by kvariant",
        )
        return "; ".join(parts)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A tool and a dialect, set against each other on small trees."""

    reading: Reading
    dialect: str
    leaks: bool = False
    """Whether the tool has the leak that `is_own_leak` is about."""
    folder: Path
    """Where trees are written, in memory where it can be."""
    source: Path | None = None
    """The tool's source, to stand in the tree's scripts/kconfig as in a real one."""
    escapes: bool = True
    """Whether the tool has backslashes before quotes and backslashes in a string."""

    def look(
        self, file: Block, given: Mapping[str, list[str]], tally: Tally
    ) -> Disagreement | None:
        """Return the first disagreement on a tree, or None.

        Args:
            file: the tree.
            given: what each check of `CHECKS` is given.
            tally: counts what was looked at.
        """
        tally.trees += 1
        try:
            with self._both(file) as (truth, ours):
                for check, texts in given.items():
                    for text in texts:
                        try:
                            different = self._checked(check, truth, ours, text, tally)
                        except InputError:
                            tally.refused_fragments += 1
                            continue
                        if different:
                            return Disagreement(
                                check=check, file=file, given=text, differing=different
                            )
        except Refused as reason:
            tally.refuse(str(reason))
        except _Loop:
            tally.loops += 1
        return None

    def _checked(self, check: str, truth: Truth, ours: Ours, text: str, tally: Tally) -> Differing:
        different = CHECKS[check](truth, ours, text)
        tally.checked[check] = tally.checked.get(check, 0) + 1
        if different and self.leaks and _leaked(check, truth, ours, text):
            tally.leaks += 1
            return {}
        return different

    def minimal(self, found: Disagreement) -> Disagreement:
        """Return a smaller tree and fragment that show a disagreement of the same check."""
        seen = found

        def holds(file: Block, given: str) -> bool:
            nonlocal seen
            try:
                less = self.look(file, {found.check: [given]}, Tally())
            except Exception:  # another fault than the one looked for
                return False
            seen = less or seen
            return less is not None

        file = shrunk(found.file, lambda less: holds(less, found.given), tries=500)
        given = found.given
        if "CONFIG_" in given:
            lines = given.splitlines(keepends=True)
            for line in list(lines):
                fewer = [other for other in lines if other is not line]
                if holds(file, "".join(fewer)):
                    lines = fewer
            given = "".join(lines)
        file = shrunk(file, lambda less: holds(less, given), tries=500)
        holds(file, given)
        return seen

    @contextmanager
    def _both(self, file: Block) -> Iterator[tuple[Truth, Ours]]:
        with written(file, self.folder) as entry, self.reading(entry) as truth:
            if self.source:
                (entry.parent / "scripts").mkdir()
                (entry.parent / "scripts" / "kconfig").symlink_to(self.source)
            yield truth, Ours(self._loaded(entry), entry.parent, escapes=self.escapes)

    def _loaded(self, entry: Path) -> Tree:
        try:
            return Tree.load(entry, dialect=self.dialect)
        except InputError as error:
            if {diagnostic.code for diagnostic in error.diagnostics} == {"dependency-loop"}:
                raise _Loop from error
            raise


@contextmanager
def written(file: Block, folder: Path) -> Iterator[Path]:
    """Write a tree to a folder of its own below `folder` and give the entry file."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        entry = Path(name) / "Kconfig"
        entry.write_text(file.text, encoding="utf-8")
        yield entry


def _leaked(check: str, truth: Truth, ours: Ours, text: str) -> bool:
    if check == "randconfig":
        assert isinstance(truth, Session)
        text = truth.randconfig(int(text)).text
    if check in ("resolution", "randconfig"):
        return is_own_leak(truth, ours, text)
    if check in ("evaluated", "accepted"):  # where it resolves alike, the space has no such excuse
        return bool(resolution(truth, ours, text)) and is_own_leak(truth, ours, text)
    return False
