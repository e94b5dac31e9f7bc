# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: a list of countries as a regular expression."""

from __future__ import annotations

DOCUMENTATION = r"""
name: country_pattern
short_description: Turn a list of countries into a regular expression
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Turns a list of country codes and names of groups into a regular expression that matches
    these codes.
  - The expression means the same in Perl and in Python. It has no capture group, and no anchors.
    The caller adds them.
  - An empty list gives V((?!\)), which matches nothing.
  - Fails if an item is neither a country code nor a group, and says what to write instead.
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
seealso:
  - plugin: loghost.geowatch.country_codes
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show the pattern of the expected countries
  ansible.builtin.debug:
    msg: "^{{ ['SE', 'FI'] | loghost.geowatch.country_pattern }}$"
    # ^(?:FI|SE)$
"""

RETURN = r"""
_value:
  description:
    - A regular expression that matches exactly these codes in upper case.
  type: str
  sample: (?:FI|SE)
"""

from collections.abc import Callable

from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import plugin
from ansible_collections.loghost.geowatch.plugins.plugin_utils.countries import pattern_of


class FilterModule:
    def filters(self) -> dict[str, Callable[..., object]]:
        return plugin("country_pattern", pattern_of)
