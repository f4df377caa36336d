# SPDX-License-Identifier: MIT
"""How long verbs take on projects larger than any that we have, and how much memory.

    python benchmarks/large.py [KIND ...] [--before CHECKOUT] [--fragments 5000] [--symbols 100000]
        [--repeat 1] [--no-cache]

Each KIND is a project that is written for the occasion, always the same for its size:

    fragments   options in menus, 5,000 fragments with twenty values each, a template
    wide        the same over a thousand options
    including   sixty options, and each fragment includes one of fifty that others share
    chains      the same, where each fragment includes the one before it, ten in a row
    menus       100,000 bools in menus and ifs, eight deep, each depending on one before it
    selects     100,000 bools of which every second one selects up to three others
    tristates   100,000 tristates with modules, selects and dependencies
    ints        100,000 symbols, half of them ints with ranges that conditions compare
    choices     100,000 bools in choices of ten, each choice below a member of one before it

A figure is a verb's CPU time with its children's, and the most memory that it held. Of two
checkouts both run in turn, so that what else the machine does is in both; the last column
is after over before. Bytecode is kept, trees are not (`--no-cache` is what the first run
on a tree takes, and the kept tree is measured as `, kept` where a checkout has one).
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent.parent
OPTIONS = 60
"""Options of a project of fragments."""
WIDE = 1_000
"""Those of a wide one."""


class Figure(NamedTuple):
    """What one run of a verb took."""

    seconds: float
    megabytes: float

    def least(self, other: Figure) -> Figure:
        """Return the better of each."""
        return Figure(*map(min, self, other))


# Projects of fragments


def _options(count: int = OPTIONS) -> str:
    blocks = ['mainmenu "Many fragments"\n']
    for i in range(count):
        depends = f"\n    depends on OPTION_{i // 2}" if i % 3 == 2 else ""
        blocks.append(
            f'config OPTION_{i}\n    bool "Option {i}"{depends}\n    default y if {i} < 20'
        )
    blocks += [
        f'config LEVEL_{i}\n    int "Level {i}"\n    range 0 1000\n    default {i}'
        for i in range(4)
    ]
    return "\n\n".join(blocks) + "\n"


_TEMPLATE = "/* Made from a template. */\n" + "".join(
    f"{{% if OPTION_{i} %}}\n#define HAS_{i} 1\n{{% endif %}}\n" for i in range(OPTIONS)
)


def _values(dice: random.Random, count: int, options: int = OPTIONS) -> list[str]:
    lines = []
    for i in sorted(dice.sample(range(options), count)):
        if i % 3 != 2:  # the others depend on something: it need not take
            is_on = dice.random() < 0.6
            lines.append(f"CONFIG_OPTION_{i}=y" if is_on else f"# CONFIG_OPTION_{i} is not set")
    return [*lines, f"CONFIG_LEVEL_{dice.randrange(4)}={dice.randrange(0, 1001, 50)}"]


def _project(root: Path, kconfig: str, fragments: Mapping[str, Sequence[str]]) -> None:
    (root / "configs").mkdir(parents=True)
    (root / "templates").mkdir()
    (root / "Kconfig").write_text(kconfig)
    (root / "kvariant.toml").write_text(
        '[generate]\ntemplates = "templates"\noutput = "generated"\n'
    )
    (root / "templates/options.h.j2").write_text(_TEMPLATE)
    for name, lines in fragments.items():
        (root / f"configs/{name}.config").write_text("\n".join(lines) + "\n")


def fragments(root: Path, size: int) -> None:
    """Write fragments that stand alone."""
    dice = random.Random(1)
    _project(root, _options(), {f"variant-{i}": _values(dice, 20) for i in range(size)})


def wide(root: Path, size: int) -> None:
    """Write fragments of a tree of a thousand options."""
    dice = random.Random(9)
    own = {f"variant-{i}": _values(dice, 20, WIDE) for i in range(size)}
    _project(root, _options(WIDE), own)


def including(root: Path, size: int) -> None:
    """Write fragments that include one of fifty."""
    dice = random.Random(2)
    found = {f"base-{i}": _values(dice, 20) for i in range(50)}
    for i in range(size - 50):
        own = _values(dice, 5)
        found[f"variant-{i}"] = [f'#include "base-{dice.randrange(50)}.config"', *own]
    _project(root, _options(), found)


def chains(root: Path, size: int) -> None:
    """Write fragments that include one another, ten in a row."""
    dice = random.Random(3)
    found = {}
    for i in range(size):
        before = [f'#include "variant-{i - 1}.config"'] if i % 10 else []
        found[f"variant-{i}"] = [*before, *_values(dice, 4)]
    _project(root, _options(), found)


# Projects of many symbols


def menus(root: Path, size: int) -> None:
    """Write bools in menus and ifs."""
    dice = random.Random(4)
    lines = ['mainmenu "Many symbols"']
    open_: list[str] = []
    for i in range(size):
        if i % 12 == 0:
            while open_ and (len(open_) >= 8 or dice.random() < 0.5):
                lines.append(open_.pop())
            if i and dice.random() < 0.5:
                lines.append(f"if SYMBOL_{dice.randrange(max(0, i - 200), i)}")
                open_.append("endif")
            else:
                lines.append(f'menu "Menu {i}"')
                open_.append("endmenu")
        lines += [f"config SYMBOL_{i}", f'    bool "Symbol {i}"']
        if i:
            lines.append(f"    depends on SYMBOL_{dice.randrange(max(0, i - 500), i)}")
        if dice.random() < 0.3:
            lines.append("    default y")
    lines += reversed(open_)
    _plain(root, lines)


def selects(root: Path, size: int) -> None:
    """Write bools that select others."""
    dice = random.Random(5)
    lines = []
    for i in range(size):
        lines += [f"config SYMBOL_{i}", f'    bool "Symbol {i}"' if i % 4 else "    bool"]
        if i > 10 and i % 2:
            for _ in range(dice.randrange(1, 4)):
                lines.append(f"    select SYMBOL_{dice.randrange(max(0, i - 1000), i) // 4 * 4}")
    _plain(root, lines)


def tristates(root: Path, size: int) -> None:
    """Write tristates, with all that they can have."""
    dice = random.Random(6)
    lines = ["config MODULES", '    bool "Modules"', "    modules", "    default y"]
    for i in range(size):
        kind = "tristate" if dice.random() < 0.7 else "bool"
        lines += [f"config SYMBOL_{i}", f'    {kind} "Symbol {i}"']
        if i > 10 and i % 4:  # every fourth is selected and no condition reads it: no loops
            one, two = (dice.randrange(max(0, i - 500), i) // 4 * 4 + 1 for _ in range(2))
            one, two = min(one, i - i % 4 - 3), min(two, i - i % 4 - 3)
            lines.append(f"    depends on SYMBOL_{one} || !SYMBOL_{two}")
            if dice.random() < 0.3:
                other = dice.randrange(max(0, i - 500), i) // 4 * 4
                lines.append(f"    select SYMBOL_{other}")
            if dice.random() < 0.2:
                lines.append(f"    default SYMBOL_{one}")
    _plain(root, lines)


def ints(root: Path, size: int) -> None:
    """Write ints with ranges, and bools that compare them."""
    dice = random.Random(7)
    lines = []
    for i in range(size):
        lines.append(f"config SYMBOL_{i}")
        if i % 2:
            low = dice.randrange(100)
            lines += [f'    int "Symbol {i}"', f"    range {low} {low + 1000}"]
            lines.append(f"    default {low + 5}")
            if i > 10:
                lines.append(f"    depends on SYMBOL_{dice.randrange(max(0, i - 500), i) // 2 * 2}")
        else:
            lines.append(f'    bool "Symbol {i}"')
            if i > 10:
                other = dice.randrange(max(0, i - 500), i - 1) // 2 * 2 + 1
                lines.append(f"    depends on SYMBOL_{other} > {dice.randrange(200)}")
    _plain(root, lines)


def choices(root: Path, size: int) -> None:
    """Write choices below members of others."""
    dice = random.Random(8)
    lines = []
    for i in range(0, size, 10):
        lines += ["choice", f'    prompt "Choice {i}"']
        if i:
            lines.append(f"    depends on SYMBOL_{dice.randrange(max(0, i - 500), i)}")
        for member in range(i, min(size, i + 10)):
            lines += [f"config SYMBOL_{member}", f'    bool "Symbol {member}"']
        lines.append("endchoice")
    _plain(root, lines)


def _plain(root: Path, lines: Sequence[str]) -> None:
    root.mkdir(parents=True)
    (root / "Kconfig").write_text("\n".join(lines) + "\n")
    (root / "kvariant.toml").write_text('preset = "plain"\n')


# Measurement

_OF_FRAGMENTS = (["matrix", "named"], ["generate"], ["generate", "--check"])
_OF_SYMBOLS = (["space"],)

KINDS: Mapping[str, tuple[Callable[[Path, int], None], Sequence[list[str]]]] = {
    **{kind.__name__: (kind, _OF_FRAGMENTS) for kind in (fragments, wide, including, chains)},
    **{kind.__name__: (kind, _OF_SYMBOLS) for kind in (menus, selects, tristates, ints, choices)},
}


def _around(source: Path, cache: str) -> dict[str, str]:
    around = {n: t for n, t in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    compiled = Path(tempfile.gettempdir()) / f"kvariant-large-{os.getuid()}" / source.name
    return around | {
        "PYTHONPATH": str(source / "generator"),
        "PYTHONPYCACHEPREFIX": str(compiled),
        "KVARIANT_CACHE": cache,
    }


def measured(source: Path, root: Path, words: Sequence[str], cache: str) -> Figure:
    """Run a verb of a checkout in a project, and return what it took."""
    command = [sys.executable, "-m", "kvariant", *words]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=root, env=_around(source, cache), stdout=said, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            said.seek(0)
            sys.exit(f"{' '.join(words)}: exit code {process.returncode}\n"
                     + said.read().decode()[-2000:])  # fmt: skip
    return Figure(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def rounds(
    sources: Sequence[Path], kind: str, size: int, repeat: int
) -> Iterator[tuple[str, list[Figure]]]:
    """Yield each verb with the best figure of each checkout."""
    write, verbs = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)  # noqa: PTH101
        roots = [Path(folder) / str(i) / kind for i in range(len(sources))]
        for root in roots:
            write(root, size)
        for words in verbs:
            best: dict[str, list[Figure | None]] = {}
            for turn in range(repeat + 1):
                for i, (source, root) in enumerate(zip(sources, roots, strict=True)):
                    cache = str(Path(folder) / str(i) / f"cache-{'-'.join(words)}")
                    Path(cache).mkdir(mode=0o700, exist_ok=True)
                    found = measured(source, root, words, cache)
                    what = " ".join(words) + (", again" if turn else "")
                    row = best.setdefault(what, [None] * len(sources))
                    before = row[i]
                    row[i] = found.least(before) if before else found
            for what, row in best.items():
                yield what, [figure for figure in row if figure]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--before", type=Path, help="another checkout to compare with")
    parser.add_argument("--fragments", type=int, default=5_000)
    parser.add_argument("--symbols", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=1, help="runs after the first one")
    parser.add_argument("--write", type=Path, help="write the projects there, and run nothing")
    given = parser.parse_args()
    if unknown := [kind for kind in given.kinds if kind not in KINDS]:
        parser.error(f"no kind is named {unknown[0]}: {', '.join(KINDS)}")
    sources = [given.before.resolve(), HERE] if given.before else [HERE]
    for kind in given.kinds or KINDS:
        size = given.fragments if KINDS[kind][1] is _OF_FRAGMENTS else given.symbols
        if given.write:
            KINDS[kind][0](given.write / kind, size)
            continue
        for what, figures in rounds(sources, kind, size, given.repeat):
            cells = [f"{kind}, {size:,}", f"`{what}`"]
            cells += [f"{figure.seconds:.1f} s, {figure.megabytes:.0f} MB" for figure in figures]
            if given.before:
                cells.append(f"{figures[1].seconds / figures[0].seconds:.2f}")
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
