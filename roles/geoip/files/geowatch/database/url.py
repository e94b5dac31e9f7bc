# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads a database from a URL, if there is a newer one."""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from geowatch.database.config import Download
from geowatch.database.error import UpdateError, without_secrets
from geowatch.database.state import Source
from geowatch.database.unpack import LARGEST, unpack

TIMEOUTS = (20.0, 60.0)
"""Seconds to connect, and between two pieces of the answer."""

CHUNK = 1 << 20


def download_url(
    download: Download, proxy: str, known: Source | None, work: Path, now: float
) -> tuple[Path, Source] | None:
    """Return a new database in the directory ``work``, and where it came from.

    None where the server says that the one in use, which came from ``known``, is the newest.
    Raises ``UpdateError``.
    """
    packed, file = work / "download", work / f"{download.name}.mmdb"
    with requests.Session() as session:
        session.trust_env = False  # no .netrc, no proxy but ours
        session.max_redirects = 5
        session.verify = ssl.get_default_verify_paths().capath
        session.proxies = {"http": proxy, "https": proxy} if proxy else {}
        # Not unpacked on the way: the checksum is that of the file.
        session.headers["Accept-Encoding"] = "identity"
        try:
            source = _get_newest(session, download, known, packed, now)
            if source is None:
                return None
            if download.checksum:
                _verify(session, download.checksum, packed)
        except UpdateError:
            raise
        except Exception as error:  # a server can make the libraries raise anything
            text = without_secrets(f"{type(error).__name__}: {error}")
            raise UpdateError(f"the download failed: {text}") from None
    unpack(packed, file)
    packed.unlink()
    source.sha256 = sha256_of(file)
    return file, source


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _urls(pattern: str, now: float) -> Iterator[str]:
    """Yield the URL of this month, and of the month before: this month's may not be out yet."""
    today = datetime.fromtimestamp(now, UTC)
    month_before = today.replace(day=1) - timedelta(days=1)
    urls = [
        pattern.replace("%Y", f"{month:%Y}").replace("%m", f"{month:%m}")
        for month in (today, month_before)
    ]
    yield from dict.fromkeys(urls)


def _get_newest(
    session: requests.Session, download: Download, known: Source | None, packed: Path, now: float
) -> Source | None:
    for url in _urls(download.url, now):
        headers, url_digest = {}, hashlib.sha256(url.encode()).hexdigest()
        if known and known.url_digest == url_digest:
            headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        headers = {name: value for name, value in headers.items() if value}
        with _get(session, url, headers) as answer:
            if answer.status_code == 304 and headers:
                return None
            if answer.status_code == 404:
                continue
            _save(answer, packed)
            return Source(
                url_digest,
                answer.headers.get("ETag", ""),
                answer.headers.get("Last-Modified", ""),
                sha256="",
            )
    raise UpdateError("the server answered 404")


def _get(session: requests.Session, url: str, headers: dict[str, str]) -> requests.Response:
    answer = session.get(url, headers=headers, stream=True, timeout=TIMEOUTS)
    hops = [hop.url for hop in (*answer.history, answer)]
    if url.startswith("https://") and not all(hop.startswith("https://") for hop in hops):
        raise UpdateError("the server led us from https to http")
    if answer.status_code not in (200, 304, 404):
        raise UpdateError(
            f"the server answered {answer.status_code}", wait_long=answer.status_code == 429
        )
    return answer


def _save(answer: requests.Response, path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        # As it is, even where the server calls a .gz file an encoding.
        for block in answer.raw.stream(CHUNK, decode_content=False):
            size += len(block)
            if size > LARGEST:
                raise UpdateError(f"it has more than {LARGEST >> 30} GiB")
            file.write(block)


def _verify(session: requests.Session, checksum: str, path: Path) -> None:
    if "://" in checksum:
        with _get(session, checksum, {}) as answer:
            if answer.status_code != 200:
                raise UpdateError(f"the checksum: the server answered {answer.status_code}")
            text = answer.raw.read(1024, decode_content=True).decode("ascii", "replace")
        checksum = text.split()[0] if text.split() else ""
        if not re.fullmatch(r"[0-9A-Fa-f]{64}", checksum):
            raise UpdateError("the checksum: the server sent no SHA-256")
    if sha256_of(path) != checksum.lower():
        raise UpdateError("what came does not have the checksum that it should have")
