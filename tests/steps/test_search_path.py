# SPDX-License-Identifier: MIT
"""A header that comes earlier in the search is met, one that comes later or elsewhere is not."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Collection
from pathlib import Path

import pytest

from kvariant.steps.depfiles import inputs
from kvariant.steps.search_path import has_newcomer, include_folders, search_of


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("gcc -Iinc -I other -c a.c", ("inc", "other")),
        ("gcc -isystem sys -iquote q -idirafter late a.c", ("sys", "q", "late")),
        ("gcc -Iinc -Iinc a.c", ("inc",)),
        ("gcc -Wall -DI=x-Iy a.c", ()),
        ("make -C build", ()),
    ],
)
def test_options(text: str, folders: tuple[str, ...]) -> None:
    """Folders of a compiler's options, each once."""
    assert folders == include_folders(text)


def listing(folder: str) -> Collection[str]:
    """Return what is in a folder."""
    return [p.name for p in Path(folder).iterdir()] if Path(folder).is_dir() else ()


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not on PATH")
@pytest.mark.parametrize("seed", range(12))
def test_what_gcc_finds(tmp_path: Path, seed: int) -> None:
    """Wherever a new file makes gcc read another header, the search is told to be outdated."""
    dice = random.Random(seed)
    folders = ["src", "early", "inc", "late", "inc/deep", "early/deep"]
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    names = ["cfg.h", "deep/more.h"]
    (tmp_path / "src/m.c").write_text("".join(f'#include "{name}"\n' for name in names))
    for name in names:
        for root in {dice.choice(["inc", "late"]), dice.choice(["early", "inc", "late"])}:
            (tmp_path / root / name).parent.mkdir(exist_ok=True)
            (tmp_path / root / name).write_text("/* old */\n")
    options = ["-Iearly", "-Iinc", "-Ilate"]

    def read() -> list[Path]:
        command = ["gcc", "-MM", "-MF", "m.d", *options, "src/m.c"]
        subprocess.run(command, cwd=tmp_path, check=True)
        return list(inputs([tmp_path / "m.d"], [tmp_path]))

    before = read()
    roots = [tmp_path / option[2:] for option in options]
    search = search_of(before, roots, listing).to_json()
    paths = [str(path) for path in before]
    assert not has_newcomer(search, paths, listing)
    new = tmp_path / dice.choice(["src", "early", "inc", "late"]) / dice.choice([*names, "other.h"])
    new.parent.mkdir(exist_ok=True)
    is_new = not new.exists()
    new.write_text("/* new */\n")
    told = has_newcomer(search, paths, listing)
    if read() != before:
        assert told
    if new.name == "other.h" or not is_new:
        assert not told
