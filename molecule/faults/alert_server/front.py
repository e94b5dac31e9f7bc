# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands before Alerta and the mail server, passes everything on, and misbehaves as it is told.

/run/front/alerta and /run/front/mail name the misbehaviour; without them it behaves. Everything
that was asked is in /run/front/asked.tsv: when, of whom, the misbehaviour, and how many asked at
once. The alerts that Alerta took are in /run/front/taken.tsv: resource, and when it happened.
"""

from __future__ import annotations

import http.client
import json
import os
import smtplib
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

STATE = Path("/run/front")
CERTIFICATE, KEY = "/etc/ssl/alert-server.pem", "/etc/ssl/alert-server.key"

LONGEST = 60.0
"""Seconds that it hangs at most; it stops as soon as it is to behave."""

POISON = "poison"
"""Alerta fails over every alert whose resource begins like this."""

SLOW = 5.0
"""Seconds that a slow mail server thinks about a mail. More than alerts_timeout."""

lock = threading.Lock()
asking = {"alerta": 0, "mail": 0}


def behaviour(channel: str) -> str:
    """Return how to misbehave now, or an empty text."""
    with suppress(FileNotFoundError):
        return (STATE / channel).read_text(encoding="ascii").strip()
    return ""


def hang(channel: str) -> None:
    """Do nothing while that is asked for."""
    started, end = behaviour(channel), time.monotonic() + LONGEST
    while behaviour(channel) == started and time.monotonic() < end:
        time.sleep(0.1)


@contextmanager
def counted(channel: str, how: str) -> Iterator[None]:
    """Write down that somebody asks."""
    with lock:
        asking[channel] += 1
        line = f"{time.time():.3f}\t{channel}\t{how or '-'}\t{asking[channel]}\n"
        with (STATE / "asked.tsv").open("a", encoding="ascii") as file:
            file.write(line)
    try:
        yield
    finally:
        with lock:
            asking[channel] -= 1


class AlertaFront(BaseHTTPRequestHandler):
    """Alerta behind a proxy."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Pass the request on, or not."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        how = behaviour("alerta")
        with counted("alerta", how):
            if json.loads(body).get("resource", "").startswith(POISON):
                self._answer(500, b'{"status": "error", "message": "poison"}')
            elif how.isdigit():
                self._answer(int(how), b'{"status": "error", "message": "as told"}')
            elif how == "page":
                self._answer(200, b"<html>Please log in</html>")
            elif how == "proxy":
                self._answer(404, b"<html>nginx</html>")
            elif how == "garbage":
                self.wfile.write(os.urandom(2000))
                self.close_connection = True
            elif how == "hang":
                hang("alerta")
                self.close_connection = True
            elif how == "drip":
                self._drip()
            else:
                status, content = self._pass_on(body)
                if status < 300:
                    self._note_taken(json.loads(body))
                if how == "no_answer":
                    self.close_connection = True
                else:
                    self._answer(status, content)

    do_PUT = do_POST

    def do_GET(self) -> None:
        """Pass on the question for Alerta's configuration."""
        self._answer(*self._pass_on(None))

    def _pass_on(self, body: bytes | None) -> tuple[int, bytes]:
        names = ("Authorization", "Content-Type")
        headers = {name: self.headers[name] for name in names if name in self.headers}
        alerta = http.client.HTTPConnection("127.0.0.1", 8080, timeout=LONGEST)
        try:
            alerta.request(self.command, self.path.removeprefix("/api"), body, headers)
            answer = alerta.getresponse()
            return answer.status, answer.read()
        except OSError as error:
            return 502, json.dumps({"message": str(error)}).encode()
        finally:
            alerta.close()

    def _note_taken(self, alert: dict[str, str]) -> None:
        with lock, (STATE / "taken.tsv").open("a", encoding="utf-8") as file:
            file.write(f"{alert.get('resource', '')}\t{alert.get('createTime', '')}\n")

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _drip(self) -> None:
        """Answer one byte a second: no single one is late, but the answer never ends."""
        self.close_connection = True
        end = time.monotonic() + LONGEST
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 201 Created\r\nX-Endless: ")
            while behaviour("alerta") == "drip" and time.monotonic() < end:
                self.wfile.write(b".")
                time.sleep(1)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class AlertaServer(ThreadingHTTPServer):
    """Encrypts each connection in its own thread, so that none waits for another one."""

    daemon_threads = True
    request_queue_size = 128
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)

    def finish_request(self, request: object, client_address: object) -> None:
        """Speak TLS first."""
        with suppress(OSError):
            encrypted = self.context.wrap_socket(request, server_side=True)  # type: ignore[arg-type]
            AlertaFront(encrypted, client_address, self)
            encrypted.unwrap()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is none of our business."""


class MailFront(socketserver.StreamRequestHandler):
    """A mail server in one conversation."""

    def handle(self) -> None:
        """Talk until the client goes."""
        if behaviour("mail") == "close":
            with counted("mail", "close"):
                return
        self._say("220 front")
        self._sender = ""
        self._recipients: list[str] = []
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word in (b"EHLO", b"HELO", b"RSET", b"NOOP"):
                self._say("250 front")
            elif word == b"MAIL":
                self._sender, self._recipients = _address(line), []
                self._say("250 OK")
            elif word == b"RCPT":
                self._recipient(_address(line))
            elif word == b"DATA":
                if not self._content():
                    return
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("500 what?")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode("ascii"))

    def _recipient(self, address: str) -> None:
        how = behaviour("mail")
        if how in ("greylist", "451"):
            with counted("mail", how):
                self._say("451 come back later")
        elif how == "relay":
            with counted("mail", how):
                self._say("554 5.7.1 Relay access denied")
        elif how == "reject" and address.startswith("gone@"):
            with counted("mail", how):
                self._say("550 5.1.1 no such user")
        else:
            self._recipients.append(address)
            self._say("250 OK")

    def _content(self) -> bool:
        """Take the mail. Returns whether the conversation goes on."""
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        how = behaviour("mail")
        with counted("mail", how):
            if how == "hang":
                hang("mail")
                return False
            if how == "slow":
                time.sleep(SLOW)
            with smtplib.SMTP("127.0.0.1", 587, timeout=LONGEST) as server:
                server.sendmail(self._sender, self._recipients, b"".join(lines))
            if how == "no_answer":
                return False
            self._say("250 taken")
            return True


class MailServer(socketserver.ThreadingTCPServer):
    """One thread for each conversation."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is none of our business."""


def _address(line: bytes) -> str:
    return line.decode("ascii").partition("<")[2].partition(">")[0]


def main() -> None:
    """Serve until the end."""
    AlertaServer.context.load_cert_chain(CERTIFICATE, KEY)
    for name in ("asked.tsv", "taken.tsv"):
        (STATE / name).touch()
    mail = MailServer(("", 2525), MailFront)
    threading.Thread(target=mail.serve_forever, daemon=True).start()
    AlertaServer(("", 8443), AlertaFront).serve_forever()


if __name__ == "__main__":
    main()
