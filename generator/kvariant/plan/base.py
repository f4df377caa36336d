# SPDX-License-Identifier: MIT
"""What a matrix builds on: the assignment that all other symbols come from."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, Severity, did_you_mean, source_line
from kvariant.kconfig.allconfig import ALLCONFIGS, allconfig
from kvariant.kconfig.fragment import Request
from kvariant.kconfig.presets.zephyr_scenarios import is_scenario
from kvariant.project import BASES
from kvariant.regular_file import read_text
from kvariant.words import counted

if TYPE_CHECKING:  # a named matrix needs no space
    from kvariant.kconfig import Configuration, Fragment, Tree
    from kvariant.plan.fragments import Fragments
    from kvariant.space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A base, resolved."""

    name: str
    """How it is called: a file's name, one of `BASES`, or several with + between."""
    assignment: Mapping[str, str]
    """Its user values, those that a symbol can have."""
    configuration: Configuration
    warnings: tuple[Diagnostic, ...] = ()
    """Values that it asks for and the tree does not give."""


def base_of(
    text: str, tree: Tree, folder: Path, fragments: Fragments, location: Location | None
) -> Base:
    """Return what a base's text means.

    Args:
        text: a file, a name in `fragments`, or one of `BASES`; or several of them with +
            between, each on top of those before it.
        folder: what a file is relative to.
        fragments: the project's, by whose names a base may be called.
        location: where the text is written, for errors.

    Raises:
        InputError: there is no such file, or it is not valid.
    """
    is_one = (folder / text).exists() or is_scenario(folder / text)
    lowest, *others = [text] if is_one else text.split("+")
    is_answered = lowest in ALLCONFIGS
    if wrong := next((part for part in others if part in ALLCONFIGS), ""):
        hint = f"put it first, with files on top: {wrong}+FILE"
        raise _error(f"{wrong} leaves nothing of what is below it", location, hint)
    parts = others if is_answered else [lowest, *others]
    files = [_file(part, tree, folder, fragments, location) for part in parts]
    own = _joined([fragments.asked(path) for path in files if path])
    asked = {r.symbol: r.value for r in tree.requests(own)} if own else {}
    answers = allconfig(tree, lowest, asked) if is_answered else {}
    alone = files[0].name if len(files) == 1 and files[0] and not is_answered else text
    return _resolved(tree, alone, answers, own)


def _file(
    text: str, tree: Tree, folder: Path, fragments: Fragments, location: Location | None
) -> Path | None:
    """Return the file that a part of a base's text means; None: nothing is asked for."""
    path = folder / text
    # A fragment may be called like the folder that it is in: mm/.kunitconfig.
    if path.exists() and not (path.is_dir() and text in fragments.by_name):
        return path
    if is_scenario(path):
        return path
    if text == "defconfig":
        return _defconfig(tree, location) if tree.preset.has_defconfigs else None
    named = fragments.by_name
    if text not in named:
        known = [*BASES, *named]
        raise _error(f"no base is called {text!r}", location, did_you_mean(text, known))
    return named[text]


def _joined(fragments: Sequence[Fragment]) -> Fragment | None:
    """Return fragments as one, the later ones on top; None where there are none."""
    if not fragments:
        return None
    return dataclasses.replace(
        fragments[0],
        requests=tuple(r for fragment in fragments for r in fragment.requests),
        permissions=tuple(p for fragment in fragments for p in fragment.permissions),
        files=tuple(dict.fromkeys(f for fragment in fragments for f in fragment.files)),
    )


def taken(space: Space, configurations: Sequence[Configuration]) -> list[Configuration]:
    """Return configurations without the user values of a base that do not take.

    What a variant turns off takes others with it, whose user values are then in vain.
    One without which another value would come stays.
    """
    found = list(configurations)
    vain = [i for i, c in enumerate(found) if any(c[n] != t for n, t in c.assignment.items())]
    if not vain:
        return found
    before = space.evaluate([found[i].assignment for i in vain])
    own = [{n: t for n, t in found[i].assignment.items() if found[i][n] == t} for i in vain]
    after = space.evaluate(own)
    for index, new, is_same in zip(vain, after, before.equal(after), strict=True):
        if is_same:
            found[index] = new
    return found


def distance(first: Mapping[str, str], second: Mapping[str, str]) -> int:
    """Return how many user values differ, one that is set or taken away being one."""
    return sum(first.get(name) != second.get(name) for name in {*first, *second})


def _resolved(tree: Tree, name: str, answers: Mapping[str, str], own: Fragment | None) -> Base:
    """Return a base of files on top of what is answered to all prompts."""
    if own is None:
        configuration = tree.resolve(answers)
    else:
        below = [Request(symbol, value) for symbol, value in answers.items()]
        requests = (*below, *own.requests)
        configuration = tree.resolve(dataclasses.replace(own, requests=requests))
    known = {n: t for n, t in configuration.assignment.items() if n in tree.symbols}
    # What a base asks for in vain is no promise of anybody's: told, and no error.
    lost = [d for d in configuration.dropped if d.allowed is None and d.location is not None]
    warnings = []
    if lost:
        first = lost[0].diagnostic
        rest = len(lost) - 1
        others = f" (and {counted(rest, 'other value')} of it)" if rest else ""
        warnings.append(
            Diagnostic(
                message=f"of the base {first.message}{others}",
                code=first.code,
                severity=Severity.WARNING,
                location=first.location,
            )
        )
    return Base(name=name, assignment=known, configuration=configuration, warnings=tuple(warnings))


def _defconfig(tree: Tree, location: Location | None) -> Path:
    """Return the file that `make defconfig` takes: what the architecture's Makefile names.

    U-Boot names it in its own Makefile, and has all in one folder.
    """
    variables = tree.environment
    arch, folder = variables.get("ARCH", ""), variables.get("SRCARCH", "")
    named: list[str] = []
    found: list[Path] = []
    for root in (tree.root / "arch" / (folder or arch), tree.root):
        try:
            makefile = read_text(root / "Makefile", "replace")
        except OSError:
            makefile = ""
        named += re.findall(r"^\s*KBUILD_DEFCONFIG\s*:?=\s*(\S+)", makefile, re.MULTILINE)
        names = [*named, "defconfig"]
        found += [path for name in names if (path := root / "configs" / name).is_file()]
        if found:
            break
    if not found:
        hint = "alldefconfig is what the tree has by default; or name a file, such as .config"
        raise _error("this tree has no defconfig of its own", location, hint)
    # Where there are several, the one that is called like the architecture; else the last,
    # which Makefiles have as the larger machine's.
    like = [path for path in found if arch and path.name.startswith(f"{arch}_")]
    best: list[Path] = like or [path for path in found if path.name in named] or found
    return best[-1]


def _error(message: str, location: Location | None, hint: str) -> InputError:
    return InputError(
        Diagnostic(
            message=message,
            code="no-base",
            location=location,
            excerpt=source_line(location.path, location.line) if location else "",
            hint=hint,
        )
    )
