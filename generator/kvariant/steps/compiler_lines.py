# SPDX-License-Identifier: MIT
"""The warnings and errors of compilers in what a step printed, in whatever language.

    m.c:3:9: error: ...             GCC, Clang and checkers such as mypy
    m.y:3.5-8: error: ...           bison, dtc: a range, as GNU's coding standards write it
    m.c:3 main() warn: ...          smatch
    m.c:3: error 20: ...            SDCC
    m.c:3:2: Fehler: ...            GCC in German
    | m.c:3:9: error: ...           bitbake's log; `#12 3.456 ` before it is buildkit's

[GCC diagnostics and its message catalogues; GNU Coding Standards, Formatting Error Messages]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kvariant.errors import printable

_SEVERITIES = {
    "fatal error": (
        "fatal error|schwerwiegender Fehler|erreur fatale|error fatal|errore fatale|erro fatal"
        "|фатальная ошибка|критична помилка|krytyczny błąd|fatale fout|ödesdigert fel|onulmaz hata"
        "|致命的エラー|致命错误|嚴重錯誤"
    ),
    "error": (
        "error|Error|ERROR|internal compiler error|sorry, unimplemented|runtime error"
        "|Fehler|erreur|errore|erro|ошибка|помилка|błąd|fout|fel|fejl|virhe|hata"
        "|エラー|错误|錯誤"
    ),
    "warning": (
        "warning|Warning|WARNING|warn|Warnung|attention|avertissement|aviso|advertencia|attenzione"
        "|предупреждение|попередження|ostrzeżenie|waarschuwing|let op|varning|advarsel|varoitus"
        "|uyarı|警告"  # noqa: RUF001
    ),
}
"""How compilers say it; GCC's catalogues. What crashes, or is found at run time, is an error."""
_SEVERITY = {word: key for key, words in _SEVERITIES.items() for word in words.split("|")}
_WORDS = "|".join(sorted(map(re.escape, _SEVERITY), key=len, reverse=True))

PREFIX = r"(?:\| |#\d+ \d+\.\d+ )?"
"""What bitbake and buildkit print before each line of a command that they run."""
_COMPILER_LINE = re.compile(
    rf"^{PREFIX}(?P<path>[^\s:](?:[^:\n]|:(?![\s:]|//))*?):(?P<line>\d{{1,9}})"
    r"(?:[:.](?P<column>\d{1,9}))?(?:-\d{1,9}(?:[.:]\d{1,9})?)?(?:: | \w+\(\) )"
    rf"(?P<word>{_WORDS})(?: \d{{1,5}}| \(\w+\))?(?: ?: |\uff1a)(?P<text>\S.*?)\s*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class CompilerLine:
    """One warning or error, as a compiler printed it."""

    path: str
    line: int
    severity: str
    """warning, error or fatal error, in whatever language it is said."""
    text: str
    column: int = 0
    """From 1; 0: it is not said."""


def plain(log: str) -> str:
    """Return a log as a terminal shows it, but that a progress line, which ends at `\\r`, stays."""
    return printable(log.replace("\r\n", "\n").replace("\r", "\n"))


def compiler_lines(log: str) -> Iterator[CompilerLine]:
    """Yield the warnings and errors of compilers in a plain log, with repetitions."""
    for match in _COMPILER_LINE.finditer(log):
        yield _of(match)


def compiler_line(line: str) -> CompilerLine | None:
    """Return what a line says that is a compiler's, None for others."""
    match = _COMPILER_LINE.match(line)
    return _of(match) if match else None


def _of(match: re.Match[str]) -> CompilerLine:
    return CompilerLine(
        match["path"],
        int(match["line"]),
        _SEVERITY[match["word"]],
        match["text"],
        int(match["column"] or 0),
    )
