# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: the English name of a country."""

from __future__ import annotations

DOCUMENTATION = r"""
name: country_name
short_description: The English name of a country
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Turns a country code into the everyday English name of the country.
  - Fails if it is not the code of one country, and says what to write instead.
options:
  _input:
    description:
      - An ISO 3166-1 alpha-2 code, or V(XK) for Kosovo, in upper or lower case.
    type: str
    required: true
seealso:
  - plugin: loghost.geowatch.country_codes
    plugin_type: filter
  - plugin: loghost.geowatch.geoip_country
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Say which countries are expected
  ansible.builtin.debug:
    msg: >-
      {{ ['Nordics'] | loghost.geowatch.country_codes
      | map('loghost.geowatch.country_name') | join(', ') }}
    # Denmark, Finland, Iceland, Norway, Sweden
"""

RETURN = r"""
_value:
  description:
    - The name.
  type: str
  sample: Finland
"""

from collections.abc import Callable

from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import plugin
from ansible_collections.loghost.geowatch.plugins.plugin_utils.countries import name_of


class FilterModule:
    def filters(self) -> dict[str, Callable[..., object]]:
        return plugin("country_name", name_of)
