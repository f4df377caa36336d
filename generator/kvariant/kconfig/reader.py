# SPDX-License-Identifier: MIT
"""The one kconfiglib object behind a Tree: a scoped environment, a deep stack.

`Reader` parses a tree and holds kconfiglib's mutable state; what it adds to the
released kconfiglib 14.1.0 is in `syntax`, and in `expansion` what surrounds a tree.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import kconfiglib

from kvariant import address_space
from kvariant.errors import Diagnostic, InputError, Location, MissingError
from kvariant.kconfig import no_functions
from kvariant.kconfig.dialect import KCONFIGLIB, Dialect
from kvariant.kconfig.expansion import NEEDED, Expansion
from kvariant.kconfig.generated import FilesInMemory
from kvariant.kconfig.surroundings import Surroundings
from kvariant.kconfig.syntax.absorption import absorbed
from kvariant.kconfig.syntax.complaint import translated
from kvariant.kconfig.syntax.grammar import PRIVATE, Clause, Recorded, ShellCommand
from kvariant.kconfig.unset import Unset

__all__ = ["Clause", "Reader", "Recorded", "ShellCommand", "deep", "environment_of", "read"]

_Result = TypeVar("_Result")

_PARSE_LOCK = threading.RLock()  # os.environ is the process's, and parsing reads it
_STACKS = ((400_000, 512 * 1024 * 1024), (50_000, 64 * 1024 * 1024), (6_000, 8 * 1024 * 1024))
"""How deep a parse may recurse, and bytes of stack for that; the first that can be had."""


class Reader(Expansion):
    """A parsed tree and kconfiglib's mutable state."""

    def __init__(
        self,
        filename: str,
        *,
        shell: bool,
        dialect: Dialect = KCONFIGLIB,
        generated: FilesInMemory,
        unset: Unset,
        surroundings: Surroundings,
    ) -> None:
        try:
            super().__init__(
                filename,
                shell=shell,
                dialect=dialect,
                generated=generated,
                unset=unset,
                surroundings=surroundings,
            )
        except (AttributeError, TypeError):
            # kconfiglib trips over a property where its item has none: `visible if` on a config.
            raise kconfiglib.KconfigError(
                f"{self.filename}:{self.linenr}: error: this property does not belong here"
            ) from None
        # Kconfig objects keep the last file's readline, which cannot be pickled.
        self._readline = None

    def _finalize_node(self, node: Any, visible_if: Any) -> None:
        """Finalize a node; with `flat_choices` no member of a choice gets a menu of its own.

        kconfiglib puts symbols below the member before them that they depend on, where
        they are members no more. C's `_menu_finalize` did so up to Linux 6.10.
        """
        if self.dialect.flat_choices and node.item.__class__ is kconfiglib.Symbol:
            above = node.parent
            while above and above.item is None:  # an `if`
                above = above.parent
            if above and above.item.__class__ is kconfiglib.Choice:
                self._add_props_to_sym(node)
                return
        if node.item.__class__ is kconfiglib.Choice:
            self._note_type(node)
        super()._finalize_node(node, visible_if)

    def _propagate_deps(self, node: Any, visible_if: Any) -> None:
        """Hand dependencies down; with `taken_loops` without what cannot matter in them."""
        hands_down = self.is_conditional(node)
        child = node.list
        while child:
            if hands_down:
                self.note_dependency(child)
            if self.dialect.taken_loops:
                child.dep = absorbed(self, child.dep)
            child = child.next
        super()._propagate_deps(node, visible_if)

    def _note_type(self, node: Any) -> None:
        """Remember which type C finds for a choice: its own, or that of a symbol in it.

        C looks at what stands in the choice itself, kconfiglib also within an `if`
        [C `menu_finalize`, up to Linux 6.10].
        """
        choice, typed = node.item, self.recorded.typed
        found = choice.orig_type if node is choice.nodes[0] else kconfiglib.UNKNOWN
        child = node.list
        while child and not found:
            found = getattr(child.item, "orig_type", kconfiglib.UNKNOWN)
            child = child.next
        if found and choice not in typed:
            typed[choice] = found
            if self.dialect.member_defaults:
                choice.orig_type = found


def read(
    path: Path,
    *,
    environment: Mapping[str, str],
    prefix: str,
    shell: bool,
    dialect: Dialect = KCONFIGLIB,
    generated: FilesInMemory | None = None,
    surroundings: Surroundings | None = None,
) -> Reader:
    """Parse a Kconfig tree.

    Args:
        path: the entry file; its folder is `$(srctree)` unless the environment says otherwise.
        environment: variables the tree sees on top of the process's own.
        prefix: what stands before a symbol's name in a `.config`.
        shell: whether `$(shell ...)` may run; refused ones give what a failed probe
            gives: n, and nothing within quotes. Nor is a module with functions imported.
        dialect: by whose rules it is read.
        generated: files that are read as if they were there.
        surroundings: how such a tree's own tool would read it.

    Raises:
        InputError: a file is missing, has a value that is not UTF-8, or breaks the
            language's rules.
        MissingError: the installed kconfiglib is not one that this module knows.
    """
    _require_kconfiglib()
    if not path.is_file():
        raise InputError(
            Diagnostic(
                message="no Kconfig file here",
                code="no-kconfig",
                location=Location(str(path)),
                hint="name the entry file with --kconfig FILE",
            )
        )
    srctree = Path(environment.get("srctree", path.parent)).resolve()
    entry = os.path.relpath(path.resolve(), srctree)
    scoped = {**environment, "srctree": str(srctree), "CONFIG_": prefix}
    around, needed = surroundings or Surroundings(), Unset()
    if not shell:
        scoped["KCONFIG_FUNCTIONS"] = no_functions.__name__
    with uncollected(), environment_of(scoped):
        try:
            return deep(
                lambda: Reader(
                    entry,
                    shell=shell,
                    dialect=dialect,
                    generated=generated or FilesInMemory(),
                    unset=needed,
                    surroundings=around,
                )
            )
        except (kconfiglib.KconfigError, OSError) as error:
            raise translated(str(error), srctree, entry, around, needed) from None


def deep(call: Callable[[], _Result]) -> _Result:
    """Return `call()`, run with a stack deep enough for chained dependencies.

    kconfiglib recurses once per link of a chain of dependencies and gives up
    after some 250; a thread with a large stack (only touched pages cost memory)
    takes more than 10,000.

    Raises:
        InputError: it does not end there either: symbols depend on themselves
            through a choice, which kconfiglib's own check misses [dependency-loop].
    """
    outcome: list[_Result] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:  # handed to the caller's thread below
            failure.append(error)

    limit = sys.getrecursionlimit()
    size = threading.stack_size()
    left = address_space.left()
    try:
        for depth, stack in _STACKS:
            if left is not None and stack > left // 4:
                continue  # what is run there needs memory as well
            threading.stack_size(stack)
            sys.setrecursionlimit(max(limit, depth))
            thread = threading.Thread(target=run)
            try:
                thread.start()
            except RuntimeError:  # the address space is limited: less deep, then
                continue
            thread.join()
            break
        else:
            sys.setrecursionlimit(limit)
            run()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if failure and isinstance(failure[0], RecursionError):
        raise InputError(
            Diagnostic(
                message="a dependency loop that kconfiglib does not see, or one too deep to follow",
                code="dependency-loop",
                hint="look for members of a choice that depend on members of the same choice",
            )
        )
    if failure:
        raise failure[0]
    return outcome[0]


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the garbage collector rest while very many objects are made that stay.

    It would walk through all of them again and again, for a quarter of the time. When it
    goes on they are as old as if it had: freezing and unfreezing moves them at once.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            if gc.get_freeze_count() == 0:  # else somebody's own would be unfrozen
                gc.freeze()
                gc.unfreeze()
            gc.enable()


@contextmanager
def environment_of(scoped: Mapping[str, str]) -> Iterator[None]:
    """Set `os.environ` for kconfiglib; drop what would change outputs from outside.

    One thread at a time has it so.
    """
    with _PARSE_LOCK:
        before = dict(os.environ)
        for name in ("KCONFIG_CONFIG_HEADER", "KCONFIG_AUTOHEADER_HEADER", "KCONFIG_STRICT"):
            os.environ.pop(name, None)
        os.environ.update(scoped)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _require_kconfiglib() -> None:
    if not hasattr(kconfiglib, "VERSION"):
        raise MissingError(
            Diagnostic(
                message="the kconfiglib here is that of esp-idf-kconfig, which hides the real one",
                code="no-kconfiglib",
                hint="use a virtual environment without esp-idf-kconfig",
            )
        )
    lost = [name for name in (*PRIVATE, *NEEDED) if not hasattr(kconfiglib, name)]
    if lost or not hasattr(kconfiglib.Kconfig, "_tokenize"):
        raise MissingError(
            Diagnostic(
                message=f"kconfiglib {kconfiglib.VERSION} is built otherwise than 14.1.0 "
                f"(no {', '.join(lost) or '_tokenize'})",
                code="no-kconfiglib",
                hint="pip install kconfiglib==14.1.0",
            )
        )
