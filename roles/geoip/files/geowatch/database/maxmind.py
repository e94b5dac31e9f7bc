# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads a database from MaxMind, or a mirror of its service, as its geoipupdate does."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from geowatch.database.config import Download, MaxMindAccount
from geowatch.database.error import UpdateError, without_secrets
from geowatch.database.fetch import get, save, session, text_of
from geowatch.database.origin import Origin
from geowatch.database.unpack import unpack

MEANINGS = {
    402: "the account has no subscription to this edition, or it is not paid",
    403: "the account or its key may not download this edition",
    404: "there is no such edition",
    429: "the account has had its downloads of the day",
}
"""Of a status, when the account and its key are right."""


def download_maxmind(
    account: MaxMindAccount, download: Download, proxy: str, in_use: Path, work: Path
) -> tuple[Path, Origin] | None:
    """Return a new database in the directory ``work``, and where it came from.

    None where the one in use is the newest. Raises ``UpdateError``.
    """
    packed, file = work / "download", work / f"{download.name}.mmdb"
    service = f"{account.host.rstrip('/')}/geoip"
    key = (str(account.account_id), account.license_key)
    with session(proxy) as opened:
        url, asked = f"{service}/updates/metadata", {"edition_id": download.edition}
        with get(opened, url, refusal=_refusal, auth=key, params=asked) as answer:
            newest = json.loads(text_of(answer))["databases"][0]
        digest, day = str(newest["md5"]), str(newest["date"]).replace("-", "")
        if in_use.is_file() and _md5_of(in_use) == digest:
            return None
        url = f"{service}/databases/{download.edition}/download"
        asked = {"date": day, "suffix": "tar.gz"}
        with get(opened, url, refusal=_refusal, auth=key, params=asked) as answer:
            save(answer, packed)
    unpack(packed, file)
    packed.unlink()
    if _md5_of(file) != digest:
        raise UpdateError("what came is not what MaxMind's service announced")
    return file, Origin(source=f"MaxMind, {download.edition}")


def _md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _refusal(status: int, text: str) -> str:
    """Say why the service refused: what the status means to it, and its own words."""
    if status == 401:
        return "MaxMind refuses the account id or the licence key"
    meaning = MEANINGS.get(status)
    own = re.search(r'"error"\s*:\s*"([^"]+)"', text)
    said = f"MaxMind's service answered {status}" + (f", {meaning}" if meaning else "")
    return said + (f": {without_secrets(own[1])}" if own else "")
