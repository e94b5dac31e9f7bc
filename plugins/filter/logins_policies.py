# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: policies, checked, with all defaults, as the rules need them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: logins_policies
short_description: Check policies and complete them for the rules
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Checks the list C(logins_policies), and turns each policy into what a rule compares and says.
  - The default policy, which every login meets, is appended under the name V(default).
  - Fails if a policy is wrong, or can never match because an earlier one takes every login that it
    would. The message names the policy, the value and the fix.
options:
  _input:
    description:
      - Policies, as the role P(loghost.geowatch.logins#role) documents them for its variable
        C(logins_policies).
    type: list
    elements: dict
    required: true
  groups:
    description:
      - Groups of users. The names of groups, each with a list of users or patterns.
    type: dict
    default: {}
  expected_countries:
    description:
      - The expected countries where a policy does not say any, as codes and names of groups.
    type: list
    elements: str
    required: true
  unexpected_action:
    description:
      - The action for an unexpected country where a policy does not say one.
    type: str
    choices: [alert, warn, inform, ignore]
    default: alert
  unknown_action:
    description:
      - The action for an unknown country where a policy does not say one.
    type: str
    choices: [alert, warn, inform, ignore]
    default: alert
  internal_action:
    description:
      - The action for an internal address where a policy does not say one.
    type: str
    choices: [alert, warn, inform, ignore]
    default: warn
  sources:
    description:
      - What P(loghost.geowatch.login_sources#filter) returns. Policies can name these.
    type: list
    elements: dict
    default: []
  user_case:
    description:
      - Whether names of users in upper and lower case are the same, V(fold), or differ, V(keep).
    type: str
    choices: [fold, keep]
    default: fold
  user_addresses:
    description:
      - The addresses of users, by their names. That of V(*) is for all others, and has C({user})
        in it. A policy with the recipient V(user) needs them.
    type: dict
    default: {}
seealso:
  - plugin: loghost.geowatch.country_codes
    plugin_type: filter
  - plugin: loghost.geowatch.login_sources
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show what rules get of a travel pass
  ansible.builtin.debug:
    msg: "{{ policies | loghost.geowatch.logins_policies(expected_countries=['FI']) }}"
  vars:
    policies:
      - name: Anna in Brazil
        users: [anna]
        expected: [BR, FI]
        until: 2026-12-31
    # - name: Anna in Brazil
    #   user_pattern: ^(?i:anna)\z
    #   source_pattern: ""
    #   server_pattern: ""
    #   network_pattern: ""
    #   country_pattern: ""
    #   expected: [BR, FI]
    #   expected_text: BR, FI
    #   expected_pattern: ^(?:BR|FI)\z
    #   unexpected_action: alert
    #   unknown_action: alert
    #   internal_action: warn
    #   recipients: []
    #   until: 2026-12-31T23:59:59.999Z
    #   until_text: the end of 2026-12-31 UTC
    # - name: default
    #   expected: [FI]
    #   ...
"""

RETURN = r"""
_value:
  description:
    - A dictionary for each policy, in the same order, and the default policy behind them.
    - No value has a character that SEC reads (semicolon, percent, dollar), a tab, or a parenthesis
      without its other half.
    - Patterns are for Perl and for bytes. They are anchored, and empty where the policy does not
      have the condition.
  type: list
  elements: dict
  contains:
    name:
      description: The policy's name.
      type: str
    user_pattern:
      description: Matches the names of its users.
      type: str
    source_pattern:
      description: Matches the titles of its sources.
      type: str
    server_pattern:
      description: Matches the names of its servers.
      type: str
    network_pattern:
      description:
        - Matches the addresses in its networks, written as V(4) or V(6), a colon, and the address
          in 8 or 32 lower-case hexadecimal digits.
        - C(4:c6336407) is 198.51.100.7.
      type: str
    country_pattern:
      description: Matches the codes of its countries.
      type: str
    expected:
      description: The codes of the expected countries, sorted, or V(all).
      type: raw
    expected_text:
      description: The same to be read. V(any country) for all, V(no country) for an empty list.
      type: str
    expected_pattern:
      description: Matches the codes of the expected countries. Never empty.
      type: str
    unexpected_action:
      description: What a login from an unexpected country does.
      type: str
    unknown_action:
      description: What a login from an unknown country does.
      type: str
    internal_action:
      description: What a login from an internal address does.
      type: str
    recipients:
      description: More addresses for the e-mails, and V(user) for that of who logged in.
      type: list
      elements: str
    until:
      description: The policy's last moment by RFC 3339, in UTC with milliseconds, or empty.
      type: str
    until_text:
      description: The same to be read, or empty.
      type: str
"""

from collections.abc import Callable

from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import plugin
from ansible_collections.loghost.geowatch.plugins.plugin_utils.policies import normalise


def logins_policies(
    policies: object,
    expected_countries: object,
    groups: object = None,
    unexpected_action: object = "alert",
    unknown_action: object = "alert",
    internal_action: object = "warn",
    sources: list[dict[str, object]] | None = None,
    user_case: object = "fold",
    user_addresses: object = None,
) -> list[dict[str, object]]:
    """Return ``policies`` as the rules need them, and the default policy behind them."""
    actions = {
        "unexpected_action": unexpected_action,
        "unknown_action": unknown_action,
        "internal_action": internal_action,
    }
    return normalise(
        policies,
        {} if groups is None else groups,
        expected_countries,
        actions,
        sources=sources or [],
        user_case=user_case,
        user_addresses=user_addresses,
    )


class FilterModule:
    def filters(self) -> dict[str, Callable[..., object]]:
        return plugin("logins_policies", logins_policies)
