# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable of the role logins may be given as text, as with -e, and means the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from preflight import preflight

ROLE = Path(__file__).parents[3] / "roles/logins"
DEFAULTS = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
OTHER: dict[str, Any] = {
    "logins_sources": [{"source": "sshd", "files": ["/var/log/a"], "name": "door"}],
    "logins_expected_countries": ["FI", "NO"],
    "logins_groups": {"sales": ["anna"]},
    "logins_policies": [{"name": "Sales", "groups": ["sales"], "expected": "all"}],
    "logins_user_case": "keep",
    "logins_new_country_forget_days": 200,
    "logins_user_addresses": {"*": "{user}@example.org"},
}


def other(name: str, value: Any) -> Any:
    """Return a value that is not the default."""
    if name in OTHER:
        return OTHER[name]
    return value + 3 if isinstance(value, int) else "inform"


GIVEN = {name: other(name, value) for name, value in DEFAULTS.items()} | OTHER


@pytest.fixture(scope="module")
def meant(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the role makes of the variables, by the kind in which they are given."""
    names = [name for name in GIVEN if isinstance(GIVEN[name], int)]
    shown = {name: f"{{{{ __{name} }}}}" for name in names}
    shown["sources"] = "{{ __logins_checked_sources }}"
    shown["policies"] = "{{ __logins_checked_policies }}"
    shown["addresses"] = "{{ __logins_given.user_addresses }}"
    as_text = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in GIVEN.items()
    }
    # Outside of the role there is no role_path.
    path = {"role_path": str(ROLE)}
    hosts = {"native": GIVEN | path, "text": as_text | path}
    found = preflight(ROLE, hosts, tmp_path_factory.mktemp("as-text"), shown)
    assert found["failed"] == {}
    meant: dict[str, Any] = found["shown"]
    return meant


def test_text_means_the_same(meant: dict[str, Any]) -> None:
    assert meant["text"] == meant["native"]
    assert meant["native"]["sources"][0]["name"] == "door"
    assert [each["name"] for each in meant["native"]["policies"]] == ["Sales", "default"]
    assert meant["native"]["addresses"] == {"*": "{user}@example.org"}
    numbers = {name: value for name, value in GIVEN.items() if isinstance(value, int)}
    assert {name: meant["text"][name] for name in numbers} == numbers
    assert len(numbers) == 7
