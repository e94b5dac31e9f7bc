# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's argument_specs.yml is its reference: it says all, and the same as the defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = sorted((Path(__file__).parents[3] / "roles").iterdir())

pytestmark = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def options(role: Path) -> dict[str, Any]:
    """Return the options of all entry points."""
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    return {
        name: option for spec in specs.values() for name, option in spec.get("options", {}).items()
    }


def defaults(role: Path) -> dict[str, Any]:
    """Return the defaults."""
    file = role / "defaults" / "main.yml"
    return (yaml.safe_load(file.read_text()) or {}) if file.exists() else {}


def test_the_defaults_are_those_in_the_reference(role: Path) -> None:
    documented = {
        name: option["default"] for name, option in options(role).items() if "default" in option
    }
    assert {
        name: value for name, value in defaults(role).items() if name in documented
    } == documented


def test_every_default_is_documented(role: Path) -> None:
    assert set(defaults(role)) <= set(options(role))


def test_every_option_is_described_and_has_the_name_of_the_role(role: Path) -> None:
    for name, option in options(role).items():
        assert name.startswith(f"{role.name}_")
        assert option["description"]
        assert option["type"]
