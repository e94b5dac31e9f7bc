# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of countries as people write them in variables.

A ``ValueError`` here is a sentence for that person: it names the value and the fix.
"""

from __future__ import annotations

import difflib

from ansible_collections.loghost.geowatch.plugins.plugin_utils.iso_3166 import COUNTRIES, Country

# ISO 3166-1 leaves XK to its users. The country databases use it for Kosovo, as the EU does.
KNOWN: dict[str, Country] = COUNTRIES | {"XK": Country("XKX", "Kosovo")}

_EU = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip

# Groups hold states only. A territory with a code of its own (AX, FO, GL, GP, RE, ...) is not in
# its state's group: whoever expects logins from there lists it.
# No group can be mistaken for a country: ISO 3166-1 exceptionally reserves EU for the European
# Union, and every other name here is longer than two letters.
GROUPS: dict[str, frozenset[str]] = {
    # The 27 member states since 2020-02-01 (european-union.europa.eu, "EU countries").
    "EU": _EU,
    # The EU with Iceland, Liechtenstein and Norway (EEA Agreement; efta.int). Since 2020-02-01.
    "EEA": _EU | {"IS", "LI", "NO"},
    # The five states of the Nordic Council (norden.org). Since 1955.
    "Nordics": frozenset({"DK", "FI", "IS", "NO", "SE"}),
    # The members of the Baltic Assembly (baltasam.org). Since 1991.
    "Baltics": frozenset({"EE", "LT", "LV"}),
    # The states of the Benelux Union (benelux.int). Since 1944.
    "Benelux": frozenset({"BE", "LU", "NL"}),
    # Germany (D), Austria (A), Switzerland (CH): the usual abbreviation, no treaty behind it.
    "DACH": frozenset({"AT", "CH", "DE"}),
}

_GROUP_BY_FOLDED_NAME = {name.casefold(): name for name in GROUPS}

# What people write, folded, and what they should write.
_SUGGESTIONS: dict[str, str] = (
    {code.casefold(): code for code in KNOWN}
    | {country.alpha_3.casefold(): code for code, country in KNOWN.items()}
    | {country.name.casefold(): code for code, country in KNOWN.items()}
    | _GROUP_BY_FOLDED_NAME
    # In daily use for the United Kingdom and for Greece, but not their ISO 3166-1 codes.
    | {"uk": "GB", "el": "GR"}
)

_VALID = "Write an ISO 3166-1 alpha-2 code such as 'FI', or a group: " + ", ".join(GROUPS)


def expand(values: object, *, allow_empty: bool = True) -> list[str]:
    """Return the alpha-2 codes that a list of codes and group names means.

    Args:
        values: A list of alpha-2 codes and names of ``GROUPS``, in any case.
        allow_empty: Whether an empty list is an answer rather than a mistake.

    Returns:
        Upper-case codes, each once, sorted.

    Raises:
        ValueError: If ``values`` is not a list, or an item is neither a code nor a group.
    """
    if not isinstance(values, (list, tuple)):
        raise ValueError(f"{values!r} is not a list of countries. Write it as a list: ['FI', 'SE']")
    if not values and not allow_empty:
        raise ValueError("the list of countries is empty. Name at least one: ['FI']")
    return sorted({code for value in values for code in _expand_one(value)})


def code_of(value: object) -> str:
    """Return one alpha-2 code in upper case.

    Raises:
        ValueError: If the value is not the code of one country. A group is not.
    """
    _require_text(value)
    text = str(value)
    # Not str.upper() alone: it makes FI of a typographic ligature, and SS of a sharp s.
    if text.isascii() and text.upper() in KNOWN:
        return text.upper()
    if text.casefold() in _GROUP_BY_FOLDED_NAME:
        raise ValueError(f"{text!r} is a group of countries. Write one country's code")
    raise ValueError(f"{text!r} is not a country. {_advice(text)}")


def name_of(code: object) -> str:
    """Return the everyday English name of an alpha-2 code.

    Raises:
        ValueError: If the value is not the code of one country.
    """
    return KNOWN[code_of(code)].name


def pattern_of(values: object) -> str:
    """Return a regular expression that matches exactly the codes that a list means.

    It means the same in Perl and in Python, holds no capture group and no anchor.
    An empty list gives ``(?!)``, which matches nothing.

    Raises:
        ValueError: As in ``expand``.
    """
    codes = expand(values)
    return f"(?:{'|'.join(codes)})" if codes else "(?!)"


def _expand_one(value: object) -> frozenset[str]:
    group = _GROUP_BY_FOLDED_NAME.get(value.casefold()) if isinstance(value, str) else None
    return GROUPS[group] if group else frozenset({code_of(value)})


def _require_text(value: object) -> None:
    if isinstance(value, str):
        return
    if value is False:
        raise ValueError("false is not a country. Quote it: 'NO' (YAML reads a bare NO as false)")
    if value is True:
        raise ValueError(f"true is not a country (YAML reads a bare ON or YES as true). {_VALID}")
    if value is None:
        raise ValueError(f"null is not a country. Remove the empty item. {_VALID}")
    raise ValueError(f"{value!r} is not a country. {_VALID}")


def _advice(text: str) -> str:
    folded = text.strip().casefold()
    nearest = difflib.get_close_matches(folded, _SUGGESTIONS, n=1)
    if not nearest:
        return _VALID
    suggestion = _SUGGESTIONS[nearest[0]]
    return f"Write {suggestion!r}" if nearest[0] == folded else f"Did you mean {suggestion!r}?"
