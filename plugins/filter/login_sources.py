# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: sources of logins, checked, with their files, as the rules need them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: login_sources
short_description: Check sources of logins and load their files
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Checks the list C(logins_sources), loads the source file of each item, and turns them into what
    the rules need.
  - Fails if an item or a file is wrong. The message names the item, the file, the message in it,
    the value and the fix.
  - Source files are described in C(docs/sources.md) of the collection.
requirements:
  - PyYAML, which comes with ansible-core
options:
  _input:
    description:
      - Sources, as the role P(loghost.geowatch.logins#role) documents them for its variable
        C(logins_sources).
    type: list
    elements: dict
    required: true
  directory:
    description:
      - The directory of the source files that items name without a path.
    type: path
    required: true
seealso:
  - plugin: loghost.geowatch.logins_policies
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Show what lines are looked for
  ansible.builtin.debug:
    msg: >-
      {{ [{'source': 'sshd', 'files': ['/var/log/remote/*/auth.log']}]
      | loghost.geowatch.login_sources(directory=role_path ~ '/sources')
      | map(attribute='words') | flatten }}
"""

RETURN = r"""
_value:
  description:
    - A dictionary for each item, in the same order.
    - No value has a line break. Those that end in C(_perl) are for the inside of single quotes in
      Perl.
  type: list
  elements: dict
  contains:
    name:
      description: The item's name, each once. Small letters, digits and C(-).
      type: str
    context:
      description: V(SOURCE_) and the name, in capitals, with C(_) for C(-).
      type: str
    files:
      description: Globs on the log server.
      type: list
      elements: str
    server:
      description: V(line) or V(path), whichever is believed.
      type: str
    timezone:
      description: The zone of times without one, or empty.
      type: str
    names:
      description: Persons, by the names that are logged.
      type: dict
    expected_servers:
      description: Servers that have to log here.
      type: list
      elements: str
    names_perl:
      description: The same as the inside of a list in Perl, quotes and all.
      type: str
    title:
      description: What the names of its alerts begin with.
      type: str
    programs:
      description: The source's programs and the item's.
      type: list
      elements: str
    program_pattern:
      description: Matches the programs that are named.
      type: str
    any_program:
      description: Whether other programs are meant, too.
      type: bool
    needs:
      description: How verbose the program has to be, or empty.
      type: str
    advice:
      description: What to do in this program.
      type: dict
    clients:
      description:
        - How a line begins that is about a client, C(peer), C(name_ends) and C(peer_ends), each
          also with C(_perl). None where the file has no such thing.
      type: dict
    json:
      description: Where an object of JSON has what a message is made of. None without.
      type: dict
    wrappers:
      description: Dictionaries with C(pattern), C(pattern_perl) and C(quoted), which may be empty.
      type: list
      elements: dict
    messages:
      description:
        - Dictionaries with C(means), C(of), which may be empty, C(text), C(text_perl), C(pattern)
          and C(pattern_perl).
        - What a message says for a group that its pattern lacks, such as C(seconds), is there by
          the group's name, and in C(given) with C(news) and C(lacks).
      type: list
      elements: dict
    words:
      description: A line without any of these texts is none of the messages.
      type: list
      elements: str
"""

from collections.abc import Callable

from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import plugin
from ansible_collections.loghost.geowatch.plugins.plugin_utils.sources import normalise


class FilterModule:
    def filters(self) -> dict[str, Callable[..., object]]:
        return plugin("login_sources", normalise)
