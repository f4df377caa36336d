# SPDX-License-Identifier: MIT
"""`kvariant matrix`: choose variants, print what they cover, write configs, lock or CI jobs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kvariant.cli.beginning import began
from kvariant.cli.choosing import choosing
from kvariant.cli.file_name import file_name
from kvariant.cli.options import (
    SeveralValues,
    json_option,
    refuse_idle,
    section,
    tell_choice,
    trees_json,
    usage_error,
    verify_option,
)
from kvariant.cli.patch_proof import is_proven, patch_proof
from kvariant.cli.printer import say, say_exact, say_json, waiting_in
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.cli.variant_options import VariantOptions, matrix_argument
from kvariant.errors import ExitCode, displayed
from kvariant.plan import Plan, Plans
from kvariant.plan.shards import MOST_JOBS
from kvariant.plan.trees import is_own
from kvariant.project import NAMED
from kvariant.report.matrix import (
    FORMATS,
    HEADER,
    MANIFEST,
    matrix_files,
    matrix_json,
    matrix_text,
)
from kvariant.sweep.budget import Budget, budget_seconds
from kvariant.words import counted

# What one option alone needs (--write, --check, --ci, --since, --budget, --verify, a patch) is
# loaded where that is given: it is most of us.
if TYPE_CHECKING:
    from collections.abc import Mapping

    from kvariant.matrix.verifier import Verdict
    from kvariant.plan import Selection
    from kvariant.plan.patch_proof import PatchProof
    from kvariant.project import Project
    from kvariant.sweep.fitting_matrix import FittingMatrix

_COMPARED = 200
"""Up to so many variants of fragments are rendered to tell which are the same."""


@click.command("matrix", cls=SeveralValues)
@matrix_argument
@tree_options
@click.option("-o", "output", metavar="DIR", type=file_name, help="Write a file for each variant")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="Of -o  [default: config]")
@click.option(
    "--negatives", is_flag=True,
    help="Headers of -o also #define what is off, as 0  [default: as the tree's own tool does]",
)  # fmt: skip
@click.option("--write", is_flag=True, help="Write MATRIX, or all that is locked, into the lock")
@click.option("--check", is_flag=True, help="Exit 1 if what is locked would be another today")
@verify_option
@click.option(
    "--budget", metavar="TIME", help="Only what is predicted to be swept in time: 90s, 10m, 1h30m"
)
@click.option(
    "--since", metavar="REV",
    help="Tell in which variants `sweep --since REV` has something to run; with --ci in which "
    "jobs, those alone for github",
)  # fmt: skip
@click.option(
    "--ci",
    type=click.Choice([*MOST_JOBS]),
    help="Print the jobs' matrix for a workflow, or a child pipeline",
)
@click.option(
    "--max-jobs", metavar="N", type=click.IntRange(min=1),
    help=f"Of --ci  [default: {', '.join(f'{most} ({host})' for host, most in MOST_JOBS.items())}]",
)  # fmt: skip
@json_option
def command(
    output: str | None,
    form: str | None,
    negatives: bool,
    write: bool,
    check: bool,
    verify: str | None,
    budget: str | None,
    ci: str | None,
    since: str | None,
    max_jobs: int | None,
    as_json: bool,
    options: TreeOptions,
    variants: VariantOptions,
) -> int:
    """Choose variants; print what tells them apart and what they cover.

    \b
    Examples:
      kvariant matrix pairwise
      kvariant matrix distinct --symbols 'NET*' -o configs-of-net
      kvariant matrix pairwise --write    keep it in the lock
    """
    project = options.read()
    selection = variants.selection(project, tells_shares=True)
    refuse_idle(
        ("--format", form, "without -o", output is None),
        ("--max-jobs", max_jobs, "without --ci", ci is None),
        *(
            ("--since", since, f"with {option}", is_given and ci is None)
            for option, is_given in (
                ("--json", as_json),
                ("-o", output),
                ("--write", write),
                ("--check", check),
            )
        ),
        ("--json", as_json, f"with --ci {ci}, which prints what {ci} reads", ci is not None),
        ("--budget", budget, "with --write: a lock has all of a matrix", write),
        ("--budget", budget, "with --check: a lock has all of a matrix", check),
        ("--negatives", negatives, "without --format header", form != HEADER),
    )
    if sum(map(bool, (write, check, ci, output))) > 1:
        raise usage_error("--write, --check, --ci and -o are different things to do", "choose one")
    if ci and (max_jobs or 0) > MOST_JOBS[ci]:
        message = f"--max-jobs {max_jobs}: {ci} takes {MOST_JOBS[ci]} at most"
        raise usage_error(message, "ask for fewer")
    if write or check:
        from kvariant.cli.matrix_lock import locked

        return locked(project, selection, write=write, verify=verify, as_json=as_json)
    seconds = budget_seconds(budget) if budget is not None else None
    plans, fitting = _chosen(project, selection, seconds)
    tell_choice(plans)
    _tell_readings(plans)
    proven = _proven(plans, verify)
    plans = proven.plans
    if (ci or output) and not proven.are_told(err=as_json or ci is not None):
        return ExitCode.FAILED  # what is wrong is not written, and no jobs run on it
    if ci:
        from kvariant.cli.matrix_ci import print_jobs

        most = max_jobs or MOST_JOBS[ci]
        print_jobs(ci, most, since, options, variants, plans, selection)
    elif output is not None:
        _print_files(plans, Path(output), form or "config", negatives, as_json)
    elif as_json:
        limits: dict[str, object] = {}
        if fitting and seconds is not None:
            from kvariant.report.fitting import fitting_json

            limits = {"budget": fitting_json(fitting, seconds)}
        say_exact(trees_json([(p.environment.name, proven.json(p) | limits) for p in plans]))
    else:
        for plan in plans:
            _print_matrix(plan, proven)
        if since is not None:
            from kvariant.cli.matrix_ci import print_since

            print_since(since, options, variants, plans, selection)
    if fitting and seconds is not None:
        from kvariant.report.fitting import fitting_text

        say(fitting_text(fitting, seconds), err=bool(ci or output or as_json))
    return ExitCode.OK if proven.holds else ExitCode.FAILED


def _chosen(
    project: Project, selection: Selection, seconds: float | None
) -> tuple[Plans, FittingMatrix | None]:
    """Return the variants, and if time is short which of them fit into it."""
    with choosing() as watch:
        if seconds is None:
            return Plans.of(project, replace(selection, watch=watch)), None
        # Chosen is as long as it may be swept: a day's choice is not for an hour's sweep.
        watch = replace(watch, cut=Budget(2 * seconds, began()).choice_is_over)
        watched = replace(selection, watch=watch, is_budgeted=True)
        plans = Plans.of(project, watched)
        from kvariant.cli.matrix_budget import matrix_within

        fitting = matrix_within(plans, watched, seconds)
        return (fitting.plans if fitting else plans), fitting


@dataclass(frozen=True, kw_only=True)
class _Proven:
    """What was verified, by the names of the environments; nothing where nobody asked."""

    plans: Plans
    """With the variants in which alone something of a patch was seen."""
    verdicts: Mapping[str, Verdict]
    """What the verifier says of a matrix."""
    proofs: Mapping[str, PatchProof]
    """What preprocessing shows of a patch."""

    @property
    def holds(self) -> bool:
        """Whether all of it is so."""
        proofs = (self.proofs.get(plan.environment.name) for plan in self.plans)
        is_sound = all(verdict.holds for verdict in self.verdicts.values())
        return is_sound and all(map(is_proven, self.plans, proofs))

    def are_told(self, *, err: bool) -> bool:
        """Print the verdicts; return whether all hold."""
        if not self.verdicts:
            return True
        from kvariant.cli.verification import tell

        told = [tell(verdict, name, err=err) for name, verdict in self.verdicts.items()]
        return all(told)

    def json(self, plan: Plan) -> dict[str, object]:
        """Return a matrix, and what was found of it."""
        name = plan.environment.name
        record = matrix_json(plan.matrix)
        if plan.patch:
            from kvariant.report.patch import patch_json

            record |= {"patch": patch_json(plan, self.proofs.get(name))}
        if verdict := self.verdicts.get(name):
            from kvariant.report.verification import verification_json

            record |= {"verified": verification_json(verdict)}
        return record


def _proven(plans: Plans, verify: str | None) -> _Proven:
    """Return what is verified of plans, if that was asked for."""
    if not verify:
        return _Proven(plans=plans, verdicts={}, proofs={})
    from kvariant.cli.verification import verdict_on

    verdicts, proofs, found = {}, {}, []
    for plan in plans:
        name = plan.environment.name
        if plan.patch:
            plan, proofs[name] = patch_proof(plan, keep=plans.project.keeps_trees)
        else:
            values = plan.environment.values
            verdicts[name] = verdict_on(plan.tree, plan.matrix, plan.promise, verify, values)
        found.append(plan)
    return _Proven(plans=Plans(tuple(found)), verdicts=verdicts, proofs=proofs)


def _tell_readings(plans: Plans) -> None:
    """Warn where the values of named variants depend on rules that are not known."""
    for plan in plans:
        is_ours = is_own(plans.project, plan.tree) and plan.tree.is_assumed
        if plan.matrix.strategy == NAMED and not is_ours:
            from kvariant.kconfig.other_readings import on_variants

            asked = {v.name: v.configuration.assignment for v in plan.matrix}
            if depends := on_variants(plan.tree, asked):
                say(depends, err=True)


def _print_matrix(plan: Plan, proven: _Proven) -> None:
    if not plan.matrix.variants:
        return  # of another environment are some selected
    name = plan.environment.name
    proof = proven.proofs.get(name)
    if plan.patch:
        from kvariant.report.patch import patch_text

        text = patch_text(plan, proof)
    else:
        text = matrix_text(plan.matrix, _same(plan))
    say(section(name) + text)
    if verdict := proven.verdicts.get(name):
        from kvariant.cli.verification import tell

        tell(verdict, table=True)


def _same(plan: Plan) -> list[list[str]]:
    """Return the names of fragments' variants that render to the same bytes, in groups."""
    matrix, templates = plan.matrix, plan.templates
    if templates is None or matrix.strategy != NAMED or len(matrix) > _COMPARED:
        return []
    groups: dict[str, list[str]] = defaultdict(list)
    for variant in matrix:
        groups[templates.render(variant.configuration).digest].append(variant.name)
    return [group for group in groups.values() if len(group) > 1]


def _print_files(
    plans: Plans, output: Path, form: str, negatives: bool, as_json: bool
) -> None:  # fmt: skip
    folder = output.absolute()
    if Path.cwd().is_relative_to(folder):  # it is replaced as a whole
        message = f"-o {output}: the files need a folder of their own"
        raise usage_error(message, "for example -o configs")
    told = {plan.environment.name for plan in plans if negatives or plan.tree.has_negatives}
    files = matrix_files(plans, form, told)
    from kvariant.render import Writer

    with Writer(folder.parent, MANIFEST).locked(waiting_in("folder")) as writer:
        change = writer.write(folder.name, files)
    if as_json:
        lists = {"written": list(change.written), "removed": list(change.removed)}
        say_json({"format": 1, **lists})
    else:
        gone = f", {len(change.removed)} removed" if change.removed else ""
        written = sum(path != MANIFEST for path in change.written)
        count = counted(len(plans.variants), "variant")
        say(f"{displayed(folder)}: {count}, {written} written{gone}")
