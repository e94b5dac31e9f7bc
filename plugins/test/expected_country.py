# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test: is the country of an IP address expected?"""

from __future__ import annotations

DOCUMENTATION = r"""
name: expected_country
short_description: Is the country of an IP address expected
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Looks up an IP address in a country database on the controller, and tells whether its country is
    in the list.
  - An address in no country is not expected.
  - Fails if the address, the list or the database is bad.
requirements:
  - geoip2 (Python package on the controller)
options:
  _input:
    description:
      - An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is looked up as IPv4.
    type: str
    required: true
  countries:
    description:
      - ISO 3166-1 alpha-2 codes, V(XK) for Kosovo, and names of groups, in upper or lower case.
      - The groups are V(EU), V(EEA), V(Nordics), V(Baltics), V(Benelux) and V(DACH).
        They hold states only. A territory with a code of its own, such as V(AX), V(FO) or V(RE),
        is listed by that code.
      - Quote V(NO). YAML reads a bare C(NO) as false, and that is refused.
    type: list
    elements: str
    required: true
  database:
    description:
      - The path of an C(.mmdb) file on the controller.
      - A Country, City or Enterprise database of GeoLite2, GeoIP2 or DB-IP.
    type: path
    required: true
seealso:
  - plugin: loghost.geowatch.country_codes
    plugin_type: filter
  - plugin: loghost.geowatch.geoip_country
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Stop if the last login came from elsewhere
  ansible.builtin.assert:
    that: >-
      last_login_ip is loghost.geowatch.expected_country(
      ['FI', 'Baltics'], database='GeoLite2-Country.mmdb')
    fail_msg: "{{ last_login_ip }} is in no expected country."
"""

RETURN = r"""
_value:
  description:
    - Whether the address is in one of the countries.
  type: bool
"""

from collections.abc import Callable

from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import plugin
from ansible_collections.loghost.geowatch.plugins.plugin_utils.countries import expand
from ansible_collections.loghost.geowatch.plugins.plugin_utils.geoip import country_of


def is_expected(address: object, countries: object, database: object) -> bool:
    """Tell whether ``address`` is in one of ``countries``. An address in no country is not."""
    return country_of(address, database) in expand(countries)


class TestModule:
    def tests(self) -> dict[str, Callable[..., object]]:
        return plugin("expected_country", is_expected)
