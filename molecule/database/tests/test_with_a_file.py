# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file from the controller takes the place of downloads, on hosts that had them."""

from __future__ import annotations

import pytest
from eventually import eventually
from scenario import CONFIG, EVERY_HOST, IN_USE, STATE, country, database, deploy
from testinfra.host import Host

testinfra_hosts = EVERY_HOST

FLAT = {"198.51.100.0/24": {"country_code": "SE"}}


@pytest.fixture(scope="session")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Deploy a file that is refused, and then a newer one; return what Ansible said."""
    directory = tmp_path_factory.mktemp("file")
    file, said = directory / "given.mmdb", []
    for options, is_taken in (({"records": FLAT}, False), ({}, True)):
        file.write_bytes(database(directory, "SE", 0.05, **options))
        ran = deploy(directory, geoip_source="file", geoip_database_file=str(file))
        said.append(ran.stdout + ran.stderr)
        assert (ran.returncode == 0) is is_taken, said[-1]
    return said


pytestmark = pytest.mark.usefixtures("stream", "deployments")


def test_flat_records_are_refused_by_name(host: Host, deployments: list[str]) -> None:
    for words in ("geoip_database_file: ", "was refused", "not in MaxMind's shape"):
        assert words in deployments[0]


def test_the_newer_file_is_in_use(host: Host) -> None:
    assert eventually(lambda: country(host) == "SE")
    assert host.file(f"{IN_USE}.previous").exists
    status = host.check_output("update_database.py status")
    assert "/given.mmdb on the controller, in use since " in status
    assert "updates: none was tried" in status


def test_nothing_is_downloaded_any_more(host: Host) -> None:
    """With the downloads went the keys, and the memory of how the last one went."""
    assert not host.service("geowatch-geoip-update.timer").is_running
    assert not host.file(CONFIG).exists
    assert not host.file(STATE).exists
