# SPDX-License-Identifier: MIT
"""The line of a log that tells a failure.

Of all lines the first of the best rank tells it:

    0   a.c:3:9: error: ...                 a compiler, in the languages that GCC has
    1   a.c:(.text+0x2): undefined reference   a linker
    2   CMake Error at ..., ld: cannot ..., a tool's own error, with the lines that belong
        sh: 1: flex: not found              to it; an assertion, a sanitizer, a panic
    3   ... failed, cannot ...              words, unless they are part of a name
    4   anything else                       the last line

What only says that something before it failed (make, ninja, collect2, a traceback of what
ran them) tells nothing. Nor do warnings, with the lines that belong to them, probes that may
miss (`-- Looking for strlcpy - not found`), and what is said wherever there is no git.

Names of temporary files differ from run to run and are folded. (What differs between
variants that fail alike, such as lines, offsets and times, is shown, and is no part of what
makes two failures equal: `kvariant.blame.findings`.)

[GNU ld, gold, lld and mold; GNU make; cmake-language(7); modpost, checkpatch, dtc;
the sanitizers of Clang and GCC; glibc, Rust and Go where they end a program]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kvariant.steps.compiler_lines import PREFIX, compiler_line, plain

_OTHER_COMPILER = re.compile(
    r'^"[^"\n]+", line \d+: (?i:(?:fatal |catastrophic )?error)'
    r"|^[^\s(:]+\(\d+(?:,\d+)?\) ?: (?i:(?:fatal )?error)"
    r"|^[^\s:]+:\d+:\d+ - error\b"
    r"|^error\[E\d+\]: "
    r"|^\[ERROR\] \S+:\[\d+,\d+\] "
)
"""armcc and IAR; MSVC; TypeScript's; rustc; javac as Maven tells it."""
_LINKER = re.compile(
    r"multiple definition of|duplicate symbol|[Uu]ndefined (?:reference to|symbol)"
    r"|cannot find -l|unable to find library -l|relocation truncated to fit"
    r"|will not fit in region|overflowed by \d+ bytes|\bundefined!\s*$|\berror LNK\d"
    r"|can ?not be used when making a|DSO missing from command line"
    r"|Mehrfachdefinition von|[Uu]ndefinierter Verweis auf"
    r"|définitions multiples de|référence indéfinie vers"
    r"|definiciones múltiples de|referencia a .* sin definir"
)
_TOOL = re.compile(
    r"^CMake Error\b|^(?:ERROR|FATAL|FATAL ERROR|Error|fatal|E): "
    r"|^(?:[\w.-]+ )?(?:fatal |syntax |parse )?error: "
    r"|^[\w./+-]+(?:\[\d+\])?: (?:\*\*\* No rule to|(?:fatal |internal )?error: |fatal: )"
    r"|^[\w./+-]*: \S+:\d+: (?:fatal )?error"
    r"|^\w*make(?:\[\d+\])?: \*\*\* (?!\[)"
    r"|^\w*make(?:\[\d+\])?: (?:execvp: )?[^\s*]\S*: (?:No such file|Permission denied|.*not found)"
    r"|^\S+:\d+: \*\*\* .*\.\s*Stop\.\s*$"
    r"|^(?:\S*/)?(?:[\w.]+-)*ld(?:\.\w+)?: (?!.*(?:in function|skipping incompatible))"
    r"|^[\w./-]*sh: (?:line )?(?:\d+: )?.*(?:not found|Permission denied)\s*$"
    r"|^env: |^(?:\w+\.)*\w*(?:Error|Exception)(?:: |$)|^panic: "
    r"|^thread '.*'(?: \(\d+\))? panicked|^\s*--- FAIL: "
    r"|: Assertion .* failed\.\s*$|^\*\*\* .+ \*\*\*: |^(?:free|malloc|realloc)\(\): "
    r"|^\[ERROR\] +[\w.$]+:\d+ |^\s*\^-+\^? SC\d+ \(\w+\): "
    r"|^SUMMARY: \w+Sanitizer: |^==\d+== (?:Invalid|Conditional jump|Use of uninit|Process term)"
    r"|Kernel panic - not syncing|\bBUG: |\bkernel BUG at |\bOops: |Unable to handle kernel "
)
_TELLS_NOTHING = re.compile(
    r"^\w*make(?:\[\d+\])?: (?:\*\*\* )?\[.*\] Error \d|^\w*make(?:\[\d+\])?: (?!\*\*\*)"
    r"|^\w*make(?:\[\d+\])?: \*\*\* (?:Waiting for|wait|Es wird auf|Warte|Attente|Se espera|\[)"
    r"|^ninja: (?:build stopped|error: rebuilding)|^FAILED: |^samu: subcommand failed"
    r"|^collect2: |(?:^|: )ld returned \d+|linker command failed|all warnings being treated as"
    r"|^error: (?:could not compile|aborting due|linking with )|^compilation terminated"
    r"|: final link failed(?:: bad value|: nonrepresentable|\s*$)"
    r"|^-- Configuring incomplete|^(?:\d+ \w+ and )?\d+ errors? generated"
    r"|^ERROR: Input tree has errors|returned non-zero exit status \d|^exit status \d+\s*$"
    r"|command exited with (?:status|code) \d|^Errors while running CTest|^FAIL(?:\s|$)"
    r"|^##\[error\]Process completed with exit code"
    r"|^\[INFO\] BUILD FAILURE|^\[ERROR\] (?:COMPILATION ERROR|-> \[|\s*$)"
    r"|^\[ERROR\] (?:To see the full|Re-run Maven|For more information|Help|\[Help)"
)
"""What says that something failed, and of another what."""
_RUN_BY_MAKE = re.compile(
    r"^\w*make(?:\[\d+\])?: (?:\*\*\* No rule|\*\*\* \[.*\] (?!Error \d|Fehler \d|Erreur \d)[A-Z]"
    r"|(?:execvp: )?[^\s*\[]\S*: (?:No such file|Permission denied|.*not found))"
)
"""What only make says: a target that nothing makes, a program that is not there, a signal."""
_WARNING = re.compile(
    r"^\s*(?:\S+(?:[:)]|\d) )*(?:WARNING|[Ww]arning|warn|W)(?: ?\([\w-]+\)|\[\w+\])?: "
    r"|^CMake (?:\w+ )?Warning\b|^npm (?:WARN|warn)\b"
)
_SANITIZER = re.compile(r"^(?:==\d+==)?\s*(?:ERROR|WARNING): \w+Sanitizer: ")
"""One that found something says so as a warning, too."""
_HARMLESS = re.compile(
    r"^fatal: (?:[Nn]ot a git repository|No names found|No tags can describe|no tag exactly)"
    r"|^ERROR: ld\.so: object .* cannot be preloaded"
)
"""What many builds print, and go on."""
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


def failure_line(output: str) -> str:
    """Return what tells the failure of a command that printed this, "" if it printed nothing.

    It is one line as it was printed, with the lines that belong to it behind it.
    """
    lines = plain(output).split("\n")
    if told := _told(lines):
        return told
    printed = [line for line in lines if line.strip()]
    telling = [line for line in _without_tracebacks(printed) if not _tells_nothing(line)]
    return (telling or printed or [""])[-1]


def telling_line(output: str) -> str:
    """Return the same where a line tells it by itself; "" where it would be just the last one."""
    return _told(plain(output).split("\n"))


def folded(text: str) -> str:
    """Return a line without the names that tools think of anew each time they run."""
    text = _TEMPORARY.sub(lambda match: f"{''.join(filter(None, match.groups()))}*", text)
    return _LTO.sub(".ltrans", text)


_NONE = 4


def _without_tracebacks(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines that are no part of how Python came to where it ended."""
    is_within = False
    for line in lines:
        is_within = line.startswith("Traceback (most recent") or (is_within and line[0] == " ")
        if not is_within:
            yield line


def _told(lines: Sequence[str]) -> str:
    said = [(rank, index) for index, rank in enumerate(_ranks(lines)) if rank < _NONE]
    return _whole(lines, min(said)[1]) if said else ""


def _ranks(lines: Sequence[str]) -> Iterator[int]:
    """Yield how surely each line tells a failure, 0 the surest."""
    is_warned = False
    for index, line in enumerate(lines):
        if is_warned and (line.startswith(" ") or not line):
            yield _NONE  # CMake's text of a warning
            continue
        is_warned = line.startswith("CMake") and _WARNING.match(line) is not None
        rank = _rank(line)
        if rank == 2 and line.startswith("CMake Error") and _is_about_another(lines, index):
            rank = 3
        yield rank


_ENDED = re.compile(r"\b(?:return|exit|error) code:? -?\d|exit status \d")


def _is_about_another(lines: Sequence[str], index: int) -> bool:
    """Return whether CMake says of a program that it ran that it failed."""
    return _ENDED.search(_whole(lines, index)) is not None


def _rank(line: str) -> int:
    said = compiler_line(line)
    if (said and said.severity != "warning") or _OTHER_COMPILER.match(line):
        return 0
    if said or _HARMLESS.match(line):
        return _NONE
    if _SANITIZER.match(line):
        return 3  # with addresses; its summary has none
    if _WARNING.match(line):
        return _NONE
    if _LINKER.search(line):
        return 1
    if _tells_nothing(line):
        return _NONE
    if _TOOL.search(line):
        return 2
    if _PROBE.match(line) or _NOT.search(line):
        return _NONE
    return 3 if _LOOSE.search(line) else _NONE


def _tells_nothing(line: str) -> bool:
    return _TELLS_NOTHING.search(line) is not None and not _RUN_BY_MAKE.match(line)


_BEHIND = re.compile(r"\s*--> \S+:\d+(?::\d+)?\s*$")
_FILE = re.compile(r"#\d+: FILE: \S+:\d+:\s*$")
_ONLY_CODE = re.compile(r": error: \[GHC-\d+\](?: \[[^\]]*\])*$")
"""GHC's number of an error: what it is stands below."""


def _whole(lines: Sequence[str], index: int) -> str:
    """Return a line with those that belong to it: the paragraph below it, deeper than it is."""
    line = re.sub(rf"^{PREFIX}", "", lines[index].rstrip())
    behind = lines[index + 1] if index + 1 < len(lines) else ""
    if _BEHIND.match(behind) or _FILE.match(behind):  # rustc's place, and checkpatch's
        return f"{line} {behind.strip()}"
    if line.startswith("thread '") and line.endswith(":"):  # Rust's reason is not deeper
        return f"{line} {behind.strip()}".rstrip()
    is_head = line.endswith(":") or line.startswith("CMake Error") or _ONLY_CODE.search(line)
    if not (is_head or line.lstrip().startswith("--- FAIL: ")):
        return line
    below: list[str] = []
    depth = len(line) - len(line.lstrip())
    for more in lines[index + 1 :]:
        if not more.strip() and not below:
            continue
        if not more[depth:].startswith(" ") or more[:depth].strip() or more.strip() == "|":
            break
        below.append(more.strip())
    return " ".join([line, *below])
