# SPDX-License-Identifier: MIT
"""What configurations render to, known from the values that each file reads."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

from kvariant.plan import load_templates, load_tree
from kvariant.project import Project
from kvariant.render import Renderings, Templates
from kvariant.space import Space
from render_project import lay_out

ROOT = Path(__file__).parents[2]


def test_equal_keys_are_equal_bytes_and_others_are_not() -> None:
    """On our own tree: two configurations have one key exactly if all their files are equal."""
    project = Project.read(ROOT / "pyproject.toml")
    tree = load_tree(project)
    templates = load_templates(project, tree)
    assert templates is not None
    renderings = Renderings(templates)
    by_key: dict[object, set[str]] = defaultdict(set)
    by_bytes: dict[str, set[object]] = defaultdict(set)
    for configuration in Space.of(tree).sample(300, seed=5):
        key = renderings.key(configuration)
        # Every file is rendered here, from all symbols.
        rendered = repr(sorted(templates.render(configuration).files.items()))
        by_key[key].add(rendered)
        by_bytes[rendered].add(key)
    assert len(by_key) > 100
    assert all(len(texts) == 1 for texts in by_key.values())
    assert all(len(keys) == 1 for keys in by_bytes.values())


def test_a_file_reads_what_its_includes_and_its_definitions_read(tmp_path: Path) -> None:
    """Included partials and the conditions of the helpers defined count, others' do not."""
    lay_out(
        tmp_path,
        **{
            "templates/plain.txt.j2": '{% include "_part.txt.j2" %}',
            "templates/_part.txt.j2": '{{ NAME }}{% include "_more.txt.j2" %}',
            "templates/_more.txt.j2": "{{ BASE }}",
        },
    )
    project = Project.find(tmp_path)
    tree = load_tree(project)
    templates = Templates(tmp_path / "templates", tree)
    assert ("BASE", "NAME") == templates.read_by("plain.txt")
    assert ("FAX", "PDF", "PORT") == templates.read_by("include/fax.h")
    assert () == templates.read_by("python/small/__init__.py")
    read = {name for output in templates.outputs for name in templates.read_by(output)}
    assert read == set(templates.symbols)


def test_values_that_a_file_does_not_read_change_no_digest(tmp_path: Path) -> None:
    """Keys differ in the places of the files that read what differs."""
    lay_out(tmp_path)
    project = Project.find(tmp_path)
    tree = load_tree(project)
    renderings = Renderings(Templates(tmp_path / "templates", tree))
    asked = [{}, {"DRIVER": "m"}, {"FAX": "y", "PORT": "81"}, {"FAX": "y", "PORT": "82"}]
    random.Random(1).shuffle(asked)
    keys = {str(a): renderings.key(tree.resolve(a)) for a in asked}
    assert keys["{}"] == keys["{'DRIVER': 'm'}"]
    assert keys["{'FAX': 'y', 'PORT': '81'}"] != keys["{'FAX': 'y', 'PORT': '82'}"]
