# SPDX-License-Identifier: MIT
"""What macros of sources say of options.

    CONFIG_X                    bool, tristate: defined as 1 where y; int, hex: its number
    CONFIG_X_MODULE             defined as 1 where the tristate is m
    IS_BUILTIN(CONFIG_X)        y
    IS_MODULE(CONFIG_X)         m
    IS_ENABLED(CONFIG_X)        y or m
    IS_REACHABLE(CONFIG_X)      y, or m in a module
    CONFIG_IS_ENABLED(X)        U-Boot: of the phase that is built
    ENABLE_X                    BusyBox: 1 or 0, always defined

[Linux include/linux/kconfig.h, scripts/kconfig/confdata.c; U-Boot include/linux/kconfig.h;
BusyBox scripts/kconfig/confdata.c]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kvariant.kconfig import Expression, SymbolType
from kvariant.kconfig.expression import ALWAYS, NEVER, Comparison, Constant, Reference, Types
from kvariant.presence.condition import Free, all_of, any_of, is_level

MODULE = "defined(MODULE)"
"""What is free where it counts whether a file is built into a module."""
_NUMBERS = (SymbolType.INT, SymbolType.HEX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Macros:
    """What is known of macros in one file."""

    types: Types
    """Of every option of the tree."""
    prefix: str = "CONFIG_"
    always_defined: str = ""
    """What stands before the names of macros that are 1 or 0, as BusyBox has them."""
    phases: Mapping[str, Expression] = field(default_factory=dict)
    """What stands before the options of each of U-Boot's phases (SPL_, TPL_, ""), and where a file
    is compiled in it; CONFIG_IS_ENABLED asks for these. {}: it is another macro."""
    redefined: frozenset[str] = frozenset()
    """Macros that sources define or undefine themselves, though they are named as options are."""
    is_closed: bool = True
    """Whether what is no option of the tree is never defined; else nothing is known of it."""
    settled: Mapping[str, Expression] = field(default_factory=dict)
    """Other macros, and where they are defined."""
    numbers: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """All that an int or hex can be beside nothing, where that is little: arithmetic is worked
    out of these alone."""

    def option(self, macro: str) -> str:
        """Return the option whose value a macro is, "" where it is none's."""
        name = macro.removeprefix(self.prefix)
        if (name == macro and self.prefix) or macro in self.redefined:
            return ""
        return name if name in self.types else ""

    def defined(self, macro: str) -> Expression:
        """Return where a macro is defined."""
        if macro in self.settled:
            return self.settled[macro]
        is_always = self.always_defined and macro.startswith(self.always_defined)
        if is_always and macro.removeprefix(self.always_defined) in self.types:
            return ALWAYS
        return self._option_defined(macro, as_value=False)

    def value(self, macro: str) -> Expression | None:
        """Return where a macro is 1, being 0 or not defined elsewhere; None: not known."""
        if macro in self.settled:
            found = self.settled[macro]
            return found if found == NEVER or macro.startswith(self.prefix) else None
        if self.always_defined and macro.startswith(self.always_defined):
            name = macro.removeprefix(self.always_defined)
            if name in self.types and macro not in self.redefined:
                return Reference(name)
        found = self._option_defined(macro, as_value=True)
        return None if isinstance(found, Free) else found

    def asked(self, function: str, argument: str) -> Expression | None:
        """Return where a macro that asks for an option is 1; None: it is another macro."""
        if self.phases and function == "CONFIG_IS_ENABLED":
            return any_of(
                all_of((here, self._enabled(self.prefix + phase + argument)))
                for phase, here in self.phases.items()
            )
        if function in ("IS_ENABLED", "config_enabled"):
            return self._enabled(argument)
        if function in ("IS_BUILTIN", "__is_defined"):
            return self._builtin(argument)
        if function == "IS_MODULE":
            return self._module(argument)
        if function == "IS_REACHABLE":
            in_module = all_of((self._module(argument), Free(MODULE)))
            return any_of((self._builtin(argument), in_module))
        return None

    def _builtin(self, macro: str) -> Expression:
        """Return where a macro is 1: a number that is 1 is as good as an option that is y."""
        option = self.option(macro)
        if option and self.types[option] is SymbolType.INT:
            return Comparison("=", Reference(option), Reference("1"))
        if option and not self.types[option].is_logical:
            return NEVER
        return self._option_defined(macro, as_value=True)

    def _module(self, macro: str) -> Expression:
        option = self.option(macro)
        if not option:
            return self._option_defined(macro + "_MODULE", as_value=True)
        is_tristate = self.types[option] is SymbolType.TRISTATE
        return is_level(option, SymbolType.TRISTATE, "m") if is_tristate else NEVER

    def _enabled(self, macro: str) -> Expression:
        return any_of((self._builtin(macro), self._module(macro)))

    def _option_defined(self, macro: str, *, as_value: bool) -> Expression:
        free = Free(macro if as_value else f"defined({macro})")
        if not macro.startswith(self.prefix) or not self.prefix or macro in self.redefined:
            return free
        name = macro.removeprefix(self.prefix)
        if name in self.types:
            return self._set(name)
        whole = name.removesuffix("_MODULE")
        if whole != name and self.types.get(whole) is SymbolType.TRISTATE:
            return is_level(whole, SymbolType.TRISTATE, "m")
        return NEVER if self.is_closed else free

    def _set(self, name: str) -> Expression:
        kind = self.types[name]
        if kind.is_logical:
            return is_level(name, kind, "y")
        has_text = Comparison("!=", Reference(name), Constant(""))
        if kind in _NUMBERS:
            return has_text
        return any_of((has_text, Free(f"defined({self.prefix}{name})")))  # a text may be empty
