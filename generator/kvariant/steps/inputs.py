# SPDX-License-Identifier: MIT
"""What a step with a command reads: its key, and what its depfiles add afterwards.

key           command and the scripts that it names, environment, programs, the resolved
              configuration, what earlier steps have made, and the files of `reads`
depfiles      as well the Kconfig and Makefiles of the tree; once it has run, the
              files that the build says it has read: the result stands as long as
              those are as they were
"""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kvariant.build.build import digest_of
from kvariant.digest import digest
from kvariant.errors import Diagnostic, InputError
from kvariant.plan.digests import values_digest
from kvariant.steps import depfiles, placeholders, tools
from kvariant.steps import environment as inheritance
from kvariant.steps.ninja_deps import ninja_inputs, ninja_logs
from kvariant.steps.search_path import has_newcomer, include_folders, search_of
from kvariant.steps.untrusted_files import below
from kvariant.steps.workspace import Workspace, matches

if TYPE_CHECKING:
    from kvariant.plan import Plans, Variant
    from kvariant.results.store import Kept
    from kvariant.steps.step import Step, Steps

_MAKEFILES = ("Makefile", "Kbuild", "GNUmakefile", "CMakeLists.txt", "meson.build")
_MOMENT = 1.0
"""Seconds for which programs are taken to be what they were."""


class StepInputs:
    """Keys of a sweep's steps. Files are looked at once a sweep."""

    def __init__(self, plans: Plans, steps: Steps, kconfig_before: Mapping[Path, str] = {}) -> None:
        """Take what is swept.

        Args:
            kconfig_before: digests of Kconfig files in another revision, which are to count
                instead of theirs where the tree as a whole is read.
        """
        self._kconfig_before = kconfig_before
        self._plans = plans
        self._steps = steps
        self._digests: dict[Path, str] = {}
        self._by_text: dict[str, str] = {}
        self._listings: dict[str, frozenset[str]] = {}
        self._globs: dict[tuple[str, ...], str] = {}
        self._build_files: dict[str, str] = {}
        self._matched: dict[tuple[str, Path], Sequence[Path]] = {}
        self._said: dict[tuple[str, ...], Sequence[Path]] = {}
        self._identities: dict[tuple[tuple[str, ...], str | None], tuple[float, str]] = {}

    def key(self, step: Step, variant: Variant, place: Workspace, before: Sequence[str]) -> str:
        """Return the digest of what a step reads in a variant.

        Raises:
            InputError: a glob of `reads` matches no file [reads].
        """
        environment = {**place.variables, **step.env}
        texts = _texts(step)
        names = [n for text in texts for n in placeholders.env_names(text)]
        variables = {
            n: self._steps.variable(n, environment, place.tree_variables) or "" for n in names
        }
        named = self._named_scripts(step, place)
        words = inheritance.words("\n".join(texts), [*named, *self._scripts(step, place)])
        inherited = inheritance.variables(words)
        variables |= {n: text for n, text in inherited.items() if n not in environment}
        if any(placeholders.uses(text, "name") for text in texts):
            variables["{name}"] = variant.name
        programs = tools.named(step, environment)
        parts = [
            json.dumps(
                [
                    step.command,
                    step.results,
                    step.depfiles,
                    [*step.artifacts],
                    *([step.measure] if step.measure else []),
                ]
            ),
            json.dumps([dict(environment), variables], sort_keys=True),
            self._tools((*programs, *sorted(words)), environment.get("PATH")),
            *(f"{path} {self._digest(path)}" for path in named),
            values_digest(variant.configuration),
            self._reads(step, place),
            *before,
        ]
        if step.depfiles:
            parts.append(self._of_build_files(variant, place))
        return digest(parts)

    def _tools(self, names: tuple[str, ...], path: str | None) -> str:
        """Return `tools.identity`, as it was a moment ago: of thousands of cells it is the same."""
        now = time.monotonic()
        asked, found = self._identities.get((names, path), (-_MOMENT, ""))
        if now - asked >= _MOMENT:
            found = tools.identity(names, path)
            self._identities[names, path] = now, found
        return found

    def facts(self, step: Step, place: Workspace) -> Mapping[str, Any] | None:
        """Return what a step that ended well has read, None if that is not known."""
        if not step.depfiles:
            return {}
        values = place.values(self._steps, {})
        found = matches(placeholders.for_glob(step.depfiles, values), place.root)
        logs = ninja_logs(place.out)
        found = [path for path in found if path not in logs]
        if not found and not logs:
            return None
        try:
            read = {*depfiles.inputs(found, (place.out, place.tree, place.root))}
            read |= ninja_inputs(logs)
        except (OSError, ValueError):
            return None
        ours = (place.out.resolve(), place.state.resolve())
        outside = sorted(p for p in read if not any(p.is_relative_to(folder) for folder in ours))
        said = " ".join(_texts(step)) if isinstance(step.command, str) else shlex.join(_texts(step))
        named = include_folders(placeholders.plain(said, values))
        roots = ((place.root / folder).resolve() for folder in named)
        wider = [root for root in roots if not any(root.is_relative_to(own) for own in ours)]
        search = search_of(outside, wider, self._listing)
        inputs = {str(path): self._digest(path) for path in outside}
        return {"inputs": inputs, "search": search.to_json()}

    def digests(
        self, paths: Iterable[Path], but: Collection[Path], known: Collection[Path]
    ) -> Mapping[str, str]:
        """Return the digests of files, but for those in some folders and some that are known."""
        ours = tuple(f"{folder}{os.sep}" for folder in but)
        counting = (p for p in paths if p not in known and not str(p).startswith(ours))
        return {str(path): self._digest(path) for path in counting}

    def is_unread_since(self, kept: Kept) -> bool:
        """Return whether every file that a kept result has read is as it was."""
        inputs = kept.facts.get("inputs", {})
        if not all(self._digest_at(path) == digest for path, digest in inputs.items()):
            return False
        return not has_newcomer(kept.facts.get("search"), inputs.keys(), self._listing)

    def result_key(self, key: str, kept: Kept) -> str:
        """Return the key of what a step with depfiles has made."""
        return digest([key, json.dumps(kept.facts.get("inputs", {}), sort_keys=True)])

    def _named_scripts(self, step: Step, place: Workspace) -> Sequence[Path]:
        """Return the scripts that a command names, but for those that earlier steps make."""
        values = place.values(self._steps, place.environment(self._steps, step))
        is_text = isinstance(step.command, str)
        command, *others = _texts(step) if is_text else ["", *_texts(step)]
        texts = [placeholders.for_shell(command, values)]
        texts += [shlex.quote(placeholders.plain(text, values)) for text in others]
        found = inheritance.named_scripts(texts, place.root)
        made = (place.out, place.state)
        return [path for path in found if not any(path.is_relative_to(folder) for folder in made)]

    def _scripts(self, step: Step, place: Workspace) -> Sequence[Path]:
        """Return the files of `reads` that may use variables of the environment by name."""
        values = place.values(self._steps, {})
        expanded = tuple(placeholders.for_glob(glob, values) for glob in _outside(step))
        if expanded not in self._said:
            found = (path for glob in expanded for path in self._matches(step, glob, place.root))
            self._said[expanded] = [path for path in found if inheritance.is_script(path)]
        return self._said[expanded]

    def _reads(self, step: Step, place: Workspace) -> str:
        values = place.values(self._steps, {})
        expanded = tuple(placeholders.for_glob(glob, values) for glob in _outside(step))
        if expanded not in self._globs:
            self._globs[expanded] = self._of_globs(step, expanded, place.root)
        return self._globs[expanded]

    def _of_globs(self, step: Step, globs: Iterable[str], root: Path) -> str:
        parts = []
        for glob in globs:
            found = self._matches(step, glob, root)
            parts += [f"{os.path.relpath(path, root)} {self._digest(path)}" for path in found]
        return digest(parts)

    def _matches(self, step: Step, glob: str, root: Path) -> Sequence[Path]:
        if (glob, root) not in self._matched:
            try:
                found = matches(glob, root)
            except (ValueError, NotImplementedError) as error:
                raise _no_files(step, glob, str(error)) from None
            if not found:
                raise _no_files(step, glob, "it matches no file")
            self._matched[glob, root] = found
        return self._matched[glob, root]

    def _of_build_files(self, variant: Variant, place: Workspace) -> str:
        """Return the digest of what says how a variant's tree is built."""
        environment = variant.environment
        if environment not in self._build_files:
            found = set(self._plans[variant].tree.files)
            state = str(place.state)
            for folder, folders, names in below(place.tree):
                folders[:] = [n for n in folders if n != ".git" and f"{folder}/{n}" != state]
                says = (n for n in names if n.startswith(_MAKEFILES) or n.endswith((".mk", ".lds")))
                found.update(Path(folder, name) for name in says)
            before = self._kconfig_before
            digests = (f"{p} {before.get(p) or self._digest(p)}" for p in sorted(found))
            self._build_files[environment] = digest(digests)
        return self._build_files[environment]

    def _listing(self, folder: str) -> Collection[str]:
        if folder not in self._listings:
            try:
                self._listings[folder] = frozenset(os.listdir(folder))  # noqa: PTH208  names alone
            except OSError:
                self._listings[folder] = frozenset()
        return self._listings[folder]

    def _digest_at(self, path: str) -> str:
        if path not in self._by_text:  # thousands of results name the same files: no paths are made
            self._by_text[path] = self._digest(Path(path))
        return self._by_text[path]

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            self._digests[path] = digest_of(path)
        return self._digests[path]


def _outside(step: Step) -> list[str]:
    """Return the globs of `reads` but for what earlier steps make, whose keys are in this one's."""
    return [glob for glob in step.reads if not placeholders.uses(glob, "out", "results")]


def _texts(step: Step) -> list[str]:
    command = [step.command] if isinstance(step.command, str) else list(step.command or ())
    return [*command, *step.env.values(), *([step.results.path] if step.results else [])]


def _no_files(step: Step, glob: str, why: str) -> InputError:
    return InputError(
        Diagnostic(
            message=f"{step.name} reads {glob!r}: {why[:1].lower()}{why[1:]}",
            code="reads",
            location=step.location,
            hint="globs are relative to the project file; a key that misses files would hide "
            "what changes",
        )
    )
