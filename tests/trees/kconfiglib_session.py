# SPDX-License-Identifier: MIT
"""A tree as plain kconfiglib reads it, asked in the words of `conf_session`."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import kconfiglib
from conf_session import Outcome, Refused
from reference import Reader, variables_set


class KconfiglibSession:
    """A tree that kconfiglib has read. Make one with `reading`."""

    def __init__(self, kconfig: kconfiglib.Kconfig) -> None:
        self._kconfig = kconfig

    def olddefconfig(self, config: str) -> Outcome:
        """Return what loading a `.config` makes of the tree.

        Everything is unset before: load_config() leaves the chosen member of a choice
        where the next file has that choice at m.

        Raises:
            Refused: kconfiglib goes round in a choice without an end, where a default
                member depends on another member.
        """
        try:
            return self._outcome(config)
        except RecursionError as error:
            raise Refused("a loop that kconfiglib does not see") from error

    def _outcome(self, config: str) -> Outcome:
        kconfig = self._kconfig
        kconfig.unset_values()
        with tempfile.NamedTemporaryFile("w", suffix=".config", encoding="utf-8") as file:
            file.write(config)
            file.flush()
            kconfig.load_config(file.name)
        symbols = kconfig.unique_defined_syms
        return Outcome(
            text=kconfig._config_contents(""),
            values={s.name: s.str_value for s in symbols},
            types={s.name: kconfiglib.TYPE_TO_STR[s.orig_type] for s in symbols},
            visible={s.name: kconfiglib.TRI_TO_STR[s.visibility] for s in symbols},
            complaints="",
        )


@contextlib.contextmanager
def reading(entry: Path) -> Iterator[KconfiglibSession]:
    """Have kconfiglib read the tree whose entry file is `entry`.

    Raises:
        Refused: kconfiglib does not take the tree.
    """
    kconfig = Reader.__new__(Reader)
    with variables_set({"srctree": str(entry.parent)}):
        try:
            kconfig.__init__(entry.name, warn=False)
        except (kconfiglib.KconfigError, RecursionError) as error:
            if kconfig._readline:  # which it leaves open then
                kconfig._readline.__self__.close()
            raise Refused(str(error)) from error
    yield KconfiglibSession(kconfig)
