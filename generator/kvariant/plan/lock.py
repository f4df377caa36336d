# SPDX-License-Identifier: MIT
"""`variants.lock`: the matrices as they were chosen, for review and for next time.

JSON with a line for each thing that can change, so that a diff of it reads:

    {
     "format": 1,
     "matrices": {
      "pairs": {
       "strategy": "t-wise",
       "random_seed": 0,
       "key": "61d0eb9edef973e1",
       "dialect": "linux-6.18",
       "symbols": {
        "SWAP": ["n", "y"],
        ...
       "tuples": {"strength": 2, "feasible": 1234, "infeasible": 56, "covered": 1234},
       "lower_bound": 20,
       "impossible": [
        "SWAP=n ZSWAP=y",
        ...
       "variants": [
        {"name": "noswap", "resolved": "0a1b...", "rendered": "9c8d...", "assignment": {
         "SWAP": "n"
        }},

A matrix is in the lock once somebody has written it there. `Locked.key` says what
it was chosen for: where a project still has that key, its variants are taken from
here, names and all. Where the project has several environments, each has its own
matrices: `x86/pairs`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from kvariant.errors import Diagnostic, InputError, Location, newer_format, not_utf8, os_error
from kvariant.kconfig.variant_names import NAME
from kvariant.regular_file import read_text
from kvariant.render import Writer

FORMAT = 1
CODE = "lock"
_AGAIN = "restore it from version control, or remove it and run kvariant matrix --write"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedVariant:
    """A variant as it was chosen."""

    name: str
    resolved: str
    """Digest of its configuration; see `digests.resolved_digest`."""
    rendered: str = ""
    """Digest of its rendered files, "" where nothing is rendered."""
    assignment: Mapping[str, str]
    stands_for: int | None = None
    distance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedTuples:
    """What the variants cover, counted."""

    strength: int
    feasible: int
    infeasible: int
    covered: int
    unproven: int = 0
    """Those of which it is not known whether they are feasible: a limit came before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A matrix as it was chosen."""

    strategy: str
    random_seed: int | None = None
    key: str = ""
    """Digest of what it was chosen for; see `Matrix.key`."""
    dialect: str = ""
    """The label of the rules that it was chosen under; "": it is older than that is kept."""
    method: str = ""
    symbols: Mapping[str, tuple[str, ...]]
    """Value texts of each symbol that it was chosen by; none where they do not count."""
    tuples: LockedTuples | None = None
    lower_bound: int = 0
    impossible: tuple[str, ...] | None = None
    """Each infeasible tuple, as `A=y B=n`; None: too many to list."""
    uncovered: tuple[str, ...] = ()
    """Feasible tuples that no variant has, as far as they are listed."""
    variants: tuple[LockedVariant, ...]


class LockFile(pydantic.BaseModel):
    """Matrices as they were chosen: `variants.lock`, which `kvariant matrix --write` writes."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1]
    """The format of this file."""
    matrices: dict[str, Locked]
    """By name; of one of several trees with its environment before it: `x86/pairs`."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock of a project."""

    matrices: Mapping[str, Locked]

    @classmethod
    def read(cls, path: Path) -> Lock:
        """Return what a lock file says; nothing where there is none.

        Raises:
            InputError: it is damaged [lock], or of a newer format [newer-format].
        """
        try:
            text = read_text(path)
        except FileNotFoundError:
            return cls({})
        except UnicodeDecodeError:
            raise InputError(not_utf8(path)) from None
        except OSError as error:
            raise os_error(error, "cannot read the lock") from None
        _refuse_newer(path, text)
        try:
            file = LockFile.model_validate_json(text)
        except pydantic.ValidationError as error:
            raise InputError(*_violations(path, error)) from None
        for name, locked in file.matrices.items():
            _refuse_names(path, name, locked.variants)
        return cls(file.matrices)

    def matrix(self, name: str) -> Locked | None:
        """Return a matrix, None where it was never written."""
        return self.matrices.get(name)

    def within(self, environment: str) -> Lock:
        """Return the matrices of one environment, by their own names: `x86/NAME` as `NAME`."""
        names = {name: name.rpartition("/") for name in self.matrices}
        return Lock(
            {own: self.matrices[name] for name, (of, _, own) in names.items() if of == environment}
        )

    def text(self) -> str:
        """Return the file's text: the same for the same matrices."""
        lines = ["{", f' "format": {FORMAT},', ' "matrices": {']
        for name in sorted(self.matrices):
            lines += [f"  {_json(name)}: {{", *_matrix_lines(self.matrices[name]), "  },"]
        if self.matrices:
            lines[-1] = "  }"
        return "\n".join([*lines, " }", "}", ""])

    @staticmethod
    def update(
        path: Path, change: Callable[[Lock], Lock], waiting: Callable[[], None] = lambda: None
    ) -> bool:
        """Write what becomes of a lock file if that differs; return whether it did.

        The file is read anew for it, while no other run can write there: of two runs
        that update different matrices at once, neither loses what the other wrote.

        Args:
            waiting: called once if another run is writing there.

        Raises:
            InputError, MissingError: it cannot be read or written.
        """
        with Writer(path.parent).locked(waiting) as writer:
            return writer.write_file(path.name, change(Lock.read(path)).text())


def _refuse_newer(path: Path, text: str) -> None:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise _not_json(text, error.msg, Location(str(path), error.lineno, error.colno)) from None
    except (ValueError, RecursionError) as error:
        raise _not_json(text, str(error), Location(str(path))) from None
    found = data.get("format") if isinstance(data, dict) else None
    if isinstance(found, int) and found > FORMAT:
        raise InputError(newer_format(found, Location(str(path))))


def _not_json(text: str, said: str, where: Location) -> InputError:
    is_conflict = any(line.startswith("<<<<<<< ") for line in text.splitlines())
    conflict = "a merge left its marks: take either side, then kvariant matrix --write"
    message = f"the lock is damaged: {said[:1].lower()}{said[1:]}"
    hint = conflict if is_conflict else _AGAIN
    return InputError(Diagnostic(message=message, code=CODE, location=where, hint=hint))


def _violations(path: Path, error: pydantic.ValidationError) -> list[Diagnostic]:
    found = []
    for item in error.errors():
        key = ".".join(map(str, item["loc"])) or "the file"
        said = item["msg"]
        message = f"the lock is damaged: {key}: {said[:1].lower()}{said[1:]}"
        where = Location(str(path))
        found.append(Diagnostic(message=message, code=CODE, location=where, hint=_AGAIN))
    return found[:5]  # one hand edit can break hundreds


def _refuse_names(path: Path, matrix: str, variants: Sequence[LockedVariant]) -> None:
    seen: set[str] = set()
    for variant in variants:
        if not NAME.fullmatch(variant.name):
            problem = f"{variant.name!r} cannot name a variant"
        elif variant.name in seen:
            problem = f"two variants are named {variant.name}"
        else:
            seen.add(variant.name)
            continue
        raise InputError(
            Diagnostic(
                message=f"the lock is damaged: {matrix}: {problem}",
                code=CODE,
                location=Location(str(path)),
                hint=_AGAIN,
            )
        )


def _matrix_lines(locked: Locked) -> Iterator[str]:
    yield f'   "strategy": {_json(locked.strategy)},'
    if locked.random_seed is not None:
        yield f'   "random_seed": {locked.random_seed},'
    if locked.method:
        yield f'   "method": {_json(locked.method)},'
    yield f'   "key": {_json(locked.key)},'
    if locked.dialect:
        yield f'   "dialect": {_json(locked.dialect)},'
    yield '   "symbols": {'
    yield from _listed(
        f"    {_json(name)}: {_json(texts)}" for name, texts in locked.symbols.items()
    )
    yield "   },"
    if locked.tuples:
        counts = locked.tuples
        unproven = f', "unproven": {counts.unproven}' if counts.unproven else ""
        yield (
            f'   "tuples": {{"strength": {counts.strength}, "feasible": {counts.feasible}, '
            f'"infeasible": {counts.infeasible}, "covered": {counts.covered}{unproven}}},'
        )
        yield f'   "lower_bound": {locked.lower_bound},'
    lists = {"impossible": locked.impossible, "uncovered": locked.uncovered or None}
    for title, listed in lists.items():
        if listed is not None:
            yield f'   "{title}": ['
            yield from _listed(f"    {_json(one)}" for one in listed)
            yield "   ],"
    yield '   "variants": ['
    yield from _listed("\n".join(_variant_lines(variant)) for variant in locked.variants)
    yield "   ]"


def _variant_lines(variant: LockedVariant) -> Iterator[str]:
    keys: dict[str, str | int] = {"name": variant.name, "resolved": variant.resolved}
    keys |= {"rendered": variant.rendered} if variant.rendered else {}
    counts = {"stands_for": variant.stands_for, "distance": variant.distance}
    keys |= {key: count for key, count in counts.items() if count is not None}
    head = f"    {{{', '.join(f'{_json(key)}: {_json(value)}' for key, value in keys.items())}, "
    if not variant.assignment:
        yield f'{head}"assignment": {{}}}}'
        return
    yield f'{head}"assignment": {{'
    yield from _listed(f"     {_json(n)}: {_json(t)}" for n, t in variant.assignment.items())
    yield "    }}"


def _listed(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines with a comma after each but the last."""
    waiting: str | None = None
    for line in lines:
        if waiting is not None:
            yield f"{waiting},"
        waiting = line
    if waiting is not None:
        yield waiting


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
