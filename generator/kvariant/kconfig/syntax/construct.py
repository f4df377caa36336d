# SPDX-License-Identifier: MIT
"""Constructs of Kconfig files that some tool refuses, with their places."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from kvariant.errors import Location


class Construct(enum.Enum):
    """What a line has, in the words that a warning uses for it."""

    BOOLEAN_KEYWORD = "the type 'boolean'"
    CHOICE_DEFAULT = "a default of a choice's member"
    CHOICE_MENU = "a menu in a choice"
    CHOICE_MENUCONFIG = "a menuconfig in a choice"
    CHOICE_NESTED = "a choice in a choice"
    CHOICE_OTHER_PROMPT = "a second prompt of a choice's member"
    CHOICE_PROMPTLESS = "a choice without a prompt"
    CHOICE_SOURCE = "a source in a choice"
    CHOICE_TRISTATE = "a tristate choice"
    CHOICE_TYPE = "a choice with a type"
    CONDITIONAL_DEPENDS = "a dependency with a condition"
    DEF_NUMBER_OR_TEXT = "def_int, def_hex or def_string"
    FORK = "a fork's own syntax"
    GLOB = "a pattern as a sourced file"
    HELP_BLANK = "a blank help text"
    HELP_DASHED = "the keyword '---help---'"
    HELP_SECOND = "a second help text"
    MEMBER_NOT_BOOL = "a member of a choice that is no bool"
    MEMBER_PROMPTLESS = "a member of a choice without a prompt"
    MENUCONFIG_PROMPTLESS = "a menuconfig without a prompt"
    MENU_HELP = "a help text of a menu"
    NAMED_CHOICE = "a choice with a name"
    NO_NEWLINE = "a last line without its line end"
    OPTION = "an option"
    OPTIONAL_CHOICE = "an optional choice"
    OTHER_SOURCE = "osource, rsource or orsource"
    TRANSITIONAL = "a transitional symbol"
    TRANSITIONAL_MORE = "a transitional symbol with more than a type and help"
    UNQUOTED = "a text without quotes"
    VISIBLE_IF = "'visible if' outside of a menu"


@dataclass(frozen=True, slots=True)
class Found:
    """A construct where it stands."""

    construct: Construct
    location: Location
    text: str = ""
    """The word or name that has it, "" where the construct says all."""
