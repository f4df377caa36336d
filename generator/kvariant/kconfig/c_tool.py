# SPDX-License-Identifier: MIT
"""What the C tool that a tree carries refuses, read from its grammar.

Trees take the kernel's tool at some release, change it, and mix; so each construct is looked
for in the source itself. That a sign is there, or is not, was compared with what the tools of
Linux 6.1, 6.12 and 7.2 do (tests/trees/test_portability.py). Tools from before Linux 5.0, whose
grammar is zconf.y, are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kvariant.kconfig.syntax.construct import Construct, Found
from kvariant.kconfig.syntax.fork import OWNERS
from kvariant.regular_file import read_text

FOLDERS = ("scripts/kconfig", "support/kconfig", "scripts/config", "util/kconfig", "tools/kconfig")
"""Where trees keep their tool."""
_LEXER, _PARSER = "lexer.l", "parser.y"

_NEVER = r"(?!)"
"""What no source has: all tools end the file before the block, and miss its end."""
_TYPED_CHOICE = r"choice_option:\s*(?:logic_)?type prompt_stmt_opt"


@dataclass(frozen=True, slots=True)
class Sign:
    """A text in a tool's source that decides about a construct."""

    file: str
    pattern: str
    """A regular expression."""
    refuses: bool
    """Whether the construct is refused where the text is found; otherwise where it is not."""


def _needs(file: str, pattern: str) -> Sign:
    return Sign(file, pattern, refuses=False)


def _says(pattern: str) -> Sign:
    return Sign(_PARSER, pattern, refuses=True)


SIGNS: Mapping[Construct, Sign] = {
    Construct.BOOLEAN_KEYWORD: _needs(_LEXER, r'"boolean"'),
    Construct.CHOICE_BARE_TYPE: _needs(
        _PARSER, r"choice_option:\s*(?:logic_)?type prompt_stmt_opt"
    ),
    Construct.CHOICE_MENU: _says(r"\bstmt_list_in_choice:(?![^;]*\bmenu_stmt)"),
    Construct.CHOICE_MENUCONFIG: _says(r"\bstmt_list_in_choice:(?![^;]*\bmenuconfig_stmt)"),
    Construct.CHOICE_NESTED: _says(r"\bstmt_list_in_choice:(?![^;]*\bchoice_stmt)"),
    Construct.CHOICE_PROMPTLESS: _says(r"choice must have a prompt"),
    Construct.CHOICE_SOURCE: _says(r"\bstmt_list_in_choice:(?![^;]*\bsource_stmt)"),
    Construct.CHOICE_TRISTATE: _needs(_PARSER, _TYPED_CHOICE),
    Construct.CHOICE_TYPE: _needs(_PARSER, r"choice_option:\s*(?:(?:logic_)?type|T_BOOL)\b"),
    Construct.CONDITIONAL_DEPENDS: _needs(_PARSER, r"T_DEPENDS T_ON expr if_expr"),
    Construct.DEF_NUMBER_OR_TEXT: _needs(_LEXER, r'"def_int"'),
    Construct.GLOB: _needs(_LEXER, r"\bglob\("),
    Construct.HELP_BLANK: _says(r"zconf_error\(\"'%s' defined with blank help text"),
    Construct.HELP_DASHED: _needs(_LEXER, r'"---help---"'),
    Construct.HELP_SECOND: _says(r"zconf_error\(\"'%s' defined with more than one help text"),
    Construct.MEMBER_DEFAULT: _says(r"defaults for choice values not supported"),
    Construct.MEMBER_NOT_BOOL: _says(r"choice member must be bool"),
    Construct.MEMBER_OTHER_PROMPT: _says(r"choice value must not have a prompt in another entry"),
    Construct.MEMBER_OUTER_PROMPT: _says(
        r"choice value (?:has a prompt outside its choice|must not have a prompt in another)"
    ),
    Construct.MEMBER_PROMPTLESS: _says(r"choice member must have a prompt"),
    Construct.MENUCONFIG_PROMPTLESS: _says(r'zconf_error\("menuconfig statement without prompt'),
    Construct.MENU_HELP: _needs(_PARSER, r"menu_option_list help"),
    Construct.NAMED_CHOICE: _needs(_PARSER, r"choice:\s*T_CHOICE word_opt"),
    Construct.NO_NEWLINE: Sign(_LEXER, r"<<EOF>>[^}]*?if \(current_buf\)", refuses=True),
    Construct.NO_NEWLINE_END: _needs(_LEXER, _NEVER),
    Construct.OPTION: _needs(_LEXER, r'"option"'),
    Construct.OPTIONAL_CHOICE: _needs(_LEXER, r'"optional"'),
    Construct.OTHER_SOURCE: _needs(_LEXER, r'"rsource"'),
    Construct.QUOTED_CHOICE: _needs(_PARSER, r"T_CHOICE T_WORD_QUOTE"),
    Construct.TRANSITIONAL: _needs(_LEXER, r'"transitional"'),
    Construct.TRANSITIONAL_MORE: _says(r"transitional symbols can only have help"),
    Construct.UNQUOTED: _says(r"T_SOURCE T_WORD_QUOTE T_EOL"),
}
"""What decides about each construct; `FORK` is decided by its word."""


@dataclass(frozen=True)
class CTool:
    """The source of a tree's own C tool."""

    folder: Path
    lexer: str
    """The text of lexer.l."""
    parser: str
    """The text of parser.y."""

    @cached_property
    def refused(self) -> frozenset[Construct]:
        """Constructs that it refuses, but for forks' words."""
        return frozenset(c for c, sign in SIGNS.items() if self._has(sign) == sign.refuses)

    def refuses(self, found: Found) -> bool:
        """Return whether the tool ends with an error at a construct."""
        if found.construct is Construct.FORK:
            return f'"{found.text}"' not in self.lexer
        return found.construct in self.refused

    def reason(self, found: Found) -> tuple[str, Path]:
        """Return what in its source refuses a construct, and the file."""
        if found.construct is Construct.FORK:
            owner = OWNERS[found.text]
            return f"no keyword {found.text!r} is there: it is {owner}'s", self.folder / _LEXER
        sign = SIGNS[found.construct]
        text = self.lexer if sign.file == _LEXER else self.parser
        match = re.search(sign.pattern, text)
        path = self.folder / sign.file
        if match is None:
            return f"nothing in the tool's {sign.file} takes it", path
        line = text.count("\n", 0, match.start()) + 1
        return f"the tool's {sign.file} refuses it at line {line}", path

    def _has(self, sign: Sign) -> bool:
        text = self.lexer if sign.file == _LEXER else self.parser
        return re.search(sign.pattern, text) is not None


def c_tool_of(root: Path) -> CTool | None:
    """Return the C tool that a tree carries, None where it has none that can be judged."""
    for name in FOLDERS:
        folder = root / name
        try:
            lexer, parser = (read_text(folder / file, "replace") for file in (_LEXER, _PARSER))
        except OSError:
            continue  # it is not there: the next one
        return CTool(folder, lexer, parser)
    return None
