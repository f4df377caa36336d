# SPDX-License-Identifier: MIT
"""`kvariant coverage`: which option combinations given configurations exercise."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from kvariant.cli.file_name import file_name
from kvariant.cli.options import (
    SeveralValues,
    TreeOptions,
    json_option,
    paths_of,
    quiet_option,
    standard_input,
    tree_options,
)
from kvariant.cli.printer import say, say_json
from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig.presets.zephyr_scenarios import is_scenario
from kvariant.matrix.given import resolved
from kvariant.matrix.reduction import Reduction
from kvariant.plan import load_templates, load_tree
from kvariant.plan.coverage import Completion, Coverage
from kvariant.plan.fragments import Fragments
from kvariant.plan.patch import around
from kvariant.plan.symbols import Spec, Specs
from kvariant.project import Project
from kvariant.render.writer import Writer
from kvariant.report.coverage import coverage_json, coverage_text


@click.command("coverage", cls=SeveralValues)
@click.option(
    "--config", "configs", metavar="FILE|GLOB...", multiple=True,
    help="Configurations instead of the project's",
)  # fmt: skip
@click.option(
    "--symbols", metavar="SPEC...", multiple=True,
    help="Options to look at: GLOB, reads:PATH, declared:KCONFIG, menu:TITLE or templates  "
    "[default: all bools and tristates]",
)  # fmt: skip
@click.option("--ignore", metavar="SPEC...", multiple=True, help="Options not to look at")
@click.option(
    "--reduce", "reduce_", is_flag=True,
    help="How few configurations keep 100, 99, 95 and 90 % of the pairs",
)  # fmt: skip
@click.option(
    "--complete", is_flag=True, help="The fewest more configurations that have every feasible pair"
)
@click.option(
    "--max-variants", metavar="N", type=click.IntRange(min=1),
    help="Name the N configurations that keep the most pairs",
)  # fmt: skip
@click.option(
    "-o", "output", metavar="DIR", type=file_name,
    help="Write the configurations kept (of --max-variants, or else all pairs) and added",
)  # fmt: skip
@tree_options
@json_option
@quiet_option
def command(
    configs: tuple[str, ...],
    symbols: tuple[str, ...],
    ignore: tuple[str, ...],
    reduce_: bool,
    complete: bool,
    max_variants: int | None,
    output: str | None,
    as_json: bool,
    quiet: bool,
    options: TreeOptions,
) -> None:
    """Say which option combinations given configurations exercise."""
    if output and not (reduce_ or complete or max_variants):
        message = "-o writes what --max-variants, --reduce or --complete chooses"
        raise InputError(Diagnostic(message=message, code="usage", hint="ask for one of them"))
    project = options.read()
    coverage = _coverage(project, configs, symbols, ignore, quiet)
    reduced = coverage.reduced() if reduce_ else []
    limited = coverage.most(max_variants) if max_variants else None
    completion = coverage.completed() if complete else None
    if as_json:
        record = coverage_json(coverage, reduced=reduced, limited=limited, completion=completion)
        say_json(record)
    else:
        say(
            coverage_text(
                coverage,
                reduced=reduced,
                limited=limited,
                completion=completion,
                symbols_hint=not symbols,
            )
        )
    if output:
        kept = limited or (reduced[0] if reduced else None)
        count = _written(coverage, kept, completion, Path(output))
        if not quiet:
            say(f"{count:,} configurations are in {output}", err=True)


def _coverage(
    project: Project,
    configs: tuple[str, ...],
    symbols: tuple[str, ...],
    ignore: tuple[str, ...],
    quiet: bool,
) -> Coverage:
    tree = load_tree(project)
    templates = load_templates(project, tree)
    specs = Specs(tree, templates, standard_input, around(project, tree, templates))
    wanted = specs.symbols(Spec(text, Path.cwd()) for text in symbols)
    ignored = set(specs.symbols(Spec(text, Path.cwd()) for text in ignore))
    named = {text.removeprefix(tree.prefix) for text in symbols}
    # Of what a pattern matches, bools and tristates count; what is named is refused in words.
    chosen = [
        name
        for name in (wanted if symbols else tree.symbols)
        if name not in ignored and (tree.types[name].is_logical or name in named)
    ]
    if not chosen:
        message = "no bool or tristate is left to look at"
        raise InputError(Diagnostic(message=message, code="no-symbol"))
    for warning in specs.warnings:
        say(warning, err=True)
    known = Fragments(project, tree)
    fragments = known.read([path for text in configs for path in paths_of(text)] or known.files)
    for warning in known.warnings:
        say(warning, err=True)
    if not fragments:
        hint = "name some: --config 'configs/*_defconfig'"
        raise InputError(Diagnostic(message="there is no configuration", code="no-fragment",
                                    hint=hint))  # fmt: skip
    if not quiet and len(fragments) > 100:
        say(f"resolving {len(fragments):,} configurations", err=True)
    return Coverage(tree, resolved(tree, fragments), chosen)


def _written(
    coverage: Coverage,
    kept: Reduction | None,
    completion: Completion | None,
    folder: Path,
) -> int:
    """Write configurations into a folder; return how many there are.

    What was given is written as it was asked for, what is added as a minimal config. Files
    of one name (`defconfig`, in folders of their own) are written by their variants' names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    writer = Writer(folder)
    texts: dict[str, str | bytes] = {}
    fragments = {name: coverage.fragment(name) for name in coverage.kept(kept)} if kept else {}
    times = Counter(fragment.path.name for fragment in fragments.values())
    for name, fragment in fragments.items():
        path = fragment.path
        if is_scenario(path):  # lines of several files, as they are merged
            texts[f"{name}.config"] = "".join(f"{request.line}\n" for request in fragment.requests)
        else:
            own = path.name if times[path.name] == 1 else f"{name}.config"
            texts[own] = path.read_bytes()  # comments may have any bytes
    for name, text in coverage.minimal_texts(completion).items() if completion else ():
        texts[f"{name}.config"] = text
    for name, content in texts.items():
        writer.write_file(name, content)
    return len(texts)
