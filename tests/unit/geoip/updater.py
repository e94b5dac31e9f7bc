# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The updater on a log server of its own, and a stand-in for the service that it asks."""

from __future__ import annotations

import json
import os
import threading
from functools import partial
from pathlib import Path
from typing import Any

import fake_maxmind
from geowatch.database import update
from geowatch.database.state import DAY, State
from geowatch.geoip.country import CountryDatabase
from small_databases import BUILD_EPOCH, database_maker

EDITION = "GeoLite2-Country"
NOW = BUILD_EPOCH + 10 * DAY
NEWER = BUILD_EPOCH + 7 * int(DAY)


class Service:
    """The service, and what it offers."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.server = fake_maxmind.serve(0, directory)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        serve = partial(self.server.serve_forever, poll_interval=0.01)
        threading.Thread(target=serve, daemon=True).start()

    def behave(self, behaviour: str) -> None:
        assert behaviour in fake_maxmind.BEHAVIOURS
        (self.directory / "behaviour").write_text(behaviour)

    def offer(self, code: str, name: str = f"{EDITION}.mmdb", **options: Any) -> Path:
        """Offer a database in which 198.51.100.0/24 is in this country."""
        return database_maker(self.directory)({"198.51.100.0/24": code}, name=name, **options)

    def requests(self) -> list[str]:
        return (self.directory / "requests").read_text().splitlines()


class Updater:
    """The updater on a log server of its own, with a clock that the test sets."""

    def __init__(self, directory: Path, service: Service) -> None:
        self.directory = directory
        self.service = service
        self.now = NOW
        self.in_use = directory / "country.mmdb"
        self.configure()

    def configure(self, **changes: Any) -> None:
        account = {"account_id": 424242, "license_key": fake_maxmind.LICENSE_KEY}
        download = {"name": "country", "edition": EDITION, "url": "", "checksum": ""}
        config = {
            "account": {**account, "host": self.service.url},
            "downloads": [download],
            "proxy": "",
            "allow_older": False,
        }
        self.configuration = json.dumps({**config, **changes}).encode()

    def configure_url(self, name: str, checksum: str = "") -> None:
        url = f"{self.service.url}/files/{name}"
        download = {"name": "country", "edition": "", "url": url, "checksum": checksum}
        self.configure(account=None, downloads=[download])

    def run(self) -> int:
        return update.run(self.configuration, self.directory, lambda: self.now)

    def run_later(self, seconds: float = DAY) -> int:
        self.now += seconds
        return self.run()

    def state(self) -> State:
        return State.load(self.directory / "update.json")

    def country(self) -> str:
        """Return where the database in use says that 198.51.100.7 is."""
        database = CountryDatabase(self.in_use)
        country = database.country("198.51.100.7")
        assert country is not None
        return country.code


def only_files(directory: Path) -> set[str]:
    """Return what lies in a directory, without what is always there."""
    return set(os.listdir(directory)) - {"update.lock", "update.json", "country.json"}
