# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: a list of countries, checked and expanded."""

from __future__ import annotations

DOCUMENTATION = r"""
name: country_codes
short_description: Check a list of countries and expand its groups
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Turns a list of country codes and names of groups into a list of country codes.
  - Fails if an item is neither, and says what to write instead.
options:
  _input:
    description:
      - ISO 3166-1 alpha-2 codes, V(XK) for Kosovo, and names of groups, in upper or lower case.
      - The groups are V(EU), V(EEA), V(Nordics), V(Baltics), V(Benelux) and V(DACH).
        They hold states only. A territory with a code of its own, such as V(AX), V(FO) or V(RE),
        is listed by that code.
      - Quote V(NO). YAML reads a bare C(NO) as false, and that is refused.
    type: list
    elements: str
    required: true
  allow_empty:
    description:
      - Whether an empty list is accepted.
    type: bool
    default: true
  variable:
    description:
      - The variable that the list is from, so that the error can name it.
    type: str
seealso:
  - plugin: loghost.geowatch.country_pattern
    plugin_type: filter
  - plugin: loghost.geowatch.expected_country
    plugin_type: test
"""

EXAMPLES = r"""
---
- name: Show the countries of a policy
  ansible.builtin.debug:
    msg: "{{ ['Baltics', 'fi', 'NO'] | loghost.geowatch.country_codes }}"
    # ['EE', 'FI', 'LT', 'LV', 'NO']

- name: Insist on at least one country, and name the variable where it is wrong
  ansible.builtin.debug:
    msg: >-
      {{ countries | loghost.geowatch.country_codes(allow_empty=false, variable='countries') }}
"""

RETURN = r"""
_value:
  description:
    - ISO 3166-1 alpha-2 codes in upper case, each once, sorted.
  type: list
  elements: str
  sample: [EE, FI, LT, LV, "NO"]
"""

from collections.abc import Callable
from contextlib import nullcontext

from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import at, plugin
from ansible_collections.loghost.geowatch.plugins.plugin_utils.countries import expand


def country_codes(
    countries: object, allow_empty: bool = True, variable: str | None = None
) -> list[str]:
    """Return the codes that ``countries`` means: upper case, each once, sorted."""
    with at(variable) if variable else nullcontext():
        return expand(countries, allow_empty=allow_empty)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., object]]:
        return plugin("country_codes", country_codes)
