# SPDX-License-Identifier: MIT
"""docs/dialects.md: `python tests/kconfig/dialect_document.py` writes it from the rules."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from kvariant.kconfig import dialect
from kvariant.kconfig.dialect import DIALECTS, NAMES, RULES
from kvariant.kconfig.tool import FOLDERS

DOCUMENT = Path(__file__).parents[2] / "docs" / "dialects.md"

HEAD = """\
# By whose rules a tree is read

The tools that read Kconfig files differ, and a tree is right about itself: it is read by the
rules of its own tool. `--dialect auto`, the default of every verb, reads each rule below from the
C source that the tree carries, without running or building anything (symbol.c, menu.c,
confdata.c in {folders}).
`kvariant space` prints what was found, and names rules that could not be read. A tree without a
tool of its own is read as the tools of its kind do, and any other by kconfiglib's rules.
`--dialect NAME`, or the key `dialect`, takes one of the named sets instead.

Values follow from these rules alone, in one place: `kconfig/semantics/` resolves an assignment by
them, and the space, explanations and fixes are the same lines over gates. kconfiglib parses. The
tests hold them against kconfiglib 14.1.0, and the `conf` of Linux 6.1, 6.12, 7.2 and of U-Boot.

## The named sets

| rule | {sets} |
|---|{lines}
"""


def meanings() -> dict[str, str]:
    """Return the docstring under each field of `Dialect`."""
    (cls,) = (
        node
        for node in ast.parse(inspect.getsource(dialect)).body
        if isinstance(node, ast.ClassDef) and node.name == "Dialect"
    )
    found = {}
    for field, text in zip(cls.body, cls.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            assert isinstance(field.target, ast.Name)
            assert isinstance(text.value, ast.Constant)
            found[field.target.id] = " ".join(str(text.value.value).split())
    return found


def document_text() -> str:
    """Return the page."""
    folders = ", ".join(f"`{folder}/`" for folder in FOLDERS)
    lines = [
        HEAD.format(
            folders=folders, sets=" | ".join(DIALECTS), lines="---|" * len(DIALECTS)
        ).rstrip()
    ]
    for name in NAMES:
        marks = ("x" if getattr(d, name) else "" for d in DIALECTS.values())
        lines.append(f"| `{name}` | {' | '.join(marks)} |")
    lines += ["", "## The rules", "", "| rule | what holds | in the kernel's tool | C function |"]
    lines.append("|---|---|---|---|")
    for name in NAMES:
        rule = RULES.get(name)
        where = f"{rule.seen} | `{rule.function}` in {rule.file}" if rule else "no release | "
        lines.append(f"| `{name}` | {meanings()[name].replace('|', chr(92) + '|')} | {where} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document_text(), encoding="utf-8")
