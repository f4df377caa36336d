# SPDX-License-Identifier: MIT
"""After an edit of one template, exactly the variants whose bytes have changed run again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import compiler_calls
from kvariant.cli import run
from render_project import HEADER, INTERFACE, MODULE, lay_out

pytestmark = pytest.mark.usefixtures("forked_pytests")
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


UNCHANGED = """\
format = 1
stubs = false
languages = false
inputs = { number = ["small"] }
[[unchanged]]
adding = "PDF"
keeps = ["send"]
"""
PAGES = "return pages <= LIMIT"


@pytest.fixture
def related(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in Python with a relation that compares a variant with the same and PDF."""
    interface = INTERFACE.replace('library = "small"\n', "")
    interface = interface.replace('c = "include/fax.h", ', "")
    test = 'def test_send(variant):\n    assert variant.python.fax.send(1) == variant["FAX"]\n'
    files = {"interface.toml": interface, "relations.toml": UNCHANGED}
    changed = {f"templates/{name}": text for name, text in files.items()}
    lay_out(tmp_path, **changed, **{"tests/test_fax.py": test})
    (tmp_path / "templates/include/fax.h.j2").unlink()
    with (tmp_path / "kvariant.toml").open("a", encoding="utf-8") as stream:
        stream.write('[matrix.distinct]\nstrategy = "distinct"\nsymbols = ["FAX", "PDF", "PORT"]\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edited(folder: Path, old: str, new: str) -> None:
    """Edit the template."""
    path = folder / "templates/python/small/fax.py.j2"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def with_pdf_to_come(variants: Bytes) -> set[str]:
    """Return the variants that are compared with one with PDF: those that could have it."""
    configs = {name: files[".config"].decode() for name, files in variants.items()}
    return {n for n, c in configs.items() if "CONFIG_FAX=y" in c and "CONFIG_PDF=y" not in c}


def test_what_is_compared_with_something_changed_runs(related: Path, capsys: Capture) -> None:
    """Tests run where own files have changed, or those of the variant with an option more."""
    swept(capsys)
    before = written(related / ".kvariant/generated")
    edited(related, "return 7", "return 8")
    worked = swept(capsys)["test"]
    after = written(related / ".kvariant/generated")
    changed = {name for name in before if before[name] != after[name]}
    compared = with_pdf_to_come(after)
    assert changed
    assert compared
    assert not changed & compared
    assert changed | compared == worked
    assert worked < after.keys()
    assert swept(capsys)["test"] == set()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("templates/python/small/fax.py.j2", f"{PAGES}\n", f"{PAGES} {{{{ '+ 1' if PDF }}}}\n"),
        ("templates/relations.toml", '["send"]', '["send", "doubled"]'),
    ],
)
def test_what_only_a_counterpart_breaks_is_seen(
    path: str, old: str, new: str, related: Path, capsys: Capture
) -> None:
    """An edit after which the option changes an answer fails where the own files are the same."""
    swept(capsys)
    text = (related / path).read_text(encoding="utf-8")
    assert old in text
    (related / path).write_text(text.replace(old, new), encoding="utf-8")
    assert run(["sweep", "distinct", "-q", "--json"]) == 1
    cells = json.loads(capsys.readouterr().out)["cells"]
    failed = {c["variant"] for c in cells if c["step"] == "test" and c["outcome"] == "failed"}
    variants = written(related / ".kvariant/generated")
    by_default = {n for n in variants if "PORT=80\n" in variants[n][".config"].decode()}
    assert failed
    assert failed <= with_pdf_to_come(variants)
    assert failed >= with_pdf_to_come(variants) & by_default


def test_an_edit_of_the_interface_runs(related: Path, capsys: Capture) -> None:
    """What a helper is asked on depends on its types, also where no file says which it has."""
    path = related / "templates/interface.toml"
    swept(capsys)
    text = path.read_text(encoding="utf-8")
    wide = 'wide = { c = "unsigned long", python = "int" }\n'
    text = text.replace("[types]\n", f"[types]\n{wide}").replace(
        '["pages: number"]', '["pages: wide"]'
    )
    path.write_text(text, encoding="utf-8")
    before = written(related / ".kvariant/generated", ".py")
    worked = swept(capsys)
    assert before == written(related / ".kvariant/generated", ".py")
    assert worked["test"] == before.keys()


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
