# SPDX-License-Identifier: MIT
"""The linux dialect on small random trees, against the kernel's own conf.

Left out is what no dialect is promised for: a select, imply or default of a choice's
member, which conf heeds where the member is out of sight and kconfiglib never; menus that
begin at a member; two members of one choice asked for at once; and numbers, where conf of
6.1 lets values outside their range through.

KVARIANT_EXAMPLES=N draws N trees, other ones each time.
"""

from __future__ import annotations

import os
from pathlib import Path

import kconfiglib
import kernel_conf
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import strategies
from kvariant import Assignments, Space, Tree
from strategies import Assignment, SmallTree, small_trees

EXAMPLES = int(os.environ.get("KVARIANT_EXAMPLES", "0"))


def comparable(kconfig: kconfiglib.Kconfig) -> bool:
    """Return whether kconfiglib and conf mean the same by the tree's choices."""
    members = [member for choice in kconfig.unique_choices for member in choice.syms]
    none = kconfig.n
    return not any(
        m.defaults
        or m.rev_dep is not none
        or m.weak_rev_dep is not none
        or any(node.list for node in m.nodes)
        for m in members
    )


def one_member_a_choice(kconfig: kconfiglib.Kconfig, assignment: Assignment) -> bool:
    """Return whether no choice is asked for two members."""
    asked = [kconfig.syms[name].choice for name in assignment if kconfig.syms[name].choice]
    return len(asked) == len(set(asked))


@given(small_trees(numbers=False), st.data())
@settings(
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_evaluate_is_conf(conf: Path, small: SmallTree, data: st.DataObject) -> None:
    """Random user values come back from conf --olddefconfig as the linux dialect says."""
    assume(("config MODULES" in small.text) == ("option modules" in small.text))
    with small.written() as path:
        kconfig = strategies.plain(path)
        path.write_text(small.text.replace("option modules", "modules"))
        assume(comparable(kconfig))
        space = Space.of(Tree.load(path), dialect="linux")
        states = [st.sampled_from(part) for part in strategies.states(kconfig)]
        for state in data.draw(st.lists(st.tuples(*states), min_size=1, max_size=6)):
            assignment = {name: value for part in state for name, value in part}
            if not one_member_a_choice(kconfig, assignment):
                continue
            (configuration,) = space.evaluate(Assignments.of([assignment]))
            text = strategies.fragment(strategies.types(kconfig), assignment)
            try:
                written = kernel_conf.olddefconfig(conf, path, {}, text)
            except kernel_conf.ConfError:
                return
            assert {n: written.get(n, "n") for n in strategies.logical(kconfig)} == dict(
                configuration
            )
