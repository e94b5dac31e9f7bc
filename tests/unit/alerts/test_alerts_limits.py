# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that becomes full rings before it is, once, and is cleared when there is room."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from geowatch.alerts.config import Config
from geowatch.alerts.limits import Disks


class Machine:
    """Directories, each on a disk of its own unless told otherwise, and how much is free."""

    def __init__(self) -> None:
        self.disk = {"/logs": 1, "/state": 2}
        self.free = {"/logs": 50, "/state": 50}

    def stat(self, path: str) -> SimpleNamespace:
        if path not in self.disk:
            raise FileNotFoundError(path)
        return SimpleNamespace(st_dev=self.disk[path])

    def statvfs(self, path: str) -> SimpleNamespace:
        return SimpleNamespace(f_bavail=self.free[path], f_blocks=100)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr("geowatch.alerts.limits.LOOK_AGAIN", 0.0)
    monkeypatch.setattr(os, "stat", machine.stat)
    monkeypatch.setattr(os, "statvfs", machine.statvfs)
    return machine


def disks(*directories: str) -> Disks:
    name = Path("x")
    return Disks(Config([name], name, "Production", "o", 1, 1, 1, list(directories)))


def test_a_disk_is_said_once_and_cleared_when_there_is_room(machine: Machine) -> None:
    watch = disks("/logs", "/state", "/not/there")
    said = []
    for free in (50, 5, 4, 0, 6, 10, 11, 12, 3):
        machine.free["/logs"] = free
        said.append([(alert["severity"], alert["mail"]) for alert in watch.look()])
    rings, clears = [("critical", True)], [("cleared", False)]
    assert said == [[], [], rings, [], [], [], clears, [], rings]


def test_two_directories_on_one_disk_are_one(machine: Machine) -> None:
    machine.disk["/state"] = 1
    machine.free = {"/logs": 1, "/state": 1}
    (alert,) = disks("/logs", "/state").look()
    assert alert["resource"].startswith("disk:/logs@")
    assert "1% is free" in alert["text"]
