# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads a database from a URL, if there is a newer one."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import requests
from geowatch.database.config import Download
from geowatch.database.error import UpdateError
from geowatch.database.fetch import get, in_words, save, session, text_of
from geowatch.database.origin import Origin, sha256_of
from geowatch.database.unpack import unpack

MISSING = (403, 404)
"""What servers answer where there is no such file. Some do not say so to whoever may not list."""


def download_url(
    download: Download, proxy: str, known: Origin, work: Path, now: float
) -> tuple[Path, Origin] | None:
    """Return a new database in the directory ``work``, and where it came from.

    None where the server says that the one in use, which came from ``known``, is the newest.
    Raises ``UpdateError``.
    """
    packed, file = work / "download", work / f"{download.name}.mmdb"
    with session(proxy) as opened:
        origin = _get_newest(opened, download, known, packed, now)
    if origin is None:
        return None
    unpack(packed, file)
    packed.unlink()
    return file, origin


def _filled(url: str, month: datetime) -> str:
    return url.replace("%Y", f"{month:%Y}").replace("%m", f"{month:%m}")


def _get_newest(
    opened: requests.Session, download: Download, known: Origin, packed: Path, now: float
) -> Origin | None:
    this_month = datetime.fromtimestamp(now, UTC)
    for month in (this_month, this_month.replace(day=1) - timedelta(days=1)):
        url, headers = _filled(download.url, month), {}
        digest = hashlib.sha256(url.encode()).hexdigest()
        if known.url_digest == digest:
            headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        headers = {name: value for name, value in headers.items() if value}
        with get(opened, url, (200, 304, *MISSING), headers=headers) as answer:
            status = answer.status_code
            if status == 304 and headers:
                return None
            if status in MISSING:
                if url == download.url:
                    break
                continue  # this month's may not be out yet
            save(answer, packed)
        if download.checksum:
            _verify(opened, _filled(download.checksum, month), urlsplit(url).path, packed)
        return Origin(
            source=urlsplit(url).hostname or "",
            url_digest=digest,
            etag=answer.headers.get("ETag", ""),
            last_modified=answer.headers.get("Last-Modified", ""),
        )
    raise UpdateError(in_words(status, ""))


def _verify(opened: requests.Session, checksum: str, name: str, packed: Path) -> None:
    if "://" in checksum:
        with get(opened, checksum, refusal=_no_checksum) as answer:
            checksum = _checksum_of(PurePosixPath(name).name, text_of(answer))
    if sha256_of(packed) != checksum.lower():
        raise UpdateError("what came does not have the checksum that it should have")


def _no_checksum(status: int, text: str) -> str:
    return f"the checksum: {in_words(status, text)}"


def _checksum_of(name: str, text: str) -> str:
    """Find the SHA-256 of a file in a list as GNU or BSD tools write it, perhaps without names."""
    lines = text.splitlines()
    for line in [line for line in lines if name in line] or lines:
        if digest := re.search(r"\b[0-9A-Fa-f]{64}\b", line):
            return digest[0]
    raise UpdateError("the checksum: the server sent no SHA-256 of the file")
