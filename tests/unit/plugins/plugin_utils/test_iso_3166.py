# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table has the right size and shape, and some rows that are easily got wrong."""

from __future__ import annotations

import re

import pytest
from ansible_collections.loghost.geowatch.plugins.plugin_utils.iso_3166 import COUNTRIES


def test_the_table_has_every_officially_assigned_code() -> None:
    assert len(COUNTRIES) == 249


def test_codes_and_names_have_their_form() -> None:
    for code, country in COUNTRIES.items():
        assert re.fullmatch("[A-Z]{2}", code)
        assert re.fullmatch("[A-Z]{3}", country.alpha_3)
        assert country.name == country.name.strip() != ""


def test_no_two_countries_share_a_code_or_a_name() -> None:
    assert len({country.alpha_3 for country in COUNTRIES.values()}) == len(COUNTRIES)
    assert len({country.name for country in COUNTRIES.values()}) == len(COUNTRIES)


@pytest.mark.parametrize(
    ("code", "alpha_3", "name"),
    [
        ("AT", "AUT", "Austria"),
        ("AU", "AUS", "Australia"),
        ("CH", "CHE", "Switzerland"),
        ("CN", "CHN", "China"),
        ("KP", "PRK", "North Korea"),
        ("KR", "KOR", "South Korea"),
        ("NO", "NOR", "Norway"),
        ("SI", "SVN", "Slovenia"),
        ("SK", "SVK", "Slovakia"),
        ("UA", "UKR", "Ukraine"),
    ],
)
def test_a_row(code: str, alpha_3: str, name: str) -> None:
    assert COUNTRIES[code] == (alpha_3, name)


@pytest.mark.parametrize("code", ["AN", "AP", "EL", "EU", "SU", "UK", "XK", "YU", "ZZ"])
def test_what_is_not_officially_assigned_is_not_in_the_table(code: str) -> None:
    assert code not in COUNTRIES
