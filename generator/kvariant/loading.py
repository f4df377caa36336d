# SPDX-License-Identifier: MIT
"""Names of a package that are loaded on first use: who asks for one does not pay for all.

    __getattr__ = on_first_use(__name__, {"facts": ("Facts", "beyond"), "plan": ("Plan",)})

What the package offers is said to type checkers beside it, `if TYPE_CHECKING`. A name may not be
that of a module of the package: once that is imported, it is what the name means.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def on_first_use(package: str, modules: Mapping[str, Iterable[str]]) -> Callable[[str], Any]:
    """Return a package's `__getattr__` (PEP 562).

    Args:
        package: its name.
        modules: of each module of the package, the names that stand in it.
    """
    homes = {name: module for module, names in modules.items() for name in names}

    def getattribute(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)

    return getattribute
