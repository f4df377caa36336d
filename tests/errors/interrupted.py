"""Interrupt a writing run before each of its file operations, one after the other.

Run as a program: `python interrupted.py FOLDER SIGNAL`. It loads two states of a
project once, then forks a writer per file operation that the run makes below
its output folder, sends it the signal at that operation, looks at what is on
disk and runs again. Prints one line per problem and, last, how often it struck.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from kvariant.cli.generate import _written
from kvariant.errors import KvariantError
from kvariant.plan import Generation, Plans
from kvariant.project import Project

_OPERATIONS = {"open", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.remove", "os.symlink"}
State = dict[str, bytes]


class Experiment:
    """The pristine output folder, what a whole run makes of it, and the run."""

    def __init__(self, folder: Path, sent: signal.Signals) -> None:
        self._sent = sent
        self._pristine = folder / "pristine"
        self._output = folder / "project/generated"
        project = Project.read(folder / "project/kvariant.toml")
        self._write(Plans.of(project))
        self._put_others()
        shutil.copytree(self._output, self._pristine, symlinks=True)
        template = folder / "project/templates/net.h.j2"
        template.write_text(template.read_text().replace("return", "return 1 +"))
        (folder / "project/configs/gone.config").unlink()
        (folder / "project/configs/added.config").write_text("CONFIG_NET=y\n")
        self._plans = Plans.of(project)
        self._old = states(self._output)
        self._write(self._plans)
        self._new = states(self._output)
        assert self._old != self._new
        assert self._new["net"]["mine/notes.txt"] == b"mine\n"

    def strike(self, moment: int) -> tuple[bool, list[str]]:
        """Interrupt a run at its nth file operation; return whether it got there, and problems."""
        shutil.rmtree(self._output)
        shutil.copytree(self._pristine, self._output, symlinks=True)
        child = os.fork()
        if child == 0:
            self._run_interrupted(moment)
        _, status = os.waitpid(child, 0)
        struck = os.waitstatus_to_exitcode(status)
        problems = [*self._problems()]
        try:
            self._write(self._plans)
        except KvariantError as error:
            problems.append(f"a second run says {error}")
        if states(self._output) != self._new:
            problems.append("a second run does not repair")
        return struck != 0, [f"operation {moment}: {problem}" for problem in problems]

    def _run_interrupted(self, moment: int) -> None:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event in _OPERATIONS:
                count += 1
                if count == moment:
                    os.kill(os.getpid(), self._sent)

        sys.addaudithook(hook)
        try:
            self._write(self._plans)
            os._exit(0)
        except KeyboardInterrupt:
            os._exit(130)
        finally:
            os._exit(70)

    def _problems(self) -> list[str]:
        now = states(self._output)
        found = []
        for name in sorted({*self._old, *self._new}):
            # Between the two renames of a kill -9 the old state waits under another name.
            state = now.get(name, now.get(f".{name}.kvariant-old"))
            if state not in (self._old.get(name), self._new.get(name)):
                found.append(f"{name} is neither old nor new")
        left = [name for name in now if "kvariant" in name]
        if self._sent is signal.SIGINT and left:
            found.append(f"Ctrl-C leaves {', '.join(left)}")
        return found

    def _put_others(self) -> None:
        """Put into the folder what is not ours: files, an empty folder, links, look-alikes."""
        (self._output / "net/mine/empty").mkdir(parents=True)
        (self._output / "net/mine/notes.txt").write_text("mine\n")
        (self._output / "net/mine/elsewhere").symlink_to("../../..")
        (self._output / "gone/notes.txt").write_text("mine\n")
        (self._output / ".net.old").mkdir()
        (self._output / ".net.old/notes.txt").write_text("mine\n")
        (self._output / "README").write_text("mine\n")

    def _write(self, plans: Plans) -> None:
        _written(Generation(plans, self._output, is_home=True), quiet=True)


def states(output: Path) -> dict[str, State]:
    """Return what is in each entry of the output folder: path -> content."""
    return {entry.name: dict(_contents(entry)) for entry in sorted(output.iterdir())}


def _contents(entry: Path) -> list[tuple[str, bytes]]:
    found = []
    for path in [entry, *sorted(entry.rglob("*"))]:
        name = path.relative_to(entry).as_posix()
        if path.is_symlink():
            found.append((name, b"-> " + os.fsencode(path.readlink())))
        elif path.is_file():
            found.append((name, path.read_bytes()))
        elif not any(path.iterdir()):
            found.append((name, b"an empty folder"))
    return found


def main() -> None:
    """Strike at the first operation, the second, ... until a run ends before its turn."""
    experiment = Experiment(Path(sys.argv[1]), signal.Signals[sys.argv[2]])
    moment, struck = 0, True
    while struck:
        moment += 1
        struck, problems = experiment.strike(moment)
        for problem in problems:
            print(problem)
    print(f"{moment - 1} moments")


if __name__ == "__main__":
    main()
