# SPDX-License-Identifier: MIT
"""`kvariant matrix patch --verify`: the changed files, preprocessed in each variant."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from kvariant.cli.printer import say
from kvariant.errors import MissingError

if TYPE_CHECKING:
    from kvariant.plan import Plan
    from kvariant.plan.patch_proof import PatchProof


def patch_proof(plan: Plan, *, keep: bool) -> tuple[Plan, PatchProof]:
    """Return what preprocessing shows of a patch, made in a folder of its own.

    The plan has other variants as well where something was seen in these alone.

    Args:
        keep: whether that folder may be kept for the next proof of the tree.

    Raises:
        MissingError: the tree's build has no rule for it, or fails [no-proof].
    """
    from kvariant.plan.patch_retry import proven_by_trying  # solvers, where there is a patch
    from kvariant.plan.proof_folder import proof_folder

    assert plan.lines is not None
    is_shown = sys.stderr.isatty()

    def tell(text: str) -> None:
        if is_shown:
            say(f"preprocessing {text}", err=True)

    jobs = os.cpu_count() or 1
    with proof_folder(plan.tree, keep=keep) as folder:
        if folder.is_used:
            # What an older state of the tree has left may be in the way.
            with contextlib.suppress(MissingError):
                return proven_by_trying(plan, plan.lines, folder.out, jobs, tell)
            folder = folder.clear()
        return proven_by_trying(plan, plan.lines, folder.out, jobs, tell)


def is_proven(plan: Plan, proof: PatchProof | None) -> bool:
    """Return whether all that was predicted was seen, where it was looked for."""
    if plan.patch is None or proof is None:
        return True
    predicted = {i for row in plan.patch.seen for i, value in enumerate(row) if value is not False}
    return all(proof.is_seen(i) for i in predicted)
