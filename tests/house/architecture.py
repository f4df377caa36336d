# SPDX-License-Identifier: MIT
"""Write docs/architecture.md from the imports: `python tests/house/architecture.py`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

if __package__:
    from .source import ROOT, imported_rooms, modules, room_headline, rooms
else:  # run as a program
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from house.source import ROOT, imported_rooms, modules, room_headline, rooms

DOCUMENT = ROOT / "docs/architecture.md"
_TOP = """\
# Architecture

Drawn from the imports of `generator/kvariant/` by `python tests/house/architecture.py`; do not
edit. [How it works, and why](how-it-works.md) says what is behind it,
[decisions/](decisions/README.md) which choices stand, and [CONTRIBUTING.md](../CONTRIBUTING.md)
where something new goes.

Each arrow of the pipeline is a function from frozen values to a frozen value:

```
Kconfig --kconfig--> Tree --space--> Space --matrix--> assignments --plan--> Matrix of Variants
   Variant --render--> Rendered (path -> text) --writer--> generated/<variant>/
   Rendered --build, steps--> CellResults --blame--> Findings --report--> text, JSON
```

"""
_ARROWS = """
## Who imports whom

Imports go down only; `make check` holds it. An arrow that follows from others is left out.

"""
_LIBRARIES = """
## Who knows which library

A library is imported in one room, so that another can take its place.

"""


def document_text() -> str:
    """Return the document."""
    return "".join([_TOP, *_rooms(), _ARROWS, *_drawing(), _LIBRARIES, *_libraries()])


def _rooms() -> Iterator[str]:
    yield "| Room | What it is | Imports |\n|---|---|---|\n"
    imported = imported_rooms()
    for room in rooms():
        below = ", ".join(imported[room]) or "nothing of ours"
        yield f"| `{room}` | {room_headline(room)} | {below} |\n"


def _drawing() -> Iterator[str]:
    yield "```mermaid\nflowchart TD\n"
    for room, others in reduced(imported_rooms()).items():
        if others:
            yield f"  {room} --> {' & '.join(others)}\n"
    yield "```\n"


def reduced(arrows: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """Return arrows without those that a longer way stands for; there is no cycle."""
    return {
        start: tuple(
            end for end in ends if not any(end in _reached(arrows, o) for o in ends if o != end)
        )
        for start, ends in arrows.items()
    }


def _reached(arrows: Mapping[str, Sequence[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = set(arrows[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def _libraries() -> Iterator[str]:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    yield "| Library | Imported in |\n|---|---|\n"
    for contract in linter["contracts"]:
        for library in contract.get("protected_modules", ()):
            users = sorted({m.room for m in modules() if library in _packages(m.imports)})
            yield f"| `{library}` | {', '.join(f'`{user}`' for user in users)} |\n"


def _packages(names: Sequence[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


if __name__ == "__main__":
    DOCUMENT.write_text(document_text(), encoding="utf-8")
