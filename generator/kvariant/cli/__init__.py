# SPDX-License-Identifier: MIT
"""The command line: one module for each verb, loaded when it is called.

A verb parses, folds the stages and prints; results go to stdout, progress and
diagnostics to stderr. Whatever is expected to go wrong arrives here as a
KvariantError and leaves as its text and exit code.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import os
import re
import signal
import sys
import time
from collections.abc import Sequence

import click

from kvariant.cli.machine import is_interrupt, lacking, open_streams, require_memory
from kvariant.errors import Diagnostic, ExitCode, InputError, KvariantError, did_you_mean, os_error

_SECTIONS = {
    "Start": {
        "init": "Write a small working project, or adopt the tree found here",
        "space": "What the tree can become: symbols, dead options, number of configurations",
        "check": "Everything wrong with Kconfig, configs, templates, generated files and lock",
        "explain": "Why SYMBOL has its value, or cannot be VALUE, and the nearest fix (--fix);\n"
        "for FILE:LINE, under which options it is compiled or rendered",
        "review": "What an edit of Kconfig does: options dead, forced, lost; configs changed",
    },
    "Choose": {
        "matrix": "Choose variants, print what they cover, write configs, lock or CI jobs",
        "coverage": "Option combinations that given configs exercise (--reduce, --complete)",
    },
    "Run": {
        "generate": "Render the variants' code (--check: is what is committed fresh?)",
        "sweep": "Generate, build and test; an ad-hoc step after -- COMMAND",
        "blame": "Run the few extra variants that tell which options broke it",
    },
    "Read": {
        "report": "Terminal, Markdown, text, HTML, JUnit, SARIF, GitLab; merge shards, compare",
        "diff": "Two variants: configuration and generated code",
        "reproduce": "Run a failure's bundle in another checkout",
    },
    "More": {
        "edit": "Choose the values of a configuration in a menu; its file gets the fewest lines",
        "clean": "Remove what variants that are no more have left in the state folder",
        "completion": "What bash, zsh or fish is to read so that it completes all this",
        "mcp": "Answer an assistant's questions: explain, fixes, space, review, the last report",
        "schema": "The JSON schema of the project file, the interface, the lock, or a --json",
    },
}
_OPTIONS = """\
Tree      --kconfig FILE  --preset NAME  --dialect NAME  --env NAME=VALUE  --no-shell  --no-cache
          --project FILE
Variants  --config FILE|GLOB...  --set NAME=VALUE...  --symbols SPEC...  --ignore SPEC...
          --where EXPR  -k GLOB  --base FILE  --from FILE|GLOB...  --include NAME|GLOB...
          --strength T  --size N  --max-variants N  --numbers NAME=LIST
          --random-seed N|date  --diff FILE|-|A..B  --files GLOB...  --added-lines
Run       --step NAME  -j JOBS  --shard N/M  --budget TIME  --require-coverage PERCENT
          --since REV  --last-failed  --failed-first  --fail-fast  --no-reuse  --dry-run
          --cluster WHERE  --cluster-insecure  --commits A..B  --update-baseline
Output    -o DIR  --format config|minimal|header|json  --json  -q  -v  --color WHEN
matrix    --write  --check  --verify[=CONF]  --ci github|gitlab  --max-jobs N
          --negatives
coverage  --reduce  --complete  --templates
review    --since REV  --old-tree TREE  --fail-on KINDS  --markdown
report    {formats}  --compare DB  --require MATRIX
"""
"""What verbs share, and what only one of them has; `kvariant VERB --help` says what each does."""


_GARBAGE = 100_000, 20, 20
"""When garbage is collected: rarely, because nearly all that a verb makes stays."""


class _Verbs(click.Group):
    """The verbs, each imported on use: `--help` must not pay for what it does not need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [verb for verbs in _SECTIONS.values() for verb in verbs]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"kvariant.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-"):
            hint = did_you_mean(args[0], known, "kvariant --help lists what there is")
            message = f"no such command {args[0]!r}"
            raise InputError(Diagnostic(message=message, code="usage", hint=hint))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from kvariant.project import BUILT_IN  # only --help pays for these two
        from kvariant.report.formats import FORMATS

        for title, verbs in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(verbs.items()))
        formatter.write_paragraph()
        formatter.write_text(
            f"MATRIX is a name from the project file, or {', '.join(BUILT_IN)}. "
            "Without MATRIX: the project's `matrix.default`, else named."
        )
        formatter.write_paragraph()
        formats = (f"--{r.name}{' FILE' * r.is_file}" for r in FORMATS.values() if r.help)
        options = _OPTIONS.rstrip().format(formats="  ".join(formats))
        for group in re.split(r"\n(?=\S)", options):
            formatter.write(_within(group, formatter.width))
        formatter.write_paragraph()
        formatter.write_text(
            "Exit: 0 ok; 1 failed, stale, uncovered or incomplete; 2 bad input; "
            "3 tool, disk or time missing; 130 interrupted."
        )


def _within(group: str, width: int) -> str:
    """Return a group of options in lines that fit, broken between two of them."""
    head, *rest = re.split(r"\s{2,}(?=-)", group)
    lines = [f"{head:8}"]
    for option in rest:
        if len(lines[-1]) + 2 + len(option) > width:
            lines.append(" " * 8)
        lines[-1] += f"  {option}"
    return "".join(f"{line}\n" for line in lines)


@click.group(
    cls=_Verbs,
    invoke_without_command=True,
    options_metavar="",
    subcommand_metavar="[COMMAND] [MATRIX] [OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="kvariant", message="kvariant %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Know every variant of a Kconfig tree; generate, build and test the ones that matter."""
    if ctx.invoked_subcommand is None:
        from kvariant.cli.status import status

        status()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    open_streams()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup has us ignore one
            signal.signal(number, _interrupt)
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def _interrupt(number: int, _: object) -> None:
    """End as on Ctrl-C: a CI that cancels a job, a terminal that is closed."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


_TOO_DEEP = InputError(
    Diagnostic(message="something in the input is nested too deeply", code="too-deep")
)


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code."""
    try:
        require_memory()
        return _run(arguments)
    except KvariantError as error:
        return _told(error, arguments)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        message = error.format_message().rstrip(".")
        text = message[:1].lower() + message[1:]
        wrong = Diagnostic(message=text, code="usage", hint=_hint(error))
        return _told(InputError(wrong), arguments)
    except (KeyboardInterrupt, click.Abort) as error:
        return _interrupted(error)
    except (BrokenPipeError, SystemExit):  # click answers a closed pipe with the latter
        _silence_stdout()
        return ExitCode.FAILED  # who reads our output has only a part of it
    except OSError as error:
        if error.filename is None:  # not a file: the standard output is full
            _silence_stdout()
            return _told(os_error(error, "cannot print the result"), [])
        return _told(os_error(error, "cannot use the file"), arguments)
    except RecursionError:
        return _told(_TOO_DEEP, arguments)
    except Exception as error:
        if is_interrupt(error):
            return _interrupted(error)
        if (lack := lacking(error)) is None:
            raise
        return _told(lack, arguments)


def _run(arguments: list[str]) -> int:
    began = time.perf_counter()  # loading a verb takes a part of what it is said to take
    gc.set_threshold(*_GARBAGE)
    result = cli.main(arguments, prog_name="kvariant", standalone_mode=False, obj=began)
    if sys.stdout is not None:  # it is where the shell closed it: >&-
        sys.stdout.flush()
    return int(result) if isinstance(result, int) else ExitCode.OK


def _hint(error: click.ClickException) -> str:
    """Return where to look: at the verb that has the option, else at this one's help."""
    context = getattr(error, "ctx", None)
    if context is None:
        return ""
    if isinstance(error, click.NoSuchOption) and not error.possibilities:
        commands = {verb: cli.get_command(context, verb) for verb in cli.list_commands(context)}
        having = [
            f"kvariant {verb}"
            for verb, command in commands.items()
            if command and any(error.option_name in option.opts for option in command.params)
        ]
        if having:
            return f"{error.option_name} is an option of {', '.join(having)}"
    return f"{context.command_path} --help lists what there is"


def _interrupted(error: BaseException) -> ExitCode:
    from kvariant.cli.printer import say

    said = getattr(error, "__notes__", ()) or getattr(error.__context__, "__notes__", ())
    say(": ".join(["interrupted", *said]), err=True)
    # What runs source text (a dataclass that is being made, as modules are loaded) notes that
    # Ctrl-C has ended it, and Python ends by the signal, whatever we return. Running some takes
    # that back [CPython `run_eval_code_obj`].
    exec("")
    return ExitCode.INTERRUPTED


def _silence_stdout() -> None:
    """Let what is still buffered go nowhere, or Python complains about it at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # it is closed, or none
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(diagnostic: Diagnostic, arguments: Sequence[str]) -> None:
    from kvariant.cli.colour import wanted_by
    from kvariant.cli.printer import say

    say(diagnostic, err=True, color=wanted_by(arguments))


def _told(error: KvariantError, arguments: Sequence[str]) -> int:
    """Print an error as far as that is possible, and return its exit code."""
    with contextlib.suppress(OSError):  # nobody reads it: the exit code tells
        if "--json" in itertools.takewhile(lambda argument: argument != "--", arguments):
            errors = [d.to_json() for d in error.diagnostics]
            from kvariant.cli.printer import say_json

            say_json({"format": 1, "errors": errors})
        for diagnostic in error.diagnostics:
            _say(diagnostic, arguments)
        if notes := getattr(error, "__notes__", ()):
            from kvariant.cli.printer import say

            say("\n".join(notes), err=True)
    return error.exit_code
