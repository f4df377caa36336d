# SPDX-License-Identifier: MIT
"""After an edit of one template, exactly the variants whose bytes have changed run again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import compiler_calls
from kvariant.cli import run
from render_project import HEADER, MODULE, lay_out

Capture = pytest.CaptureFixture[str]
Bytes = Mapping[str, Mapping[str, bytes]]

TEST = '''\
"""What each variant answers."""


def test_send(variant):
    """A fax is sent where there is one."""
    assert variant.c.send(1, 0) == variant.python.fax.send(1) == variant["FAX"]
'''
EDITS = {
    "a helper of some variants, in C": ("templates/include/fax.h.j2", HEADER, "return 7;"),
    "the same in Python": ("templates/python/small/fax.py.j2", MODULE, "return 7"),
}


def swept(capsys: Capture) -> dict[str, set[str]]:
    """Sweep, and return the variants in which each step has worked."""
    capsys.readouterr()
    assert run(["sweep", "distinct", "-q", "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    heads = [cell for cell in cells if "test" not in cell]
    assert {cell["outcome"] for cell in heads} <= {"ok", "reused", "merged"}
    worked: dict[str, set[str]] = {step: set() for step in ("generate", "build", "test")}
    for cell in heads:
        if cell["outcome"] == "ok":
            worked[cell["step"]].add(cell["variant"])
    return worked


def written(folder: Path, *endings: str) -> Bytes:
    """Return the files of each variant below a folder but its manifest."""
    return {
        variant.name: {
            str(path.relative_to(variant)): path.read_bytes()
            for path in sorted(variant.rglob("*"))
            if path.name.endswith(endings or ("",)) and path.is_file()
            if path.name != "variant.json" and path.suffix != ".pyc"
        }
        for variant in sorted(folder.iterdir())
    }


@pytest.mark.parametrize("edit", EDITS)
def test_what_changed_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, edit: str
) -> None:
    """Tests run where any file has changed; what is compiled is C that has not been before."""
    lay_out(tmp_path, **{"tests/test_fax.py": TEST})
    with (tmp_path / "kvariant.toml").open("a", encoding="utf-8") as stream:
        stream.write('[matrix.distinct]\nstrategy = "distinct"\nsymbols = ["FAX", "PDF", "PORT"]\n')
    monkeypatch.chdir(tmp_path)
    calls = compiler_calls.counted(tmp_path, monkeypatch)
    generated = tmp_path / ".kvariant/generated"

    first = swept(capsys)
    assert len(first["test"]) > 4
    assert swept(capsys) == {"generate": set(), "build": set(), "test": set()}

    before, compiled = written(generated), calls()
    path, text, old = EDITS[edit]
    assert old in text
    (tmp_path / path).write_text(text.replace(old, old.replace("7", "8")), encoding="utf-8")
    worked = swept(capsys)

    after = written(generated)
    changed = {name for name in before if before[name] != after[name]}
    assert changed
    assert changed < before.keys()
    assert changed == worked["test"]
    known = {tuple(files.items()) for files in written_c(before).values()}
    new = {tuple(files.items()) for files in written_c(after).values()} - known
    assert len(new) == len(worked["build"])
    assert len(new) * compiler_calls.PER_CONTENT == calls() - compiled
    assert swept(capsys) == {"generate": set(), "build": set(), "test": set()}


def written_c(variants: Bytes) -> Bytes:
    """Return the headers that are compiled; no record is read by any of them."""
    return {
        name: {
            path: data
            for path, data in files.items()
            if path.endswith(".h") and "autoconf" not in path
        }
        for name, files in variants.items()
    }
