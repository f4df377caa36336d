# SPDX-License-Identifier: MIT
"""`kvariant matrix`: choose variants, print what they cover, write configs, lock or CI jobs."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kvariant.cli.choosing import choosing
from kvariant.cli.file_name import file_name
from kvariant.cli.init import repository_of
from kvariant.cli.matrix_budget import matrix_within
from kvariant.cli.options import (
    SeveralValues,
    json_option,
    refuse_idle,
    section,
    tell_choice,
    trees_json,
    verify_option,
    was_read,
)
from kvariant.cli.patch_proof import is_proven, patch_proof
from kvariant.cli.printer import say, say_aside, say_exact, say_json, waiting_in
from kvariant.cli.running import Running, RunOptions, began
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.cli.variant_options import VariantOptions, matrix_argument
from kvariant.cli.verification import tell, verdict_on
from kvariant.errors import Diagnostic, ExitCode, InputError, displayed
from kvariant.kconfig.other_readings import on_variants
from kvariant.plan import Plan, Plans, Selection, load_templates, load_tree
from kvariant.plan.check import is_own
from kvariant.plan.lock import Lock
from kvariant.plan.relocking import Relocking, relocked, strays
from kvariant.plan.shards import MOST_JOBS, grouped
from kvariant.project import NAMED, Project
from kvariant.render import Writer
from kvariant.report import matrix_json, matrix_text
from kvariant.report.fitting import fitting_json, fitting_text
from kvariant.report.matrix import FORMATS, HEADER, MANIFEST, github_text, matrix_files, shard_names
from kvariant.report.patch import patch_json, patch_text
from kvariant.report.since import since_text
from kvariant.report.verification import verification_json
from kvariant.scaffold import gitlab_jobs
from kvariant.sweep.budget import Budget, budget_seconds
from kvariant.sweep.request import SweepOptions
from kvariant.sweep.since import Since
from kvariant.words import agreeing, counted

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Tree
    from kvariant.matrix.verifier import Verdict
    from kvariant.plan.patch_proof import PatchProof
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
        raise _usage("--write, --check, --ci and -o are different things to do", "choose one")
    if ci and (max_jobs or 0) > MOST_JOBS[ci]:
        raise _usage(f"--max-jobs {max_jobs}: {ci} takes {MOST_JOBS[ci]} at most", "ask for fewer")
    if write or check:
        return _locked(project, selection, write=write, verify=verify, as_json=as_json)
    seconds = budget_seconds(budget) if budget is not None else None
    plans, fitting = _chosen(project, selection, seconds)
    tell_choice(plans)
    _tell_readings(plans)
    proven = _proven(plans, verify)
    plans = proven.plans
    if (ci or output) and not proven.are_told(err=as_json or ci is not None):
        return ExitCode.FAILED  # what is wrong is not written, and no jobs run on it
    if ci:
        jobs = _jobs(plans, max_jobs or MOST_JOBS[ci])
        due = shard_names(jobs)
        if since is not None:
            due = _due(_since(since, options, variants, plans, selection), plans, jobs)
        if ci == "gitlab":
            say_exact(_child_pipeline(plans, jobs, options, variants, selection), nl=False)
        else:
            say_exact(github_text(due))
    elif output is not None:
        _print_files(plans, Path(output), form or "config", negatives, as_json)
    elif as_json:
        limits: dict[str, object] = {}
        if fitting and seconds is not None:
            limits = {"budget": fitting_json(fitting, seconds)}
        say_exact(trees_json([(p.environment.name, proven.json(p) | limits) for p in plans]))
    else:
        for plan in plans:
            _print_matrix(plan, proven)
        if since is not None:
            found = _since(since, options, variants, plans, selection)
            say(since_text(found, verbose=True))
    if fitting and seconds is not None:
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
        told = [tell(verdict, name, err=err) for name, verdict in self.verdicts.items()]
        return all(told)

    def json(self, plan: Plan) -> dict[str, object]:
        """Return a matrix, and what was found of it."""
        name = plan.environment.name
        verdict = self.verdicts.get(name)
        verified = {"verified": verification_json(verdict)} if verdict else {}
        own = {"patch": patch_json(plan, self.proofs.get(name))} if plan.patch else {}
        return matrix_json(plan.matrix) | own | verified


def _proven(plans: Plans, verify: str | None) -> _Proven:
    """Return what is verified of plans, if that was asked for."""
    verdicts, proofs, found = {}, {}, []
    for plan in plans:
        name = plan.environment.name
        if verify and plan.patch:
            plan, proofs[name] = patch_proof(plan, keep=plans.project.keeps_trees)
        elif verify:
            values = plan.environment.values
            verdicts[name] = verdict_on(plan.tree, plan.matrix, plan.promise, verify, values)
        found.append(plan)
    return _Proven(plans=Plans(tuple(found)), verdicts=verdicts, proofs=proofs)


def _tell_readings(plans: Plans) -> None:
    """Warn where the values of named variants depend on rules that are not known."""
    for plan in plans:
        is_ours = is_own(plans.project, plan.tree) and plan.tree.is_assumed
        if plan.matrix.strategy == "named" and not is_ours:
            asked = {v.name: v.configuration.assignment for v in plan.matrix}
            if depends := on_variants(plan.tree, asked):
                say(depends, err=True)


def _print_matrix(plan: Plan, proven: _Proven) -> None:
    if not plan.matrix.variants:
        return  # of another environment are some selected
    name = plan.environment.name
    proof = proven.proofs.get(name)
    text = patch_text(plan, proof) if plan.patch else matrix_text(plan.matrix, _same(plan))
    say(section(name) + text)
    if verdict := proven.verdicts.get(name):
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


def _jobs(plans: Plans, most: int) -> int:
    """Return how many jobs there are to be, and tell how many variants each of them has."""
    names = [variant.name for variant in plans.variants]
    sizes = [len(group) for group in grouped(names, min(most, len(names)))]
    least, largest = min(sizes), max(sizes)
    each = f"{least}" if least == largest else f"{least} or {largest}"
    say(f"{counted(len(names), 'variant')} in {counted(len(sizes), 'job')}, {each} each", err=True)
    return len(sizes)


def _since(
    named: str, tree: TreeOptions, variants: VariantOptions, plans: Plans, selection: Selection
) -> Since:
    """Return what a sweep since a revision would run."""
    since = Since(named=named, tell=say_aside)
    run = Running(tree=tree, variants=variants, options=RunOptions(steps=(), jobs=None, quiet=True))
    run.cells(plans, selection, SweepOptions(dry=True, since=since))
    return since


def _due(since: Since, plans: Plans, jobs: int) -> list[str]:
    """Return the shards in which something runs, and tell how many there are beside."""
    groups = grouped([variant.name for variant in plans.variants], jobs)
    running = since.running
    pairs = zip(shard_names(jobs), groups, strict=True)
    due = [name for name, group in pairs if any(one in running for one in group)]
    say_aside(since_text(since, verbose=False))
    spared = jobs - len(due)
    left = f"{counted(len(running), 'variant')} in {counted(len(due), 'job')}"
    say_aside(f"{spared} of {counted(jobs, 'job')} {agreeing(spared, 'is', 'are')} spared: {left}")
    return due


def _child_pipeline(
    plans: Plans, jobs: int, options: TreeOptions, variants: VariantOptions, selection: Selection
) -> str:  # fmt: skip
    """Return GitLab's jobs, which choose the variants by the same words."""
    chosen = variants.words
    if chosen is None or was_read(selection.standard_input):
        message = "the standard input chooses the variants, and the jobs do not have it"
        raise _usage(message, "name a file: --symbols reads:PATH, --diff FILE")
    words = [*chosen, *options.all_words]
    here = Path.cwd()
    is_whole = words == [variants.matrix] * bool(variants.matrix)
    return gitlab_jobs(
        words,
        plans.plans[0].matrix.name if is_whole else "",
        variants=len(plans.variants),
        jobs=jobs,
        state=Path(os.path.relpath(plans.project.state, here)).as_posix(),
        folder=repository_of(here)[1],
    )


def _print_files(
    plans: Plans, output: Path, form: str, negatives: bool, as_json: bool
) -> None:  # fmt: skip
    folder = output.absolute()
    if Path.cwd().is_relative_to(folder):  # it is replaced as a whole
        raise _usage(f"-o {output}: the files need a folder of their own", "for example -o configs")

    told = {plan.environment.name for plan in plans if negatives or plan.tree.has_negatives}
    files = matrix_files(plans, form, told)
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


# The lock


def _locked(
    project: Project, selection: Selection, *, write: bool, verify: str | None, as_json: bool
) -> int:
    if not selection.is_whole:
        raise _usage(
            f"{'--write' if write else '--check'} is about matrices as the project has them",
            "put what chooses the variants into a table [tool.kvariant.matrix.NAME]",
        )
    lock, path = Lock.read(project.lock), displayed(project.lock)
    parts, holds = [], True
    for environment in project.environments:
        own = lock.within(environment.name).matrices
        names = [*own, *([project.matrix] if write else [])]
        tree = load_tree(project, environment)
        with choosing() as watch:
            part = relocked(
                project,
                tree,
                load_templates(project, tree),
                lock,
                [selection.matrix] if selection.matrix else names,
                environment=environment.name,
                anew=write,
                watch=watch,
            )
        holds = (not verify or _hold(tree, part, verify, environment.values, as_json)) and holds
        parts.append(part)
    if not holds:
        return ExitCode.FAILED
    is_all = project.is_whole and not selection.matrix
    found = Relocking.joined(parts, strays(lock, project.environments) if is_all else ())
    if write:
        _print_written(project, lock, found, as_json)
        return ExitCode.OK
    problem = _unlocked(path, lock, found) or found.stale(path)
    remark = None if problem else found.other_rules(path)
    names = [*found.matrices]
    if as_json:
        problems = [one.to_json() for one in (problem, remark) if one]
        say_json({"format": 1, "diagnostics": problems})
    else:
        say(str(problem) if problem else f"{path} is up to date: {', '.join(names)}")
        if remark:
            say(remark, err=True)
    return ExitCode.FAILED if problem else ExitCode.OK


def _hold(
    tree: Tree, found: Relocking, verify: str, variables: Mapping[str, str], as_json: bool
) -> bool:
    """Verify matrices, and tell of each; return whether all of them hold."""
    verdicts = [
        tell(verdict_on(tree, matrix, found.promises[name], verify, variables), name, err=as_json)
        for name, matrix in found.matrices.items()
    ]
    return all(verdicts)


def _unlocked(path: str, lock: Lock, found: Relocking) -> Diagnostic | None:
    """Return the error for a matrix that was never written, or for a lock without any."""
    missing = [name for name in found.matrices if name not in lock.matrices]
    if not missing and lock.matrices:
        return None
    what = f"{missing[0]} is not in {path}" if missing else f"nothing is in {path}"
    asked = dict.fromkeys(name.rpartition("/")[2] for name in missing)
    hint = " ".join(["kvariant matrix", *asked, "--write"])
    return Diagnostic(message=what, code="stale-lock", hint=hint)


def _print_written(project: Project, lock: Lock, found: Relocking, as_json: bool) -> None:
    for warning in found.warnings:
        say(warning, err=True)
    is_changed = Lock.update(project.lock, found.over, waiting_in("folder"))
    path = displayed(project.lock)
    if as_json:
        record = {"written": [path] * is_changed, "matrices": list(found.matrices)}
        say_json({"format": 1, **record})
        return
    for difference in filter(None, found.differences):
        say(difference.summary)
    for name, matrix in found.matrices.items():
        if name not in lock.matrices:
            say(f"{name}: {counted(len(matrix), 'variant')}, new in the lock")
    for name in found.gone:
        say(f"{name}: gone")
    say(f"{path} {'written' if is_changed else 'is up to date'}")


def _usage(message: str, hint: str) -> InputError:
    return InputError(Diagnostic(message=message, code="usage", hint=hint))
