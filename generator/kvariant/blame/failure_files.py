# SPDX-License-Identifier: MIT
"""`<state>/failures/`: for each distinct failure, fragments that fail and that pass.

N.config        the failing variant, as few values as give it
N.pass.config   the passing one that differs in the fewest symbols
N.json          the failure's bundle, for `kvariant reproduce`: it works without this folder
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.render import Writer, manifested

if TYPE_CHECKING:
    from kvariant.blame.bundle import Bundle
    from kvariant.blame.findings import Finding
    from kvariant.kconfig import Configuration, Tree

FOLDER = "failures"


def failing_file(number: int) -> str:
    """Return the name of the fragment that fails as finding `number` (from 1) does."""
    return f"{number}.config"


def passing_file(number: int) -> str:
    """Return the name of the fragment beside it that passes."""
    return f"{number}.pass.config"


def bundle_file(number: int) -> str:
    """Return the name of the bundle beside it."""
    return f"{number}.json"


def failure_files(
    findings: Sequence[Finding],
    configurations: Mapping[str, Configuration],
    trees: Mapping[str, Tree],
    bundle: Callable[[Finding, Configuration], Bundle],
) -> Mapping[str, str]:
    """Return the fragments and the bundles of findings, by file name.

    Args:
        trees: each variant's, by name.
        bundle: makes the bundle of a finding, given the failing configuration.
    """
    files: dict[str, str] = {}
    if not findings:
        return files
    from kvariant.blame.bundle import bundle_text

    for number, finding in enumerate(findings, 1):
        failing = configurations[finding.nearest_to]
        files[failing_file(number)] = _fragment(
            trees[finding.nearest_to],
            failing,
            f"{finding.nearest_to} {finding.attribution}",
            finding.message,
        )
        files[bundle_file(number)] = bundle_text(bundle(finding, failing))
        if finding.nearest:
            passing = configurations[finding.nearest]
            what = f"{finding.nearest} passes; it differs in {', '.join(finding.differing)}"
            files[passing_file(number)] = _fragment(
                trees[finding.nearest], passing, what, finding.message
            )
    return files


def write_failures(
    state: Path,
    findings: Sequence[Finding],
    configurations: Mapping[str, Configuration],
    trees: Mapping[str, Tree],
    bundle: Callable[[Finding, Configuration], Bundle],
) -> None:
    """Write the files of the findings, and remove those of an earlier sweep.

    See `failure_files`.

    Raises:
        InputError: the folder is not ours.
        MissingError: the disk is full or read-only.
    """
    files = failure_files(findings, configurations, trees, bundle)
    with Writer(state).locked() as writer:
        if files:
            writer.write(FOLDER, manifested(files))
        elif writer.leftover(FOLDER):
            writer.remove(FOLDER)


def _fragment(tree: Tree, configuration: Configuration, *comments: str) -> str:
    lines = "".join(f"# {' '.join(comment.split())}\n" for comment in comments)
    # Any line that begins so is read by us or by Kconfig tools.
    lines = lines.replace("# kvariant:", "# kvariant :")
    return f"{lines}\n{tree.minimal_text(configuration)}"
