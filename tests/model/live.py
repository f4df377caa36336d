# SPDX-License-Identifier: MIT
"""A script on the kernel of this machine.

Three processes, so that nothing hangs in ours: `run_scripts` (here) talks to
`python -m model.live`, which forks for each script a *player*, which has the
areas and does the steps, and a *handler*, which has the other end of the
userfaultfd and answers faults while the player is blocked in them. All have an
alarm. Both run on one CPU: MADV_PAGEOUT only finds pages that have left the
list of the CPU that first touched them.

    player  "copy 1\n"  ->  handler   how to answer missing pages, acknowledged
    player  "events\n"  ->  handler   what was reported since, as JSON
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import mmap
import os
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from .script import Script, Seen
from .space import LAYOUT, PAGES, Event, Feature, Kind

PAGE = 4096
SIZE = PAGES * PAGE
BASE = 0x7A0000000000
"""Areas are 1 MiB apart from here on; a moved area is 1 GiB above or back."""
MOVED = 1 << 30
SECONDS = 10
"""What a script may take."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.mmap.restype = _LIBC.mremap.restype = ctypes.c_void_p
_LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
_LIBC.mremap.argtypes = [
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p]  # fmt: skip
_LIBC.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_LIBC.madvise.argtypes = _LIBC.mprotect.argtypes = [
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]  # fmt: skip
_LIBC.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
_LIBC.read.argtypes = _LIBC.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]

_SYS_USERFAULTFD = 323
_API, _REGISTER, _UNREGISTER = 0xC018AA3F, 0xC020AA00, 0x8010AA01
_COPY, _WRITEPROTECT, _POISON = 0xC028AA03, 0xC018AA06, 0xC020AA08
_MADV = {"dontneed": 4, "pageout": 21, "populate_read": 22, "populate_write": 23,
         "guard_install": 102, "guard_remove": 103}  # fmt: skip
_MAP_FIXED_NOREPLACE = 0x100000
_FEATURES = {Feature.EVENT_FORK: 1 << 1, Feature.EVENT_REMAP: 1 << 2,
             Feature.WP_UNPOPULATED: 1 << 13, Feature.WP_ASYNC: 1 << 15}  # fmt: skip
_PAGEFAULT, _FORK = 0x12, 0x13
_ERRORS = errno.errorcode | {133: "EHWPOISON"}
_LETTERS = (("P", 63), ("S", 62), ("W", 57), ("F", 61), ("G", 58))


def unavailable() -> str:
    """Return why scripts can't run on this machine, "" if they can."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return "the system call numbers are those of Linux on x86_64"
    if mmap.PAGESIZE != PAGE:
        return f"pages are {mmap.PAGESIZE} bytes"
    if os.geteuid() != 0:
        return "not root: the kernel must handle faults for us, and show page tables"
    if len(Path("/proc/swaps").read_text(encoding="ascii").splitlines()) > 1:
        return "the machine has swap; the simulation is compared without"
    try:
        uffd = _userfaultfd(Feature.NONE)
    except OSError as error:
        return f"userfaultfd: {error.strerror}"
    os.close(uffd)
    try:
        os.close(_userfaultfd(Feature.EVENT_FORK | Feature.WP_UNPOPULATED | Feature.WP_ASYNC))
    except OSError as error:
        return f"userfaultfd lacks features of 6.7: {error.strerror}"
    return ""


def guards_unavailable() -> str:
    """Return why guards can't be seen on this machine, "" if they can."""
    page = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    if _LIBC.madvise(address, PAGE, _MADV["guard_install"]) < 0:
        return f"Linux {os.uname().release} has no MADV_GUARD_INSTALL, 6.13 has it"
    if _pagemap("self", address, 1) != ["SG"]:
        return f"Linux {os.uname().release} does not show guards in pagemap, 6.15 does"
    return ""


def fills_guards() -> bool:
    """Return whether this kernel's UFFDIO_COPY takes a guard for an empty page: up to 6.18."""
    return tuple(int(part) for part in os.uname().release.split(".")[:2]) < (6, 19)


def run_scripts(scripts: Iterable[Script]) -> Iterator[list[Seen]]:
    """Run scripts on the kernel and yield what was seen; fewer steps where one died."""
    lines = [
        json.dumps(
            {"features": s.features.value, "steps": [[t.name, t.arguments] for t in s.steps]}
        )
        for s in scripts
    ]
    done = subprocess.run(
        [sys.executable, "-m", f"{__package__}.live"],
        input="\n".join(lines),
        text=True,
        check=True,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
        timeout=SECONDS * (1 + len(lines)),
    )
    for line in done.stdout.splitlines():
        yield [_seen(record) for record in json.loads(line)]


def _seen(record: dict[str, Any]) -> Seen:
    events = [Event(*event) for event in record["events"]]
    return Seen(record["result"], events, record["child"], record["letters"])


def _userfaultfd(features: Feature) -> int:
    uffd = _LIBC.syscall(_SYS_USERFAULTFD, os.O_CLOEXEC | os.O_NONBLOCK)
    if uffd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    wanted = sum(bit for feature, bit in _FEATURES.items() if feature in features)
    try:
        _ioctl(uffd, _API, "QQQ", 0xAA, wanted, 0)
    except OSError:
        os.close(uffd)
        raise
    return uffd


def _ioctl(uffd: int, request: int, form: str, *values: int) -> None:
    fcntl.ioctl(uffd, request, bytearray(struct.pack(form, *values)))


def _pagemap(process: int | str, address: int, pages: int) -> list[str]:
    with Path(f"/proc/{process}/pagemap").open("rb", buffering=0) as file:
        file.seek(address // PAGE * 8)
        words = struct.unpack(f"{pages}Q", file.read(8 * pages))
    return ["".join(s for s, bit in _LETTERS if word >> bit & 1) or "-" for word in words]


class _Handler:
    """Answers the faults of another process."""

    def __init__(self, uffd: int, player: int, requests: int, replies: int) -> None:
        self._uffd, self._player = uffd, player
        self._requests, self._replies = requests, replies
        self._copy_mode = 0
        self._events: list[tuple[str, bool, str]] = []
        self._children: list[int] = []

    def run(self) -> None:
        poll = select.poll()
        poll.register(self._uffd, select.POLLIN)
        poll.register(self._requests, select.POLLIN)
        while True:
            ready = dict(poll.poll())
            if self._uffd in ready:
                self._answer()
            elif not self._obey():
                return

    def _obey(self) -> bool:
        request = os.read(self._requests, 64).decode()
        if request.startswith("copy"):
            self._copy_mode = 2 * int(request.split()[1])  # UFFDIO_COPY_MODE_WP
            os.write(self._replies, b"ok\n")
        elif request.startswith("events"):
            os.write(self._replies, json.dumps(self._events).encode() + b"\n")
            self._events.clear()
            while self._children:
                os.close(self._children.pop())
        return request != ""

    def _answer(self) -> None:
        kind, *_, flags, address = struct.unpack("=B7sQQQ", os.read(self._uffd, 32))[:4]
        if kind == _FORK:
            self._children.append(flags & 0xFFFFFFFF)
        if kind != _PAGEFAULT:
            return
        address &= -PAGE
        [letters] = _pagemap(self._player, address, 1)
        if flags & 2:  # UFFD_PAGEFAULT_FLAG_WP
            self._events.append(("wp", bool(flags & 1), letters))
            _ioctl(self._uffd, _WRITEPROTECT, "QQQ", address, PAGE, 0)
        else:
            self._events.append(("missing", bool(flags & 1), letters))
            _copy(self._uffd, address, self._copy_mode)


_SOURCE = mmap.mmap(-1, PAGE)
_SOURCE_ADDRESS = ctypes.addressof(ctypes.c_char.from_buffer(_SOURCE))


def _copy(uffd: int, address: int, mode: int) -> None:
    _ioctl(uffd, _COPY, "QQQQq", address, _SOURCE_ADDRESS, PAGE, mode, 0)


class _Player:
    """Has the areas and does the steps; methods are named like those of `Space`."""

    def __init__(self, uffd: int, requests: int, replies: int) -> None:
        self._uffd = uffd
        self._requests, self._replies = requests, os.fdopen(replies)
        self._modes = [""] * len(LAYOUT)
        self._pipe = os.pipe()
        names = sorted({name for name, _ in LAYOUT if name})
        self._fds = {name: os.memfd_create(name) for name in names}
        self._files = [self._fds[name] for name in dict.fromkeys(n for n, _ in LAYOUT if n)]
        for fd in self._files:
            os.ftruncate(fd, SIZE)
        self._at = [BASE + (i << 20) for i in range(len(LAYOUT))]
        for i in range(len(LAYOUT)):
            self._map(i)

    def take(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do one step and say what was seen."""
        arguments = dict(arguments)
        copy_wp = arguments.pop("copy_wp", False)
        if "area" in arguments:
            copy_wp = copy_wp and "w" in self._modes[arguments["area"]]
        self._ask(f"copy {int(copy_wp)}")
        result, child = "ok", None
        try:
            child = getattr(self, name)(**arguments)
        except OSError as error:
            result = _ERRORS.get(error.errno or 0, str(error.errno))
        events = json.loads(self._ask("events"))
        letters = [_pagemap("self", address, PAGES) for address in self._at]
        return {"result": result, "events": events, "child": child, "letters": letters}

    def _ask(self, request: str) -> str:
        os.write(self._requests, request.encode() + b"\n")
        return self._replies.readline()

    def _map(self, area: int) -> None:
        name, kind = LAYOUT[area]
        flags = mmap.MAP_SHARED if kind is Kind.SHARED else mmap.MAP_PRIVATE
        flags |= _MAP_FIXED_NOREPLACE | (mmap.MAP_ANONYMOUS if kind is Kind.ANON else 0)
        rights, fd = mmap.PROT_READ | mmap.PROT_WRITE, self._fds.get(name, -1)
        found = _LIBC.mmap(self._at[area], SIZE, rights, flags, fd, 0)
        _check(0 if found == self._at[area] else -1)

    def _range(self, area: int, start: int = 0, count: int = PAGES) -> tuple[int, int]:
        return self._at[area] + start * PAGE, count * PAGE

    def register(self, area: int, modes: str) -> None:
        mode = sum({"m": 1, "w": 2}[m] for m in modes)
        _ioctl(self._uffd, _REGISTER, "QQQQ", *self._range(area), mode, 0)
        self._modes[area] = modes

    def unregister(self, area: int) -> None:
        _ioctl(self._uffd, _UNREGISTER, "QQ", *self._range(area))
        self._modes[area] = ""

    def protect(self, area: int, start: int, count: int) -> None:
        _ioctl(self._uffd, _WRITEPROTECT, "QQQ", *self._range(area, start, count), 1)

    def unprotect(self, area: int, start: int, count: int) -> None:
        _ioctl(self._uffd, _WRITEPROTECT, "QQQ", *self._range(area, start, count), 0)

    def copy(self, area: int, page: int, wp: bool) -> None:
        _copy(self._uffd, self._range(area, page)[0], 2 if wp else 0)

    def poison(self, area: int, page: int) -> None:
        _ioctl(self._uffd, _POISON, "QQQq", *self._range(area, page, 1), 0, 0)

    def read(self, area: int, page: int) -> None:
        address = self._range(area, page)[0]
        if self._is_failing(address):  # in user space that would be a signal
            _check(_LIBC.write(self._pipe[1], address, 1))
        else:
            ctypes.string_at(address, 1)

    def write(self, area: int, page: int) -> None:
        address = self._range(area, page)[0]
        if self._is_failing(address):
            os.write(self._pipe[1], b"x")
            _check(_LIBC.read(self._pipe[0], address, 1))
        else:
            ctypes.memset(address, 1, 1)

    @staticmethod
    def _is_failing(address: int) -> bool:
        return _pagemap("self", address, 1)[0] in ("S", "SG")

    def populate(self, area: int, is_write: bool) -> None:
        advice = _MADV["populate_write" if is_write else "populate_read"]
        _check(_LIBC.madvise(*self._range(area), advice))

    def dontneed(self, area: int, start: int, count: int) -> None:
        _check(_LIBC.madvise(*self._range(area, start, count), _MADV["dontneed"]))

    def guard(self, area: int, start: int, count: int) -> None:
        _check(_LIBC.madvise(*self._range(area, start, count), _MADV["guard_install"]))

    def unguard(self, area: int, start: int, count: int) -> None:
        _check(_LIBC.madvise(*self._range(area, start, count), _MADV["guard_remove"]))

    def pageout(self, area: int, start: int, count: int) -> None:
        _check(_LIBC.madvise(*self._range(area, start, count), _MADV["pageout"]))

    def punch(self, file: int, start: int, count: int) -> None:
        _check(_LIBC.fallocate(self._files[file], 1 | 2, start * PAGE, count * PAGE))

    def truncate(self, file: int, start: int) -> None:
        os.ftruncate(self._files[file], start * PAGE)
        os.ftruncate(self._files[file], SIZE)

    def mprotect(self, area: int) -> None:
        for rights in (mmap.PROT_READ, mmap.PROT_READ | mmap.PROT_WRITE):
            _check(_LIBC.mprotect(*self._range(area), rights))

    def mremap(self, area: int) -> None:
        to = self._at[area] ^ MOVED
        found = _LIBC.mremap(self._at[area], SIZE, SIZE, 1 | 2, to)
        _check(0 if found == to else -1)
        self._at[area] = to

    def munmap(self, area: int) -> None:
        _check(_LIBC.munmap(*self._range(area)))
        self._map(area)
        self._modes[area] = ""

    def fork(self) -> list[list[str]]:
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS)  # not inherited; should its parent die, it must too
            while True:
                signal.pause()
        try:
            return [_pagemap(child, address, PAGES) for address in self._at]
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _check(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _play(script: dict[str, Any], output: int) -> NoReturn:
    """Be the player: write a line for each step, then exit."""
    signal.alarm(SECONDS)
    uffd = _userfaultfd(Feature(script["features"]))
    (request_in, request_out), (reply_in, reply_out) = os.pipe(), os.pipe()
    player = os.getpid()
    if os.fork() == 0:
        signal.alarm(SECONDS)
        os.close(request_out)
        with contextlib.suppress(BrokenPipeError):
            _Handler(uffd, player, request_in, reply_out).run()
        os._exit(0)
    os.close(request_in)
    os.close(reply_out)
    stage = _Player(uffd, request_out, reply_in)
    for name, arguments in script["steps"]:
        os.write(output, json.dumps(stage.take(name, arguments)).encode() + b"\n")
    os._exit(0)


def main() -> None:
    """Read scripts, a line of JSON each; write what was seen, a line each."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for line in sys.stdin:
        seen, output = os.pipe()
        player = os.fork()
        if player == 0:
            os.close(seen)
            try:
                _play(json.loads(line), output)
            finally:
                os._exit(1)
        os.close(output)
        with os.fdopen(seen) as lines:
            records = [json.loads(record) for record in lines]
        os.waitpid(player, 0)
        print(json.dumps(records), flush=True)


if __name__ == "__main__":
    main()
