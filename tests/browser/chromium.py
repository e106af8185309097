"""A real Chromium, driven over the DevTools protocol through a pair of pipes: no driver, no port, no further package.

The protocol is JSON with a NUL behind each message (`--remote-debugging-pipe`): the browser reads descriptor 3 and
writes descriptor 4. What a page says on its console, what it asks for and what fails is kept in `Page`.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HOW_TO_INSTALL = "no Chromium on PATH (Debian: apt install chromium; macOS: put Google Chrome's binary on PATH)"
PATIENCE_S = 90.0
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
# Puts the two pipes where the browser looks for them, whatever their numbers are, and becomes the browser.
_BEGIN = """import os, sys
reads, writes = (os.dup(os.dup(os.dup(int(number)))) for number in sys.argv[1:3])
os.dup2(reads, 3)
os.dup2(writes, 4)
os.execv(sys.argv[3], sys.argv[3:])"""


def find_browser() -> str | None:
    """The browser's program, or None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One browser process with a profile of its own below `folder`. Leaving the block ends it."""

    def __init__(self, folder: Path) -> None:
        program = find_browser()
        assert program is not None, HOW_TO_INSTALL
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        self._in, self._out = ours_in, ours_out
        arguments = [*_OPTIONS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
        with (folder / "browser.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _BEGIN, str(theirs_in), str(theirs_out), program, *arguments],
                pass_fds=(theirs_in, theirs_out),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        os.close(theirs_in)
        os.close(theirs_out)
        self._buffer = b""
        self._number = 0
        self._pages: dict[str, Page] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.call("Browser.close")
            self.process.wait(timeout=30)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self._in)
        os.close(self._out)

    def page(self) -> Page:
        """A new empty page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session, target)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        return page

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Order something and wait for its result."""
        self._number += 1
        number = self._number
        order = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._out, json.dumps(order).encode() + b"\0")
        while (message := self.next_message()).get("id") != number:
            pass
        assert "error" not in message, f"{method}: {message['error']}"
        result: dict[str, Any] = message["result"]
        return result

    def next_message(self) -> dict[str, Any]:
        """What the browser says next; events are handed to their page on the way."""
        end = time.monotonic() + PATIENCE_S
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"the browser said nothing for {PATIENCE_S:.0f} s"
            piece = os.read(self._in, 1 << 20)
            assert piece, "the browser ended"
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        page = self._pages.get(message.get("sessionId", ""))
        if page is not None and "method" in message:
            page.take(message["method"], message["params"])
        return message


class Page:
    """A page, and what happened on it: `errors`, the addresses it `asked` for, and those that `failed`."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser = browser
        self._session = session
        self._target = target
        self._loaded = False
        self.errors: list[str] = []
        self.asked: dict[str, str] = {}
        self.failed: list[str] = []
        self.dialogs: list[str] = []

    def take(self, method: str, params: dict[str, Any]) -> None:
        """Note one event."""
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(params["message"])
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.errors.append(f"{params['entry']['text']} ({params['entry'].get('url', '')})")
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.errors.append(json.dumps(params["args"]))
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"]))
        elif method == "Network.requestWillBeSent":
            self.asked[params["requestId"]] = params["request"]["url"]
        elif method == "Network.loadingFailed" and not params.get("canceled"):
            self.failed.append(f"{self.asked.get(params['requestId'])}: {params['errorText']}")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Order something of this page."""
        return self._browser.call(method, self._session, **params)

    def look_like(self, width: int, height: int = 900, *, phone: bool = False, dark: bool = False) -> None:
        """The size of the window, in CSS pixels, and whether the system is set to dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def without_scripts(self) -> None:
        """Switch scripts off, as a careful person or a mail program does."""
        self.call("Emulation.setScriptExecutionDisabled", value=True)

    def open(self, path: Path) -> None:
        """Open a file from the disk and wait until it and all its pictures are there."""
        self._loaded = False
        self.call("Page.navigate", url=path.absolute().as_uri())
        while not self._loaded:
            self._browser.next_message()
        self.evaluate(
            """Promise.all([...document.images].map(image => {
                image.loading = "eager";
                return image.decode().catch(() => null);
            }))"""
        )

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is waited for."""
        found = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def seen(self) -> str:
        """All words of the page that are seen, whether or not its scripts may run."""
        tree = self.call("Accessibility.getFullAXTree")["nodes"]
        return "\n".join(str(node["name"]["value"]) for node in tree if not node["ignored"] and node.get("name"))

    def text(self) -> str:
        """All words of the page, folded ones too."""
        root = self.call("DOM.getDocument", depth=-1)["root"]
        return self.call("DOM.getOuterHTML", nodeId=root["nodeId"])["outerHTML"]

    def close(self) -> None:
        """Close the page."""
        self._browser.call("Target.closeTarget", targetId=self._target)

    def screenshot(self, path: Path) -> Path:
        """A picture of the whole page, not only of what the window shows."""
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))
        return path
