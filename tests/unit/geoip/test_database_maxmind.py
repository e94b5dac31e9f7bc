# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""MaxMind's service, or a stand-in: nothing that it answers does harm."""

from __future__ import annotations

import os
import re
from pathlib import Path

import fake_maxmind
import pytest
from updater import EDITION, NEWER, Service, Updater, only_files


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
            ("429", "MaxMind's service answered 429, the account has had its downloads of the day"),
            ("402", "MaxMind's service answered 402, the account has no subscription .+"),
            ("403", "MaxMind's service answered 403, the account or its key may not .+: Told off."),
            ("404", "MaxMind's service answered 404, there is no such edition"),
            ("500", "MaxMind's service answered 500"),
            ("truncated", "the download failed: .+"),
            ("bad digest", "what came is not what MaxMind's service announced"),
            ("html", "what came is not what MaxMind's service announced"),
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
