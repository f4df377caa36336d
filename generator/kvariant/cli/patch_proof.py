# SPDX-License-Identifier: MIT
"""`kvariant matrix patch --verify`: the changed files, preprocessed in each variant."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from kvariant.cli.printer import say
from kvariant.plan import Plan
from kvariant.plan.patch_proof import PatchProof


def patch_proof(plan: Plan) -> tuple[Plan, PatchProof]:
    """Return what preprocessing shows of a patch, made in a folder of its own.

    The plan has other variants as well where something was seen in these alone.

    Raises:
        MissingError: the tree's build has no rule for it, or fails [no-proof].
    """
    from kvariant.plan.patch_retry import proven_by_trying  # solvers, where there is a patch

    assert plan.lines is not None
    is_shown = sys.stderr.isatty()

    def tell(text: str) -> None:
        if is_shown:
            say(f"preprocessing {text}", err=True)

    with tempfile.TemporaryDirectory(prefix="kvariant-proof-") as folder:
        return proven_by_trying(plan, plan.lines, Path(folder) / "out", os.cpu_count() or 1, tell)


def is_proven(plan: Plan, proof: PatchProof | None) -> bool:
    """Return whether all that was predicted was seen, where it was looked for."""
    if plan.patch is None or proof is None:
        return True
    predicted = {i for row in plan.patch.seen for i, value in enumerate(row) if value is not False}
    return all(proof.is_seen(i) for i in predicted)
