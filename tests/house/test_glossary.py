# SPDX-License-Identifier: MIT
"""One word, one thing: the glossary of CONTRIBUTING.md binds the code."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from house.source import ROOT, Module, modules, rooms

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
PICTURES = ("agenda", "inquiry", "lane", "leavings", "ledger", "lever", "roster", "warden")
"""Words that say a thing by a likeness; the glossary has the field's own word for each."""
NO_NAMES = {
    *PICTURES, "chains", "contents", "ground", "joining", "mentions", "nesting", "past", "suspects",
    "supply", "taken", "views",
}  # fmt: skip
"""What names no module; some of them are good words in a sentence."""


def definitions() -> Iterator[tuple[str, str]]:
    """Yield each class that is defined anywhere: its name and where."""
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                yield node.name, f"{module.name}:{node.lineno}"


def aliases() -> Iterator[tuple[str, str, str]]:
    """Yield each public alias of a type: its name, what it stands for, and where."""
    for module in modules():
        for node in module.tree.body:
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            name, value = node.targets[0].id, ast.unparse(node.value)
            if re.fullmatch(r"[A-Z][a-z]\w*", name) and "[" in value and "(" not in value:
                yield name, value, f"{module.name}:{node.lineno}"


def test_no_class_name_means_two_things() -> None:
    """Each class of the package has a name of its own, private ones as well."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, place in definitions():
        found[name].append(place)
    assert len(found) > 300
    assert {} == {name: places for name, places in found.items() if len(places) > 1}


def test_no_alias_is_written_twice() -> None:
    """One name for a type is defined in one place."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, _, place in aliases():
        found[name].append(place)
    assert "ValueTexts" in found
    doubles = {name: places for name, places in found.items() if len(places) > 1}
    assert {} == doubles


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_a_module_says_what_it_is(module: Module) -> None:
    """The first line of a module is a sentence of one line, and no picture names it."""
    assert module.headline, module.name
    assert re.search(r"[.:?]$", module.headline), module.headline
    assert len(module.headline) <= 96, module.headline
    said = set(re.findall(r"[a-z]+", module.headline.lower()))
    named = set(re.findall(r"[a-z]+", module.name))
    assert not named & NO_NAMES, f"{module.name} is named by a picture"
    for word in PICTURES:
        assert not {word, f"{word}s"} & said, f"{module.headline}: {word} is a picture"


def glossary() -> dict[str, list[str]]:
    """Return the words of the glossary, each with the classes that bear it."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    table = text.partition("## Glossary")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")][1:]
    return {cells[1].strip(): re.findall(r"`(\w+)`", cells[3]) for cells in rows}


def test_the_glossary_binds() -> None:
    """Each class that the glossary names is in the package, and under one word."""
    words = glossary()
    named = [name for names in words.values() for name in names]
    assert len(named) > 30
    assert len(named) == len(set(named))
    known = {name for name, _ in definitions()} | {name for name, _, _ in aliases()}
    assert set() == set(named) - known


def test_the_page_names_what_is_there() -> None:
    """Each path in CONTRIBUTING.md exists, and each room has its line."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    paths = re.findall(r"`((?:generator|tests|docs|benchmarks)/[\w./-]*)`", text)
    paths += re.findall(r"\]\(([\w./-]+)\)", text)
    assert len(paths) > 15
    assert [] == [path for path in paths if not (ROOT / path).exists()]
    assert [] == [room for room in rooms() if f"| `{room}`" not in text]
