# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: channels for alerts, checked, as send_alerts.py needs them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: alert_channels
short_description: Check channels for alerts and complete them
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Checks the list C(alerts_channels) and its short forms, C(alerts_alerta_*), C(alerts_email)
    and C(alerts_dead_man_url), and turns them into what C(send_alerts.py) needs.
  - Fails if one is wrong, or can never get an alert. The message names the variable, the channel,
    the value and the fix, and holds no secret.
options:
  _input:
    description:
      - Channels, as the role P(loghost.geowatch.alerts#role) documents them for its variable
        C(alerts_channels).
    type: list
    elements: dict
    required: true
  alerta:
    description:
      - The variables C(alerts_alerta_url), C(alerts_alerta_key) and C(alerts_alerta_ca_file),
        without that beginning.
    type: dict
    default: {}
  email:
    description:
      - The variable C(alerts_email).
    type: dict
  dead_man:
    description:
      - The variable C(alerts_dead_man_url).
    type: str
    default: ""
  hello:
    description:
      - The full name of the host, which mail servers want to hear.
    type: str
    default: ""
  more:
    description:
      - Who else may get mail, where an alert says so.
    type: list
    elements: str
    default: []
  known:
    description:
      - The names of the events of each source, by the source's title. What a channel wants is
        compared with them. Empty means that nobody says which there are.
    type: dict
    default: {}
  people:
    description:
      - Who is asked about their own logins. C(addresses) by the names of users, and C(advice).
    type: dict
    default: {}
seealso:
  - plugin: loghost.geowatch.logins_policies
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show what send_alerts.py gets of a channel
  ansible.builtin.debug:
    msg: "{{ channels | loghost.geowatch.alert_channels }}"
  vars:
    channels:
      - {name: pager, type: alerta, url: "https://alerta.example.org/api", min_severity: major}
    # - {name: pager, type: alerta, url: "https://alerta.example.org/api", key: "", ca_file: "",
    #    min_severity: major}
"""

RETURN = r"""
_value:
  description:
    - A dictionary for each channel, those in short form first, with its C(name) and C(type), where
      and how it is reached, and which alerts it gets. It may have secrets.
  type: list
  elements: dict
"""

from collections.abc import Callable

from ansible_collections.loghost.geowatch.plugins.plugin_utils.channels import normalise
from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import plugin


class FilterModule:
    def filters(self) -> dict[str, Callable[..., object]]:
        return plugin("alert_channels", normalise)
