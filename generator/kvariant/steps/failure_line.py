# SPDX-License-Identifier: MIT
"""The line of a log that tells a failure, and lines of compilers.

Of all lines the first of the best rank tells it:

    0   a.c:3:9: error: ...                 a compiler, in the languages that GCC has
    1   a.c:(.text+0x2): undefined reference   a linker
    2   CMake Error at ..., ld: cannot ..., a tool's own error, with the lines that belong
        sh: 1: flex: not found              to it
    3   ... failed, cannot ...              words, unless they are part of a name
    4   anything else                       the last line

What only says that something before it failed (make, ninja, collect2) tells nothing,
nor do probes that may miss (`-- Looking for strlcpy - not found`).

Names of temporary files differ from run to run and are folded. (What differs between
variants that fail alike, such as lines and offsets, is shown, and is no part of what makes
two failures equal: `kvariant.blame.findings`.)

[GCC diagnostics and its message catalogues; GNU ld, gold and lld; cmake-language(7)]
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
        "error|Error|Fehler|erreur|errore|erro|ошибка|помилка|błąd|fout|fel|fejl|virhe|hata"
        "|エラー|错误|錯誤"
    ),
    "warning": (
        "warning|Warning|Warnung|attention|avertissement|aviso|advertencia|attenzione"
        "|предупреждение|попередження|ostrzeżenie|waarschuwing|let op|varning|advarsel|varoitus"
        "|uyarı|警告"  # noqa: RUF001
    ),
}
"""How compilers say it; GCC's catalogues."""
_SEVERITY = {word: key for key, words in _SEVERITIES.items() for word in words.split("|")}
_WORDS = "|".join(sorted(map(re.escape, _SEVERITY), key=len, reverse=True))

_COMPILER_LINE = re.compile(
    rf"^(?P<path>[^\s:](?:[^:\n]|:(?![\s:]|//))*?):(?P<line>\d{{1,9}})(?::(?P<column>\d{{1,9}}))?: "
    rf"(?P<word>{_WORDS}) ?: (?P<text>\S.*?)\s*$",
    re.MULTILINE,
)
_OTHER_COMPILER = re.compile(
    r'^"[^"\n]+", line \d+: (?:fatal |catastrophic )?error|^[^\s(:]+\(\d+(?:,\d+)?\) ?: '
    r"(?:fatal )?error|^error(?:\[E\d+\])?: (?!could not compile|aborting due)",
    re.IGNORECASE,
)
"""armcc and IAR, MSVC, rustc."""
_LINKER = re.compile(
    r"multiple definition of|duplicate symbol|undefined (?:reference to|symbol)"
    r"|cannot find -l|unable to find library -l|relocation truncated to fit"
    r"|will not fit in region|overflowed by \d+ bytes|\bundefined!\s*$"
    r"|Mehrfachdefinition von|[Uu]ndefinierter Verweis auf"
    r"|définitions multiples de|référence indéfinie vers"
    r"|definiciones múltiples de|referencia a .* sin definir"
)
_TOOL = re.compile(
    r"^CMake Error\b|^(?:ERROR|FATAL|Error|fatal|E): |^(?:fatal )?error: "
    r"|^[\w./+-]+(?:\[\d+\])?: (?:\*\*\* No rule to make target|(?:fatal |internal )?error: )"
    r"|^[\w./+-]*: \S+:\d+: (?:fatal )?error"
    r"|^\w*make(?:\[\d+\])?: \*\*\* (?!\[|Waiting|wait)"
    r"|^[\w./-]*sh: (?:line )?(?:\d+: )?.*(?:not found|Permission denied)\s*$"
    r"|^env: |^(?:\w+\.)*\w*(?:Error|Exception)(?:: |$)|^thread '.*' panicked|^panic: ",
)
_TELLS_NOTHING = re.compile(
    r"^\w*make(?:\[\d+\])?: |^ninja: (?:build stopped|error: build)|^FAILED: "
    r"|^collect2: |(?:^|: )ld returned \d+|linker command failed|all warnings being treated as"
    r"|^error: (?:could not compile|aborting due)|^compilation terminated|: final link failed"
    r"|^-- Configuring incomplete|^\d+ errors? generated|^samu: subcommand failed"
)
"""What says that something failed, and of another what."""
_PROBE = re.compile(r"^-- |^\s*checking |^(?:Checking|Looking) (?:for|if|whether) |^\[ *\d+[/%]")
"""Progress, of which a part may miss without harm."""
_LOOSE = re.compile(
    r"(?<![\w./+@=-])(?:error|fatal|failed|failure|undefined|not found|cannot|can't"
    r"|no such file|permission denied|aborted|segmentation fault|killed)(?![\w/+=@-]|\.\w)",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:no|0|without) (?:errors?|failures?|failed)\b", re.IGNORECASE)

_TEMPORARY = re.compile(
    r"(?P<folder>/(?:var/)?tmp/)(?:(?P<gcc>cc)[A-Za-z0-9]{6}\b|(?P<llvm>lto-llvm-)[0-9a-f]+"
    r"|(?P<tmp>tmp[._]?)[A-Za-z0-9_]{6,12}\b|(?P<clang>[\w.+-]+-)[0-9a-f]{6,}(?=\.[os]\b))"
    r"|(?<![\w.-])(?P<elsewhere>cc)(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{6}(?=\.(?:o|s|ltrans)\b)"
)
"""GCC's, LLVM's, mktemp's and Python's, and clang's, which has the name of the source."""
_LTO = re.compile(r"\.(?:ltrans|lto\.)\d+(?=\.)")


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
        yield CompilerLine(
            match["path"],
            int(match["line"]),
            _SEVERITY[match["word"]],
            match["text"],
            int(match["column"] or 0),
        )


def failure_line(output: str) -> str:
    """Return what tells the failure of a command that printed this, "" if it printed nothing.

    It is one line as it was printed, with the lines that belong to it behind it.
    """
    lines = plain(output).split("\n")
    said = [(rank, index) for index, line in enumerate(lines) if (rank := _rank(line)) < _NONE]
    if said:
        _, index = min(said)
        return _whole(lines, index)
    printed = [line for line in lines if line.strip()]
    telling = [line for line in printed if not _TELLS_NOTHING.search(line)]
    return (telling or printed or [""])[-1]


def folded(text: str) -> str:
    """Return a line without the names that tools think of anew each time they run."""
    text = _TEMPORARY.sub(lambda match: f"{''.join(filter(None, match.groups()))}*", text)
    return _LTO.sub(".ltrans", text)


_NONE = 4


def _rank(line: str) -> int:
    """Return how surely a line tells a failure, 0 the surest."""
    match = _COMPILER_LINE.match(line)
    if (match and _SEVERITY[match["word"]] != "warning") or _OTHER_COMPILER.match(line):
        return 0
    if match:
        return _NONE
    is_about_another = _TELLS_NOTHING.search(line)
    if _LINKER.search(line):
        return 1
    if _TOOL.match(line) and not (is_about_another and "No rule" not in line):
        return 2
    if is_about_another or _PROBE.match(line) or _NOT.search(line):
        return _NONE
    return 3 if _LOOSE.search(line) else _NONE


def _whole(lines: list[str], index: int) -> str:
    """Return a line with those that belong to it: the paragraph below it, deeper than it is."""
    line = lines[index].rstrip()
    if not (line.endswith(":") or line.startswith("CMake Error")):
        return line
    below: list[str] = []
    for more in lines[index + 1 :]:
        if not more.strip() and not below:
            continue
        if not more.startswith(" "):
            break
        below.append(more.strip())
    return " ".join([line, *below])
