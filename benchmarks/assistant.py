# SPDX-License-Identifier: MIT
"""What two servers of the Model Context Protocol answer to "make this symbol y", and how fast.

    PYTHONPATH=tests:tests/trees python benchmarks/assistant.py
        [--rival PROGRAM] [--examples FOLDER] [--seed 17] [--questions 20]

Both are asked by the protocol's own client over the standard streams: `kvariant mcp` with its
tool `fixes`, and kconfig-mcp 0.1.0 (PROGRAM; in an environment of its own) with its tool
`kconfig_why_not`. The questions are the examples of kconfig-mcp's own tests (FOLDER is the tree
in its source distribution, tests/fixtures/tree) and symbols of Linux 6.1 x86 that are drawn by
a seed from all bools and tristates that have a prompt and are n by default.

Who judges is the kernel's own `conf --olddefconfig`:

    right      the changes, as a fragment over the defaults, give the value; or none are told,
               and neither server knows changes that do
    minimal    right, and neither the other server's right answer nor any part of this one is
               smaller
    CPU        seconds of the server's process and its children for the question
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import anyio
import conf_session
import kernel_conf
import mcp
from real_trees import linux_tree

EXAMPLES = [
    ("x86", "WIFI_DRIVER", "y"), ("arm", "WIFI_DRIVER", "y"), ("x86", "DEBUG_VM", "y"),
    ("x86", "SCHED_FAIR", "y"), ("x86", "HIDDEN_KNOB", "y"), ("x86", "FIRMWARE_LOADER", "y"),
    ("x86", "WIFI_DRIVER", "m"), ("x86", "NET", "n"),
]  # fmt: skip
"""Architecture, symbol and value: what kconfig-mcp's own tests ask of its example."""
SHOWN = ("X86_X2APIC", "y")
"""What its README asks of Linux."""


@dataclass
class Reply:
    """What one server says to one question."""

    changes: Mapping[str, str] | None
    """None: it says that there are none."""
    cpu: float
    wall: float
    error: str = ""


class Server:
    """A server and its client."""

    def __init__(self, client: Any, process: int) -> None:
        self.client, self.process = client, process

    async def reply(self, tool: str, given: Mapping[str, Any]) -> tuple[Any, float, float]:
        """Return a result, and the CPU and wall seconds that it took."""
        cpu, wall = self.cpu(), time.perf_counter()
        result = await self.client.call_tool(tool, dict(given), read_timeout_seconds=600)
        return result, self.cpu() - cpu, time.perf_counter() - wall

    def cpu(self) -> float:
        """Return the CPU seconds that the process has had, with its children's."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def server(command: str, *arguments: str, folder: Path, **env: str) -> Any:
    """Start a server in a folder."""
    before = children()
    given = {**os.environ, **env}
    parameters = mcp.StdioServerParameters(
        command=command, args=list(arguments), env=given, cwd=folder
    )
    async with mcp.Client(parameters) as client:
        yield Server(client, next(iter(children() - before)))


def children() -> set[int]:
    """Return the processes that this one has started."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.add(int(path.parent.name))
    return found


async def ours(one: Server, symbol: str, value: str) -> Reply:
    """Ask kvariant."""
    result, cpu, wall = await one.reply("fixes", {"wanted": f"{symbol}={value}"})
    if result.is_error:
        return Reply(None, cpu, wall, result.content[0].text)
    record = result.structured_content
    fixes = record["fixes"]
    if not fixes:
        return Reply({} if record["holds"] and record["possible"] else None, cpu, wall)
    return Reply({n: t for n, t in fixes[0]["changes"].items() if t is not None}, cpu, wall)


async def theirs(one: Server, symbol: str, value: str) -> Reply:
    """Ask kconfig-mcp, whose tree is loaded."""
    given = {"name": "t", "symbol": symbol, "value": value}
    result, cpu, wall = await one.reply("kconfig_why_not", given)
    text = result.content[0].text
    if result.is_error:
        return Reply(None, cpu, wall, text)
    if " is already " in text:
        return Reply({}, cpu, wall)
    found = re.search(r"^Verified fix \(\d+ change\(s\)\): (.*)$", text, re.MULTILINE)
    pairs = (pair.split("=", 1) for pair in found[1].split(", ")) if found else ()
    return Reply(dict(pairs) if found else None, cpu, wall)


class Judge:
    """The kernel's tool with a tree."""

    def __init__(self, session: conf_session.Session) -> None:
        self._session = session

    def gives(self, changes: Mapping[str, str], symbol: str, value: str) -> bool:
        """Return whether changes of the defaults give a value."""
        lines = (
            f"# CONFIG_{n} is not set\n" if t == "n" else f"CONFIG_{n}={t}\n"
            for n, t in changes.items()
        )
        return self._session.olddefconfig("".join(lines)).values.get(symbol) == value

    def smallest(self, changes: Mapping[str, str], symbol: str, value: str) -> int:
        """Return how many of some changes are enough."""
        for size in range(len(changes)):
            for part in itertools.combinations(changes.items(), size):
                if self.gives(dict(part), symbol, value):
                    return size
        return len(changes)


@dataclass
class Tally:
    """What is said of one server."""

    name: str
    right: int = 0
    minimal: int = 0
    cpu: list[float] | None = None
    wall: list[float] | None = None


def judged(
    judge: Judge, tallies: Sequence[Tally], symbol: str, value: str, replies: Sequence[Reply]
) -> str:
    """Count the replies to a question, and return them in words."""
    right = [None if r.changes is None else judge.gives(r.changes, symbol, value) for r in replies]
    sizes = [
        judge.smallest(r.changes, symbol, value)
        for r, is_right in zip(replies, right, strict=True)
        if is_right and r.changes is not None
    ]
    words = []
    for tally, reply, is_right in zip(tallies, replies, right, strict=True):
        is_so = not sizes and not reply.error if is_right is None else is_right
        size = len(reply.changes or ())
        tally.right += is_so
        tally.minimal += is_so and size == min(sizes, default=0)
        said = reply.error.splitlines()[0] if reply.error else "none"
        if reply.changes is not None:
            said = ", ".join(f"{n}={t}" for n, t in reply.changes.items()) or "it is so"
        words.append(f"{tally.name}: {said}{'' if is_so else ' (WRONG)'}")
        for times, seconds in ((tally.cpu, reply.cpu), (tally.wall, reply.wall)):
            if times is not None:
                times.append(seconds)
    return f"{symbol}={value}\n    " + "\n    ".join(words)


async def asked(
    entry: Path,
    environment: Mapping[str, str],
    rival: str,
    questions: Sequence[tuple[str, str]],
    tallies: Sequence[Tally],
    preset: str,
) -> None:
    """Ask both servers about one tree, and print what they say."""
    options = [f"--env={name}={text}" for name, text in environment.items()]
    if preset:
        options.append(f"--preset={preset}")
    conf = kernel_conf.linux("6.1")
    with (
        tempfile.TemporaryDirectory() as folder,
        conf_session.reading(conf, entry, environment) as session,
    ):
        judge = Judge(session)
        load = {"name": "t", "kconfig_path": str(entry), "env": dict(environment)}

        def both() -> tuple[Any, Any]:
            return (
                server(
                    sys.executable, "-m", "kvariant", "mcp", f"--kconfig={entry}", *options,
                    folder=Path(folder), KVARIANT_CACHE=folder,
                ),
                server(rival, folder=Path(folder)),
            )  # fmt: skip

        for session_ in ("first", "second"):
            own, strange = both()
            async with own as mine, strange as other:
                await other.reply("kconfig_load", load)
                await ours(mine, *questions[0])
                await theirs(other, *questions[0])
                print(f"{session_} session up to its first answer, CPU: {mine.cpu():.2f} s and "
                      f"{other.cpu():.2f} s", flush=True)  # fmt: skip
        own, strange = both()
        async with own as mine, strange as other:
            await other.reply("kconfig_load", load)
            await ours(mine, *questions[0])
            for symbol, value in questions:
                replies = [await ours(mine, symbol, value), await theirs(other, symbol, value)]
                times = ", ".join(f"{reply.cpu:.2f} s" for reply in replies)
                print(f"{judged(judge, tallies, symbol, value, replies)}\n    CPU {times}")
                sys.stdout.flush()


def drawn(entry: Path, environment: Mapping[str, str], seed: int, count: int) -> Iterator[str]:
    """Yield symbols that have a prompt and are n by default."""
    from kvariant import Tree

    tree = Tree.load(entry, env=environment, preset="linux", dialect="auto")
    values = tree.resolve({})
    known = [
        name
        for name, rules in tree.model.symbols.items()
        if rules.is_logical and rules.prompts and values[name] == "n"
    ]
    yield from random.Random(seed).sample(known, count)


def told(tallies: Sequence[Tally], count: int) -> None:
    """Print a table of what was counted."""
    for tally in tallies:
        cpu, wall = tally.cpu or [0.0], tally.wall or [0.0]
        record = {
            "server": tally.name, "questions": count, "right": tally.right,
            "minimal": tally.minimal, "cpu": round(median(cpu), 2), "cpu_most": round(max(cpu), 2),
            "cpu_sum": round(sum(cpu), 1), "wall": round(median(wall), 2),
        }  # fmt: skip
        print(json.dumps(record))


def main() -> None:
    """Ask both and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rival", default="kconfig-mcp")
    parser.add_argument("--examples", type=Path)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--questions", type=int, default=20)
    given = parser.parse_args()
    rival = given.rival
    if given.examples:
        tallies = [Tally(name, cpu=[], wall=[]) for name in ("kvariant", "kconfig-mcp")]
        entry = given.examples.resolve() / "Kconfig"
        for arch in dict.fromkeys(arch for arch, _, _ in EXAMPLES):
            questions = [(symbol, value) for a, symbol, value in EXAMPLES if a == arch]
            anyio.run(asked, entry, {"SRCARCH": arch}, rival, questions, tallies, "")
        told(tallies, len(EXAMPLES))
    tree = linux_tree("6.1", "x86")
    names = list(drawn(tree.entry, tree.environment, given.seed, given.questions))
    questions = [SHOWN, *((name, "y") for name in names)]
    tallies = [Tally(name, cpu=[], wall=[]) for name in ("kvariant", "kconfig-mcp")]
    anyio.run(asked, tree.entry, tree.environment, rival, questions, tallies, "linux")
    told(tallies, len(questions))


if __name__ == "__main__":
    main()
