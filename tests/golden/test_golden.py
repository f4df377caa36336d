# SPDX-License-Identifier: MIT
"""What users see of kvariant is as it was: `KVARIANT_GOLDEN=write` accepts what is new.

Nothing of kvariant is imported: its modules may move, its command may not change.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

import programs

from .masks import Masks, without_columns, without_digests
from .runs import GROUPS, NEEDS_GCC

HERE = Path(__file__).parent
DATABASE = Path(".kvariant/results.sqlite")
_SHOWN = ("variants.lock", "first.xml", "generated/plain/*")
"""Files that are held whole; of others the digest tells that they changed."""
_NAMED = (".kvariant/build/*", ".kvariant/failures/*.json", "*.sqlite")
"""Files of which only the path is held: what compilers and SQLite write, and bundles, which
name the tools of this machine."""
_TABLES = {
    "meta": "name, value",
    "sweep": "number, about, ended",
    "seen": "sweep, columns",
    "cell": "sweep, variant, step, test, outcome, ended, reason, duration, key, known, "
    "failures, skips, tests, log",
    "kept": "sweep, step, key, reason, facts, skips, log",
    "skips": "sweep, digest, tests",
    "host": "sweep, variant, step, host",
    "figures": "sweep, variant, step, figures",
}


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_golden(group: str, tmp_path: Path) -> None:
    """Output, exit codes, files and database of a group of runs are as they were."""
    if group in NEEDS_GCC and shutil.which("gcc") is None:
        pytest.skip("gcc is not on PATH")
    project = tmp_path / "project"
    shutil.copytree(HERE / "project", project, ignore=shutil.ignore_patterns("__pycache__"))
    found = "".join(_told(GROUPS[group], project))
    golden = HERE / "expected" / f"{group}.txt"
    if os.environ.get("KVARIANT_GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert golden.read_text(encoding="utf-8").splitlines() == found.splitlines()


def _told(runs: Sequence[Sequence[str]], project: Path) -> Iterator[str]:
    masks = Masks(project)
    before = _files(project)
    for words in runs:
        yield f"$ {' '.join(words) if words[:1] in _OTHERS else ' '.join(['kvariant', *words])}\n"
        ended = programs.run(
            _command(words),
            cwd=project,
            env=_environment(project.parent),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )
        after = _files(project)
        yield f"exit {ended.returncode}\n"
        for name, text in (("stdout", ended.stdout), ("stderr", ended.stderr)):
            if text:
                masked = masks.masked(text)
                yield f"--- {name}\n{without_columns(masked) if _is_timed(words) else masked}"
        yield from _changes(before, after, masks)
        yield "\n"
        before = after
    if (project / DATABASE).exists():
        yield "=== database\n"
        yield from _rows(project / DATABASE, masks)


_OTHERS = (("pytest",), ("mv",), ("rm",))


def _command(words: Sequence[str]) -> list[str]:
    if words[:1] == ("pytest",):
        return [sys.executable, "-m", *words]
    return list(words) if words[:1] in _OTHERS else [sys.executable, "-m", "kvariant", *words]


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment with nothing of the caller's but where programs and modules are."""
    names = ("PATH", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "PYTEST_ADDOPTS")
    ours = {name: os.environ[name] for name in names if name in os.environ}
    return {
        **ours,
        "HOME": str(folder),
        "KVARIANT_CACHE": str(folder / "cache"),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "100",
    }


def _is_timed(words: Sequence[str]) -> bool:
    """Whether a run prints a table that has times: they make columns wide."""
    return words[:1] in ((), ("sweep",), ("report",), ("blame",)) and "--text" not in words


def _files(project: Path) -> Mapping[str, bytes]:
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file()
        and "__pycache__" not in path.parts
        and not path.name.endswith(("-wal", "-shm"))  # SQLite's own, which come and go
    }


def _changes(
    before: Mapping[str, bytes], after: Mapping[str, bytes], masks: Masks
) -> Iterator[str]:
    told = []
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path):
            continue
        if path not in after:
            told.append((path, "removed\n"))
        elif any(Path(path).match(glob) or _is_below(path, glob) for glob in _NAMED):
            told.append((path, "written\n" if path not in before else ""))
        else:
            text = masks.masked(after[path].decode("utf-8", "backslashreplace"))
            if any(Path(path).match(glob) for glob in _SHOWN):
                told.append((path, f"whole\n{text.rstrip()}\n"))
            else:
                told.append((path, f"{hashlib.sha256(text.encode()).hexdigest()[:12]}\n"))
    if any(what for _, what in told):
        yield "--- files\n"
        for path, what in told:
            if what:
                yield f"{without_digests(path)}: {what}"


def _is_below(path: str, glob: str) -> bool:
    return glob.endswith("/*") and path.startswith(glob[:-1])


def _rows(path: Path, masks: Masks) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as database:
        every = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        assert sorted(_TABLES) == [name for (name,) in database.execute(every)]
        for table, columns in _TABLES.items():
            yield f"--- {table}: {columns}\n"
            names = columns.split(", ")
            found = [
                json.dumps([_value(*pair) for pair in zip(names, row, strict=True)])
                for row in database.execute(f"SELECT {columns} FROM {table}")
            ]
            for row in sorted(found, key=without_digests):
                yield f"{masks.masked(row)}\n"


def _value(column: str, value: object) -> object:
    if column == "duration":
        return "TIME" if value else value
    if not isinstance(value, bytes) or not value:
        return "" if value == b"" else value
    return zlib.decompress(value).decode()
