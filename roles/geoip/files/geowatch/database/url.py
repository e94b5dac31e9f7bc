# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads a database from a URL, if there is a newer one."""

from __future__ import annotations

import hashlib
import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import requests
from geowatch.database.config import Download
from geowatch.database.error import UpdateError, without_secrets
from geowatch.database.origin import Origin, sha256_of
from geowatch.database.unpack import CHUNK, unpack
from geowatch.geoip.mmdb import LARGEST

TIMEOUTS = (20.0, 60.0)
"""Seconds to connect, and between two pieces of the answer."""

MISSING = (403, 404)
"""What servers answer where there is no such file. Some do not say so to whoever may not list."""

LONGEST_LIST = 1 << 16
"""Bytes of a file of checksums."""


def download_url(
    download: Download, proxy: str, known: Origin, work: Path, now: float
) -> tuple[Path, Origin] | None:
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
            origin = _get_newest(session, download, known, packed, now)
        except UpdateError:
            raise
        except Exception as error:  # a server can make the libraries raise anything
            text = without_secrets(f"{type(error).__name__}: {error}")
            raise UpdateError(f"the download failed: {text}") from None
    if origin is None:
        return None
    unpack(packed, file)
    packed.unlink()
    return file, origin


def _filled(url: str, month: datetime) -> str:
    return url.replace("%Y", f"{month:%Y}").replace("%m", f"{month:%m}")


def _get_newest(
    session: requests.Session, download: Download, known: Origin, packed: Path, now: float
) -> Origin | None:
    this_month = datetime.fromtimestamp(now, UTC)
    for month in (this_month, this_month.replace(day=1) - timedelta(days=1)):
        url, headers = _filled(download.url, month), {}
        digest = hashlib.sha256(url.encode()).hexdigest()
        if known.url_digest == digest:
            headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        headers = {name: value for name, value in headers.items() if value}
        with _get(session, url, headers, allowed=(200, 304, *MISSING)) as answer:
            status = answer.status_code
            if status == 304 and headers:
                return None
            if status in MISSING:
                if url == download.url:
                    break
                continue  # this month's may not be out yet
            _save(answer, packed)
        if download.checksum:
            _verify(session, _filled(download.checksum, month), urlsplit(url).path, packed)
        return Origin(
            source=urlsplit(url).hostname or "",
            url_digest=digest,
            etag=answer.headers.get("ETag", ""),
            last_modified=answer.headers.get("Last-Modified", ""),
        )
    raise UpdateError(f"the server answered {status}")


def _get(
    session: requests.Session,
    url: str,
    headers: dict[str, str],
    allowed: tuple[int, ...],
    what: str = "",
) -> requests.Response:
    answer = session.get(url, headers=headers, stream=True, timeout=TIMEOUTS)
    hops = [hop.url for hop in (*answer.history, answer)]
    if url.startswith("https://") and not all(hop.startswith("https://") for hop in hops):
        raise UpdateError("the server led us from https to http")
    if answer.status_code not in allowed:
        raise UpdateError(
            f"{what}the server answered {answer.status_code}", wait_long=answer.status_code == 429
        )
    return answer


def _save(answer: requests.Response, path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        # As it is, even where the server calls a .gz file an encoding.
        for block in answer.raw.stream(CHUNK, decode_content=False):
            size += len(block)
            if size > LARGEST:
                raise UpdateError(f"it has more than {LARGEST >> 20} MiB; use a Country database")
            file.write(block)


def _verify(session: requests.Session, checksum: str, name: str, packed: Path) -> None:
    if "://" in checksum:
        with _get(session, checksum, {}, (200,), "the checksum: ") as answer:
            text = answer.raw.read(LONGEST_LIST, decode_content=True).decode("ascii", "replace")
        checksum = _checksum_of(PurePosixPath(name).name, text)
    if sha256_of(packed) != checksum.lower():
        raise UpdateError("what came does not have the checksum that it should have")


def _checksum_of(name: str, text: str) -> str:
    """Find the SHA-256 of a file in a list as GNU or BSD tools write it, perhaps without names."""
    lines = text.splitlines()
    for line in [line for line in lines if name in line] or lines:
        if digest := re.search(r"\b[0-9A-Fa-f]{64}\b", line):
            return digest[0]
    raise UpdateError("the checksum: the server sent no SHA-256 of the file")
