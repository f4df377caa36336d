# SPDX-License-Identifier: MIT
"""The bundles of a sweep's failures: what all of them share is asked once."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.blame.checkout import Checkout, checkout_of
from kvariant.plan.digests import values_digest
from kvariant.steps import Steps, tools
from kvariant.steps.tool_versions import ToolVersion, tool_versions

if TYPE_CHECKING:
    from kvariant.blame.bundle import Bundle
    from kvariant.blame.findings import Finding
    from kvariant.kconfig import Configuration
    from kvariant.plan import Plan, Plans


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTree:
    """What a command line said of the tree; "" or none: the project's."""

    kconfig: str = ""
    preset: str = ""
    dialect: str = ""
    env: tuple[str, ...] = ()
    shell: bool = True


class Bundles:
    """Makes bundles of the failures of one sweep."""

    def __init__(
        self, plans: Plans, steps: Steps, command: Sequence[str], given: GivenTree
    ) -> None:
        """Take what was swept, how, and how the command line called it."""
        self._plans = plans
        self._steps = steps
        self._command = tuple(command)
        self._given = given
        self._checkout: Checkout | None = None
        self._tools: dict[tuple[str, ...], Mapping[str, ToolVersion]] = {}

    def of(self, finding: Finding, configuration: Configuration) -> Bundle:
        """Return the bundle of a failure, of the variant that is nearest to a passing one.

        Cost: git is asked once for all, each program for its version once.
        """
        environment, _, name = finding.nearest_to.rpartition("/")
        plan = next(
            (p for p in self._plans if p.environment.name == environment), self._plans.plans[0]
        )
        if self._checkout is None:
            project = self._plans.project
            ours = [project.state, *([project.output] if project.output else [])]
            self._checkout = checkout_of(project.root, ours)
        from kvariant.blame.bundle import Bundle  # where something failed

        return Bundle(
            variant=name,
            step=finding.step,
            test=finding.tests[0] if finding.tests else "",
            messages=finding.messages,
            command=self._command,
            kconfig=self._given.kconfig,
            preset=self._given.preset,
            dialect=self._given.dialect,
            env=self._variables(plan),
            shell=self._given.shell,
            fragment=plan.tree.minimal_text(configuration),
            digest=values_digest(configuration),
            checkout=self._checkout,
            tools=self._tools_of(finding.step, plan, configuration),
            machine=machine(),
        )

    def _variables(self, plan: Plan) -> tuple[str, ...]:
        environment = plan.environment
        given = (v for v in self._given.env if v.partition("=")[0] not in environment.listed)
        return (*given, *(f"{name}={environment.values[name]}" for name in environment.listed))

    def _tools_of(
        self, name: str, plan: Plan, configuration: Configuration
    ) -> Mapping[str, ToolVersion]:
        step = self._steps[name]
        environment = {**self._steps.variables(configuration, plan.variables), **step.env}
        names = () if step.is_built_in else tools.named(step, environment)
        path = environment.get("PATH")
        key = (*names, path or "")
        if key not in self._tools:
            self._tools[key] = tool_versions(names, path)
        return self._tools[key]


def machine() -> str:
    """Return the kind of machine, and the versions of Python and of kvariant."""
    import importlib.metadata

    version = importlib.metadata.version("kvariant")
    system = f"{platform.system()} {platform.machine()}"
    return f"{system}, Python {platform.python_version()}, kvariant {version}"


def differences(bundle: Bundle, folder: Path, ours: Sequence[Path]) -> Mapping[str, str]:
    """Return in words what is otherwise here than where a bundle was made, by what it is.

    Args:
        folder: the checkout here.
        ours: folders of which nothing is told; see `checkout_of`.
    """
    found: dict[str, str] = {}
    here, there = checkout_of(folder, ours), bundle.checkout
    if there.revision != here.revision:
        found["revision"] = (
            f"{there.revision or 'unknown'} there, {here.revision or 'unknown'} here"
        )
    if not there.is_whole:
        found["difference"] = "too large to be in the bundle, or no text"
    elif there.difference != here.difference:
        what = "another one here" if there.difference else "none there, one here"
        found["difference"] = what if here.difference else "one there, none here"
    if there.untracked and there.untracked != here.untracked:
        found["untracked files"] = f"there {', '.join(there.untracked[:4])}" + (
            f" and {len(there.untracked) - 4} more" if len(there.untracked) > 4 else ""
        )
    if bundle.machine != (mine := machine()):
        found["machine"] = f"{bundle.machine} there, {mine} here"
    mine_tools = tool_versions(bundle.tools)
    for name, tool in bundle.tools.items():
        if said := tool.differs(mine_tools.get(name)):
            found[name] = said
    return found
