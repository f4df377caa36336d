# SPDX-License-Identifier: MIT
"""A real browser without a window, driven over a pipe: the Chrome DevTools Protocol.

Messages are JSON texts, each with a null byte behind it, on the file descriptors 3 and 4
of the browser. [Chromium, `--remote-debugging-pipe`]
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")


class NoBrowserError(Exception):
    """There is none here; the text says so, fit for a skip reason."""


def program() -> str:
    """Return the browser: KVARIANT_BROWSER, or the first of `NAMES` that is installed."""
    found = [os.environ.get("KVARIANT_BROWSER"), *map(shutil.which, NAMES)]
    path = next((path for path in found if path), None)
    if path is None:
        raise NoBrowserError("no browser here: chromium is not installed")
    return path


class Page:
    """One page that is open."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._numbers = itertools.count(1)
        self._rest = b""
        self._session = ""
        self.complaints: list[str] = []
        """What the console was told, and errors of scripts and of the page's policy."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def _call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != number:
            pass
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._read, 1 << 20)
            if not more:
                raise NoBrowserError("the browser has ended")
            self._rest += more
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.complaints.append(str(message["params"]["exceptionDetails"]))
            case "Runtime.consoleAPICalled":
                self.complaints.append(str(message["params"]["args"]))
            case "Log.entryAdded":
                self.complaints.append(message["params"]["entry"]["text"])
        return message

    def open(self, address: str) -> None:
        """Open an address, and wait until it is there."""
        self._call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """Return the value of an expression, of a promise what it is kept with."""
        found = self._call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise AssertionError(f"{script}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def wait(self, script: str, seconds: float = 60) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > end:
                raise AssertionError(f"not true within {seconds} s: {script}")
            time.sleep(0.02)

    def press(self, key: str) -> None:
        """Press a key: `j`, `ArrowDown`, `Enter`, `Escape`, `Tab`."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        codes = {"Tab": 9, "Enter": 13, "Escape": 27}
        code = {"windowsVirtualKeyCode": codes[key]} if key in codes else {}
        self._call("Input.dispatchKeyEvent", type="keyDown", key=key, **text, **code)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    def type(self, text: str) -> None:
        """Write a text where the cursor is."""
        self._call("Input.insertText", text=text)

    def click(self, x: float, y: float) -> None:
        """Click a place of the window."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def dark(self) -> None:
        """Prefer dark colours."""
        feature = {"name": "prefers-color-scheme", "value": "dark"}
        self._call("Emulation.setEmulatedMedia", features=[feature])

    def without_scripts(self) -> None:
        """Run no script of pages."""
        self._call("Emulation.setScriptExecutionDisabled", value=True)

    def screenshot(self, path: Path) -> None:
        """Write what is seen as PNG."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot")["data"]))


def _above_its_own(descriptor: int) -> int:
    """Return a descriptor at another number than those that the browser is given."""
    found = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return found


@contextlib.contextmanager
def opened(width: int = 1440, height: int = 900) -> Iterator[Page]:
    """Open a browser with one page.

    Raises:
        NoBrowserError: there is none, or it does not start.
    """
    path = program()
    read_theirs, write_ours = map(_above_its_own, os.pipe())
    read_ours, write_theirs = map(_above_its_own, os.pipe())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                "sh",
                "-c",
                f'exec "$0" "$@" 3</dev/fd/{read_theirs} 4>/dev/fd/{write_theirs}',
                path,
                "--headless=new",
                "--remote-debugging-pipe",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                f"--user-data-dir={profile}",
                f"--window-size={width},{height}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(read_theirs, write_theirs),
        )
        os.close(read_theirs)
        os.close(write_theirs)
        try:
            yield Page(write_ours, read_ours)
        except BrokenPipeError as error:
            raise NoBrowserError(f"{path} does not start") from error
        finally:
            os.close(write_ours)
            os.close(read_ours)
            process.kill()
            process.wait()
