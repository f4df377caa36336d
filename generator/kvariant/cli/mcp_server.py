# SPDX-License-Identifier: MIT
"""Verbs as tools of the Model Context Protocol: the one module that knows its package.

A tool is a verb with --json: it returns the same record, and refuses in the same words. Which
tree is meant says who starts the server and no client, since reading a tree runs the commands
that its `$(shell ...)` names. What was read of a tree is held from one question to the next, and
used while all that it follows from is as it was: each answer is what the verb would print now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Annotated, Any

from pydantic import Field

from kvariant.cli.answer import Refused, answer
from kvariant.errors import Diagnostic, MissingError
from kvariant.kconfig.held import HELD

_INSTRUCTIONS = (
    "Questions about one Kconfig tree and its configurations. explain says why a symbol has its "
    "value or cannot have another, or under which options a line of a source is compiled; fixes, "
    "which smallest changes make a value take (none is smaller: it is proven); space, what the "
    "tree can become; review, what an edit of Kconfig does; report, what the last sweep found. "
    "Nothing is changed by any of them. Names of symbols are without CONFIG_."
)
_Symbol = Annotated[
    str, Field(description="SYMBOL, SYMBOL=VALUE, or FILE:LINE of a source or a template")
]
_Wanted = Annotated[str, Field(description="SYMBOL=VALUE, the value that is wanted")]
_Config = Annotated[
    str, Field(description="File of a configuration that it is asked of; empty: the defaults")
]
_Configs = Annotated[
    list[str],
    Field(description="Files or globs of configurations; none: those of the project"),
]
_Symbols = Annotated[
    list[str],
    Field(description="Symbols that are counted: GLOB, reads:PATH, declared:KCONFIG, menu:TITLE"),
]
_Seconds = Annotated[float, Field(description="Seconds that a count may take", gt=0)]
_Since = Annotated[
    str, Field(description="Git's revision before; empty: where this work left the upstream")
]


def serve(tree: Sequence[str]) -> None:
    """Answer on the standard streams until the client closes them.

    Args:
        tree: the options that say which tree is meant, `--name=value`.

    Raises:
        MissingError: the extra is not installed [no-mcp].
        OSError: the standard streams cannot be used, as on a disk that is full.
    """
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.types import ToolAnnotations
    except ImportError as error:
        raise MissingError(
            Diagnostic(
                message=f"the package mcp, version 2 or newer, is not installed ({error})",
                code="no-mcp",
                hint="pip install 'kvariant[mcp]'",
            )
        ) from None
    HELD.is_serving = True
    server = MCPServer("kvariant", instructions=_INSTRUCTIONS, version=version("kvariant"))
    read_only = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    for tool in _Tools(tree).all:
        server.add_tool(tool, annotations=read_only, structured_output=True)
    failed: list[OSError] = []
    try:
        server.run("stdio")
    except* (BrokenPipeError, ConnectionResetError):
        pass  # the client has gone while it was answered: nobody is there to be told
    except* OSError as errors:
        failed += _single(errors)
    # What is raised within an `except*` comes out as a group.
    if failed:
        raise failed[0]


def _single(errors: BaseExceptionGroup[OSError]) -> Iterator[OSError]:
    for error in errors.exceptions:
        yield from _single(error) if isinstance(error, BaseExceptionGroup) else [error]


class _Tools:
    """The tools, for one tree; their docstrings are what clients read."""

    def __init__(self, tree: Sequence[str]) -> None:
        self._tree = tuple(tree)

    @property
    def all(self) -> tuple[Callable[..., dict[str, Any]], ...]:
        """Every tool."""
        return (self.explain, self.fixes, self.space, self.review, self.report)

    def explain(self, symbol: _Symbol, config: _Config = "") -> dict[str, Any]:
        """Say why a symbol has its value, or why it cannot have another: the rules, with places.

        With SYMBOL=VALUE also whether any configuration of the tree has it. Of FILE:LINE: under
        which options the line is compiled or rendered, and the nearest change for it.
        """
        return self._asked("explain", _each("config", [config]), [symbol])

    def fixes(self, wanted: _Wanted, config: _Config = "") -> dict[str, Any]:
        """Find the smallest changes of a configuration that make a symbol take a value.

        Each is tried on the tree's rules, and none is smaller. `possible` is false where no
        configuration has the value; `notes` then have the rules that exclude it.
        """
        return self._asked("explain", ["--fix", *_each("config", [config])], [wanted])

    def space(self, symbols: _Symbols = [], time_limit: _Seconds = 60.0) -> dict[str, Any]:  # noqa: B006
        """Say what the tree can become: symbols, dead and always-on ones, configurations."""
        limit = f"--time-limit={time_limit}"
        return self._asked("space", [limit, *_each("symbols", symbols)])

    def review(
        self, since: _Since = "", config: _Configs = [], symbols: _Symbols = []  # noqa: B006
    ) -> dict[str, Any]:  # fmt: skip
        """Say what an edit of Kconfig does: values that change and by which edit, dropped values
        with fixes, symbols that are dead, always on, new or gone."""
        options = [*_each("since", [since]), *_each("config", config), *_each("symbols", symbols)]
        return self._asked("review", ["--quiet", *options])

    def report(self) -> dict[str, Any]:
        """Say what the last sweep found: every cell, and the distinct failures with the options
        that they go with."""
        return self._asked("report", [])

    def _asked(
        self, verb: str, options: Sequence[str], arguments: Sequence[str] = ()
    ) -> dict[str, Any]:
        from mcp.server.mcpserver.exceptions import ToolError

        try:
            return answer(verb, [*self._tree, *options], arguments)
        except Refused as refused:
            raise ToolError(str(refused)) from None


def _each(name: str, values: Sequence[str]) -> list[str]:
    return [f"--{name}={value}" for value in values if value]
