# SPDX-License-Identifier: MIT
"""What must be there before anything runs: programs on PATH, variables that somebody sets.

A missing cross compiler is one error that says how many variants need it, not a
red cell in each of them.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, MissingError, Note, Severity
from kvariant.kconfig.expression import Not
from kvariant.project import NAMED
from kvariant.steps import placeholders, tools
from kvariant.words import agreeing

if TYPE_CHECKING:
    from kvariant.kconfig import Expression
    from kvariant.plan import Plans, Variant
    from kvariant.steps.step import Step, Steps, Toolchain

_PACKAGES = {"make": "make", "ninja": "ninja-build", "cmake": "cmake", "clang": "clang"}
"""Programs whose Debian package is known."""


@dataclass
class _Need:
    step: Step
    toolchain: Toolchain | None
    variants: list[Variant] = field(default_factory=list)


def check(steps: Steps, plans: Plans) -> None:
    """Look for every program and variable that the steps need.

    Raises:
        MissingError: programs are not there, each told once [no-tool].
        InputError: a command uses a variable that nobody sets [unknown-variable].
    """
    needs: dict[str, _Need] = {}
    unset: dict[str, Diagnostic] = {}
    root = plans.project.root
    for variant in plans.variants:
        plan = plans[variant]
        made = (root, plans.project.state, plan.tree.root)
        for step in steps.steps:
            if step.is_built_in or (step.where and not variant.configuration.satisfies(step.where)):
                continue
            environment = {
                **steps.variables(variant.configuration, plan.variables),
                **step.env,
            }
            for name in _variables(step):
                if steps.variable(name, environment, plan.tree.environment) is None:
                    unset.setdefault(name, _unset(step, name))
            toolchain = steps.toolchain(variant.configuration)
            for program in tools.needed(step, environment, root, made):
                if not tools.is_there(program, environment.get("PATH"), root):
                    by = toolchain if toolchain and _names(toolchain, program) else None
                    need = needs.setdefault(program, _Need(step, by))
                    if variant not in need.variants:
                        need.variants.append(variant)
    if unset:
        raise InputError(*unset.values())
    if needs:
        raise MissingError(*(_missing(program, need, plans) for program, need in needs.items()))


def indifferent(steps: Steps, plans: Plans) -> Diagnostic | None:
    """Return that all variants run the very same commands in the same place, None if not.

    `-- make` builds what the tree's own .config says, several times at once.
    """
    given = [step for step in steps.steps if not step.is_built_in]
    of_each = ("out", "config", "name", "results")
    if (
        len(given) < len(steps.steps)
        or len(plans.variants) <= len(list(plans))
        or steps.toolchains
        or any(placeholders.uses(text, *of_each) for step in given for text in _texts(step))
    ):
        return None
    return Diagnostic(
        message="the command is the same in every variant: it names neither {out} nor {config}",
        code="same-command",
        severity=Severity.WARNING,
        location=given[0].location,
        hint="for example make -C {tree} O={out}; others take {config}, the path of the .config",
    )


def _variables(step: Step) -> Iterator[str]:
    for text in _texts(step):
        yield from placeholders.env_names(text)


def _texts(step: Step) -> Iterator[str]:
    yield from [step.command] if isinstance(step.command, str) else step.command or ()
    yield from step.env.values()
    yield step.results.path if step.results else ""


def _names(toolchain: Toolchain, program: str) -> bool:
    return any(value and program.startswith(value.split()[-1]) for value in toolchain.env.values())


def _unset(step: Step, name: str) -> Diagnostic:
    return Diagnostic(
        message=f"nothing sets {name}, which {step.name} uses as {{env.{name}}}",
        code="unknown-variable",
        location=step.location,
        hint=f"--env {name}=VALUE, a [[toolchain]], the step's env, or export {name}",
    )


def _missing(program: str, need: _Need, plans: Plans) -> Diagnostic:
    count, total = len(need.variants), len(plans.variants)
    who = f"{count:,} of {total:,} variants {agreeing(count, 'needs', 'need')} it"
    if count == total:
        who = "every variant needs it"
    location: Location | None = need.step.location
    notes: tuple[Note, ...] = ()
    if need.toolchain is not None:
        location = None
        where = need.toolchain.where
        because = _because(where, need.variants)
        notes = (Note(f"toolchain for {where or 'all'}{because}", need.toolchain.location),)
    return Diagnostic(
        message=f"{program} is not on PATH; {who}",
        code="no-tool",
        location=location,
        notes=notes,
        hint=_remedy(program, plans.project.root) + _without(need, plans),
    )


def _remedy(program: str, root: Path) -> str:
    """Return how a program comes to be there; steps run in the project's folder, `root`."""
    if (root / program).is_file():
        first = "" if os.access(root / program, os.X_OK) else "make it executable and "
        return f"{first}write ./{program}"
    package = _package(program)
    return f"install it (Debian: apt install {package})" if package else "install it"


def _without(need: _Need, plans: Plans) -> str:
    """Return which option leaves out the variants in need; "" where none is known to.

    It may leave out more: a toolchain is for what satisfies its expression and none before it.
    Of fragments' variants an expression selects. What a strategy chooses it restricts, in each
    tree, and in each it must be satisfiable: a variant that satisfies it shows that.
    """
    where = need.toolchain.where if need.toolchain else need.step.where
    names = {variant.name for variant in need.variants}
    rest = [variant for variant in plans.variants if variant.name not in names]
    others = dict.fromkeys(variant.environment for variant in rest)
    if others and others.keys().isdisjoint(variant.environment for variant in need.variants):
        globs = " ".join(f"-k '{name}/*'" for name in others)
        return f", or sweep the other {_so_many(rest)}: add {globs}"
    if where is None or not all(v.configuration.satisfies(where) for v in need.variants):
        return ""
    left = [variant for variant in rest if not variant.configuration.satisfies(where)]
    option = f"add --where {shlex.quote(_negated(where))}"
    if left and all(plan.matrix.strategy == NAMED for plan in plans):
        whose = "the other" if left == rest else "only"
        return f", or sweep {whose} {_so_many(left)}: {option}"
    is_in_each = len({variant.environment for variant in left}) == len(list(plans))
    return f", or choose variants without it: {option}" if is_in_each else ""


def _so_many(variants: Sequence[Variant]) -> str:
    return agreeing(len(variants), "one", f"{len(variants):,}")


def _because(where: Expression | None, variants: Sequence[Variant]) -> str:
    if where is None or len(where.symbols) != 1:
        return ""
    value = variants[0].configuration.get(where.symbols[0], "n")
    return f", chosen because CONFIG_{where.symbols[0]}={value}"


def _negated(where: Expression) -> str:
    return str(where.term if isinstance(where, Not) else Not(where))


def _package(program: str) -> str:
    if program.endswith("-gcc"):
        return f"gcc-{program.removesuffix('-gcc').replace('_', '-')}"
    return _PACKAGES.get(program, "")
