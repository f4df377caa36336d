# SPDX-License-Identifier: MIT
"""Dialects: by whose rules the symbols of a tree get their values.

The tools that read Kconfig files differ. A `Dialect` is the list of what is known to
differ, one field a rule; where each rule comes from is in `RULES`. The named sets are
the rules of one tool at one time. A tree that carries its tool's source may mix them,
so each rule can be read from that source by itself (`kconfig.tool`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from kvariant.digest import text_digest
from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig.number import is_c_hex, is_c_int
from kvariant.kconfig.value import SymbolType


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Named rules; False is what kconfiglib 14.1.0 does."""

    name: str
    """The named set, or `tree` where the rules were read from a tree's own tool."""
    limited_imply: bool = False
    """imply: the value is not above the dependency, and an implied y leaves m alone."""
    met_imply: bool = False
    """An imply of y makes m a y only where the dependency is not n."""
    bare_unequal: bool = False
    """Where a bool selects or implies, `T != n` is T, and so m where the tristate T is m."""
    hidden_choices: bool = False
    """A choice has a value whatever its prompt's condition; there is no mode m or n."""
    last_visible_member: bool = False
    """Of the members asked to be y the last one that is visible is selected."""
    unset_members: bool = False
    """A member that is asked to be n is passed over, as long as there is another one."""
    flat_choices: bool = False
    """All of a choice's symbols are members, those that depend on another one too."""
    member_defaults: bool = False
    """A member out of sight has its default, like any symbol."""
    joined_modes: bool = False
    """The mode of a choice is the highest that a line says; none is where m follows on y."""
    opaque_levels: bool = False
    """A bool as the default or range end of a number or string is the text n."""
    zero_numbers: bool = False
    """An int or hex without a default is 0 or 0x0, and not empty."""
    clamped_numbers: bool = False
    """A number outside its range becomes the nearest end, and not the default."""
    kept_range_ends: bool = False
    """What is clamped has the text of the range's end, and is not written anew."""
    text_constants: bool = False
    """The constants n, m and y are compared as texts, m < n < y, and not as n < m < y."""
    named_modules: bool = False
    """Tristates can be m by what has the keyword `modules`, and not by what is called MODULES."""
    bare_definitions: bool = False
    """A definition without dependencies leaves the direct dependency to the others."""
    transitional: bool = False
    """A `transitional` symbol takes any value asked for, and is not written."""
    first_type: bool = False
    """Of several types that a symbol is given the first one counts."""
    c_help: bool = False
    """The line below `help` is help also where it starts an entry at column 1 [lexer.l]."""
    guarded_selects: bool = False
    """A select counts only where the dependency is not n; otherwise it keeps the symbol at n."""
    taken_loops: bool = False
    """A loop of dependencies is no error where the value does not depend on it."""
    negated_depends: bool = False
    """`depends on A if B` means A || !B, and not A || B = n [sysprog21's Kconfiglib]."""
    bare_strings: bool = False
    """A string ends at the last quote of its line, and no backslash is taken away."""
    exact_unset: bool = False
    """`# X is not set` with more behind it is only a comment."""
    c_lines: bool = False
    """Texts that numbers can have are those of the C tool, and not what Python reads."""
    c_numbers: bool = False
    """Texts are numbers as `strtoll` reads them, ends of ranges by their own types."""

    def is_value(self, text: str, kind: SymbolType) -> bool:
        """Return whether a user may give this text to a symbol of this type.

        [C `sym_string_valid`; kconfiglib `Symbol.set_value`]
        """
        if self.c_lines and kind is SymbolType.INT:
            return is_c_int(text)
        if self.c_lines and kind is SymbolType.HEX:
            return is_c_hex(text)
        return kind.has(text)

    @property
    def rules(self) -> tuple[str, ...]:
        """Return the names of the rules that hold."""
        return tuple(name for name in NAMES if getattr(self, name))

    @property
    def label(self) -> str:
        """What tells these rules from others, in files: of a set that has a name, the first one."""
        for known in DIALECTS.values():
            if not self.differences(known):
                return known.name
        return f"tree-{text_digest(' '.join(self.rules))[:8]}"

    def differences(self, other: Dialect) -> tuple[str, ...]:
        """Return the rules in which two dialects differ."""
        return tuple(n for n in NAMES if getattr(self, n) != getattr(other, n))


NAMES = tuple(field.name for field in dataclasses.fields(Dialect) if field.name != "name")
"""The names of the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSource:
    """One thing in which tools differ, and how it is seen in a tool's source."""

    seen: str
    """Releases of the kernel whose tool has it, as far as they were looked at."""
    function: str
    """The C function that decides it, in scripts/kconfig."""
    file: str
    """The file in which a tool's source is searched."""
    pattern: str
    """A regular expression that the file matches ..."""
    means: bool = True
    """... exactly if the rule has this value."""


RULES: Mapping[str, RuleSource] = {
    "limited_imply": RuleSource(
        seen="5.7 and newer", function="sym_calc_value()", file="symbol.c",
        pattern=r"\|\|\s*sym->implied\.tri\s*==\s*yes", means=False,
    ),
    "met_imply": RuleSource(
        seen="up to 5.6", function="sym_calc_visibility()", file="symbol.c",
        pattern=r"sym->implied\.expr && sym->dir_dep\.tri != no",
    ),
    "bare_unequal": RuleSource(
        seen="4.20, no more in 6.1", function="menu_finalize()", file="menu.c",
        pattern=r"\bexpr_trans_bool\(dep\)",
    ),
    "hidden_choices": RuleSource(
        seen="6.11 and newer", function="sym_calc_choice()", file="symbol.c",
        pattern=r"sym_calc_choice\(struct menu \*",
    ),
    "last_visible_member": RuleSource(
        seen="6.11 and newer", function="sym_calc_choice()", file="symbol.c",
        pattern=r"list_for_each_entry\(sym, &choice->choice_members",
    ),
    "unset_members": RuleSource(
        seen="6.11 and newer", function="sym_calc_choice()", file="symbol.c",
        pattern=r"list_for_each_entry_reverse\(sym, &choice->choice_members",
    ),
    "flat_choices": RuleSource(
        seen="6.11 and newer", function="_menu_finalize()", file="menu.c",
        pattern=r"!inside_choice\b",
    ),
    "member_defaults": RuleSource(
        seen="up to 6.10", function="sym_calc_value()", file="symbol.c",
        pattern=r"sym_is_choice_value\(sym\)\s*&&\s*sym->visible\s*==\s*yes",
    ),
    "joined_modes": RuleSource(
        seen="up to 6.10", function="conf_read_simple()", file="confdata.c",
        pattern=r"cs->def\[def\]\.tri\s*=\s*EXPR_OR",
    ),
    "opaque_levels": RuleSource(
        seen="all", function="sym_calc_value()", file="symbol.c",
        pattern=r"newval\.val\s*=\s*ds->curr\.val",
    ),
    "zero_numbers": RuleSource(
        seen="6.12 and newer", function="sym_calc_value()", file="symbol.c",
        pattern=r'newval\.val\s*=\s*"0x0"',
    ),
    "clamped_numbers": RuleSource(
        seen="6.12 and newer", function="conf_read()", file="confdata.c",
        pattern=r"sym_string_within_range\(sym, sym->def\[S_DEF_USER\]\.val\)", means=False,
    ),
    "kept_range_ends": RuleSource(
        seen="6.1.176 and newer", function="sym_validate_range()", file="symbol.c",
        pattern=r"sym->curr\.val\s*=\s*range_sym->curr\.val",
    ),
    "text_constants": RuleSource(
        seen="4.20", function="expr_calc_value()", file="symbol.c",
        pattern=r'\bsymbol_mod\s*=\s*\{[^}]*\.type\s*=', means=False,
    ),
    "named_modules": RuleSource(
        seen="all", function="sym_calc_value()", file="symbol.c", pattern=r"\bmodules_sym\b",
    ),
    "bare_definitions": RuleSource(
        seen="all", function="menu_finalize()", file="menu.c",
        pattern=r"dir_dep\.expr\s*=\s*expr_alloc_or\(sym->dir_dep\.expr",
    ),
    "transitional": RuleSource(
        seen="6.18 and newer", function="sym_calc_visibility()", file="symbol.c",
        pattern=r"SYMBOL_TRANS\b",
    ),
    "first_type": RuleSource(
        seen="all", function="menu_set_type()", file="menu.c",
        pattern=r"ignoring type redefinition",
    ),
    "c_help": RuleSource(
        seen="all", function="<HELP> of lexer.l", file="confdata.c",
        pattern=r"\bconf_set_sym_val\(",
    ),
    "guarded_selects": RuleSource(
        seen="never; OpenWrt", function="sym_calc_value()", file="symbol.c",
        pattern=r"dir_dep\.tri == no && sym->rev_dep\.tri != no\)\s*newval\.tri = no",
    ),
    "taken_loops": RuleSource(
        seen="never; OpenWrt", function="sym_check_deps()", file="symbol.c",
        pattern=r"!recursive_is_error\b",
    ),
    "bare_strings": RuleSource(
        seen="never; U-Boot", function="conf_set_sym_val()", file="confdata.c",
        pattern=r"p\[strlen\(p\) - 1\] != '\"'",
    ),
    "exact_unset": RuleSource(
        seen="6.8 and newer", function="conf_read_simple()", file="confdata.c",
        pattern=r'\bstrcmp\(p, "is not set"\)',
    ),
    "c_lines": RuleSource(
        seen="all", function="conf_set_sym_val()", file="confdata.c",
        pattern=r"\bconf_set_sym_val\(",
    ),
    "c_numbers": RuleSource(
        seen="4.6 and newer", function="expr_parse_string()", file="symbol.c",
        pattern=r"\bstrtoll\(sym->curr\.val, NULL, base\)",
    ),
}  # fmt: skip
"""Where each rule of a `Dialect` stands in the source of the kernel's tool, by its name."""

KCONFIGLIB = Dialect(name="kconfiglib")
_LINUX_4_20 = Dialect(
    name="linux-4.20",
    met_imply=True,
    bare_unequal=True,
    member_defaults=True,
    joined_modes=True,
    opaque_levels=True,
    text_constants=True,
    named_modules=True,
    bare_definitions=True,
    first_type=True,
    c_help=True,
    c_lines=True,
    c_numbers=True,
)
_LINUX_5_7 = dataclasses.replace(
    _LINUX_4_20,
    name="linux-5.7",
    limited_imply=True,
    met_imply=False,
    bare_unequal=False,
    kept_range_ends=True,
    text_constants=False,
)
_LINUX_6_11 = dataclasses.replace(
    _LINUX_5_7,
    name="linux-6.11",
    hidden_choices=True,
    last_visible_member=True,
    unset_members=True,
    flat_choices=True,
    member_defaults=False,
    joined_modes=False,
    exact_unset=True,
    zero_numbers=True,
    clamped_numbers=True,
)
_LINUX_6_18 = dataclasses.replace(_LINUX_6_11, name="linux-6.18", transitional=True)

DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        KCONFIGLIB,
        _LINUX_4_20,
        _LINUX_5_7,
        _LINUX_6_11,
        _LINUX_6_18,
        dataclasses.replace(_LINUX_6_18, name="linux"),
    )
}
"""The named sets; `linux` is that of the newest kernel that is known."""


def dialect_of(name: str | Dialect) -> Dialect:
    """Return a named set of rules.

    Raises:
        InputError: there is no such set [dialect].
    """
    if isinstance(name, Dialect):
        return name
    if name not in DIALECTS:
        raise InputError(
            Diagnostic(
                message=f"no dialect is named {name!r}",
                code="dialect",
                hint=did_you_mean(name, list(DIALECTS), f"there are {', '.join(DIALECTS)}"),
            )
        )
    return DIALECTS[name]
