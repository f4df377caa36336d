# SPDX-License-Identifier: MIT
"""What is known of one tree, or of each of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

FORMAT = 1


def trees_record(records: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return what is known of each tree as JSON-ready values.

    Args:
        records: environment name and record of each tree. One tree is a plain record
            with its name left out; trees of a list in `env` are `{"trees": [{"name": ...}]}`.
    """
    (first, record), *_ = records
    if first:
        return {"format": FORMAT, "trees": [{"name": name, **values} for name, values in records]}
    return {"format": FORMAT, **record}
