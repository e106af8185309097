"""Those who get messages, on 127.0.0.1: a real mail server, and a web hook."""

from __future__ import annotations

import email
import email.policy
import json
import socket
import threading
from collections.abc import Callable
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class MailServer:
    """A mail server; `refuses_mib`: mails larger than that are refused."""

    def __init__(self, port: int = 0, *, refuses_mib: float = 30.0) -> None:
        self.port = port or free_port()
        self.mails: list[EmailMessage] = []
        self.asked = 0
        self._refuses = int(refuses_mib * 2**20)
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return (
            f"mailto://line:MONGOOSEMAIL@127.0.0.1:{self.port}?mode=insecure&from=line@studio.test&to=anna@studio.test"
        )

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        self.asked += 1
        content = envelope.content
        assert isinstance(content, bytes)
        if len(content) > self._refuses:
            return "552 the mail is too large"
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"

    def start(self) -> MailServer:
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            authenticator=lambda *_: AuthResult(success=True),
            auth_require_tls=False,
            data_size_limit=2**26,
        )
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


class Hook:
    """A web hook that takes JSON; `refuses_pictures`: it says no to a message with one.

    `before_it_refuses` is called when it is asked, and then it says no.
    """

    def __init__(
        self, port: int = 0, *, refuses_pictures: bool = False, before_it_refuses: Callable[[], None] | None = None
    ) -> None:
        self.heard: list[dict[str, Any]] = []
        self.asked = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.asked += 1
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                refused = before_it_refuses or (refuses_pictures and body.get("attachments"))
                if before_it_refuses:
                    before_it_refuses()
                if not refused:
                    hook.heard.append(body)
                self.send_response(413 if refused else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"json://hook:MONGOOSEHOOK@127.0.0.1:{self.port}/MONGOOSEPATH"

    def titles(self) -> list[str]:
        return [one["title"] for one in self.heard]

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def text_of(mail: EmailMessage) -> str:
    """A mail as somebody reads it who sees no HTML."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def pictures_of(mail: EmailMessage) -> list[EmailMessage]:
    """The pictures in a mail that its HTML shows."""
    html = mail.get_body(("html",))
    shown = str(html.get_content()) if html is not None else ""
    found = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    return [part for part in found if f"cid:{str(part['Content-ID']).strip('<>')}" in shown]  # type: ignore[misc]
