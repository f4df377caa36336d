# SPDX-License-Identifier: MIT
"""Constructs of Kconfig files that some tool refuses, with their places."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.errors import Location


class Construct(enum.Enum):
    """What a line has, in the words that a warning uses for it."""

    BOOLEAN_KEYWORD = "the keyword 'boolean'"
    CHOICE_BARE_TYPE = "a type without a prompt in a choice"
    CHOICE_MENU = "a menu in a choice"
    CHOICE_MENUCONFIG = "a menuconfig in a choice"
    CHOICE_NESTED = "a choice in a choice"
    CHOICE_PROMPTLESS = "a choice without a prompt"
    CHOICE_SOURCE = "a source in a choice"
    CHOICE_TRISTATE = "a tristate choice"
    CHOICE_TYPE = "a prompt behind a choice's type"
    CONDITIONAL_DEPENDS = "a dependency with a condition"
    DEF_NUMBER_OR_TEXT = "a type with a default, of kconfiglib's"
    FORK = "a fork's own syntax"
    GLOB = "a pattern as a sourced file"
    HELP_BLANK = "a blank help text"
    HELP_DASHED = "the keyword '---help---'"
    HELP_SECOND = "a second help text"
    MEMBER_DEFAULT = "a default of a choice's member"
    MEMBER_NOT_BOOL = "a member of a choice that is no bool"
    MEMBER_OTHER_PROMPT = "a second prompt of a choice's member"
    MEMBER_OUTER_PROMPT = "a prompt of a choice's member outside of the choice"
    MEMBER_PROMPTLESS = "a member of a choice without a prompt"
    MENUCONFIG_PROMPTLESS = "a menuconfig without a prompt"
    MENU_HELP = "a help text of a menu or comment"
    NAMED_CHOICE = "a choice with a name"
    NO_NEWLINE = "a last line without its line end"
    NO_NEWLINE_END = "the end of a block as a last line without its line end"
    OPTION = "the keyword 'option'"
    OPTIONAL_CHOICE = "the keyword 'optional'"
    OTHER_SOURCE = "a source statement of kconfiglib's"
    QUOTED_CHOICE = "a choice with a name in quotes"
    TRANSITIONAL = "the keyword 'transitional'"
    TRANSITIONAL_MORE = "a transitional symbol with more than a type and a help text"
    UNQUOTED = "a text without quotes"


@dataclass(frozen=True, slots=True)
class Found:
    """A construct where it stands."""

    construct: Construct
    location: Location
    text: str = ""
    """The word, or the name of the symbol, that has it; "" where the construct says all."""
