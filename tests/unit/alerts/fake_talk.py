# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""An SMTP server in one conversation at a time, which says what it is told to say."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

from waiting import DEADLINE

GOOD = {"hello": "220 front", "DATA": "354 go on", ".": "250 taken", "QUIT": "221 bye"}
RESET, ENDLESS, DRIP = "reset", "endless", "drip"


class FakeTalk:
    """`says` has a reply for each word; `hello` is the greeting and `.` the end of a mail.

    It may be RESET, to end the connection, ENDLESS, to go on for ever, or DRIP, to do so slowly.
    """

    def __init__(self) -> None:
        self.says = dict(GOOD)
        self.heard: list[str] = []
        self.mails: list[str] = []
        self.greets_after = 0.0  # seconds
        self.said = 0  # bytes of an endless reply
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()

    def words(self) -> list[str]:
        return [line.split(":")[0].split(" ")[0] for line in self.heard]

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _peer = self._listener.accept()
                connection.settimeout(DEADLINE)
                with connection, suppress(OSError):
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        time.sleep(self.greets_after)
        file = connection.makefile("rb")
        if not self._say(connection, "hello"):
            return
        while line := file.readline().decode():
            self.heard.append(line.strip())
            word = self.words()[-1].upper()
            if not self._say(connection, word):
                return
            if word == "DATA" and self.says[word].startswith("354"):
                self.mails.append("")
                while (line := file.readline().decode()) not in (".\r\n", ""):
                    self.mails[-1] += line
                if not self._say(connection, "."):
                    return

    def _say(self, connection: socket.socket, word: str) -> bool:
        reply = self.says.get(word, "250 OK")
        if reply == RESET:
            return False
        while reply == ENDLESS:
            self.said += connection.send(b"220-and another thing\r\n" * 1000)
        while reply == DRIP:
            connection.send(b"2")
            time.sleep(0.02)
        connection.sendall(f"{reply}\r\n".encode())
        return word != "QUIT"
