# SPDX-License-Identifier: MIT
"""Which branches of templates the variants of a matrix render, and what would render the others."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from kvariant.plan import Plan, Selection
from kvariant.plan.unrendered import RenderedBranches, rendered_branches
from kvariant.project import Project
from kvariant.report.branches import branches_json, branches_text
from kvariant.space import Space

KCONFIG = """
config NET
	bool "net"
config TLS
	bool "tls"
	depends on NET
config BARE
	bool "bare"
	depends on !NET
config PORT
	int "port" if NET
	range 1 9999
	default 80
"""
TEMPLATE = """\
{% if NET %}
b1
{% if TLS and PORT > 1024 %}
b2
{% endif %}
{% else %}
b3
{% endif %}
{% if TLS and BARE %}
b4
{% endif %}
{% if BARE %}
b5
{% elif PORT == 443 %}
b6
{% endif %}
"""
BRANCHES = {1: "b1", 3: "b2", 6: "b3", 9: "b4", 12: "b5", 14: "b6"}
"""The text of the branch that begins at each line."""


def look(folder: Path, *fragments: str) -> tuple[Plan, RenderedBranches]:
    """Return the plan of some fragments, and which branches they render."""
    (folder / "configs").mkdir()
    (folder / "templates").mkdir()
    (folder / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    (folder / "kvariant.toml").write_text('[generate]\ntemplates = "templates"\n', encoding="utf-8")
    (folder / "templates/a.txt.j2").write_text(TEMPLATE, encoding="utf-8")
    for index, text in enumerate(fragments):
        (folder / f"configs/v{index}.config").write_text(text, encoding="utf-8")
    plan = Plan.of(Project.find(folder), Selection())
    assert plan.templates is not None
    space = Space.of(plan.tree)
    return plan, rendered_branches(plan.templates, space, "named", plan.matrix.variants)


def test_what_is_rendered_is_told_exactly(tmp_path: Path) -> None:
    """A branch's text is in a variant where it is said so, and in none where it is said not."""
    plan, found = look(tmp_path, "", "CONFIG_NET=y\n")
    assert plan.templates is not None
    texts = [plan.templates.render(v.configuration).files["a.txt"] for v in plan.matrix]
    missing = {BRANCHES[one.line] for one in found.unrendered}
    assert {"b2", "b4", "b5", "b6"} == missing
    assert {t for t in BRANCHES.values() if not any(t in text for text in texts)} == missing
    assert (6, 4, 2) == (found.branches, found.missing, found.variants)
    for one in found.unrendered:
        if one.nearest is not None:
            text = plan.templates.render(one.nearest.configuration).files["a.txt"]
            assert BRANCHES[one.line] in text.split()


def test_the_nearest_is_as_near_as_can_be(tmp_path: Path) -> None:
    """Trying every assignment finds none that renders the branch and changes less."""
    plan, found = look(tmp_path, "", "CONFIG_NET=y\n")
    assert plan.templates is not None
    every = [
        dict(filter(lambda pair: pair[1], zip(("NET", "TLS", "BARE", "PORT"), texts, strict=True)))
        for texts in itertools.product(*[("", "n", "y")] * 3, ("", "80", "443", "1024", "1025"))
    ]
    for one in found.unrendered:
        having = [
            asked
            for asked in every
            if BRANCHES[one.line]
            in plan.templates.render(plan.tree.resolve(asked)).files["a.txt"].split()
        ]
        if one.nearest is None:
            assert ("b4", []) == (BRANCHES[one.line], having)
            continue
        starts = [dict(v.configuration.assignment) for v in plan.matrix]
        least = min(
            sum(asked.get(n) != start.get(n) for n in {*asked, *start})
            for asked in having
            for start in starts
        )
        assert least == len(one.nearest.changes)


def test_what_is_inside_is_told_with_what_is_around_it(tmp_path: Path) -> None:
    """A branch in one that nothing renders is counted, and not told by itself."""
    _, found = look(tmp_path, "")
    assert [1, 9, 12, 14] == [one.line for one in found.unrendered]
    assert (6, 5) == (found.branches, found.missing)


def test_text_and_json_say_the_same(tmp_path: Path) -> None:
    """A line for each branch, what is nearest, and a command that renders it."""
    _, found = look(tmp_path, "CONFIG_NET=y\n")
    text = branches_text(found)
    assert "a.txt.j2:3: no variant renders NET && TLS && PORT > 1024" in text
    assert "nearest: v0 with TLS=y PORT=" in text
    assert "a.txt.j2:9: no variant renders TLS && BARE; no configuration does" in text
    assert text.endswith("1 of 6 branches rendered by the 1 variant of named")
    record = json.loads(json.dumps(branches_json(found)))
    assert (1, 6, 1) == (record["format"], record["branches"], record["rendered"])
    assert [one["line"] for one in record["unrendered"]] == [o.line for o in found.unrendered]
