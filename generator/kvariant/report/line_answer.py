# SPDX-License-Identifier: MIT
"""All that is told of a line, worked out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import ALWAYS
from kvariant.plan.line_presence import LinePresence, given_configurations
from kvariant.plan.spaces import space_of
from kvariant.presence.other_trees import declared_elsewhere
from kvariant.presence.verdict import holds, judged, lacking, nearest
from kvariant.report.presence import PresenceAnswer

if TYPE_CHECKING:
    from kvariant.plan.fragments import Fragments
    from kvariant.project import Project


def line_answer(
    project: Project,
    lines: LinePresence,
    path: str,
    line: int,
    fragments: Fragments,
    files: Sequence[Path],
) -> PresenceAnswer:
    """Return where a line is there, and in which of some configurations.

    Args:
        files: of the configurations; none: see `given_configurations`.

    Raises:
        InputError: there is no such line, or a file is wrong.
    """
    presence = lines.of(path, line)
    space = space_of(lines.tree)
    verdict = judged(space, presence.condition)
    is_open = verdict.can_hold and presence.condition != ALWAYS
    given = given_configurations(project, lines.tree, fragments, files) if is_open else []
    found = {one.name: holds(one.configuration, presence.condition) for one in given}
    without = [one for one in given if found[one.name] is False]
    first = without[0] if without else None
    return PresenceAnswer(
        presence=presence,
        verdict=verdict,
        holds=found,
        lacking={one.name: lacking(one.configuration, presence.condition) for one in without},
        nearest=nearest(space, first.assignment, presence.condition) if first else None,
        verb="rendered" if lines.is_template(path) else "compiled",
        elsewhere=[] if verdict.can_hold else declared_elsewhere(lines.tree, presence),
    )
