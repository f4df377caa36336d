# SPDX-License-Identifier: MIT
"""Edits of a tree's Kconfig files as people make them, drawn by a seed.

Each takes the texts of the files by path, and returns those that it changes. Nothing of the
package is used: an edit is a change of text, and what it does is for the tree's tool to say.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


class Dice(random.Random):
    """Draws definitions, those first that somebody asks for."""

    liked: frozenset[str] = frozenset()
    """Symbols that configurations ask for: an edit of them is felt."""


Texts = Mapping[str, str]
Edit = Callable[[Texts, Dice], dict[str, str]]


@dataclass(frozen=True)
class Block:
    """One `config` definition."""

    path: str
    name: str
    start: int
    """Index of its first line."""
    stop: int
    """Index of the line behind its last one."""
    in_choice: bool


_END = re.compile(
    r"(?:menu)?config\b|choice\b|endchoice\b|menu\b|endmenu\b|if\b|endif\b|comment\b|[or]*source\b"
)


def blocks(texts: Texts) -> Iterator[Block]:
    """Yield the definitions of files."""
    for path, text in sorted(texts.items()):
        lines = text.split("\n")
        starts = [i for i, line in enumerate(lines) if _END.match(line.lstrip()) and
                  not line.startswith(("\t\t", "\t  ", "    "))]  # fmt: skip
        depth = 0
        for start, stop in zip(starts, [*starts, len(lines)][1:], strict=True):
            word = lines[start].split()[0]
            depth += (word == "choice") - (word == "endchoice")
            match = re.fullmatch(r"(?:menu)?config\s+(\w+)", lines[start].strip())
            if match:
                yield Block(path, match[1], start, stop, depth > 0)


def drawn(
    texts: Texts, dice: Dice, pattern: str, *, in_choice: bool = False, least: str = ""
) -> tuple[Block, int]:
    """Return a definition that has a line like that, and the line's index."""
    wanted = re.compile(pattern)
    found = []
    for block in blocks(texts):
        lines = texts[block.path].split("\n")
        if block.in_choice == in_choice and (not least or re.search(least, block.path)):
            for index in range(block.start + 1, block.stop):
                if "help" in lines[index].split():
                    break
                if wanted.fullmatch(lines[index].strip()):
                    found.append((block, index))
                    break
    liked = [one for one in found if one[0].name in dice.liked]
    return dice.choice(liked or found)


def replaced(texts: Texts, block: Block, index: int, *lines: str) -> dict[str, str]:
    """Return the file with other lines in place of one."""
    all_ = texts[block.path].split("\n")
    all_[index : index + 1] = lines
    return {block.path: "\n".join(all_)}


def line_of(texts: Texts, block: Block, index: int) -> str:
    """Return a line."""
    return texts[block.path].split("\n")[index]


def select_dropped(texts: Texts, dice: Dice) -> dict[str, str]:
    """Drop a select."""
    block, index = drawn(texts, dice, r"select \w+.*")
    return replaced(texts, block, index)


def select_added(texts: Texts, dice: Dice) -> dict[str, str]:
    """Select a symbol that may have dependencies."""
    block, index = drawn(texts, dice, r'bool ".*')
    other, _ = drawn(texts, dice, r"bool.*")
    return replaced(texts, block, index, line_of(texts, block, index), f"\tselect {other.name}")


def imply_for_select(texts: Texts, dice: Dice) -> dict[str, str]:
    """Make a select an imply."""
    block, index = drawn(texts, dice, r"select \w+")
    return replaced(texts, block, index, line_of(texts, block, index).replace("select", "imply"))


def dependency_added(texts: Texts, dice: Dice) -> dict[str, str]:
    """Make a symbol depend on another one."""
    block, index = drawn(texts, dice, r'bool ".*')
    other, _ = drawn(texts, dice, r'bool ".*')
    return replaced(texts, block, index, line_of(texts, block, index), f"\tdepends on {other.name}")


def dependency_dropped(texts: Texts, dice: Dice) -> dict[str, str]:
    """Drop a dependency."""
    block, index = drawn(texts, dice, r"depends on \w+")
    return replaced(texts, block, index)


def default_flipped(texts: Texts, dice: Dice) -> dict[str, str]:
    """Make a default y n, or the other way."""
    block, index = drawn(texts, dice, r"default [yn]( if .*)?")
    line = line_of(texts, block, index)
    new = re.sub(r"default ([yn])", lambda m: f"default {'n' if m[1] == 'y' else 'y'}", line)
    return replaced(texts, block, index, new)


def number_changed(texts: Texts, dice: Dice) -> dict[str, str]:
    """Change a number's default."""
    block, index = drawn(texts, dice, r"default (0x)?[0-9]+")
    line = line_of(texts, block, index)
    return replaced(texts, block, index, re.sub(r"default (0x)?\w+", r"default \g<1>7"
                    if "0x" in line else "default 7", line))  # fmt: skip


def range_narrowed(texts: Texts, dice: Dice) -> dict[str, str]:
    """Narrow a range."""
    block, index = drawn(texts, dice, r"range -?[0-9]+ [0-9]+")
    low, high = line_of(texts, block, index).split()[1:3]
    return replaced(texts, block, index, f"\trange {low} {max(int(low), int(high) // 4)}")


def range_added(texts: Texts, dice: Dice) -> dict[str, str]:
    """Give a number a range."""
    block, index = drawn(texts, dice, r'int ".*')
    return replaced(texts, block, index, line_of(texts, block, index), "\trange 1 5")


def member_removed(texts: Texts, dice: Dice) -> dict[str, str]:
    """Take a member out of a choice."""
    block, _ = drawn(texts, dice, r"bool.*", in_choice=True)
    lines = texts[block.path].split("\n")
    del lines[block.start : block.stop]
    return {block.path: "\n".join(lines)}


def choice_default_changed(texts: Texts, dice: Dice) -> dict[str, str]:
    """Let a choice fall to another member."""
    found = []
    for path, text in sorted(texts.items()):
        for part in re.finditer(r"(?m)^choice\b.*?^endchoice", text, re.DOTALL):
            members = re.findall(r"(?m)^\s*config (\w+)", part[0])
            default = re.search(r"(?m)^\tdefault (\w+)$", part[0].split("config")[0])
            if default and len(members) > 1:
                found.append((path, part.start() + default.start(1), default[1], members))
    path, place, old, members = dice.choice(found)
    new = next(name for name in members if name != old)
    text = texts[path]
    return {path: text[:place] + new + text[place + len(old) :]}


def prompt_removed(texts: Texts, dice: Dice) -> dict[str, str]:
    """Hide a symbol."""
    block, index = drawn(texts, dice, r'bool "[^"]*"')
    return replaced(texts, block, index, "\tbool")


def retyped(texts: Texts, dice: Dice) -> dict[str, str]:
    """Make a bool a tristate."""
    block, index = drawn(texts, dice, r'bool "[^"]*"')
    return replaced(texts, block, index, line_of(texts, block, index).replace("bool", "tristate"))


def renamed(texts: Texts, dice: Dice) -> dict[str, str]:
    """Rename a symbol wherever Kconfig files name it."""
    block, _ = drawn(texts, dice, r'bool ".*')
    word = re.compile(rf"\b{block.name}\b")
    return {
        path: word.sub(f"{block.name}_RENAMED", text)
        for path, text in texts.items()
        if word.search(text)
    }


def symbol_added(texts: Texts, dice: Dice) -> dict[str, str]:
    """Define a symbol that is y with another one."""
    block, _ = drawn(texts, dice, r'bool ".*')
    lines = texts[block.path].split("\n")
    lines[block.start : block.start] = [
        "config ADDED_BY_EDIT", '\tbool "added"', f"\tdefault y if {block.name}", "",
    ]  # fmt: skip
    return {block.path: "\n".join(lines)}


def symbol_removed(texts: Texts, dice: Dice) -> dict[str, str]:
    """Take a symbol away; what refers to it stays."""
    block, _ = drawn(texts, dice, r'bool ".*')
    lines = texts[block.path].split("\n")
    del lines[block.start : block.stop]
    return {block.path: "\n".join(lines)}


def file_added(texts: Texts, dice: Dice) -> dict[str, str]:
    """Source a new file."""
    block, _ = drawn(texts, dice, r'bool ".*')
    lines = texts[block.path].split("\n")
    folder = block.path.rpartition("/")[0]
    new = f"{folder}/Kconfig.added".removeprefix("/")
    lines[block.start : block.start] = [f'source "{new}"', ""]
    own = f"config ADDED_IN_FILE\n\tbool\n\tdefault y if {block.name}\n\tselect {block.name}\n"
    return {block.path: "\n".join(lines), new: own.replace(f"\tselect {block.name}\n", "")}


def wrapped_in_if(texts: Texts, dice: Dice) -> dict[str, str]:
    """Put a definition into an if."""
    block, _ = drawn(texts, dice, r'bool ".*')
    other, _ = drawn(texts, dice, r'bool ".*')
    lines = texts[block.path].split("\n")
    lines[block.stop : block.stop] = ["endif", ""]
    lines[block.start : block.start] = [f"if {other.name}", ""]
    return {block.path: "\n".join(lines)}


def help_changed(texts: Texts, dice: Dice) -> dict[str, str]:
    """Change help texts."""
    found = [
        path for path, text in sorted(texts.items()) if re.search(r"(?m)^\thelp\n\t  \w", text)
    ]
    path = dice.choice(found)
    return {path: re.sub(r"(?m)^\thelp\n\t  (\w)", r"\thelp\n\t  Indeed, \1", texts[path], count=2)}


def comment_added(texts: Texts, dice: Dice) -> dict[str, str]:
    """Add a comment."""
    block, index = drawn(texts, dice, r'bool ".*')
    return replaced(texts, block, index, "\t# a comment", line_of(texts, block, index))


def two_at_once(texts: Texts, dice: Dice) -> dict[str, str]:
    """Flip a default in one file and add a dependency in another place."""
    first = default_flipped(texts, dice)
    return {**first, **dependency_added({**texts, **first}, dice)}


def member_of_three(texts: Texts, dice: Dice) -> dict[str, str]:
    """Drop a select, flip a default and hide a prompt."""
    made: dict[str, str] = {}
    for edit in (select_dropped, default_flipped, prompt_removed):
        made |= edit({**texts, **made}, dice)
    return made


EDITS: tuple[Edit, ...] = (
    select_dropped, select_added, imply_for_select, dependency_added, dependency_dropped,
    default_flipped, number_changed, range_narrowed, range_added, member_removed,
    choice_default_changed, prompt_removed, retyped, renamed, symbol_added, symbol_removed,
    file_added, wrapped_in_if, help_changed, comment_added, two_at_once, member_of_three,
)  # fmt: skip
