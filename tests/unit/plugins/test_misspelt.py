# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A variable that Ansible would ignore is named, and so is the one that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.loghost.geowatch.plugins.lookup.misspelt import LookupModule, variables_of

ROLES = Path(__file__).parents[3] / "roles"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("alerts_emial", "alerts_email"),
        ("geoip_licence_key", "geoip_license_key"),
        ("sec_group", "sec_groups"),
    ],
)
def test_it_was_meant(name: str, meant: str) -> None:
    said = LookupModule().run([str(ROLES)], {name: 1})
    assert said == [f"{name} is no variable of geowatch: did you mean {meant}?"]


@pytest.mark.parametrize("name", ["alerts_team", "sec_list_of_mine", "mail", "__geoip_checked"])
def test_others_are_left_alone(name: str) -> None:
    assert LookupModule().run([str(ROLES)], {name: 1}) == []


def test_ours_are_ours() -> None:
    names = variables_of(ROLES)
    assert {"alerts_email", "geoip_source", "runtime_http_proxy"} < names
    assert LookupModule().run([str(ROLES)], dict.fromkeys(names)) == []
