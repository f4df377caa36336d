# SPDX-License-Identifier: MIT
"""The picture of docs/strategies.md: which of a tree's configurations each strategy chooses.

Run as a program it writes the picture into the page.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

if not __package__:  # run as a program
    sys.path.insert(0, str(Path(__file__).parents[1]))
import programs
from console_blocks import blocks

PAGE = Path(__file__).parents[2] / "docs/strategies.md"
SYMBOLS = ("NET", "TLS", "LOG", "TRACE")
CHOSEN = {
    "named": ["named"],
    "distinct": ["distinct", "--symbols", "NET", "TLS"],
    "pairwise": ["pairwise"],
    "triples": ["pairwise", "--strength", "3"],
    "toggles": ["toggles"],
    "uniform": ["uniform", "--size", "3"],
}
"""The columns, and what is asked for."""
PICTURE = re.compile(r"(?<=<!-- picture -->\n```text\n).*?(?=```\n)", re.DOTALL)


def lay_out(folder: Path) -> Path:
    """Write the tree of the page and its two configurations."""
    (folder / "configs").mkdir(parents=True)
    files = {block.language: block.text for block in blocks(PAGE)}
    (folder / "Kconfig").write_text(files["kconfig"])
    for text in files["sh"].split("\n\n"):
        name, _, lines = text.partition("\n")
        (folder / name.removeprefix("# ")).write_text(lines.rstrip("\n") + "\n")
    return folder


def rows(folder: Path, *words: str) -> list[str]:
    """Return the variants of a matrix, each as a letter for each symbol: `ynyn`."""
    found = programs.run(
        programs.kvariant("matrix", *words, "-o", "out", "--format", "json"),
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout
    records = [json.loads(p.read_text()) for p in (folder / "out").iterdir() if p.name[0] != "."]
    return ["".join(one["configuration"][name] for name in SYMBOLS) for one in records]


def picture(folder: Path) -> str:
    """Return a row for each configuration that there is, a column for each strategy."""
    every = sorted(rows(folder, "distinct", "--symbols", *SYMBOLS))
    chosen = {name: rows(folder, *words) for name, words in CHOSEN.items()}
    lines = ["  ".join([*SYMBOLS, " ", *chosen])]
    for row in every:
        values = [text.center(len(name)) for name, text in zip(SYMBOLS, row, strict=True)]
        marks = [("#" if row in own else ".").center(len(name)) for name, own in chosen.items()]
        lines.append("  ".join([*values, " ", *marks]).rstrip())
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        text = picture(lay_out(Path(made) / "tree"))
    PAGE.write_text(PICTURE.sub(lambda _: text, PAGE.read_text(), count=1))
