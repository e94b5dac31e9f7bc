# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something that takes alerts by HTTP, over one connection that is kept."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from geowatch.alerts.channel import Answer, Result
from geowatch.alerts.connection import connect, cut_after, tls_context
from geowatch.alerts.settings import WebSettings

LONGEST_ANSWER = 1 << 20  # bytes
MOST_QUOTED = 300  # bytes

ERRORS = (HTTPException, OSError, ValueError)

# These are said of the way, and not of the alert: a wrong key must put no alert aside.
NOT_THE_ALERT = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.MISDIRECTED_REQUEST,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)

# A proxy says these of one request. It may be another proxy next time.
TOO_LARGE = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_URI_TOO_LONG})


# These may be about the alert, in words that nobody knows here.
PERHAPS = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)


class Web:
    """It uses no proxy and no netrc, which would see or replace the key, and follows nowhere.

    `timeout` is for a whole answer: one that trickles in would hold up the others for ever.
    """

    def __init__(self, settings: WebSettings, authorization: str, timeout: float) -> None:
        self._url = urlsplit(settings.url)
        self._ca_file = settings.ca_file
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if settings.key:
            self._headers["Authorization"] = authorization + settings.key
        self._connection: HTTPConnection | None = None
        self.path = self._url.path.rstrip("/")
        self.address = self._url._replace(scheme="", netloc="", fragment="").geturl() or "/"

    def send(self, method: str, path: str, data: str | None = None) -> tuple[int, bytes] | Answer:
        """Ask for something once. Returns the status and the content, or why there is none."""
        try:
            self.connect()
        except ERRORS as error:
            self.close()
            return Answer(Result.DOWN, reason(error))
        try:
            status, content, whole = self.ask(method, path, data)
        # Perhaps it is this alert that there is no answer to.
        except ERRORS as error:
            self.close()
            return Answer(Result.LATER, reason(error))
        if not whole:
            return Answer(Result.LATER, f"HTTP {status}, but the answer is not whole")
        return status, content

    def connect(self) -> HTTPConnection:
        """Return the connection, a new one where there is none."""
        if self._connection is None or self._connection.sock is None:
            encrypted = self._url.scheme == "https"
            kind = HTTPSConnection if encrypted else HTTPConnection
            context = tls_context(self._ca_file) if encrypted else None
            connection = kind(self._url.hostname or "", self._url.port, timeout=self._timeout)
            connection.sock = connect(connection.host, connection.port, self._timeout, context)
            self._connection = connection
        return self._connection

    def ask(self, method: str, path: str, data: str | None = None) -> tuple[int, bytes, bool]:
        """Return the status, the content, and whether that is all of it. Raises ERRORS."""
        connection = self.connect()
        with cut_after(self._timeout, connection.sock):
            connection.request(method, path, data, self._headers)
            response = connection.getresponse()
            content = response.read(LONGEST_ANSWER)
        if not response.isclosed():
            self.close()
        return response.status, content, not response.length

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def meaning(answer: tuple[int, bytes] | Answer, known_as: str = "") -> Answer:
    """Say what it means for the alert where only the status says anything."""
    if isinstance(answer, Answer):
        return answer
    status, content = answer
    said = " ".join(content[:MOST_QUOTED].decode("utf-8", "replace").split())
    says = f"HTTP {status} {said}".rstrip()
    if 200 <= status < 300:
        # A login page answers 200 too.
        if said.startswith("<"):
            return Answer(Result.DOWN, f"HTTP {status}, but a page for people")
        return Answer(Result.DELIVERED, known_as=known_as)
    if status in TOO_LARGE:
        return Answer(Result.LATER, says)
    return Answer(Result.FAILED if status in PERHAPS else Result.DOWN, says)


def reason(error: BaseException) -> str:
    """Name what happened at the bottom: connection refused, a bad certificate, a timeout."""
    while error.__context__ and not isinstance(error, TimeoutError):
        error = error.__context__
    return f"{type(error).__name__}: {error}"
