# SPDX-License-Identifier: MIT
"""What else a tree may mean, where it is not known by whose rules it is read.

    no tool's source is there      `kconfiglib` and `linux`, whichever was not assumed
    a rule could not be read       that rule the other way, each by itself
    all rules were read, or named  nothing

An answer is worked out again in each of these readings. The tree is parsed anew for that,
as the rules decide what its lines mean too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kvariant.errors import Diagnostic, InputError, Location, Severity, displayed
from kvariant.kconfig.dialect import DIALECTS, RULES, Dialect
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.kconfig.fragment import Fragment
    from kvariant.kconfig.tree import Tree

Answer = Mapping[str, Any]
"""Parts of an answer by name, often the values of symbols."""

_NAMES = 4
_SETS = ("kconfiglib", "linux")


@dataclass(frozen=True, slots=True)
class Reading:
    """Rules that may be the tree's own."""

    rules: str
    """Whose they are, in words."""
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """An answer that is another one in another reading."""

    reading: Reading
    parts: Mapping[str, Any]
    """What differs, as it is in that reading; None: there is no such part."""

    @property
    def json(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"rules": self.reading.rules, "differing": dict(self.parts)}

    def __str__(self) -> str:
        names = list(self.parts)
        shown = [f"{n}={self.parts[n] or 'empty'}" for n in names[:_NAMES]]
        more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
        return f"by {self.reading.rules}: {', '.join(shown)}{more}"


def found_how(tree: Tree) -> str:
    """Return how the rules of a tree were found, "" where they were named."""
    if tree.tool is not None:
        read = len(RULES) - len(tree.tool.unread)
        return f"{counted(read, 'rule')} read from {displayed(tree.tool.folder)}"
    if tree.is_assumed:
        root = displayed(tree.root)
        return f"assumed: no tool's source below {root}; --dialect names another"
    return ""


def readings(tree: Tree) -> Iterator[Reading]:
    """Yield the other rules that may be a tree's; none where its own are known."""
    if tree.tool is not None:
        for rule in tree.tool.unread:
            flipped: Any = {rule: not getattr(tree.dialect, rule)}
            dialect = dataclasses.replace(tree.dialect, name="tree", **flipped)
            holds = "with" if flipped[rule] else "without"
            yield Reading(f"its rules {holds} {rule}, which was not read", dialect)
    elif tree.is_assumed:
        for name in _SETS:
            if DIALECTS[name].differences(tree.dialect):
                yield Reading(f"the rules of {name}", DIALECTS[name])


def differences(tree: Tree, answer: Answer, ask: Callable[[Tree], Answer]) -> list[OtherAnswer]:
    """Return where an answer about a tree depends on rules that are not known.

    A reading in which the tree is an error, or the question is, is left out.

    Args:
        answer: what `ask` gives for the tree as it was read.
        ask: works the answer out.

    Cost: for each reading the tree is parsed and the answer worked out once more.
    """
    found = []
    for reading in readings(tree):
        try:
            other = ask(tree.under(reading.dialect))
        except InputError:
            continue  # by these rules there is no such tree, and no other answer
        names = [name for name in {**answer, **other} if answer.get(name) != other.get(name)]
        if names:
            found.append(OtherAnswer(reading, {name: other.get(name) for name in names}))
    return found


def on_variants(
    tree: Tree, assignments: Mapping[str, Mapping[str, str] | Fragment]
) -> Diagnostic | None:
    """Return the warning for variants whose values depend on rules that are not known.

    Args:
        assignments: what each variant asks for, by its name.

    Cost: for each other reading the tree is parsed once more and all variants resolved.
    """

    def ask(other: Tree) -> Answer:
        return {
            f"{variant}: {name}": text
            for variant, assignment in assignments.items()
            for name, text in other.resolve(assignment).items()
        }

    if not assignments or next(readings(tree), None) is None:
        return None
    found = differences(tree, ask(tree), ask)
    if not found:
        return None
    message = f"not known by whose rules values are ({found_how(tree)}); "
    return Diagnostic(
        message=message + "; ".join(map(str, found)),
        code="unread-rules",
        severity=Severity.WARNING,
        location=Location(str(tree.path)),
        hint=f"--dialect NAME, or `dialect` in the project file: {', '.join(DIALECTS)}",
    )
