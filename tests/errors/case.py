"""The table of bad inputs: one record per case, read from `cases/*.toml`.

A case lays files over a small sound project, runs one command and holds the
whole text that the command prints and its exit code. Adding one needs no Python:

    [[case]]
    name = "loop"                          # unique in its file
    what = "Two options depend on each other"
    command = "kvariant matrix"            # this by default
    exit = 2                               # this by default
    day = "no-compiler"                    # a bad day of days.py; none by default
    changes = false                        # whether files may be written
    remove = ["configs/base.config"]       # files of the sound project taken away
    message = '''...'''                    # stdout, then stderr
    [case.files]                           # path -> text
    [case.latin-1]                         # the same, written in Latin-1
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"
SOUND = Path(__file__).parent / "project"
"""The project that every case spoils: two variants, C and Python, one helper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The cases of one file, in order."""

    title: str
    text: str
    """A paragraph for the document."""
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One bad input or bad day."""

    name: str
    what: str
    """Half a sentence for the document."""
    message: str
    """All that is printed: stdout, then stderr; `...` stands for nothing, texts are exact."""
    command: str = "kvariant matrix"
    exit: int = 2
    day: str = ""
    changes: bool = False
    remove: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    latin_1: Mapping[str, str] = field(default_factory=dict)

    def lay_out(self, folder: Path) -> None:
        """Write the sound project, spoilt by this case, into a folder."""
        for path in sorted(SOUND.rglob("*")):
            name = path.relative_to(SOUND).as_posix()
            if path.is_file() and name not in self.remove:
                _write(folder / name, path.read_bytes())
        for name, text in self.files.items():
            _write(folder / name, text.encode())
        for name, text in self.latin_1.items():
            _write(folder / name, text.encode("latin-1"))


def sound_project(folder: Path) -> Path:
    """Write the sound project into a folder, and return it."""
    shutil.copytree(SOUND, folder)
    return folder


def sections() -> tuple[Section, ...]:
    """Return every section of the table, in the order of the file names."""
    return tuple(_section(path) for path in sorted(FOLDER.glob("*.toml")))


def _section(path: Path) -> Section:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Section(
        title=data["title"],
        text=data["text"].strip(),
        cases=tuple(_case(record) for record in data["case"]),
    )


def _case(record: Mapping[str, object]) -> Case:
    known = {key.replace("-", "_"): value for key, value in record.items()}
    known["remove"] = tuple(known.get("remove", ()))  # type: ignore[arg-type]
    return Case(**known)  # type: ignore[arg-type]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
