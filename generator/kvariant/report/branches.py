# SPDX-License-Identifier: MIT
"""Which branches of templates the variants of a matrix render."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.errors import displayed
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.plan.unrendered import NearestRendering, RenderedBranches, Unrendered

FORMAT = 1


def branches_text(found: RenderedBranches) -> str:
    """Return each branch that no variant renders, with what would, and how many there are."""
    lines = [line for one in found.unrendered for line in _lines(one)]
    rendered = found.branches - found.missing
    said = f"{rendered:,} of {counted(found.branches, 'branch').replace('branchs', 'branches')}"
    lines.append(f"{said} rendered by the {counted(found.variants, 'variant')} of {found.matrix}")
    return "\n".join(lines)


def branches_json(found: RenderedBranches) -> dict[str, object]:
    """Return the same as JSON-ready values."""
    return {
        "format": FORMAT,
        "matrix": found.matrix,
        "variants": found.variants,
        "branches": found.branches,
        "rendered": found.branches - found.missing,
        "unrendered": [
            {
                "path": displayed(one.path),
                "line": one.line,
                "condition": str(one.condition),
                "nearest": _nearest_json(one.nearest) if one.nearest else None,
            }
            for one in found.unrendered
        ],
    }


def _lines(one: Unrendered) -> list[str]:
    head = f"{displayed(one.path)}:{one.line}: no variant renders {one.condition}"
    if one.nearest is None:
        return [f"{head}; no configuration does"]
    near = one.nearest
    changes = " ".join(f"{n}={t}" if t else f"{n} unset" for n, t in near.changes.items())
    asked = " ".join(f"{n}={_word(t)}" for n, t in near.configuration.assignment.items())
    return [
        head,
        f"    nearest: {near.variant} with {changes}",
        *([f"    kvariant sweep --set {asked}"] if asked else []),
    ]


def _word(text: str) -> str:
    return text if text.isalnum() else "'" + text.replace("'", "'\\''") + "'"


def _nearest_json(near: NearestRendering) -> dict[str, object]:
    return {
        "variant": near.variant,
        "changes": dict(near.changes),
        "assignment": dict(near.configuration.assignment),
    }
