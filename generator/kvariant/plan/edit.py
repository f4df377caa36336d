# SPDX-License-Identifier: MIT
"""A configuration of the project in a menu, and its file when that was saved."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, did_you_mean, displayed, os_error
from kvariant.kconfig.edited import ShownOtherwise, edited, start_lines
from kvariant.kconfig.menu import MenuValues, run_menu
from kvariant.kconfig.presets.zephyr_scenarios import is_scenario
from kvariant.kconfig.tree import reader_of
from kvariant.plan.fragments import Fragments
from kvariant.plan.trees import load_tree
from kvariant.whole_file import replace_file

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.plan.variants_at_hand import VariantName
    from kvariant.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEditResult:
    """What became of a configuration."""

    path: Path
    is_saved: bool
    """Whether its user saved it under its own name."""
    before: str
    """The file's text."""
    after: str
    differences: tuple[ShownOtherwise, ...]
    """Values that are otherwise by the tree's rules than the menu showed when it was saved."""


class MenuEdit:
    """One configuration, from its file into a menu and back."""

    def __init__(self, project: Project, name: VariantName) -> None:
        """Read the tree and the configuration.

        Raises:
            InputError: there is no such configuration, or it is not valid; it is no file of
                its own, or the tree does not parse.
        """
        self.tree: Tree = load_tree(project, name.environment)
        self.fragments = Fragments(project, self.tree)
        self.path = self._file(name)
        self._fragment = self.fragments.asked(self.path)
        self._is_shared = len(project.environments) > 1 or not project.is_whole
        try:
            self._bytes = self.path.read_bytes()
        except OSError as error:
            raise os_error(error, "cannot read the configuration") from None
        self._before = self._after = self._bytes.decode(errors="surrogateescape")
        self._is_saved = False
        self._differences: tuple[ShownOtherwise, ...] = ()

    def run(self) -> MenuEditResult:
        """Show the menu until it is left; what is saved is in the file at once.

        Raises:
            InputError, MissingError: see `run_menu`, `edited`.
            KeyboardInterrupt: Ctrl-C; what was not saved is not in the file.
        """
        lines = start_lines(self.tree, self._fragment)
        run_menu(reader_of(self.tree), displayed(self.path), lines, self._save)
        return MenuEditResult(
            path=self.path,
            is_saved=self._is_saved,
            before=self._before,
            after=self._after,
            differences=self._differences,
        )

    def _save(self, before: MenuValues, after: MenuValues) -> str:
        found = edited(
            self.tree,
            self._fragment,
            self._before,
            before,
            after,
            lambda text: self.fragments.of_text(self.path, text),
            keeps=self._is_shared,
        )
        content = found.text.encode(errors="surrogateescape")
        there = self.path.read_bytes() if self.path.exists() else None
        if there != self._bytes:
            what = "removed" if there is None else "changed"
            message = f"somebody else has {what} it meanwhile"
            raise OSError(errno.EBUSY, message, displayed(self.path))
        if content != self._bytes:
            replace_file(self.path, content)
        self._bytes, self._after = content, found.text
        self._is_saved, self._differences = True, found.differences
        return f"Saved {displayed(self.path)}"

    def _file(self, name: VariantName) -> Path:
        known = self.fragments.by_name
        path = name.path or known.get(name.name) or Path(name.name)
        if is_scenario(path):
            message = f"{path.name} is a scenario that a YAML file lists, and no file of its own"
            hint = "edit the files that it names"
            raise InputError(Diagnostic(message=message, code="no-fragment", hint=hint))
        if name.path is None and not path.is_file():
            otherwise = "name its file: configs/NAME.config"
            hint = did_you_mean(name.name, [*self.fragments.names.values()], otherwise)
            message = f"no configuration of the project is named {name.name}"
            raise InputError(Diagnostic(message=message, code="no-fragment", hint=hint))
        return path
