# SPDX-License-Identifier: MIT
"""Characters that mean nothing in Kconfig, which the C tools skip with a warning.

[scripts/kconfig/lexer.l, `warn_ignored_character`; Linux 4.18]
"""

from __future__ import annotations

import re

_OPAQUE = re.compile(
    r"""
      "(?:[^"\\\n]+|\\.)*+" | '(?:[^'\\\n]+|\\.)*+'     # a quoted text
    | \$\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)   # a macro, two more levels deep
    | \#.*                                          # a comment
    """,
    re.VERBOSE,
)
# Not here: what kconfiglib takes in names (/ and .), and single & | + : which C skips too,
# but whose line is wrong then, and better told as it stands.
_STRAY = re.compile(r"[^\x00-\x20A-Za-z0-9_$/.\-\"'#&|=!<>()+:\\]")


def without_strays(line: str) -> tuple[str, tuple[str, ...]]:
    """Return a line without the characters that the C tools skip, and those characters.

    Quoted texts, macros and comments keep theirs.
    """
    kept: list[str] = []
    strays: list[str] = []
    at = 0
    for opaque in _OPAQUE.finditer(line):
        kept += [_cleared(line[at : opaque.start()], strays), opaque[0]]
        at = opaque.end()
    kept.append(_cleared(line[at:], strays))
    return "".join(kept), tuple(dict.fromkeys(strays))


def _cleared(text: str, strays: list[str]) -> str:
    strays += _STRAY.findall(text)
    return _STRAY.sub("", text)
