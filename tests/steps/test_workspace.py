# SPDX-License-Identifier: MIT
"""The folders of a variant's steps: what is noted of them holds whenever a run is killed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kvariant.steps.workspace import Workspace, remove_abandoned_notes

KILLS = 40


def workspace(root: Path, *, is_ours: bool) -> Workspace:
    """Return the folders of a variant, in the state folder or generated."""
    return Workspace(
        variant="v",
        out=root / ("state/out/v" if is_ours else "generated/v"),
        is_ours=is_ours,
        tree=root,
        root=root,
        state=root / "state",
        jobs=1,
        variables={},
        tree_variables={},
    )


def killed(work: Callable[[], object], seconds: float) -> None:
    """Do something again and again in a process that is killed with -9 after some time."""
    child = os.fork()
    if not child:
        while True:
            work()
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.parametrize("is_ours", [True, False], ids=["of the state", "generated"])
@pytest.mark.parametrize("what", ["ended well", "ended badly", "began", "configuration"])
def test_a_note_is_whole_whenever_it_is_killed(tmp_path: Path, what: str, is_ours: bool) -> None:
    """What a step has made is known behind a kill at any moment of the next one's notes."""
    place = workspace(tmp_path, is_ours=is_ours)
    place.out.mkdir(parents=True)
    place.prepare("CONFIG_A=y\n", "#define A\n")
    (place.out / "made.o").write_text("made")
    place.note("lint", "key")
    texts = iter(range(10**9))

    def configured() -> None:
        number = next(texts)
        place.prepare(f"CONFIG_A=y\nCONFIG_N={number}\n", f"#define N {number}\n")

    work: dict[str, Callable[[], object]] = {
        "ended well": lambda: place.note("boot", "another"),
        "ended badly": lambda: place.note(),
        "began": lambda: (place.note("boot", "x"), place.forget("boot")),
        "configuration": configured,
    }
    chance = random.Random(7)
    for _ in range(KILLS):
        killed(work[what], chance.uniform(0.001, 0.008))
        if what == "configuration":
            assert (place.config_left() or "").startswith("CONFIG_A=y\n")
            assert place.header.read_text().startswith("#define ")
            if is_ours:
                assert place.has_made("lint", "key")
        else:
            assert place.has_made("lint", "key")
    place.prepare("CONFIG_A=y\n", "#define A\n")
    place.note("boot", "last")
    remove_abandoned_notes(place.state)
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left <= {".config", "autoconf.h", "made.o", ".kvariant-made", "v.json"}


@pytest.mark.parametrize("is_ours", [True, False], ids=["of the state", "generated"])
@pytest.mark.parametrize(
    "note",
    [
        '{"build": ["key"]}',
        '{"build": "key", "/files": ["a"]}',
        '{"build": "key", "/files": {"a": 3}}',
        '{"build": "key", "/empty": [["a"]]}',
        '{"/kept": "x", "/artifacts": []}',
        '{"/kept": {"build": {}}}',
        '{"/begun": 3}',
        '{"/begun": [{}]}',
        "[" * 100_000,
        '["build"]',
    ],
)
def test_a_note_of_another_form_is_none(tmp_path: Path, note: str, is_ours: bool) -> None:
    """What is noted otherwise than we do is not relied on, and nothing ends because of it."""
    place = workspace(tmp_path, is_ours=is_ours)
    place.out.mkdir(parents=True)
    place.prepare("CONFIG_A=y\n", "#define A\n")
    place.note("build", "key")
    (path,) = [p for p in tmp_path.rglob("*") if p.is_file() and '"build"' in p.read_text()]
    assert place.has_made("build", "key")
    path.write_text(note)
    assert not place.has_made("build", "key")
    assert not place.is_damaged("build", "key")
    place.begins_anew("build", is_noted=True)
    place.forget("build")
    place.keep(["*.o"], {})
    place.note("build", "key")
    assert place.has_made("build", "key")
