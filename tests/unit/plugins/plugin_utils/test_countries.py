# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people write in a list of countries, and what they are told when it is wrong."""

from __future__ import annotations

import re

import pytest
from ansible_collections.loghost.geowatch.plugins.plugin_utils.countries import (
    GROUPS,
    KNOWN,
    code_of,
    expand,
    name_of,
    pattern_of,
)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        (["FI"], ["FI"]),
        (["SE", "FI", "SE"], ["FI", "SE"]),
        (["fi", "Se"], ["FI", "SE"]),
        (["NO"], ["NO"]),
        (["XK"], ["XK"]),
        (("FI", "SE"), ["FI", "SE"]),
        (["Baltics"], ["EE", "LT", "LV"]),
        (["baltics", "EE", "FI"], ["EE", "FI", "LT", "LV"]),
        (["Nordics"], ["DK", "FI", "IS", "NO", "SE"]),
        (["Benelux"], ["BE", "LU", "NL"]),
        (["DACH"], ["AT", "CH", "DE"]),
        ([], []),
    ],
)
def test_expand(values: object, codes: list[str]) -> None:
    assert expand(values) == codes


def test_the_eu_has_27_members_and_the_eea_three_more() -> None:
    assert len(GROUPS["EU"]) == 27
    assert GROUPS["EEA"] - GROUPS["EU"] == {"IS", "LI", "NO"}
    assert GROUPS["EU"].isdisjoint({"CH", "GB", "NO", "TR", "UA"})


def test_groups_hold_countries_and_are_not_countries() -> None:
    for name, codes in GROUPS.items():
        assert codes <= KNOWN.keys()
        assert name.upper() not in KNOWN
        assert name.upper() not in {country.alpha_3 for country in KNOWN.values()}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (False, r"false is not a country\. Quote it: 'NO' \(YAML reads a bare NO as false\)"),
        (True, r"true is not a country \(YAML reads a bare ON or YES as true\)"),
        (None, r"null is not a country\. Remove the empty item"),
        (358, r"358 is not a country\. Write an ISO 3166-1 alpha-2 code such as 'FI'"),
        (["FI"], r"\['FI'\] is not a country\. Write an ISO 3166-1 alpha-2 code"),
        (b"FI", r"b'FI' is not a country\. Write an ISO 3166-1 alpha-2 code"),
        ("", r"'' is not a country\. Write an ISO 3166-1 alpha-2 code"),
        ("QQ", r"'QQ' is not a country\. Write .* or a group: EU, EEA, Nordics, .*"),
        ("UK", r"'UK' is not a country\. Write 'GB'"),
        ("uk", r"'uk' is not a country\. Write 'GB'"),
        ("EL", r"'EL' is not a country\. Write 'GR'"),
        ("FIN", r"'FIN' is not a country\. Write 'FI'"),
        ("Finland", r"'Finland' is not a country\. Write 'FI'"),
        ("finlnad", r"'finlnad' is not a country\. Did you mean 'FI'\?"),
        ("Nordic", r"'Nordic' is not a country\. Did you mean 'Nordics'\?"),
        (" FI", r"' FI' is not a country\. Write 'FI'"),
        ("FI\n", r"'FI\\n' is not a country\. Write 'FI'"),
        ("FI|.*", r"'FI\|\.\*' is not a country\. .*"),
        # Letters that only become ASCII in upper case: a ligature, a sharp s.
        ("\N{LATIN SMALL LIGATURE FI}", r"'.' is not a country\. Write 'FI'"),
        ("\N{LATIN SMALL LETTER SHARP S}", r"'.' is not a country\. Write 'SS'"),
    ],
)
def test_a_bad_item_is_named_with_its_fix(item: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        expand(["SE", item])


@pytest.mark.parametrize("values", ["FI", "FI,SE", None, False, {"FI": 1}, 3])
def test_what_is_no_list_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match=r"is not a list of countries\. Write it as a list"):
        expand(values)


def test_an_empty_list_is_refused_on_request() -> None:
    with pytest.raises(ValueError, match=r"the list of countries is empty\. Name at least one"):
        expand([], allow_empty=False)


@pytest.mark.parametrize(("value", "code"), [("FI", "FI"), ("no", "NO"), ("xk", "XK")])
def test_code_of(value: str, code: str) -> None:
    assert code_of(value) == code


@pytest.mark.parametrize("group", ["EU", "nordics"])
def test_a_group_is_not_one_country(group: str) -> None:
    with pytest.raises(ValueError, match=f"'{group}' is a group of countries"):
        code_of(group)


@pytest.mark.parametrize(
    ("code", "name"), [("FI", "Finland"), ("ax", "Åland Islands"), ("XK", "Kosovo")]
)
def test_name_of(code: str, name: str) -> None:
    assert name_of(code) == name


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (["FI"], "(?:FI)"),
        (["SE", "fi"], "(?:FI|SE)"),
        (["Baltics"], "(?:EE|LT|LV)"),
        ([], "(?!)"),
    ],
)
def test_pattern_of(values: object, pattern: str) -> None:
    assert pattern_of(values) == pattern


@pytest.mark.parametrize("values", [[], ["FI"], ["EU"], ["EU", "Nordics", "XK"]])
def test_the_pattern_matches_the_codes_of_the_list_and_no_other(values: list[str]) -> None:
    matched = [code for code in sorted(KNOWN) if re.fullmatch(pattern_of(values), code)]
    assert matched == expand(values)


def test_the_pattern_of_an_empty_list_does_not_match_nothing_either() -> None:
    assert re.search(pattern_of([]), "") is None
