# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The updater against a stand-in for MaxMind's service: nothing that it answers does harm."""

from __future__ import annotations

import gzip
import hashlib
import json
import multiprocessing
import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import fake_maxmind
import pytest
from geowatch.database import state as update_state
from geowatch.database import update as update_database
from geowatch.database.state import DAY, HOUR, LONGEST_WAIT, TRIES_A_DAY
from geowatch.geoip.country import Database
from small_databases import BUILD_EPOCH, MakeDatabase, database_maker

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
        return update_database.run(self.configuration, self.directory, lambda: self.now)

    def run_later(self, seconds: float = DAY) -> int:
        self.now += seconds
        return self.run()

    def state(self) -> update_state.State:
        return update_state.load(self.directory / "update.json")

    def country(self) -> str:
        """Return where the database in use says that 198.51.100.7 is."""
        database = Database(self.in_use)
        country = database.country(ip_address("198.51.100.7").packed)
        assert country is not None
        return country.code


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    directory = tmp_path / "service"
    directory.mkdir()
    service = Service(directory)
    service.offer("FI")
    yield service
    service.server.shutdown()
    service.server.server_close()


@pytest.fixture
def updater(tmp_path: Path, service: Service) -> Updater:
    directory = tmp_path / "database"
    directory.mkdir()
    return Updater(directory, service)


def only_files(directory: Path) -> set[str]:
    """Return what lies in a directory, without what is always there."""
    return set(os.listdir(directory)) - {"update.lock", "update.json"}


class TestMaxMind:
    def test_from_nothing(self, updater: Updater, service: Service) -> None:
        assert updater.run() == 0
        assert updater.country() == "FI"
        assert updater.in_use.stat().st_mode & 0o777 == 0o644
        assert service.requests() == [
            "/geoip/updates/metadata with a key",
            f"/geoip/databases/{EDITION}/download with a key",
            f"/store/{EDITION} without a key",
        ]
        assert only_files(updater.directory) == {"country.mmdb"}

    def test_nothing_newer_is_not_downloaded(self, updater: Updater, service: Service) -> None:
        updater.run()
        inode = updater.in_use.stat().st_ino
        assert updater.run_later() == 0
        assert len(service.requests()) == 4
        assert updater.in_use.stat().st_ino == inode

    def test_newer(self, updater: Updater, service: Service) -> None:
        updater.run()
        service.offer("SE", build_epoch=NEWER)
        assert updater.run_later() == 0
        assert updater.country() == "SE"
        assert only_files(updater.directory) == {"country.mmdb", "country.mmdb.previous"}

    def test_the_way_back(self, updater: Updater, service: Service) -> None:
        updater.run()
        service.offer("SE", build_epoch=NEWER)
        updater.run_later()
        Path(f"{updater.in_use}.previous").replace(updater.in_use)
        assert updater.country() == "FI"

    @pytest.mark.parametrize(
        ("behaviour", "said"),
        [
            ("401", "MaxMind refuses the account id or the licence key"),
            ("429", "MaxMind's service answered 429"),
            ("500", "MaxMind's service answered 500"),
            ("truncated", "the download failed: .+"),
            ("bad digest", "what came is not what MaxMind's service announced"),
            ("html", "the download failed: .+"),
            ("html instead of metadata", "the download failed: .+"),
            ("a list instead of metadata", "the download failed: .+"),
            ("hangs up", "the download failed: .+"),
        ],
    )
    def test_a_failure_does_no_harm(
        self, updater: Updater, service: Service, behaviour: str, said: str
    ) -> None:
        updater.run()
        service.offer("SE", build_epoch=NEWER)
        service.behave(behaviour)
        assert updater.run_later() == 1
        assert updater.country() == "FI"
        assert only_files(updater.directory) == {"country.mmdb"}
        assert updater.state().result == "failed"
        assert re.fullmatch(f"country: {said}", updater.state().text)
        service.behave("good")
        assert updater.run_later() == 0
        assert updater.country() == "SE"

    def test_nothing_says_a_secret(
        self, updater: Updater, service: Service, capfd: pytest.CaptureFixture[str]
    ) -> None:
        for behaviour in fake_maxmind.BEHAVIOURS[1:]:
            service.behave(behaviour)
            updater.run_later()
        said = capfd.readouterr()
        texts = said.out + said.err + (updater.directory / "update.json").read_text()
        assert fake_maxmind.LICENSE_KEY not in texts
        assert fake_maxmind.SIGNATURE not in texts

    def test_a_refused_key(self, updater: Updater) -> None:
        account = {"account_id": 424242, "license_key": "wrong", "host": updater.service.url}
        updater.configure(account=account)
        assert updater.run() == 1
        assert "refuses" in updater.state().text

    def test_a_wrong_edition_is_refused_by_name(self, updater: Updater, service: Service) -> None:
        service.offer("FI", database_type="GeoLite2-ASN")
        assert updater.run() == 1
        assert "this is a 'GeoLite2-ASN' database" in updater.state().text
        assert not updater.in_use.exists()

    def test_older(self, updater: Updater, service: Service) -> None:
        service.offer("FI", build_epoch=NEWER)
        updater.run()
        service.offer("SE")
        assert updater.run_later() == 1
        assert "is older than the GeoLite2-Country of 2026-09-28" in updater.state().text
        assert updater.country() == "FI"
        updater.configure(allow_older=True)
        assert updater.run() == 0
        assert updater.country() == "SE"

    def test_a_file_that_root_put_there(
        self, updater: Updater, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        updater.run()
        service.offer("SE", build_epoch=NEWER)

        def forbidden(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "link", forbidden)
        assert updater.run_later() == 0
        assert updater.country() == "SE"
        assert only_files(updater.directory) == {"country.mmdb", "country.mmdb.previous"}

    def test_through_a_proxy(self, updater: Updater, service: Service) -> None:
        """The service is asked for a host that only the proxy can reach."""
        account = {"account_id": 424242, "license_key": fake_maxmind.LICENSE_KEY}
        updater.configure(account={**account, "host": "http://updates.invalid"}, proxy=service.url)
        # The store, at localhost, is asked through the proxy too.
        assert updater.run() == 0
        assert updater.country() == "FI"


class TestUrl:
    @pytest.mark.parametrize("packing", ["mmdb", "mmdb.gz", "tar.gz"])
    def test_packings(self, updater: Updater, service: Service, packing: str) -> None:
        database = service.offer("FI").read_bytes()
        content = {
            "mmdb": database,
            "mmdb.gz": gzip.compress(database),
            "tar.gz": fake_maxmind.packed(EDITION, database),
        }[packing]
        (service.directory / f"db.{packing}").write_bytes(content)
        updater.configure_url(f"db.{packing}")
        assert updater.run() == 0
        assert updater.country() == "FI"
        assert only_files(updater.directory) == {"country.mmdb"}

    def test_a_conditional_request(self, updater: Updater, service: Service) -> None:
        service.offer("FI", name="db.mmdb")
        updater.configure_url("db.mmdb")
        updater.run()
        inode = updater.in_use.stat().st_ino
        assert updater.run_later() == 0
        assert updater.in_use.stat().st_ino == inode
        service.offer("SE", name="db.mmdb", build_epoch=NEWER)
        assert updater.run_later() == 0
        assert updater.country() == "SE"

    def test_a_lost_database_is_downloaded_again(self, updater: Updater, service: Service) -> None:
        service.offer("FI", name="db.mmdb")
        updater.configure_url("db.mmdb")
        updater.run()
        updater.in_use.unlink()
        assert updater.run() == 0
        assert updater.country() == "FI"

    @pytest.mark.parametrize("here", ["2026-10", "2026-09"])
    def test_months(self, updater: Updater, service: Service, here: str) -> None:
        """On 1 October the file of October may not be out."""
        service.offer("FI", name=f"db-{here}.mmdb")
        updater.configure_url("db-%Y-%m.mmdb")
        assert updater.now == 1790864000  # 2026-10-01
        assert updater.run() == 0
        assert updater.country() == "FI"

    @pytest.mark.parametrize("form", ["digits", "URL"])
    def test_checksum(self, updater: Updater, service: Service, form: str) -> None:
        path = service.offer("FI", name="db.mmdb")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (service.directory / "sum").write_text(f"{digest}  db.mmdb\n")
        updater.configure_url("db.mmdb", digest if form == "digits" else f"{service.url}/files/sum")
        assert updater.run() == 0
        service.offer("SE", name="db.mmdb", build_epoch=NEWER)
        assert updater.run_later() == 1
        assert "does not have the checksum" in updater.state().text
        assert updater.country() == "FI"

    @pytest.mark.parametrize("content", [b"", b"<html>", b"\xff" * 64])
    def test_a_checksum_that_is_none(
        self, updater: Updater, service: Service, content: bytes
    ) -> None:
        service.offer("FI", name="db.mmdb")
        (service.directory / "sum").write_bytes(content)
        updater.configure_url("db.mmdb", f"{service.url}/files/sum")
        assert updater.run() == 1
        assert "the server sent no SHA-256" in updater.state().text

    @pytest.mark.parametrize(
        ("behaviour", "said"),
        [
            ("401", "the server answered 401"),
            ("429", "the server answered 429"),
            ("500", "the server answered 500"),
            ("truncated", "the download failed: .+"),
            ("html", "not a readable .mmdb file; get it again.*"),
            ("hangs up", "the download failed: .+"),
            ("redirects to nowhere", "the download failed: .+"),
        ],
    )
    def test_a_failure_does_no_harm(
        self, updater: Updater, service: Service, behaviour: str, said: str
    ) -> None:
        service.offer("FI", name="db.mmdb")
        updater.configure_url("db.mmdb")
        updater.run()
        service.offer("SE", name="db.mmdb", build_epoch=NEWER)
        service.behave(behaviour)
        assert updater.run_later() == 1
        assert re.fullmatch(f"country: {said}", updater.state().text)
        assert updater.country() == "FI"

    def test_a_key_in_the_url_is_not_said(
        self, updater: Updater, service: Service, capfd: pytest.CaptureFixture[str]
    ) -> None:
        service.server.shutdown()
        service.server.server_close()
        updater.configure_url("db.mmdb?license_key=secret-of-the-url")
        assert updater.run() == 1
        said = capfd.readouterr()
        assert "secret-of-the-url" not in said.out + said.err + updater.state().text

    def test_a_key_in_the_url_is_not_stored(self, updater: Updater, service: Service) -> None:
        """Another room reads how the updates go."""
        service.offer("FI", name="db.mmdb")
        updater.configure_url("db.mmdb?license_key=secret-of-the-url")
        assert updater.run() == 0
        for path in updater.directory.iterdir():
            assert b"secret-of-the-url" not in path.read_bytes()

    def test_nothing_there(self, updater: Updater) -> None:
        updater.configure_url("db.mmdb")
        assert updater.run() == 1
        assert updater.state().text == "country: the server answered 404"


class TestTries:
    def test_the_next_try_is_later(self, updater: Updater, service: Service) -> None:
        service.behave("500")
        waits = []
        for _ in range(7):
            assert updater.run() == 1
            asked = len(service.requests())
            wait = updater.state().next - updater.now
            waits.append(wait / HOUR)
            assert updater.run_later(wait - 1) == 1  # a unit that failed stays failed
            assert len(service.requests()) == asked
            updater.now += 1
        assert waits == [1, 2, 4, 8, 16, 24, 24]

    def test_a_success_waits_a_day(self, updater: Updater, service: Service) -> None:
        updater.run()
        assert updater.run_later(DAY - 1) == 0
        assert len(service.requests()) == 3

    def test_too_many_requests_waits_a_day(self, updater: Updater, service: Service) -> None:
        service.behave("429")
        updater.run()
        assert updater.state().next == updater.now + LONGEST_WAIT

    def test_another_configuration_does_not_wait(self, updater: Updater, service: Service) -> None:
        service.behave("500")
        updater.run()
        service.behave("good")
        updater.configure(proxy="", allow_older=True)
        assert updater.run() == 0

    def test_the_budget(self, updater: Updater, service: Service) -> None:
        """Whatever is changed and started again: no more than this in a day."""
        service.behave("500")
        for turn in range(TRIES_A_DAY + 20):
            updater.configure(allow_older=bool(turn % 2))
            assert updater.run_later(60) == 1
        assert len(service.requests()) == TRIES_A_DAY
        assert "downloads were tried within 24 hours" in updater.state().text
        service.behave("good")
        updater.configure()
        assert updater.run_later() == 0

    def test_a_crash_counts(
        self, updater: Updater, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(update_database, "download_maxmind", crash)
        with pytest.raises(KeyboardInterrupt):
            updater.run()
        assert updater.state().result == "running"
        assert len(updater.state().tries) == 1
        assert updater.state().next == updater.now + HOUR

    @pytest.mark.parametrize("years", [-30, 30])
    def test_a_wrong_clock_stops_nothing_for_longer_than_a_day(
        self, updater: Updater, service: Service, years: int
    ) -> None:
        updater.now += years * 365 * DAY
        updater.run()
        service.offer("SE", build_epoch=NEWER)
        updater.now = NOW
        assert updater.run_later() == 0
        assert updater.country() == "SE"

    @pytest.mark.parametrize(("years", "allowed"), [(-1, True), (1, True), (0, False)])
    def test_tries_by_a_wrong_clock_do_not_use_up_the_budget(
        self, years: int, allowed: bool
    ) -> None:
        state = update_state.State(tries=[NOW + years * 365 * DAY] * TRIES_A_DAY)
        assert state.begin(NOW, "", 1) is allowed

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"sources": 1}', b"\xff\xfe"])
    def test_a_broken_state(self, updater: Updater, content: bytes) -> None:
        (updater.directory / "update.json").write_bytes(content)
        assert updater.run() == 0

    def test_two_at_once(self, updater: Updater, service: Service) -> None:
        processes = [multiprocessing.Process(target=updater.run) for _ in range(4)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * 4
        assert updater.country() == "FI"
        assert len(service.requests()) == 3

    def test_what_a_power_cut_left_goes(self, updater: Updater) -> None:
        leftover = updater.directory / ".update-x"
        leftover.mkdir()
        (leftover / "half").write_bytes(b"x")
        updater.run()
        assert only_files(updater.directory) == {"country.mmdb"}

    def test_what_failed_makes_room_before_it_is_remembered(
        self, updater: Updater, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The disk may be full of it."""
        (service.directory / "db.mmdb").write_bytes(b"x" * 9999)
        updater.configure_url("db.mmdb")
        left: list[Path] = []
        save = update_state.save

        def saved(path: Path, state: update_state.State) -> None:
            left.extend(file for file in path.parent.glob(".update-*/**/*") if file.is_file())
            save(path, state)

        monkeypatch.setattr(update_database, "save", saved)
        assert updater.run() == 1
        assert "not a readable .mmdb file" in updater.state().text
        assert left == []

    def test_a_failure_of_one_does_not_stop_the_other(
        self, updater: Updater, service: Service
    ) -> None:
        downloads = [
            {"name": "asn", "edition": "GeoLite2-ASN", "url": "", "checksum": ""},
            {"name": "country", "edition": EDITION, "url": "", "checksum": ""},
        ]
        service.offer("FI", name="GeoLite2-ASN.mmdb")  # it is none
        updater.configure(downloads=downloads)
        assert updater.run() == 1
        assert updater.state().text.startswith("asn: ")
        assert updater.country() == "FI"


class TestInstall:
    def test_a_file(self, updater: Updater, make_database: MakeDatabase) -> None:
        arguments = ["--directory", str(updater.directory), "install", "country"]
        given = make_database({"198.51.100.0/24": "SE"}, name="given.mmdb")
        assert update_database.main([*arguments, str(given)]) == 0
        assert updater.country() == "SE"
        assert given.exists()

    def test_a_bad_file(
        self, updater: Updater, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        updater.run()
        given = tmp_path / "given.mmdb"
        given.write_bytes(b"")
        arguments = ["--directory", str(updater.directory), "install", "country", str(given)]
        assert update_database.main(arguments) == 1
        assert "not a readable .mmdb file" in caplog.text
        assert updater.country() == "FI"


class TestStatus:
    def test_never(self, updater: Updater, capsys: pytest.CaptureFixture[str]) -> None:
        assert update_database.main(["--directory", str(updater.directory), "status"]) == 0
        assert capsys.readouterr().out == "never\n"

    def test_failed(
        self, updater: Updater, service: Service, capsys: pytest.CaptureFixture[str]
    ) -> None:
        service.behave("401")
        updater.run()
        assert update_database.main(["--directory", str(updater.directory), "status"]) == 1
        assert capsys.readouterr().out == (
            "failed: country: MaxMind refuses the account id or the licence key\n"
            "last try: 2026-10-01 14:13 UTC\n"
            "next try: 2026-10-01 15:13 UTC\n"
        )
