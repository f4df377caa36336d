# SPDX-License-Identifier: MIT
"""Proof that a patch's lines are compiled: its files are preprocessed in each variant.

    .config        written, and completed by the tree's own tool (`make olddefconfig`)
    FILE.i         made by the tree's own build, with its own flags, out of tree
    line           seen where what is left has a line of its block: between two directives
                   all lines are kept, or none
    #error         seen where the compiler says so, #warning too: nothing is left of them
    empty branch   seen where what is around it is, and no other branch
    header         seen in a file that includes it
    value          seen in the `.config` that the tree's own tool completed

    object         in a list of make's own, as `object_lists` asks: Kbuild makes FILE.i also
                   of what is in none

What other rules than lists build (`setup-y`) is taken from the makefiles as they were read.
What is missed is told with what stood in the way, so that it can be learnt from
(`patch_lessons`): the innermost branch that was not taken, or what the compiler said.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.build.process import Processes, Run
from kvariant.errors import Diagnostic, MissingError, Severity
from kvariant.plan import object_lists
from kvariant.plan.made_headers import MadeHeaders
from kvariant.plan.object_lists import ObjectLists
from kvariant.presence.goals import Goal, Kind
from kvariant.presence.sources import ASSEMBLER, HEADERS, SOURCES
from kvariant.presence.verdict import holds

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.plan.line_presence import LinePresence
    from kvariant.plan.plan import Plan
    from kvariant.presence.c_conditions import ConditionalFile, Guard

TIMEOUT = 1_200.0
"""Seconds without an end after which make is ended."""
KINDS = ("linux", "u-boot", "busybox")
"""Presets whose build makes FILE.i."""
_MARKER = re.compile(r'#\s+(\d+)\s+"([^"]*)"(.*)')
_FAULT_AT = re.compile(r"^([^\s:][^:\n]*):(\d+)(?::\d+)?: (?:fatal )?error: ", re.MULTILINE)
_MESSAGE = re.compile(
    r"^([^\s:][^:\n]*):(\d+)(?::\d+)?: (?:fatal )?(?:error|warning): (.*)$", re.MULTILINE
)
_SAYING = re.compile(r"\s*#\s*(?:error|warning)\b\s*(.*)")
"""A directive of which a compiler's message is all that there is to see."""
_FAULT = re.compile(r".*(?:fatal error|\*\*\* |error: ).*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A variant in which something is not that was predicted."""

    configuration: Configuration
    guard: Guard | None = None
    """The outermost branch around it that was not taken; None: it is not known."""
    fault: str = ""
    """What was said where the file could not be made."""
    place: tuple[str, int] | None = None
    """The line of the tree that a fault names."""
    value: str = ""
    """Of a value what the tree's own tool gave instead: `NAME=n`."""
    files: tuple[str, ...] = ()
    """Files of the tree that were read for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchProof:
    """What preprocessing showed."""

    seen: tuple[tuple[bool | None, ...], ...]
    """For each variant, of each goal whether it was seen; None: it was not looked for."""
    files: int
    """Files that were preprocessed."""
    faults: tuple[Diagnostic, ...] = ()
    misses: Mapping[int, tuple[Miss, ...]] = field(default_factory=dict)
    """By goal, the variants in which it was looked for and not seen."""
    reasons: Mapping[int, str] = field(default_factory=dict)
    """Why no more variants were tried for a goal that none was seen to have."""

    def is_seen(self, goal: int) -> bool:
        """Return whether some variant was seen to have a goal."""
        return any(row[goal] for row in self.seen)


def require_proof(plan: Plan) -> None:
    """Refuse a tree whose build makes no preprocessed files.

    Raises:
        MissingError: it does not [no-proof].
    """
    if plan.tree.preset.name not in KINDS:
        raise _no_proof(
            f"a tree of the kind {plan.tree.preset.name} has no rule for preprocessed files",
            "without --verify the lines are predicted",
        )


class Prover:
    """Preprocesses the files of a patch, one variant after another."""

    def __init__(self, plan: Plan, lines: LinePresence, out: Path, jobs: int) -> None:
        assert plan.patch is not None
        self._plan = plan
        self._goals = plan.patch.goals.goals
        self._sources = lines.sources
        self._root = plan.tree.root
        self._out = out
        self._jobs = jobs
        self._processes = Processes()
        self._faults: dict[str, tuple[str, tuple[str, int] | None]] = {}
        """By file, why it could not be made for the variant at work."""
        self._outputs: list[str] = []
        """What make has said of the variant at work."""
        self._empty: list[str] = []
        """Headers that empty ones stand for."""
        self.files = 0
        self.faults: list[Diagnostic] = []
        self.misses: dict[int, list[Miss]] = {}
        """By goal, all so far."""
        self.rows: list[tuple[bool | None, ...]] = []
        if late := sorted(plan.patch.late):
            more = f" and {len(late) - 3:,} more" if len(late) > 3 else ""
            what = f"the patch is not applied to {', '.join(late[:3])}{more}"
            hint = "apply it (git apply, patch -p1), then --verify: its lines are not there"
            self._note(what, hint)

    def proof(
        self,
        plan: Plan,
        predicted: Sequence[Sequence[bool | None]],
        tell: Callable[[str], None] = lambda _: None,
    ) -> PatchProof:
        """Preprocess the variants of a plan that were not yet, and return all that was seen.

        Args:
            predicted: of each variant, which goals it is to have.
        """
        variants = list(plan.matrix)
        for number in range(len(self.rows), len(variants)):
            variant = variants[number]
            tell(f"{number + 1}/{len(variants)} {variant.name}")
            self.rows.append(self.row(variant.name, variant.configuration, predicted[number]))
        return PatchProof(
            seen=tuple(self.rows),
            files=self.files,
            faults=tuple(self.faults),
            misses={i: tuple(found) for i, found in self.misses.items()},
        )

    def row(
        self, name: str, configuration: Configuration, predicted: Sequence[bool | None]
    ) -> tuple[bool | None, ...]:
        """Return which goals one variant is seen to have."""
        late = self._plan.patch.late if self._plan.patch else frozenset()
        wanted = [
            i
            for i, value in enumerate(predicted)
            if value is not False and self._goals[i].location.path not in late
        ]
        self._configure(name, configuration)
        got = _config_of(self._out / ".config", self._plan.tree.prefix)
        targets: dict[str, str] = {}
        compiled: dict[str, list[str]] = {}
        for path in dict.fromkeys(self._goals[i].location.path for i in wanted):
            if path.endswith((*SOURCES, *HEADERS)):
                for source in self._compiled(path, configuration):
                    target = self._target(source, configuration)
                    targets.setdefault(target, source)
                    compiled.setdefault(path, []).append(target)
        self._faults = {}
        active = self._preprocessed(name, targets, configuration)
        found: list[bool | None] = [None] * len(self._goals)
        for i in wanted:
            goal = self._goals[i]
            found[i] = self._is_seen(goal, active, got)
            if not found[i]:
                own = compiled.get(goal.location.path, [])
                miss = self._miss(goal, active, got, own, configuration)
                self.misses.setdefault(i, []).append(miss)
        return tuple(found)

    def _miss(
        self,
        goal: Goal,
        active: Mapping[str, set[int]],
        got: Mapping[str, str],
        targets: Sequence[str],
        configuration: Configuration,
    ) -> Miss:
        path, line = goal.location.path, goal.location.line
        if goal.kind is Kind.VALUE:
            name = goal.text.partition("=")[0]
            return Miss(configuration=configuration, value=f"{name}={got.get(name, 'n')}")
        faults = [self._faults[target] for target in targets if target in self._faults]
        if faults and len(faults) == len(targets):
            fault, place = faults[0]
            return Miss(configuration=configuration, fault=fault, place=place)
        file = self._sources.file(path)
        stack = file.stacks[line - 1]
        if goal.kind is Kind.SIDE:
            stack = next(
                (
                    (*fork.around, guard)
                    for fork in file.forks
                    for guard in fork.branches
                    if guard.line == line and guard.text == goal.text
                ),
                stack,
            )
        own = active.get(path)
        depth = next((d for d in range(len(stack)) if not _is_active(file, stack[: d + 1], own)), 0)
        return Miss(
            configuration=configuration,
            guard=stack[depth] if stack and own is not None else None,
            files=tuple(sorted(active)),
        )

    # Make

    def _make(self, *arguments: str, more: Mapping[str, str] | None = None) -> Run:
        values = {n: v for n, v in self._plan.variables.items() if n.isidentifier()}
        arch = self._plan.tree.environment.get("ARCH", "")
        if arch and arch != "*" and self._plan.tree.preset.name == "linux":
            values.setdefault("ARCH", arch)
        command = [
            "make",
            "-C",
            str(self._root),
            f"O={self._out}",
            *(f"{n}={v}" for n, v in values.items()),
        ]
        try:
            environment = {**os.environ, **more} if more else None
            done = self._processes.run([*command, *arguments], self._out, TIMEOUT, environment)
            self._outputs.append(done.output)
            return done
        except OSError as error:
            raise _no_proof(f"make cannot be run: {error.strerror}", "install make") from None

    def _configure(self, name: str, configuration: Configuration) -> None:
        self._out.mkdir(parents=True, exist_ok=True)
        text = self._plan.tree.config_text(configuration)
        (self._out / ".config").write_text(text)
        verb = "oldconfig" if self._plan.tree.preset.name == "busybox" else "olddefconfig"
        done = self._make("-s", verb)
        if not done.is_ok:
            raise _no_proof(f"make {verb} {done.ending} for {name}: {_said(done)}", _hint(done))

    def _preprocessed(
        self, name: str, targets: Mapping[str, str], configuration: Configuration
    ) -> Mapping[str, set[int]]:
        """Return the lines that are left, by file, of all files that are made and built.

        Args:
            targets: what each is made of.
        """
        active: dict[str, set[int]] = {}
        self._outputs = []
        if not targets:
            return active
        for target in targets:
            (self._out / target).unlink(missing_ok=True)
        lists = self._out / "kvariant-lists"
        shutil.rmtree(lists, ignore_errors=True)
        lists.mkdir()
        first = self._out / "kvariant-lists.mk"
        first.write_text(object_lists.makefile())
        environment = {"MAKEFILES": str(first), object_lists.VARIABLE: str(lists)}
        if self._plan.tree.preset.name == "busybox":  # which knows no KCFLAGS
            environment["CPPFLAGS"] = f"{os.environ.get('CPPFLAGS', '')} {_SHOWN}"
        folders = object_lists.goals(self._listing(targets.values()))
        options = ["-k", *_flags(_SHOWN)]
        done = self._make(*options, f"-j{self._jobs}", *folders, *targets, more=environment)
        if not self._have(targets):  # older Kbuilds are not ready for several at once
            done = self._make(*options, "-j1", *targets, more=environment)
        listed = ObjectLists.read(lists)
        said = self._make_directly(targets, listed, options, environment)
        self._make_objects(targets)
        if not self._have(targets):
            self._make_without(targets, f"{done.output}\n{said}", listed, environment)
        made = [target for target in targets if (self._out / target).is_file()]
        self.files += len(made)
        if missing := [target for target in targets if target not in made]:
            place = _place(done, self._root, self._out)
            self._faults = {target: (_said(done), place) for target in missing}
            what = f"{', '.join(missing[:3])} could not be made: {_said(done)}"
            self._note(f"{name}: {what}", _hint(done))
        for target in made:
            source = targets[target]
            if self._is_surely_built(source, configuration) and listed.is_built(source) is False:
                what = f"make has the object of {source} in no list that it builds"
                self._faults[target] = (what, None)
                self._note(f"{name}: {what}")
                continue
            text = (self._out / target).read_text(errors="replace")
            for path, numbers in _active(text, self._root, self._out).items():
                active.setdefault(path, set()).update(numbers)
        for path, line in self._said_by_directives():
            active.setdefault(path, set()).add(line)
        return active

    def _said_by_directives(self) -> Iterator[tuple[str, int]]:
        """Yield the lines of `#error` and `#warning` that the compiler has come to.

        gcc says the directive, clang its text; what else is said of such a line is said of one
        that is passed over as well.
        """
        for text in self._outputs:
            for path, line, said in _places(_MESSAGE, text, self._root, self._out):
                rows = self._sources.text(path).split("\n")
                found = _SAYING.match(rows[line - 1]) if line <= len(rows) else None
                bare = said.partition(" [-W")[0].strip()
                if found and (said.startswith("#") or bare == found[1].strip()):
                    yield path, line

    def _have(self, targets: Iterable[str]) -> bool:
        return all((self._out / target).is_file() for target in targets)

    def _make_directly(
        self,
        targets: Mapping[str, str],
        listed: ObjectLists,
        options: Sequence[str],
        environment: Mapping[str, str],
    ) -> str:
        """Make again what is in folders that no list leads to: with the flags of these folders.

        Return what make said.
        """
        said = []
        folders: dict[str, list[str]] = {}
        for target, source in targets.items():
            ways = [route for route in self._sources.routes(source) if route.listed]
            if ways and all(listed.is_reached(route.folder) is False for route in ways):
                folders.setdefault(ways[0].folder, []).append(target)
        for folder, own in folders.items():
            for target in own:
                (self._out / target).unlink(missing_ok=True)
            asked = {object_lists.FOLDER: folder, object_lists.TARGETS: " ".join(own)}
            done = self._make(*options, object_lists.DIRECT, more={**environment, **asked})
            said.append(done.output)
        return "\n".join(said)

    def _make_without(
        self,
        targets: Mapping[str, str],
        said: str,
        listed: ObjectLists,
        environment: Mapping[str, str],
    ) -> None:
        """Make what is missing with empty headers for those that a link would have made.

        Args:
            said: what make has said of them.
        """
        headers = MadeHeaders(self._root, self._out)
        while headers.stand_for(said):
            missing = {t: s for t, s in targets.items() if not (self._out / t).is_file()}
            options = ["-k", *_flags(f"{_SHOWN} {headers.flags}")]
            done = self._make(*options, "-j1", *missing, more=environment)
            said = f"{done.output}\n{self._make_directly(missing, listed, options, environment)}"
        if new := [name for name in headers.names if name not in self._empty]:
            self._empty += new
            one = "an empty one stands" if len(new) == 1 else "empty ones stand"
            self._note(f"{one} for {', '.join(new)}, which the build makes of what it has linked")

    def _make_objects(self, targets: Iterable[str]) -> None:
        """Make objects where their preprocessed text alone could not be made.

        A rule that writes a header for an object is known to make by the object's name.
        """
        missing = [t for t in targets if t.endswith(".i") and not (self._out / t).is_file()]
        stems = {target: self._out / posixpath.splitext(target)[0] for target in missing}
        for stem in stems.values():
            stem.with_name(f"{stem.name}.s").unlink(missing_ok=True)
        if missing:
            objects = [f"{posixpath.splitext(target)[0]}.o" for target in missing]
            self._make("-k", "-j1", f"KCFLAGS=-save-temps=obj {_SHOWN[:-1]}", *objects)
        for target, stem in stems.items():
            # Of a preprocessor that failed there is a part of the text, and no assembler's.
            if not stem.with_name(f"{stem.name}.s").is_file():
                (self._out / target).unlink(missing_ok=True)

    def _note(self, what: str, hint: str = "") -> None:
        self.faults.append(
            Diagnostic(message=what, code="no-proof", severity=Severity.WARNING, hint=hint)
        )

    def _listing(self, sources: Iterable[str]) -> Iterator[str]:
        """Yield the folders whose makefiles list the objects of sources, or may."""
        for source in sources:
            yield posixpath.dirname(source)
            yield from (route.folder for route in self._sources.routes(source) if route.listed)

    def _target(self, source: str, configuration: Configuration) -> str:
        """Return what make is asked for, by the list that has the object: its flags count."""
        for route in self._sources.routes(source):
            if route.listed and holds(configuration, route.condition) is not False:
                # As it is listed, so that make knows it by its name.
                source = posixpath.splitext(route.listed)[0] + posixpath.splitext(source)[1]
                break
        stem, ending = posixpath.splitext(source)
        return f"{stem}.s" if ending in ASSEMBLER else f"{stem}.i"

    def _is_surely_built(self, source: str, configuration: Configuration) -> bool:
        """Return whether makefiles were read to say that a source's object is in a list."""
        ways = [route for route in self._sources.routes(source) if route.listed]
        return any(holds(configuration, route.condition) for route in ways)

    # What is looked at

    def _compiled(self, path: str, configuration: Configuration) -> Iterator[str]:
        """Yield files that are compiled in a configuration and are, or include, a file."""
        if path.endswith((".c", *ASSEMBLER)) and not self._sources.is_included(path):
            yield path
            return
        found = self._sources.including(path, configuration)
        yield from found[:_INCLUDERS]
        if not found and path.endswith((".c", *ASSEMBLER)):
            yield path  # some rule compiles it, if any does

    def _is_seen(
        self, goal: Goal, active: Mapping[str, set[int]], got: Mapping[str, str]
    ) -> bool | None:
        path, line = goal.location.path, goal.location.line
        if goal.kind is Kind.VALUE:
            name, _, value = goal.text.partition("=")
            return got.get(name, "n") == value
        if not path.endswith((*SOURCES, *HEADERS)):
            return True  # a template's line: its condition is exact
        file = self._sources.file(path)
        own = active.get(path)
        if goal.kind is not Kind.SIDE:
            return _is_active(file, file.stacks[line - 1], own)
        for fork in file.forks:
            for guard in fork.branches:
                if guard.line != line or guard.text != goal.text:
                    continue
                stack = (*fork.around, guard)
                if any(other == stack for other in file.stacks):
                    return _is_active(file, stack, own)
                others = [(*fork.around, g) for g in fork.branches if g is not guard]
                is_in_other = any(_is_active(file, other, own) for other in others)
                return _is_active(file, fork.around, own) and not is_in_other
        return None


_SHOWN = "-dDI"
"""Has definitions and includes left in the text: there are blocks with nothing else in them."""
_INCLUDERS = 3
"""Files that are preprocessed to see one header."""


def _flags(shown: str) -> list[str]:
    """Return what make is told so that compilers hear of flags of ours."""
    return [f"{flags}={shown}" for flags in ("KCFLAGS", "KAFLAGS", "KCPPFLAGS")]


def _is_active(file: ConditionalFile, stack: tuple[Guard, ...], own: set[int] | None) -> bool:
    """Return whether a line of a block is left, or one in a block inside it.

    Args:
        stack: the branches that the block is in; none: it is kept wherever the file is read.
        own: the file's lines that are left; None: it was not read.
    """
    depth = len(stack)
    if own is None or not depth:
        return own is not None
    return any(file.stacks[n - 1][:depth] == stack for n in own if n <= len(file.stacks))


def _active(text: str, root: Path, out: Path) -> Mapping[str, set[int]]:
    """Return the lines of each file of the tree that a preprocessed text has something of."""
    found: dict[str, set[int]] = {}
    top = str(root.resolve()) + "/"
    names: dict[str, str] = {}
    path, line = "", 0
    for row in text.split("\n"):
        marker = _MARKER.fullmatch(row) if row.startswith("# ") else None
        if marker:
            name = marker[2]
            if name not in names:
                real = os.path.realpath(os.path.join(out, name))
                names[name] = real[len(top) :] if real.startswith(top) else ""
            path, line = names[name], int(marker[1])
            if path:
                found.setdefault(path, set())
            continue
        if path and row.strip():
            found.setdefault(path, set()).add(line)
        line += 1
    return found


def _config_of(path: Path, prefix: str) -> Mapping[str, str]:
    """Return what a `.config` gives."""
    found = {}
    for line in path.read_text(errors="replace").split("\n"):
        name, equals, value = line.partition("=")
        if equals and name.startswith(prefix):
            found[name.removeprefix(prefix)] = value.strip('"')
    return found


def _place(done: Run, root: Path, out: Path) -> tuple[str, int] | None:
    """Return the line of the tree that the first error names, None if there is none."""
    found = next(_places(_FAULT_AT, done.output, root, out), None)
    return found[:2] if found else None


def _places(
    pattern: re.Pattern[str], text: str, root: Path, out: Path
) -> Iterator[tuple[str, int, str]]:
    """Yield the lines of the tree that messages name, and what they say."""
    top = str(root.resolve()) + "/"
    for match in pattern.finditer(text):
        real = os.path.realpath(os.path.join(out, match[1]))
        if real.startswith(top) and Path(real).is_file():
            yield real[len(top) :], int(match[2]), match[match.lastindex or 0]


def _said(done: Run) -> str:
    lines = [line.strip() for line in done.output.split("\n") if line.strip()]
    telling: Iterable[str] = (line for line in lines if _FAULT.fullmatch(line))
    return next(iter(telling), lines[-1] if lines else "it said nothing")


def _hint(done: Run) -> str:
    if "not clean" in done.output:
        return "a build in the tree is in the way: make mrproper, after keeping its .config"
    return ""


def _no_proof(message: str, hint: str) -> MissingError:
    return MissingError(Diagnostic(message=message, code="no-proof", hint=hint))
