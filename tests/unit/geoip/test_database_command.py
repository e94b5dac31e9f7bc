# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command for people, and what the playbook does with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from geowatch.database import command
from small_databases import BUILD_EPOCH, MakeDatabase
from updater import NEWER, Service, Updater


def run(updater: Updater, *arguments: str | Path) -> int:
    return command.main(["--directory", str(updater.directory), *map(str, arguments)])


class TestInstall:
    def test_a_file(self, updater: Updater, make_database: MakeDatabase) -> None:
        given = make_database({"198.51.100.0/24": "SE"}, name="given.mmdb")
        assert run(updater, "install", "country", given) == 0
        assert updater.country() == "SE"
        assert given.exists()

    def test_a_bad_file(
        self, updater: Updater, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        updater.run()
        given = tmp_path / "given.mmdb"
        given.write_bytes(b"")
        assert run(updater, "install", "country", given) == 1
        assert "not a readable .mmdb file" in caplog.text
        assert updater.country() == "FI"


class TestBack:
    def test_the_one_before_is_in_use_and_stays(self, updater: Updater, service: Service) -> None:
        updater.run()
        service.offer("SE", build_epoch=NEWER)
        updater.run_later()
        assert run(updater, "back") == 0
        assert updater.country() == "FI"
        assert updater.run_later() == 0
        assert updater.country() == "FI"
        assert updater.state().result == "done"
        # What is newer than the one that was taken back is another one.
        service.offer("RU", build_epoch=NEWER + 1)
        assert updater.run_later() == 0
        assert updater.country() == "RU"

    def test_there_and_back(self, updater: Updater, service: Service) -> None:
        updater.run()
        service.offer("SE", build_epoch=NEWER)
        updater.run_later()
        for country in ("FI", "SE", "FI"):
            assert run(updater, "back", "country") == 0
            assert updater.country() == country

    def test_the_file_that_was_taken_back_can_be_brought_by_hand(
        self, updater: Updater, make_database: MakeDatabase
    ) -> None:
        updater.run()
        given = make_database({"198.51.100.0/24": "SE"}, name="given.mmdb")
        for _ in range(2):
            assert run(updater, "install", "country", given) == 0
            assert updater.country() == "SE"
            assert run(updater, "back") == 0
            assert updater.country() == "FI"

    def test_nothing_before(self, updater: Updater, caplog: pytest.LogCaptureFixture) -> None:
        updater.run()
        assert run(updater, "back") == 1
        assert "no country database before the one in use" in caplog.text
        assert updater.country() == "FI"


class TestUpdate:
    def test_it_is_due(
        self, updater: Updater, service: Service, capsys: pytest.CaptureFixture[str]
    ) -> None:
        updater.run()
        service.offer("SE", build_epoch=NEWER)
        updater.run_later(60)
        assert updater.country() == "FI"
        assert run(updater, "update") == 0
        assert "systemctl start geowatch-geoip-update" in capsys.readouterr().out
        updater.run_later(60)
        assert updater.country() == "SE"


class TestStatus:
    def test_nothing(self, updater: Updater, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(updater, "status") == 0
        assert capsys.readouterr().out == "country: none\nasn: none\nupdates: none was tried\n"

    def test_failed(
        self, updater: Updater, service: Service, capsys: pytest.CaptureFixture[str]
    ) -> None:
        updater.run()
        service.behave("401")
        updater.run_later()
        assert run(updater, "status") == 1
        assert capsys.readouterr().out == (
            "country: GeoLite2-Country of 2026-09-21, from MaxMind, GeoLite2-Country, "
            "in use since 2026-10-01 14:13 UTC\n"
            "asn: none\n"
            "updates: failed: country: MaxMind refuses the account id or the licence key\n"
            "last try: 2026-10-02 14:13 UTC\n"
            "next try: 2026-10-02 15:13 UTC\n"
        )

    def test_a_file(
        self,
        updater: Updater,
        make_database: MakeDatabase,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        source = "--source=/srv/geoip/given.mmdb on the controller"
        assert run(updater, "install", "country", make_database(name="given.mmdb"), source) == 0
        run(updater, "status")
        assert (
            "from /srv/geoip/given.mmdb on the controller, in use since " in capsys.readouterr().out
        )

    def test_from_a_url(
        self, updater: Updater, service: Service, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Not all of it: there may be a key in it."""
        service.offer("FI", name="db.mmdb")
        updater.configure_url("db.mmdb?license_key=secret-of-the-url")
        updater.run()
        run(updater, "status")
        said = capsys.readouterr().out
        assert "country: GeoLite2-Country of 2026-09-21, from 127.0.0.1, in use since" in said
        assert "secret-of-the-url" not in said

    @pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"\xff", b'{"at": 1}'])
    def test_by_hand(
        self,
        updater: Updater,
        make_database: MakeDatabase,
        capsys: pytest.CaptureFixture[str],
        content: bytes | None,
    ) -> None:
        """Where it came from is known of the very file, and of no other."""
        updater.run()
        made = make_database({"198.51.100.0/24": "SE"}, build_epoch=BUILD_EPOCH + 86_400)
        made.replace(updater.in_use)
        if content is not None:
            updater.in_use.with_suffix(".json").write_bytes(content)
        run(updater, "status")
        assert capsys.readouterr().out.startswith(
            "country: GeoLite2-Country of 2026-09-22, put there by hand or by an older geowatch\n"
        )

    def test_what_does_not_print_is_not_printed(
        self, updater: Updater, capsys: pytest.CaptureFixture[str]
    ) -> None:
        updater.run()
        file = updater.in_use.with_suffix(".json")
        file.write_text(json.dumps({**json.loads(file.read_text()), "source": "a\x1b[31m\nb"}))
        run(updater, "status")
        assert "from a[31mb," in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["back", "city"], ["install", "country"], ["stat"]])
def test_a_wrong_command_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert "geowatch database" in capsys.readouterr().err
