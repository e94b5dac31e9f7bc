# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads a database from MaxMind, or a mirror of its service, with its own pygeoipupdate."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path

from geowatch.database.config import Download, MaxMindAccount
from geowatch.database.error import UpdateError, without_secrets
from geowatch.database.install import keep
from pygeoipupdate import (
    AuthenticationError,
    Config,
    HashMismatchError,
    HTTPError,
    Updater,
    UpdateResult,
)

MEANINGS = {
    402: "the account has no subscription to this edition, or it is not paid",
    403: "the account or its key may not download this edition",
    404: "there is no such edition",
    429: "the account has had its downloads of the day",
}
"""Of a status, when the account and its key are right."""


def download_maxmind(
    account: MaxMindAccount, download: Download, proxy: str, in_use: Path, work: Path
) -> Path | None:
    """Return a new database in the directory ``work``; None where the one in use is the newest.

    Raises ``UpdateError``. There is one try: pygeoipupdate would repeat it for minutes.
    """
    file = work / f"{download.edition}.mmdb"
    if in_use.exists():
        keep(in_use, file)  # it compares digests with the file of this name
    config = Config(
        account_id=account.account_id,
        license_key=account.license_key,
        edition_ids=(download.edition,),
        database_directory=work,
        host=account.host,
        proxy=proxy or None,
        retry_for=timedelta(0),
    )
    try:
        (result,) = asyncio.run(_update(config))
    except AuthenticationError:
        raise UpdateError("MaxMind refuses the account id or the licence key") from None
    except HTTPError as error:
        raise UpdateError(_reason(error), wait_long=error.status_code == 429) from None
    except HashMismatchError:
        raise UpdateError("what came is not what MaxMind's service announced") from None
    except Exception as error:  # a server can make the libraries raise anything
        text = str(error) or type(error).__name__
        raise UpdateError(f"the download failed: {without_secrets(text)}") from None
    return file if result.was_updated else None


def _reason(error: HTTPError) -> str:
    """Return why the service refused, in words: ours for the status, and its own."""
    meaning = MEANINGS.get(error.status_code)
    own = re.search(r'"error"\s*:\s*"([^"]+)"', error.body)
    text = f"MaxMind's service answered {error.status_code}"
    text += f", {meaning}" if meaning else ""
    return text + (f": {without_secrets(own[1])}" if own else "")


async def _update(config: Config) -> list[UpdateResult]:
    async with Updater(config) as updater:
        return await updater.run()
