# SPDX-License-Identifier: MIT
"""One parse of a tree: its files are parsed, or taken from the user's cache."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.kconfig import kept
from kvariant.kconfig.held import HELD
from kvariant.kconfig.parsed import Parsed, parsed
from kvariant.kconfig.presets.preset import no_function
from kvariant.kconfig.reader import Reader, read

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.generated import FilesInMemory
    from kvariant.kconfig.presets import Preset
    from kvariant.kconfig.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parse:
    """All that decides what is read of a tree."""

    entry: Path
    root: Path
    kind: Preset
    variables: Mapping[str, str]
    """Of the parse, on top of the process's own."""
    prefix: str
    shell: bool
    dialect: Dialect
    generated: FilesInMemory
    surroundings: Surroundings

    def seen(self) -> Mapping[str, str]:
        """Return the variables that the tree sees: `read` sets the last two whatever is around."""
        srctree = str(Path(self.variables["srctree"]).resolve())
        return {**os.environ, **self.variables, "srctree": srctree, "CONFIG_": self.prefix}

    def parsed(self, *, keep: bool) -> tuple[Parsed, str, str]:
        """Return what the tree's files say, and the key under which that is kept, "" if not.

        Last what is equal where the same was read before, "" where it was read just now.

        Args:
            keep: whether it is kept, in memory or the user's cache, and taken from there
                [`held`, `kept`].
        """
        key = self._key() if keep else ""
        if not key:
            return parsed(self.read()), "", ""
        seen = self.seen()
        if HELD.is_serving and (held := HELD.get(key, seen)):
            return held.parse, held.kept_as, held.digest
        if known := kept.load_digested(key, seen):
            parse, digest, was_read = known
            if HELD.is_serving:
                HELD.hold(key, parse, was_read, digest)
            return parse, key, digest
        started, clock = time.time_ns(), time.monotonic()
        reader = self.read()
        found = parsed(reader)
        is_worth = time.monotonic() - clock > kept.WORTH
        if not is_worth and not HELD.is_serving:
            return found, "", ""
        now_read = self._record(reader, found, started)
        if now_read is None:
            return found, "", ""
        if not is_worth:
            return found, "", HELD.hold(key, found, now_read).digest
        return found, key if kept.save(key, now_read, found) else "", ""

    def _record(self, reader: Reader, found: Parsed, started: int) -> kept.Read | None:
        """Return all that a parse read, None where some of it changed meanwhile."""
        seen = self.seen()
        return kept.read_of(
            found.files,
            reader.recorded.globs,
            {name: seen.get(name, "") for name in found.variables},
            found.unset,
            reader.recorded.probes,
            str(self.root) if self.kind.runs_in_root else os.getcwd(),  # noqa: PTH109
            seen,
            started,
        )

    def read(self) -> Reader:
        """Parse the files, and return kconfiglib's own objects."""
        return read(
            self.entry,
            environment=self.variables,
            prefix=self.prefix,
            shell=self.shell,
            dialect=self.dialect,
            generated=self.generated,
            surroundings=self.surroundings,
        )

    def _key(self) -> str:
        """Return the key of what is read, "" where functions of Python have a say in it."""
        if self.kind.functions is not no_function or (self.shell and _has_functions()):
            return ""
        seen = self.seen()
        own = {n: seen[n] for n in {*self.variables, "srctree", "CONFIG_"}}
        entry, here = os.path.abspath(self.entry), os.getcwd()  # noqa: PTH100, PTH109
        asked = (entry, here, sorted(own.items()), self.shell, self.kind.name)
        texts = sorted(self.generated.texts.items())
        return kept.key_of(asked, self.dialect, texts, self.surroundings.dollars)


def _has_functions() -> bool:
    """Return whether kconfiglib finds functions to import: whatever they read is not known."""
    try:
        name = os.environ.get("KCONFIG_FUNCTIONS", "kconfigfunctions")
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
