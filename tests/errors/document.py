"""Write docs/errors.md from the table of cases: `python tests/errors/document.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

if __package__:
    from .case import Section, sections
else:  # run as a program
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from errors.case import Section, sections

DOCUMENT = Path(__file__).parents[2] / "docs/errors.md"
_HEAD = """\
# What kvariant says when something is wrong

Written from the cases in `tests/errors/cases/` by `tests/errors/document.py`; do not edit.
Each case is a test: the message is the whole of what the command prints, character by
character, the exit code is the one shown, and no file that was there is changed or gone.
Every case is a small sound project with one thing spoilt; what was spoilt is in the case.

Exit codes: 1 failed, stale or incomplete; 2 bad input; 3 a tool, disk space or time is
missing; 130 interrupted. The name in brackets at the end of a message is stable.

How a run behaves that is killed, interrupted, run twice at once or whose output nobody
reads is tested beside them: `test_interruption.py`, `test_neighbours.py`, `test_streams.py`.
Struck at any moment, by Ctrl-C or kill -9, each variant's folder is entirely old or entirely
new, what others put there stays, and the next run repairs the rest.
"""


def document_text() -> str:
    """Return the document."""
    return "\n".join([_HEAD, *_contents(), *(line for s in sections() for line in _section(s))])


def _contents() -> Iterator[str]:
    yield "| | bad inputs |\n|---|---|"
    for section in sections():
        anchor = section.title.lower().replace(" ", "-")
        yield f"| [{section.title}](#{anchor}) | {len(section.cases)} |"
    yield ""


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n\n{section.text}\n"
    yield "| Bad input | Code | Exit |\n|---|---|---|"
    for case in section.cases:
        codes = ", ".join(f"`{code}`" for code in _codes(case.message))
        yield f"| {case.what} | {codes or '-'} | {case.exit} |"
    yield ""
    for case in section.cases:
        yield f"{case.what}:\n\n```console\n$ {case.command}\n{case.message.rstrip()}\n```\n"


def _codes(message: str) -> list[str]:
    """Return the codes in brackets at the ends of the message's head lines, each once."""
    heads = [line for line in message.splitlines() if "error: " in line and line.endswith("]")]
    return list(dict.fromkeys(head.rpartition("[")[2].removesuffix("]") for head in heads))


if __name__ == "__main__":
    DOCUMENT.write_text(document_text(), encoding="utf-8")
