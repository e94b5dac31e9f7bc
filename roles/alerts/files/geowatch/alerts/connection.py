# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections: opened and encrypted in bounded time, whatever the other side does."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Verify by the certificates in this file, or by the system's.

    The same on each Python: from 3.13 on it would refuse private authorities that everything else
    on the host trusts, those without key usage or key identifiers.
    """
    if ca_file:
        os.stat(ca_file)  # ssl does not say which file is missing
    context = ssl.create_default_context(cafile=ca_file or None)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def connect(
    host: str, port: int, seconds: float, context: ssl.SSLContext | None = None
) -> socket.socket:
    """Return a connection, with a context an encrypted one."""
    connection = socket.create_connection((host, port), seconds)
    if context is None:
        return connection
    try:
        with cut_after(seconds, connection):
            return context.wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise


@contextmanager
def cut_after(seconds: float, connection: socket.socket | None) -> Iterator[None]:
    """Cut the connection when the block takes longer, and raise TimeoutError.

    A socket's own timeout is for each of its reads: who sends a byte now and then is never late.
    """
    if connection is None:
        raise ConnectionError("not connected")
    # Of its own: the block may give the socket away, to encrypt it.
    same = socket.socket(fileno=os.dup(connection.fileno()))
    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):
            same.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if late.is_set():
            raise TimeoutError("timed out") from error
        raise
    finally:
        timer.cancel()
        timer.join()
        same.close()
    if late.is_set():
        raise TimeoutError("timed out")
