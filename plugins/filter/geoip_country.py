# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: the country of an IP address."""

from __future__ import annotations

DOCUMENTATION = r"""
name: geoip_country
short_description: The country of an IP address
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Looks up an IP address in a country database on the controller.
  - Fails if the address or the database is bad. An address that the database does not know is no
    failure.
requirements:
  - geoip2 (Python package on the controller)
options:
  _input:
    description:
      - An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is looked up as IPv4.
    type: str
    required: true
  database:
    description:
      - The path of an C(.mmdb) file on the controller.
      - A Country, City or Enterprise database of GeoLite2, GeoIP2 or DB-IP.
    type: path
    required: true
seealso:
  - plugin: loghost.geowatch.country_name
    plugin_type: filter
  - plugin: loghost.geowatch.expected_country
    plugin_type: test
"""

EXAMPLES = r"""
---
- name: Show the country of an address
  ansible.builtin.debug:
    msg: "{{ '198.51.100.7' | loghost.geowatch.geoip_country(database='GeoLite2-Country.mmdb') }}"
"""

RETURN = r"""
_value:
  description:
    - The ISO 3166-1 alpha-2 code of the country, or none where the database knows no
      country for the address.
  type: str
  sample: FI
"""

from collections.abc import Callable

from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import plugin
from ansible_collections.loghost.geowatch.plugins.plugin_utils.geoip import country_of


class FilterModule:
    def filters(self) -> dict[str, Callable[..., object]]:
        return plugin("geoip_country", country_of)
