# SPDX-License-Identifier: MIT
"""Random user values for a wild tree, written as somebody or something would write a `.config`.

Lines in any order; a symbol set twice; several members of a choice at y and at n, and one
of them at y and then at n; numbers at and beyond every edge; strings that need escapes, and
some that end early; values of another type; symbols that no tree has.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from wild_trees import WildTree

_TEXTS = ("", "a", "B", "0", "11", "y", "x y", 'q"q', "back\\slash", "\\", '\\"', "#x", "'", "é")


def wild_fragment(tree: WildTree, seed: str, *, odd: bool = True) -> str:
    """Return the text of a fragment.

    Args:
        tree: whose symbols are asked for.
        seed: any text; the same one gives the same fragment.
        odd: whether there are lines that a tool passes over or reads in part.
    """
    rng = random.Random(f"assignment {seed}")
    asked = rng.choice((0.2, 0.5, 0.8, 1.0))
    odd = odd and rng.random() < 0.3
    lines: list[str] = []
    for name, kind in tree.types.items():
        if rng.random() < asked:
            lines += _lines(rng, tree, name, kind, odd=odd)
    for members in tree.choices:
        if rng.random() < 0.4:  # one of them, and nothing about the others
            lines = [line for line in lines if not _names_any(line, members)]
            lines += [_logical(rng.choice(members), rng.choice("yyyn"), rng)]
        if rng.random() < 0.3:
            values = "yymn" if odd or tree.types[members[0]] == "tristate" else "yyn"
            lines += [_logical(rng.choice(members), rng.choice(values), rng) for _ in range(3)]
    if rng.random() < 0.6:
        rng.shuffle(lines)
    if odd and rng.random() < 0.3:
        lines.insert(rng.randint(0, len(lines)), "CONFIG_NO_SUCH_SYMBOL=y")
    return "".join(f"{line}\n" for line in lines)


def _names_any(line: str, names: Sequence[str]) -> bool:
    return any(f"CONFIG_{name}=" in line or f"CONFIG_{name} " in line for name in names)


def _lines(rng: random.Random, tree: WildTree, name: str, kind: str, *, odd: bool) -> Iterator[str]:
    while True:
        if kind in ("bool", "tristate"):
            values = "yyn" if kind == "bool" else "ymnymn"
            if odd and rng.random() < 0.3:
                value = rng.choice(("m", "Y", "yes", "no", '"y"', "1", "", "mod"))
                yield f"CONFIG_{name}={value}"
            else:
                yield _logical(name, rng.choice(values), rng)
        elif kind == "string":
            yield f"CONFIG_{name}={_string(rng, tree, odd=odd)}"
        else:
            yield f"CONFIG_{name}={_number(rng, tree, kind, odd=odd)}"
        if rng.random() < 0.9:
            return


def _logical(name: str, value: str, rng: random.Random) -> str:
    if value == "n" and rng.random() < 0.8:
        return f"# CONFIG_{name} is not set"
    return f"CONFIG_{name}={value}"


def _string(rng: random.Random, tree: WildTree, *, odd: bool) -> str:
    text = rng.choice((*tree.texts, *_TEXTS))
    if rng.random() < 0.2:
        text = rng.choice((text + "!", text[:-1], text + " "))
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if odd and rng.random() < 0.3:
        return rng.choice((text, f'"{escaped}" # c', f'"{escaped}', f'"{text}"', "y", f' "{text}"'))
    return f'"{escaped}"'


def _number(rng: random.Random, tree: WildTree, kind: str, *, odd: bool) -> str:
    number = rng.choice(tree.numbers) + rng.choice((-1, 0, 0, 1))
    if rng.random() < 0.15:
        number = rng.choice((0, -1, 7, 1000, 2**31, 2**63, -(2**63) - 1, 2**64 + 1))
    if odd and rng.random() < 0.3:
        return rng.choice((f"0{number}", f"+{number}", f'"{number}"', f"{number}x", "", "0x", "-"))
    if kind == "int":
        return str(number)
    number = abs(number)
    forms = (f"0x{number:x}", f"0x{number:x}", f"0x{number:X}", f"{number:x}", f"0X{number:x}")
    return rng.choice((*forms, f"0x00{number:x}"))
