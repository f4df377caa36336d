# SPDX-License-Identifier: MIT
"""Which cells of steps without keys an edit can reach: nobody says what those steps read.

A file that differs from the revision's counts as read, but for

    Kconfig, configurations    the resolved values tell: they are in what is compared
    templates                  so are the files that are rendered
    C and assembler            a variant sees the same lines as before: by the conditions of
                               makefiles and `#if`s  (`presence`)
    documents                  no command, script, makefile or #include names them

All but the last hold for steps that build and do nothing else: every program that the command,
the project's own scripts it names and, in trees whose build is not known, the makefiles name is
a compiler or another tool of builds. Line numbers do not count as what a variant sees, unless
the file asks for them (`__LINE__`). All else is unknown, and unknown means read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.presence.sources import HEADERS, SOURCES, SourceFiles
from kvariant.review.changed_files import ChangedFile, How, text_before
from kvariant.sweep.build_commands import doubt, read, text_of
from kvariant.sweep.documents import is_document, named_by
from kvariant.sweep.source_edit import SourceEdit, generated_from

if TYPE_CHECKING:
    from kvariant.plan import Variant
    from kvariant.steps.step import Step


@dataclass(frozen=True, kw_only=True)
class EditedCheckout:
    """The checkout that an edit was made in."""

    top: Path
    commit: str
    """The revision that is compared with."""
    root: Path
    """The project's folder, in which commands run."""
    kconfig: frozenset[Path]
    """The Kconfig files of all trees."""
    fragments: frozenset[Path]
    """What configurations are asked for in."""
    templates: frozenset[Path]
    """What is rendered; none where the sweep does not render."""


@dataclass
class PlainReach:
    """The files that differ, and which steps of which variants they may reach."""

    around: EditedCheckout
    changed: Sequence[ChangedFile]
    sources: Callable[[Variant], SourceFiles]
    """Of a variant's tree."""
    programs: Collection[str]
    """The names of all programs of the PATH."""
    outside: str = ""
    """A folder of the project or its trees that is in another checkout; "": none is."""
    _seen: dict[tuple[str, str], SourceEdit | str] = field(default_factory=dict)
    _steps: dict[str, str] = field(default_factory=dict)
    _mentions: dict[tuple[str, str], str] = field(default_factory=dict)

    def why(self, variant: Variant, step: Step, environment: Mapping[str, str]) -> str:
        """Return what of the edit a step may read in a variant, in words; "": nothing."""
        if self.outside:
            return f"git does not tell here what differs in {self.outside}"
        for change in self.changed:
            if found := self._why(change, variant, step, environment):
                return found
        return ""

    def beside_key(self, step: Step) -> str:
        """Return what of the edit a step may have read that its key has not, "": nothing.

        What a step reads is noted where it ends well; of one that failed any file counts, but
        for documents that nothing names.
        """
        for change in self.changed:
            is_plain = change.how not in (How.OTHER, How.UNKNOWN)
            if not (is_plain and is_document(change.path)):
                return f"{change.path} differs, and it failed"
            if found := self._document(change.path, text_of(step)):
                return found
        return self.outside and f"git does not tell here what differs in {self.outside}"

    def _why(
        self, change: ChangedFile, variant: Variant, step: Step, environment: Mapping[str, str]
    ) -> str:
        path = self.around.top / change.path
        text = text_of(step)
        if change.how in (How.OTHER, How.UNKNOWN):
            return f"{change.path} is {change.how.value}"
        if is_document(change.path) and path not in self.around.kconfig:
            return self._document(change.path, text)
        is_fragment = path in self.around.fragments
        if change.how is not How.EDITED and not (is_fragment and change.how is How.ADDED):
            return f"{change.path} is {change.how.value}"
        if doubted := self._doubt(step, variant, environment):
            return f"{change.path} differs, and {doubted}"
        if is_fragment or path in self.around.kconfig or path in self.around.templates:
            return self._named(change.path, text)
        if change.path.endswith((*SOURCES, *HEADERS)):
            return self._source(change.path, variant)
        return f"{change.path} differs"

    # Documents

    def _document(self, path: str, command: str) -> str:
        """Return what names a document, so that it may be read; "": nothing does."""
        if found := self._named(path, command):
            return found
        if (path, command) not in self._mentions:
            self._mentions[path, command] = named_by(self.around.top, path, command)
        return self._mentions[path, command]

    def _named(self, path: str, command: str) -> str:
        name, folder = Path(path).name, Path(path).parent.name
        if name in command or (folder and f"{folder}/" in command):
            return f"{path} differs, and the command names it"
        return ""

    # What a step does beside building

    def _doubt(self, step: Step, variant: Variant, environment: Mapping[str, str]) -> str:
        """Return why nobody knows what a step reads; "": it builds, and nothing else."""
        key = "\0".join((step.name, variant.environment, *environment.values()))
        if key not in self._steps:
            sources = self.sources(variant)
            self._steps[key] = doubt(step, environment, self.around.root, sources, self.programs)
        return self._steps[key]

    # Sources

    def _source(self, path: str, variant: Variant) -> str:
        sources = self.sources(variant)
        real, root = (self.around.top / path).resolve(), sources.root.resolve()
        if not real.is_relative_to(root):
            return f"{path} differs, and is in no tree"
        key = path, variant.environment
        if key not in self._seen:
            self._seen[key] = self._edit(path, real.relative_to(root).as_posix(), sources)
        edit = self._seen[key]
        if isinstance(edit, str):
            return edit
        return edit.why(variant.configuration)

    def _edit(self, path: str, relative: str, sources: SourceFiles) -> SourceEdit | str:
        before = text_before(self.around.top, self.around.commit, path)
        now = read(self.around.top / path)
        if before is None or now is None:
            return f"{path} differs, and is no text"
        counts = before.count("\n") != now.count("\n")
        if counts and ("__LINE__" in now or "__LINE__" in before):
            return f"{path} differs, and asks for its lines' numbers"
        if generated_from(before) != generated_from(now):
            return f"{path} differs in what the build is made from"
        try:
            return SourceEdit.of(path, relative, before, now, sources)
        except InputError as error:
            return f"{path} differs, and cannot be read: {error.diagnostics[0].message}"
