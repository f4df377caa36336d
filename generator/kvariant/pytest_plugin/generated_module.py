# SPDX-License-Identifier: MIT
"""A generated Python module, imported under a private name so that variants load side by side.

Nothing of it is kept as bytecode: Python tells a stale `.pyc` by the second and the size of its
source, and a template edited and rendered twice within a second can leave both as they were. The
test would then pass on code that is no longer there.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from kvariant.digest import text_digest
from kvariant.errors import Diagnostic, InputError, Location

PREFIX = "_kvariant_"
"""What the private name of a generated package begins with."""

Sibling = Callable[[str], ModuleType | None]
"""What a module that is in no package means by a name, None if it is not generated."""


def imported(top: str, root: Path, rest: str, sibling: Sibling) -> ModuleType:
    """Return the module `top.rest` of the package's folder or the module's file `root`.

    Raises:
        InputError: it imports its own package by name [absolute-import].
    """
    private = f"{PREFIX}{text_digest(str(root))[:12]}_{top}"
    if private not in sys.modules:
        _load(private, top, root, sibling)
    return importlib.import_module(f"{private}.{rest}" if rest else private)


class _SourceLoader(SourceFileLoader):
    """Compiles the source that is there now."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class _PackageFinder(MetaPathFinder):
    """Finds what lies within a package of a private name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(PREFIX):
            return None
        kinds = (ExtensionFileLoader, EXTENSION_SUFFIXES), (_SourceLoader, SOURCE_SUFFIXES)
        specs = (FileFinder(folder, *kinds).find_spec(fullname) for folder in path or ())
        return next((spec for spec in specs if spec is not None), None)


_FINDER = _PackageFinder()


def _importing(sibling: Sibling) -> Mapping[str, Any]:
    """Return built-in names with an `import` that asks for a variant's own modules first.

    A path for all to look in (`sys.path`) would hand one variant's module to the next.
    """

    def import_(
        name: str,
        globals_: Mapping[str, Any] | None = None,
        locals_: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0 and (found := sibling(name)) is not None:
            # `import a.b` binds a, `from a.b import c` asks b for it.
            for part in fromlist or ():
                if part != "*" and not hasattr(found, part) and hasattr(found, "__path__"):
                    sibling(f"{name}.{part}")
            return found if fromlist else sibling(name.partition(".")[0]) or found
        return builtins.__import__(name, globals_, locals_, fromlist or (), level)

    return {**vars(builtins), "__import__": import_}


def _load(private: str, top: str, root: Path, sibling: Sibling) -> None:
    is_package = root.is_dir()
    _refuse_absolute_imports(top, root)
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    file = str(root / "__init__.py" if is_package else root)
    spec = importlib.util.spec_from_file_location(
        private,
        file,
        loader=_SourceLoader(private, file),
        submodule_search_locations=[str(root)] if is_package else None,
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    if not is_package:
        vars(module)["__builtins__"] = _importing(sibling)
    sys.modules[private] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[private]
        raise


def _refuse_absolute_imports(top: str, root: Path) -> None:
    pattern = re.compile(rf"^\s*(?:from|import)\s+{re.escape(top)}\b", re.MULTILINE)
    for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
        if match := pattern.search(text := path.read_text(encoding="utf-8")):
            line = text[: match.start()].count("\n") + 1 + match[0].count("\n")
            raise InputError(
                Diagnostic(
                    message=f"{top!r} imports itself by name, so variants cannot load side by side",
                    code="absolute-import",
                    location=Location(str(path), line),
                    excerpt=match[0].strip(),
                    hint="import relatively: from . import ...",
                )
            )
