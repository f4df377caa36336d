# SPDX-License-Identifier: MIT
"""Where rendered lines come from, held against what is rendered in every configuration."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from branching import SAYABLE, conditions_of, configurations_of, lay_out
from kvariant.kconfig import Tree
from kvariant.kconfig.expression import Expression
from kvariant.render import Templates
from render_project import lay_out as lay_out_project

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tree."""
    return lay_out(tmp_path_factory.mktemp("origins"))


def numbered(tests: Sequence[str]) -> str:
    """A template each line of which says its own number: a map that needs no marks."""
    a, b, c, d = tests
    lines = [
        "always L1",
        f"  {{% if {a} %}}",
        "one L3 {{ 'inner' }}",
        f"{{% if {b} %}}",
        "",
        "\tdeep L6   ",
        f"{{% elif {c} %}}",
        "{{ 'x' }} other L8 {{ 'y' }}",
        "{% else %}",
        "{# nothing #}",
        "L11 {{ 'long' }}",
        "{% endif %}",
        "{% else %}not one L13{% endif %}",
        "",
        "",
        "",
        "",
        f"{{% if {d} %}}half L18{{% endif %}} of a line",
        f"{{{{ 'yes L19' if {a} else 'no L19' }}}}",
        "{% for i in [1, 2] %}",
        "loop {{ i }} L21",
        "{% endfor %}",
        "{% macro m(x) %}",
        "{% if x == 1 %}",
        "in the macro L25",
        "{% endif %}",
        "{% endmacro %}",
        f"{{% if {b} %}}{{{{ m(1) }}}}{{% endif %}}",
        "last L29",
    ]
    return "\n".join(lines)


@settings(max_examples=40, deadline=None)
@given(st.lists(conditions_of(SAYABLE), min_size=4, max_size=4))
def test_each_line_is_of_the_line_that_wrote_it(folder: Path, tests: list[str]) -> None:
    """Among the origins of a line is the template line that its own text names."""
    tree, configurations = configurations_of(folder)
    (folder / "templates/x.txt.j2").write_text(numbered(tests))
    templates = Templates(folder / "templates", tree)
    seen: set[int] = set()
    for configuration in configurations[::17]:
        text = templates.render(configuration).files["x.txt"]
        lines = templates.origins("x.txt", configuration)
        assert lines is not None
        assert len(lines) == len(text.split("\n"))
        for line, origins in zip(text.split("\n"), lines, strict=True):
            for number in map(int, re.findall(r"L(\d+)", line)):
                assert number in {one.line for one in origins}, (line, origins)
                seen.add(number)
            assert bool(line.strip()) == bool(origins)
    assert {1, 29} <= seen


@settings(max_examples=40, deadline=None)
@given(st.lists(conditions_of(SAYABLE), min_size=4, max_size=4))
def test_a_line_is_rendered_exactly_where_its_condition_holds(
    folder: Path, tests: list[str]
) -> None:
    """What is said of a line in one configuration is so in all others."""
    tree, configurations = configurations_of(folder)
    (folder / "templates/x.txt.j2").write_text(numbered(tests))
    templates = Templates(folder / "templates", tree)
    some = configurations[::11]
    texts = [set(templates.render(one).files["x.txt"].split("\n")) for one in some]
    told: dict[str, Expression] = {}
    for configuration, lines in zip(some, texts, strict=True):
        for number, line in enumerate(templates.render(configuration).files["x.txt"].split("\n")):
            # What is left of a line without a part of it is there with that part, too.
            if "L" in line and line not in told:
                found = templates.condition("x.txt", number + 1, configuration)
                assert found is not None
                told[line] = found
        assert lines
    assert len(told) > 3
    for line, condition in told.items():
        holding = [one.satisfies(condition) for one in some]
        assert [line in lines for lines in texts] == holding, (line, str(condition))


def with_numbers(folder: Path) -> int:
    """Put a line with a number of its own behind each line of templates; return how many."""
    count = 0
    for path in sorted(folder.rglob("*.j2")):
        lines, is_open = [], False
        for line in path.read_text(encoding="utf-8").splitlines():
            lines.append(line)
            for mark in re.findall(r"\{[%#{]|[%#}]\}", line):
                is_open = mark.startswith("{")
            if not is_open and not line.endswith("\\"):
                count += 1
                lines.append(f"@{count}@")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return count


def test_conditions_in_the_flagship(tmp_path: Path) -> None:
    """Of every line of the templates that ship, what is said in one configuration holds in all."""
    tree = Tree.load(ROOT / "Kconfig")
    shutil.copytree(ROOT / "generator/templates", tmp_path / "templates")
    assert with_numbers(tmp_path / "templates") > 500
    templates = Templates(tmp_path / "templates", tree)
    dice = random.Random(1)
    prompts = [name for name, rules in tree.model.symbols.items() if rules.prompts]
    configurations = [
        tree.resolve({name: dice.choice("ny") for name in prompts}) for _ in range(16)
    ]
    files = [templates.render(one).files for one in configurations]
    several = 0
    for output in templates.outputs:
        told: dict[str, str] = {}
        for configuration, texts in zip(configurations, files, strict=True):
            for number, line in enumerate(texts[output].split("\n"), 1):
                if line.strip() and "do not edit" not in line:
                    found = templates.condition(output, number, configuration)
                    assert found is not None, (output, line)
                    if re.fullmatch("@\\d+@", line):
                        assert told.setdefault(line, str(found)) == str(found)
        present = [set(re.findall("@\\d+@", texts[output])) for texts in files]
        for mark, text in told.items():
            condition = Expression.parse(text)
            expected = [mark in marks for marks in present]
            assert [one.satisfies(condition) for one in configurations] == expected, (mark, text)
            several += len(set(expected)) > 1
    assert several > 100


def test_what_the_interface_gives_is_of_its_conditions(tmp_path: Path) -> None:
    """A body is there under `exists` and `requires`, a stub where the latter does not hold."""
    lay_out_project(tmp_path)
    tree = Tree.load(tmp_path / "Kconfig")
    templates = Templates(tmp_path / "templates", tree)
    told = {}
    for values in ({"FAX": "y"}, {"FAX": "n"}):
        configuration = tree.resolve(values)
        lines = templates.render(configuration).files["include/fax.h"].split("\n")
        for number, line in enumerate(lines, 1):
            if line.strip() and number > 1:
                found = templates.condition("include/fax.h", number, configuration)
                told[values["FAX"], line.strip()] = str(found)
    assert told["n", "return false;"] == "!FAX"
    assert told["y", "return pages <= LIMIT;"] == "FAX"
    assert {told[key] for key in told if "static inline" in key[1]} == {"y"}
    assert {told[key] for key in told if "#define LIMIT" in key[1]} == {"FAX"}


def test_a_template_that_looks_at_its_output_says_nothing(folder: Path) -> None:
    """Where marks would change what is rendered, nothing is said, and nothing is changed."""
    tree, configurations = configurations_of(folder)
    (folder / "templates/x.txt.j2").write_text(
        "{% macro m() %}abc{% endmacro %}{{ m()|length }}\n{% if m() == 'abc' %}yes{% endif %}\n"
    )
    templates = Templates(folder / "templates", tree)
    assert templates.render(configurations[0]).files["x.txt"] == "3\nyes"
    assert templates.origins("x.txt", configurations[0]) is None
    assert templates.condition("x.txt", 1, configurations[0]) is None
    assert templates.condition("y.txt", 1, configurations[0]) is None
