# SPDX-License-Identifier: MIT
"""No functions: what kconfiglib imports in the place of a tree's `kconfigfunctions`.

kconfiglib imports a module of that name, or the one that `KCONFIG_FUNCTIONS` names,
from wherever Python finds it: the working folder among others. Where Kconfig may not
run commands, that may not run either.
"""

functions: dict[str, object] = {}
"""As kconfiglib takes them: name -> function and numbers of arguments."""
