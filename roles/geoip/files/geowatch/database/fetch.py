# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks servers for files, with bounds on what they may do to us."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from geowatch.database.error import UpdateError, without_secrets
from geowatch.database.unpack import CHUNK, write

TIMEOUTS = (20.0, 60.0)
"""Seconds to connect, and between two pieces of the answer."""

LONGEST_TEXT = 1 << 16
"""Bytes of an answer that is no file."""


@contextmanager
def session(proxy: str) -> Iterator[requests.Session]:
    """Give a session. Whatever goes wrong in it becomes an ``UpdateError``."""
    with requests.Session() as opened:
        opened.trust_env = False  # no .netrc, no proxy but ours
        opened.max_redirects = 5
        opened.verify = ssl.get_default_verify_paths().capath
        opened.proxies = {"http": proxy, "https": proxy} if proxy else {}
        # Not unpacked on the way: a checksum is that of the file.
        opened.headers["Accept-Encoding"] = "identity"
        try:
            yield opened
        except UpdateError:
            raise
        except Exception as error:  # a server can make the libraries raise anything
            text = without_secrets(f"{type(error).__name__}: {error}")
            raise UpdateError(f"the download failed: {text}") from None


def in_words(status: int, _text: str) -> str:
    """Say that a server refused."""
    return f"the server answered {status}"


def get(
    opened: requests.Session,
    url: str,
    allowed: tuple[int, ...] = (200,),
    refusal: Callable[[int, str], str] = in_words,
    **options: Any,
) -> requests.Response:
    """Ask for a URL. ``refusal`` makes a text of a status that is not allowed, and what was said.

    A redirect to another host gets no key: requests leaves it out.
    """
    answer = opened.get(url, stream=True, timeout=TIMEOUTS, **options)
    hops = [hop.url for hop in (*answer.history, answer)]
    if url.startswith("https://") and not all(hop.startswith("https://") for hop in hops):
        raise UpdateError("the server led us from https to http")
    if answer.status_code not in allowed:
        too_many = answer.status_code == 429
        raise UpdateError(refusal(answer.status_code, text_of(answer)), wait_long=too_many)
    return answer


def text_of(answer: requests.Response) -> str:
    """Return what was said, or the beginning of it."""
    content: bytes = answer.raw.read(LONGEST_TEXT, decode_content=True)
    return content.decode("utf-8", "replace")


def save(answer: requests.Response, path: Path) -> None:
    # As it is, even where the server calls a .gz file an encoding.
    write(answer.raw.stream(CHUNK, decode_content=False), path)
