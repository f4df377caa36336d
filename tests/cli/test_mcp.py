# SPDX-License-Identifier: MIT
"""`kvariant mcp`, asked by the protocol's own client over the standard streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run
from schemas.printed import disagreement
from terminal import Terminal, kvariant

anyio = pytest.importorskip("anyio", reason="the extra `mcp` is not installed")
mcp = pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

KCONFIG = """\
config ALPHA
	bool "Alpha"
config BETA
	bool "Beta"
	depends on ALPHA
config GAMMA
	bool "Gamma"
	depends on BETA
config NEVER
	bool "Never"
	depends on ALPHA && !ALPHA
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project that was swept once and has an edit since, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/one.config").write_text("CONFIG_ALPHA=y\n")
    (tmp_path / "kvariant.toml").write_text(
        '[[step]]\nname = "look"\nrun = "grep ALPHA {config}"\n'
    )
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "one"]):
        git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *words]
        subprocess.run(git, cwd=tmp_path, check=True)
    assert run(["sweep", "-q"]) == 0
    (tmp_path / "Kconfig").write_text(KCONFIG.replace('"Alpha"', '"Alpha"\n\tdefault y', 1))
    return tmp_path


Call = tuple[str, Mapping[str, Any]]


def asked(project: Path, calls: Sequence[Call], *options: str, mode: str = "auto") -> list[Any]:
    """Return what a client gets for its calls, one after the other, from one server."""
    parameters = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "kvariant", "mcp", *options],
        env={**os.environ},
        cwd=project,
    )

    async def session() -> list[Any]:
        async with mcp.Client(parameters, mode=mode) as client:
            return [await client.call_tool(name, dict(given)) for name, given in calls]

    found: list[Any] = anyio.run(session)
    return found


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Return what a verb prints with --json."""
    capsys.readouterr()
    run([*arguments, "--json"])
    return json.loads(capsys.readouterr().out)


CALLS: list[tuple[Call, tuple[str, ...]]] = [
    (("explain", {"symbol": "BETA"}), ("explain", "BETA")),
    (("explain", {"symbol": "NEVER=y"}), ("explain", "NEVER=y")),
    (
        ("explain", {"symbol": "GAMMA=y", "config": "configs/one.config"}),
        ("explain", "GAMMA=y", "--config", "configs/one.config"),
    ),
    (("fixes", {"wanted": "GAMMA=y"}), ("explain", "GAMMA=y", "--fix")),
    (
        ("fixes", {"wanted": "GAMMA=y", "config": "configs/one.config"}),
        ("explain", "GAMMA=y", "--fix", "--config", "configs/one.config"),
    ),
    (("space", {}), ("space",)),
    (("space", {"symbols": ["ALPHA", "BETA"]}), ("space", "--symbols", "ALPHA", "BETA")),
    (("review", {"since": "HEAD"}), ("review", "HEAD", "-q")),
    (
        ("review", {"since": "HEAD", "config": ["configs/*.config"], "symbols": ["ALPHA", "BETA"]}),
        ("review", "HEAD", "--config", "configs/one.config", "--symbols", "ALPHA", "BETA"),
    ),
    (("report", {}), ("report",)),
]
"""A call, and the verb that answers the same."""


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_tool_returns_what_the_verb_prints(
    project: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    """Each tool's record is the verb's --json, as text and as a value, valid by its schema; and
    no file of the project is another one after all of them."""
    state = snapshot(project)
    results = asked(project, [call for call, _ in CALLS], mode=mode)
    assert state == snapshot(project)
    assert len(CALLS) == len(results)
    for (_, words), result in zip(CALLS, results, strict=True):
        assert not result.is_error, result
        expected = printed(capsys, *words)
        assert expected == result.structured_content
        assert expected == json.loads(result.content[0].text)
        assert not disagreement(words[0], json.dumps(result.structured_content))


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return the content and time of every file of a folder."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("explain", {"symbol": "BETTA"}), "error: no symbol is named BETTA [unknown-symbol]"),
        (("explain", {"symbol": "--help"}), "no symbol is named --help [unknown-symbol]"),
        (("fixes", {"wanted": "BETA"}), "--fix has no effect without a value: BETA=y --fix"),
        (("fixes", {"wanted": "BETA=y", "config": "no.config"}), "[no-fragment]"),
        (("review", {"since": "nowhere"}), "error: "),
        (("review", {"config": ["none/*"]}), "[no-fragment]"),
        (("space", {"symbols": ["reads:none.c"]}), "error: "),
    ],
)
def test_an_error_is_the_verbs_own(project: Path, call: Call, said: str) -> None:
    """What a verb refuses its tool refuses in the same words, with the same code."""
    (result,) = asked(project, [call])
    assert result.is_error
    assert said in result.content[0].text
    assert "Traceback" not in result.content[0].text


def test_what_is_edited_is_read_anew(project: Path) -> None:
    """A question after an edit of the tree is answered by what is there now."""

    async def session() -> list[Any]:
        parameters = mcp.StdioServerParameters(
            command=sys.executable, args=["-m", "kvariant", "mcp"], env={**os.environ}, cwd=project
        )
        async with mcp.Client(parameters) as client:
            first = await client.call_tool("explain", {"symbol": "BETA=y"})
            (project / "Kconfig").write_text(
                KCONFIG.replace("depends on ALPHA\n", "depends on n\n")
            )
            second = await client.call_tool("explain", {"symbol": "BETA=y"})
            (project / "Kconfig").write_text("config BROKEN\n\tbol\n")
            third = await client.call_tool("explain", {"symbol": "BETA=y"})
            (project / "Kconfig").unlink()
            return [first, second, third, await client.call_tool("space", {})]

    first, second, third, fourth = anyio.run(session)
    assert (True, False) == tuple(r.structured_content["possible"] for r in (first, second))
    assert third.is_error
    assert "Kconfig:2" in third.content[0].text
    assert "[no-kconfig]" in fourth.content[0].text


def test_several_trees_answer_together(project: Path) -> None:
    """Of several environments a record has all of them; which ones says who starts the server."""
    calls = [("explain", {"symbol": "ALPHA"})]
    (result,) = asked(project, calls, "--env", "ARCH=a", "--env", "ARCH=b")
    assert ["a", "b"] == [tree["name"] for tree in result.structured_content["trees"]]


def test_tools_only_read_and_say_so(project: Path) -> None:
    """There are five tools, each said to be read-only, each argument with words."""

    async def session() -> Any:
        parameters = mcp.StdioServerParameters(
            command=sys.executable, args=["-m", "kvariant", "mcp"], env={**os.environ}, cwd=project
        )
        async with mcp.Client(parameters) as client:
            return (await client.list_tools()).tools

    tools = anyio.run(session)
    assert ["explain", "fixes", "space", "review", "report"] == [tool.name for tool in tools]
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert tool.description
        properties = tool.input_schema.get("properties", {})
        assert all(argument.get("description") for argument in properties.values())


def test_who_cannot_run_a_command_cannot_here(project: Path) -> None:
    """No argument of a tool names another tree, whose commands would be run."""
    calls = [("explain", {"symbol": "ALPHA", "config": "x --kconfig=/nowhere/Kconfig"})]
    (result,) = asked(project, calls)
    assert "[no-fragment]" in result.content[0].text
    (result,) = asked(project, [("space", {"symbols": ["--kconfig=/nowhere/Kconfig"]})])
    assert "[no-kconfig]" not in result.content[0].text


def test_the_client_ends_it(project: Path) -> None:
    """Where the client closes its end the server ends well; a signal ends it in words, 130."""
    command = kvariant("mcp")
    done = subprocess.run(command, cwd=project, input="", capture_output=True, text=True)
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    terminal = Terminal(command, project)
    terminal.see("waiting for a client of the Model Context Protocol; Ctrl-C ends it")
    os.kill(terminal.child, signal.SIGINT)
    assert terminal.ended() == 130
    assert "Traceback" not in terminal.text


def test_a_client_that_dies_is_the_end(project: Path) -> None:
    """A client that goes while it is answered ends the server, without a traceback."""
    server = subprocess.Popen(
        kvariant("mcp"), cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stderr is not None
    first = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"},
        },
    }  # fmt: skip
    server.stdin.write(json.dumps(first) + "\n")
    server.stdin.flush()
    assert json.loads(server.stdout.readline())["result"]["serverInfo"]["name"] == "kvariant"
    server.stdout.close()
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call"}
    call |= {"params": {"name": "explain", "arguments": {"symbol": "ALPHA"}}}
    started = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    server.stdin.write(json.dumps(started) + "\n" + json.dumps(call) + "\n")
    server.stdin.flush()
    server.stdin.close()
    assert server.wait(timeout=60) == 0
    assert "Traceback" not in server.stderr.read()
    server.stderr.close()


def test_a_disk_that_is_full_is_said(project: Path) -> None:
    """Where no answer can be written that is an error in words, without a traceback."""
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "nothing"}) + "\n"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            kvariant("mcp"), cwd=project, input=question, stdout=full, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
    said = "error: cannot print the result: No space left on device [disk]\n"
    assert (3, said) == (done.returncode, done.stderr)
