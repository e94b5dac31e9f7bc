# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases from URLs: whatever a server answers, the one in use stays whole."""

from __future__ import annotations

import gzip
import hashlib
import re

import fake_maxmind
import pytest
from updater import EDITION, NEWER, Service, Updater, only_files


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

    @pytest.mark.parametrize("behaviour", ["good", "hides what is missing"])
    @pytest.mark.parametrize("here", ["2026-10", "2026-09"])
    def test_months(self, updater: Updater, service: Service, here: str, behaviour: str) -> None:
        """On 1 October the file of October may not be out. Its checksum is beside it."""
        service.behave(behaviour)
        digest = hashlib.sha256(service.offer("FI", name=f"db-{here}.mmdb").read_bytes())
        (service.directory / f"db-{here}.mmdb.sha256").write_text(digest.hexdigest())
        updater.configure_url("db-%Y-%m.mmdb", f"{service.url}/files/db-%Y-%m.mmdb.sha256")
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

    @pytest.mark.parametrize(
        "text",
        [
            "{digest}",
            "{digest} *db.mmdb",
            "SHA256 (db.mmdb) = {digest}",
            "{other}  other.mmdb\n{digest}  ./db.mmdb\n{other}  more.mmdb",
            "MD5 (db.mmdb) = {md5}\nSHA512 (db.mmdb) = {digest}{other}\n"
            "SHA256 (db.mmdb) = {digest}",
            "# Made by hand\n\n{digest}",
        ],
    )
    def test_lists_of_checksums(self, updater: Updater, service: Service, text: str) -> None:
        content = service.offer("FI", name="db.mmdb").read_bytes()
        digest, other = hashlib.sha256(content).hexdigest().upper(), "0" * 64
        (service.directory / "sum").write_text(
            text.format(digest=digest, other=other, md5=hashlib.md5(content).hexdigest())
        )
        updater.configure_url("db.mmdb", f"{service.url}/files/sum")
        assert updater.run() == 0, updater.state().text
        (service.directory / "sum").write_text(text.format(digest=other, other=digest, md5=""))
        service.offer("SE", name="db.mmdb", build_epoch=NEWER)
        assert updater.run_later() == 1
        assert "does not have the checksum" in updater.state().text

    def test_no_checksum_there(self, updater: Updater, service: Service) -> None:
        service.offer("FI", name="db.mmdb")
        updater.configure_url("db.mmdb", f"{service.url}/files/sum")
        assert updater.run() == 1
        assert updater.state().text == "country: the checksum: the server answered 404"

    @pytest.mark.parametrize("content", [b"", b"<html>", b"\xff" * 64, b"0" * 63, b"0" * 128])
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
            ("403", "the server answered 403"),
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

    @pytest.mark.parametrize("name", ["db.mmdb", "db-%Y-%m.mmdb"])
    @pytest.mark.parametrize(
        ("behaviour", "status"), [("good", 404), ("hides what is missing", 403)]
    )
    def test_nothing_there(
        self, updater: Updater, service: Service, name: str, behaviour: str, status: int
    ) -> None:
        service.behave(behaviour)
        updater.configure_url(name)
        assert updater.run() == 1
        assert updater.state().text == f"country: the server answered {status}"
        assert len(service.requests()) == 1 + ("%" in name)
