# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the updater tries, what it remembers, and what it leaves behind."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from geowatch.database import update
from geowatch.database.state import DAY, HOUR, LONGEST_WAIT, TRIES_A_DAY, State
from updater import EDITION, NEWER, NOW, Service, Updater, only_files


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

        monkeypatch.setattr(update, "download_maxmind", crash)
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
        state = State(tries=[NOW + years * 365 * DAY] * TRIES_A_DAY)
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
        save = State.save

        def saved(state: State, path: Path) -> None:
            left.extend(file for file in path.parent.glob(".update-*/**/*") if file.is_file())
            save(state, path)

        monkeypatch.setattr(State, "save", saved)
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
