# SPDX-License-Identifier: MIT
"""Everything that is wrong with a project: tree, fragments, templates, generated files, lock."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location, Severity, displayed
from kvariant.kconfig import Configuration, Fragment, Tree
from kvariant.kconfig.other_readings import on_variants
from kvariant.kconfig.unset import hint
from kvariant.matrix.named import named
from kvariant.plan.difference import stale
from kvariant.plan.fragments import Fragments
from kvariant.plan.generation import Generation
from kvariant.plan.lock import Lock
from kvariant.plan.plan import load_templates
from kvariant.plan.plans import Plans
from kvariant.plan.relocking import relocked, strays
from kvariant.plan.selection import Selection
from kvariant.plan.trees import is_own, load_tree
from kvariant.plan.unreached import dead_branches, unused_symbols
from kvariant.project import NAMED, Environment, Project
from kvariant.regular_file import read_text
from kvariant.render import Change, Helper, Templates
from kvariant.words import agreeing, counted

STALE = ("witness", "stale", "stale-lock", "other-rules")
"""Codes of what is not wrong, but no longer true."""
_TESTS = ("tests",)
"""Where tests are looked for if the project does not say."""

Witness = Callable[[Tree, Mapping[str, Configuration]], Iterable[Diagnostic]]
"""Returns where a tree's own tool has other values in configurations, by variant."""


def defined(project: Project, environments: Iterable[Environment]) -> frozenset[str]:
    """Return the symbols of all trees that parse."""
    names: set[str] = set()
    for environment in environments:
        with contextlib.suppress(InputError):  # told where each is looked at
            names.update(load_tree(project, environment).symbols)
    return frozenset(names)


def check(
    project: Project,
    environment: Environment,
    elsewhere: Collection[str] = (),
    witness: Witness | None = None,
) -> tuple[list[Diagnostic], dict[str, int]]:
    """Return everything wrong with a project in one environment, and how much was looked at.

    What cannot be checked because of an earlier error (fragments of a tree that
    does not parse) is left out; everything else is checked all the same.

    Args:
        elsewhere: names that are symbols in some environment.
        witness: asks the tree's own tool about configurations, by the fragments' names.
    """
    from kvariant.space import Space  # where a tree is checked

    findings: list[Diagnostic] = []
    try:
        tree = load_tree(project, environment)
    except InputError as error:
        return list(error.diagnostics), {"symbols": 0}
    own, space = is_own(project, tree), Space.of(tree)
    findings += tree.diagnostics(undefined=own, elsewhere=elsewhere)
    findings += _with_unset(tree, space.findings())
    fragments = _fragments(project, tree, findings)
    assignments: dict[str, Mapping[str, str] | Fragment] = {f.name: f for f in fragments}
    if not (own and tree.is_assumed) and (depends := on_variants(tree, assignments)):
        findings.append(depends)  # a project's own tree with no other tool has our rules
    if witness:
        findings += witness(tree, {one.name: tree.resolve(one) for one in fragments})
    templates = _templates(project, tree, findings)
    sizes = {"symbols": len(tree.symbols), "configurations": len(fragments)}
    if (unread := _count(project, tree) - len(fragments)) > 0:
        sizes["unread configurations"] = unread
    if not own:
        sizes["undefined names"] = len(tree.undefined_names)
    if templates:
        sizes["templates"] = len(templates.outputs)
        known = [tree.resolve(fragment) for fragment in fragments]
        findings += dead_branches(templates, space, known)
        texts = list(_texts(project))
        # Of somebody else's tree most symbols are read elsewhere, and who is given the
        # whole configuration may read any of it.
        if own and not any("{config}" in text for text in texts):
            findings += unused_symbols(space, templates, texts)
    if not any(d.severity is Severity.ERROR for d in findings):
        found = _locked(project, tree, templates, environment.name)
        if len(project.environments) == 1 and all(d.code in STALE for d in found):
            findings += _generated(project)
        findings += found
    return list(dict.fromkeys(findings)), sizes


def _with_unset(tree: Tree, findings: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """Return findings, dead symbols with the variables that nobody set and that are behind it."""
    names = [_subject(finding) for finding in findings if finding.code == "dead-symbol"]
    behind = tree.unset_behind(names)
    for finding in findings:
        unset = behind.get(_subject(finding), ()) if finding.code == "dead-symbol" else ()
        yield replace(finding, hint=hint(unset)) if unset else finding


def _subject(finding: Diagnostic) -> str:
    return finding.message.partition(" ")[0]


def check_all(
    project: Project, environments: Sequence[Environment], errors: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """Return what is wrong with what several environments have in common: files of ours.

    Args:
        errors: what is wrong in each; what is worse than stale hides what is looked for here.
    """
    if len(environments) == 1 or any(d.code not in STALE for d in errors):
        return []
    lost = strays(Lock.read(project.lock), environments) if project.is_whole else ()
    found = stale(str(project.lock), (), lost)
    return [*_generated(project), *([found] if found else [])]


def _fragments(project: Project, tree: Tree, findings: list[Diagnostic]) -> tuple[Fragment, ...]:
    fragments = _readable(project, tree, findings)
    try:
        named(tree, fragments)
    except InputError as error:
        findings += error.diagnostics
        return fragments
    for fragment in fragments:
        dropped = {d.symbol for d in tree.resolve(fragment).dropped}
        findings += [
            Diagnostic(
                message=f"{p.symbol} is not dropped, the permission is not needed",
                code="unused-permission",
                location=p.location,
                severity=Severity.WARNING,
            )
            for p in fragment.permissions
            if p.symbol not in dropped
        ]
    return fragments


def _readable(project: Project, tree: Tree, findings: list[Diagnostic]) -> tuple[Fragment, ...]:
    """Return the fragments that can be read: what is wrong in one hides nothing of the others."""
    fragments = Fragments(project, tree)
    try:
        found = fragments.read(fragments.files)
    except InputError as error:
        findings += error.diagnostics
        found = _each(fragments)
    findings += fragments.warnings
    return found


def _count(project: Project, tree: Tree) -> int:
    """Return how many fragments there are, read or not; 0 where that cannot be told."""
    with contextlib.suppress(InputError):  # told where they are read
        return len(Fragments(project, tree).files)
    return 0


def _each(fragments: Fragments) -> tuple[Fragment, ...]:
    """Return the fragments that can be read one by one."""
    found: dict[str, Fragment] = {}
    try:
        files = fragments.files
    except InputError:  # told already: a file that lists them cannot be read
        return ()
    for path in files:
        with contextlib.suppress(InputError):  # told where all are read
            (fragment,) = fragments.read([path])
            found.setdefault(fragment.name, fragment)
    return tuple(found.values())


def _templates(project: Project, tree: Tree, findings: list[Diagnostic]) -> Templates | None:
    try:
        return load_templates(project, tree)
    except InputError as error:
        findings += error.diagnostics
        return None


def _texts(project: Project) -> Iterator[str]:
    """Yield what else than templates reads symbols: steps and their conditions, and tests."""
    for step in project.steps:
        yield " ".join([step.run] if isinstance(step.run, str) else step.run)
        yield from (step.where, *step.env.values())
    yield from (toolchain.where for toolchain in project.toolchains)
    yield from (failure.where for failure in project.known_failures)
    for name in project.tests or _TESTS:
        path = project.root / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if file.is_file():
                yield read_text(file, "replace")


def _locked(
    project: Project, tree: Tree, templates: Templates | None, environment: str
) -> list[Diagnostic]:
    try:
        lock = Lock.read(project.lock)
        names = lock.within(environment).matrices
        today = relocked(project, tree, templates, lock, names, environment=environment)
        found = [today.stale(str(project.lock)), today.other_rules(str(project.lock))]
    except InputError as error:
        return list(error.diagnostics)
    return [one for one in found if one]


def _generated(project: Project) -> Iterator[Diagnostic]:
    is_named = project.matrices.table(project.matrix).strategy == NAMED
    if project.output is None or (is_named and not project.configs()):
        return
    plans = Plans.of(project, Selection(tells_shares=False))
    generation = Generation(plans, project.output, is_home=True)
    changes = [generation.change(variant) for variant in plans.variants]
    changes += [generation.leftover(name) for name in generation.stale_variants()]
    if generation.is_begun:
        rules = generation.other_rules()
        yield from _stale(project.output, list(filter(None, changes)), rules)
    else:
        yield _not_generated(project.output)
    yield from _never_rendered(plans)


def _stale(output: Path, changes: list[Change], rules: str = "") -> Iterator[Diagnostic]:
    """Yield an error for the variants of which the same files are stale.

    Args:
        rules: that they were made under other rules, one error for all; "": they were not.
    """
    if rules and changes:
        count = sum(len(change.written) + len(change.removed) for change in changes)
        variants = counted(len(changes), "variant")
        yield Diagnostic(
            message=f"{rules}: {counted(count, 'file')} of {variants} "
            f"{agreeing(count, 'is', 'are')} stale",
            code="stale",
            location=Location(displayed(output)),
            hint="kvariant generate",
        )
        return
    groups: dict[tuple[str, ...], list[str]] = {}
    for change in changes:
        groups.setdefault((*change.written, *change.removed), []).append(change.name)
    for paths, names in groups.items():
        listed = ", ".join(paths[:3]) + (" ..." if len(paths) > 3 else "")
        is_one = len(names) == 1
        of = "" if is_one else f" of {len(names):,} variants"
        are = agreeing(len(paths), "is", "are")
        yield Diagnostic(
            message=f"{counted(len(paths), 'file')}{of} {are} stale: {listed}",
            code="stale",
            location=Location(displayed(output / names[0] if is_one else output)),
            hint="kvariant generate",
        )


def _not_generated(output: Path) -> Diagnostic:
    """Return a warning: who keeps no generated code in the repository has nothing that is stale.

    `generate --check` is for those that do, and stays an error.
    """
    return Diagnostic(
        message="no variant is generated yet",
        code="not-generated",
        location=Location(displayed(output)),
        hint="kvariant generate, or kvariant sweep",
        severity=Severity.WARNING,
    )


def _never_rendered(plans: Plans) -> Iterator[Diagnostic]:
    """Yield helpers whose body, or whose stub, no variant has: nothing compiles it."""
    templates = plans.plans[0].templates
    interface = templates.interface if templates else None
    if interface is None:
        return
    configurations = [variant.configuration for variant in plans.variants]
    for item in interface.items:
        existing = [c for c in configurations if c.satisfies(item.exists)]
        states = (
            {c.satisfies(item.requires) for c in existing}
            if isinstance(item, Helper)
            else {bool(existing)}
        )
        expected = {True, False} if isinstance(item, Helper) and item.stub else {True}
        for missing in sorted(expected - states):
            what = "body" if missing else "stub"
            yield interface.document.error(
                (*interface.key_of(item), "name"),
                f"no named variant has the {what} of {item.name}",
                "never-rendered",
                "add a fragment whose configuration has it",
            ).as_warning()
