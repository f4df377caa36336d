"""Rendering: what the tags emit in each language and state, and what templates see."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

from kvariant import Tree
from kvariant.errors import Diagnostic
from kvariant.render import Rendered, Templates
from kvariant.render.parsed_template import parsed_templates
from render_project import lay_out

OFF = """\
/* SPDX-License-Identifier: MIT */
/* Generated from templates/include/fax.h.j2; do not edit. */
#ifndef FAX_H
#define FAX_H

#include <stdbool.h>

/* Send so many pages. */
static inline bool send(unsigned long pages, bool fast)
{
	return false;
}

/* Twice the pages, if there is PDF. */
static inline unsigned long doubled(unsigned long pages)
{
	return pages;
}

#endif
"""

ON = '''\
# Generated from templates/python/small/fax.py.j2; do not edit.
"""Faxes."""

LIMIT = 80


def send(pages: int, fast: bool = False) -> bool:
    """Send so many pages."""
    return pages <= LIMIT


def doubled(pages: int) -> int:
    """Twice the pages, if there is PDF."""
    return pages * 2


def only_with_pdf() -> int:
    """Not there without PDF."""
    return 7
'''


def rendered(folder: Path, **asked: str) -> Rendered:
    """Render the project in `folder` for some user values."""
    tree = Tree.load(folder / "Kconfig")
    return Templates(folder / "templates", tree).render(tree.resolve(asked))


def test_stubs_in_c(tmp_path: Path) -> None:
    """With all off, helpers are stubs of the same signature; what does not exist is gone."""
    assert rendered(lay_out(tmp_path)).files["include/fax.h"] == OFF


def test_bodies_in_python(tmp_path: Path) -> None:
    """With all on, the templates' bodies stand under the interface's signatures."""
    assert rendered(lay_out(tmp_path), FAX="y", PDF="y").files["python/small/fax.py"] == ON


def test_values_are_typed(tmp_path: Path) -> None:
    """A tristate is false at n and prints itself, a hex keeps its text, a bool is a bool."""
    text = (
        "{{ FAX }} {{ PORT + 1 }} {{ BASE }} {{ BASE + 1 }} {{ NAME }}"
        " {{ 'on' if DRIVER else 'off' }} {{ DRIVER }} {{ DRIVER == 'm' }}\n"
    )
    folder = lay_out(tmp_path, **{"templates/values.txt.j2": text})
    assert rendered(folder).files["values.txt"] == "False 81 0x010 17 acme off n False\n"
    expected = "True 81 0x010 17 acme on m True\n"
    assert expected == rendered(folder, FAX="y", DRIVER="m").files["values.txt"]


def test_symbols_read(tmp_path: Path) -> None:
    """The symbols that rendering can depend on come from templates, partials and the interface."""
    folder = lay_out(
        tmp_path,
        **{
            "templates/a.txt.j2": '{% include "_part.txt.j2" %}',
            "templates/_part.txt.j2": "{{ NAME }}",
        },
    )
    tree = Tree.load(folder / "Kconfig")
    templates = Templates(folder / "templates", tree)
    assert templates.symbols == ("FAX", "PDF", "PORT", "NAME")
    assert "_part.txt" not in templates.outputs


def test_a_stubbed_body_is_still_rendered(tmp_path: Path) -> None:
    """A mistake in a body shows even where its stub is emitted, at the template's line."""
    from render_project import HEADER

    broken = HEADER.replace("pages * 2;", "{{ PORT // 0 }};")
    folder = lay_out(tmp_path, **{"templates/include/fax.h.j2": broken})
    with pytest.raises(Exception, match=r"fax\.h\.j2:14: error: ZeroDivisionError"):
        rendered(folder)


def test_equal_code_has_equal_digests(tmp_path: Path) -> None:
    """Configurations that differ only in what nothing reads render to one digest."""
    folder = lay_out(tmp_path)
    assert rendered(folder).digest == rendered(folder, DRIVER="y", NAME="x").digest
    assert rendered(folder).digest != rendered(folder, FAX="y").digest


def test_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    """Rendering does not depend on Python's hash seed."""
    lay_out(tmp_path)
    results = set()
    for seed in ("0", "1", "4242"):
        command = [sys.executable, "-m", "kvariant", "generate", "-q", "-o", f"out{seed}"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True)
        files = sorted((tmp_path / f"out{seed}").rglob("*.*"))
        results.add(b"\0".join(path.read_bytes() for path in files if path.is_file()))
    assert len(results) == 1


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        ("{% if TLS && FAX %}", "'and' for '&&'"),
        ("{% if TLS || FAX %}", "'or' for '||'"),
        ("{% if !TLS %}", "'not' for '!'"),
        ("{% if !TLS && (FAX || !TLS) %}", "'not' for '!', 'and' for '&&', 'or' for '||'"),
        ("{{ FAX && '||' }}", "'and' for '&&'"),
        ("{% if TLS and %} a && b", ""),
        ("{% if TLS != 1 and %}", ""),
    ],
)
def test_operators_of_kconfig(tmp_path: Path, tag: str, hint: str) -> None:
    """Operators of Kconfig in a tag are an error that names Jinja2's; text around is not meant."""
    (tmp_path / "net.h.j2").write_text(f"{tag}x{{% endif %}}\n")
    errors: list[Diagnostic] = []
    parsed_templates(tmp_path, jinja2.Environment(), errors)
    (error,) = errors
    assert error.hint == (f"in a template write {hint}" if hint else "")
    assert " at " not in error.message
