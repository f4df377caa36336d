# SPDX-License-Identifier: MIT
"""What a review tells of each kind of edit of a small tree is what conf makes of both trees.

Each kind is read by one of the tools that take it; KVARIANT_WIDE=N has it read by all, with N
configurations.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import conf_session
import kernel_conf
import pytest
from conf_session import Outcome
from real_trees import random_fragment
from review_oracle import asked_of, changed, dropped, newly_dropped, told
from small_edits import EDITS, SmallEdit
from test_conf_small import DIALECTS

import debian
from kvariant.cli import run

WIDE = int(os.environ.get("KVARIANT_WIDE", "0"))
CASES = [
    (edit, release)
    for number, edit in enumerate(EDITS)
    for index, release in enumerate(edit.releases)
    if WIDE or index == number % len(edit.releases)
]


@pytest.mark.parametrize(
    ("edit", "release"), CASES, ids=[f"{e.name}-{r}".replace(" ", "_") for e, r in CASES]
)
def test_each_kind_of_edit_does_what_the_tool_says(
    edit: SmallEdit,
    release: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Values and drops are conf's, each value has an edit, and nothing else is one."""
    folders = written(tmp_path / "before", edit.before), written(tmp_path / "after", edit.after)
    before, after, configs = resolved(edit, release, folders)
    for name, text in configs.items():
        (tmp_path / f"{name}.config").write_text(text)
    monkeypatch.chdir(folders[1])
    words = ["review", "--old-tree", str(folders[0]), "-q", "--json"]
    words += ["--dialect", DIALECTS[release], "--config"]
    code = run([*words, *(str(tmp_path / f"{name}.config") for name in configs)])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    record = json.loads(printed.out)
    renamed = {one["new"]: one["old"] for one in record["renamed"]}
    names = {name: name for name in configs}
    assert told(record, names) == changed(before, after, renamed)
    asked = {name: asked_of(text) for name, text in configs.items()}
    assert dropped(record, names) == newly_dropped(before, after, asked)
    assert [] == [row for row in record["values"] if not row["edits"]]
    assert edit.edits in (None, len(record["edits"])), record["edits"]
    assert [] == [one for one in record["edits"] if not one["hunks"]]


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files into a folder."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def resolved(
    edit: SmallEdit, release: str, folders: Sequence[Path]
) -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, Mapping[str, str]], Mapping[str, str]]:
    """Return configurations, and what conf makes of them before and after."""
    try:
        conf = kernel_conf.linux(release)
    except debian.Unavailable as reason:
        pytest.skip(f"no conf {release} here: {reason}")
    entries = [folder / "Kconfig" for folder in folders]
    with (
        conf_session.reading(conf, entries[0], {}) as first,
        conf_session.reading(conf, entries[1], {}) as second,
    ):
        defaults = first.alldefconfig(), second.alldefconfig()
        configs = {"none": "", **alike(defaults[0]), **drawn(edit, defaults)}
        before = {name: first.olddefconfig(text).values for name, text in configs.items()}
        after = {name: second.olddefconfig(text).values for name, text in configs.items()}
    return before, after, configs


def alike(defaults: Outcome) -> Mapping[str, str]:
    """Return configurations in which all bools and tristates are asked for alike."""
    kinds = {n: kind for n, kind in defaults.types.items() if kind in ("bool", "tristate")}
    return {
        "yes": "".join(f"CONFIG_{name}=y\n" for name in kinds),
        "no": "".join(f"# CONFIG_{name} is not set\n" for name in kinds),
        "m": "CONFIG_MODULES=y\n"
        + "".join(f"CONFIG_{name}=m\n" for name, kind in kinds.items() if kind == "tristate"),
        "first": "".join(f"CONFIG_{name}=y\n" for name in list(kinds)[::2]),
    }


def drawn(edit: SmallEdit, defaults: Sequence[Outcome]) -> Mapping[str, str]:
    """Return configurations that ask for symbols of either tree."""
    seeds = random.Random(edit.name)
    return {
        f"c{number}": random_fragment(defaults[number % 2], seeds.randrange(10**6))
        for number in range(WIDE or 9)
    }
