# SPDX-License-Identifier: MIT
"""`kvariant edit NAME`: a configuration in a menu, and back into the fewest lines."""

from __future__ import annotations

import click

from kvariant.cli.completed_names import configurations
from kvariant.cli.options import json_option
from kvariant.cli.printer import say, say_json
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.errors import ExitCode
from kvariant.kconfig.menu import require_terminal
from kvariant.plan.edit import MenuEdit
from kvariant.plan.variants_at_hand import VariantName
from kvariant.report.edit import edit_json, edit_text


@click.command("edit")
@click.argument("name", shell_complete=configurations)
@tree_options
@json_option
def command(name: str, as_json: bool, options: TreeOptions) -> int:
    """Choose the values of a configuration in a menu; its file gets the fewest lines.

    NAME is a configuration of the project or a fragment's path; ENVIRONMENT/NAME of several
    trees. The menu is kconfiglib's menuconfig: ? says more of an option, / finds one, S saves,
    Q leaves. Each line that is written is needed for the values that were chosen; comments and
    what is included stay. Where nothing was changed the file stays as it is.

    \b
    Examples:
      kvariant edit acme
      kvariant edit configs/acme.config
    """
    require_terminal()
    project = options.read()
    edit = MenuEdit(project, VariantName.of(name, project.environments))
    for warning in edit.fragments.warnings:
        say(warning, err=True)
    result = edit.run()
    dialect = edit.tree.dialect
    if as_json:
        say_json(edit_json(result, dialect))
    else:
        say(edit_text(result, dialect))
    return ExitCode.OK
