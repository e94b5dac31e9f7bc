# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup: variables that are nearly those of the roles."""

from __future__ import annotations

DOCUMENTATION = r"""
name: misspelt
short_description: Variables that are nearly those of the roles
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Compares the names of all variables of a host with those in the argument specifications of
    roles, and returns a sentence for each that begins as theirs do, is none of them, and is close
    to one.
  - Ansible ignores such a variable without a word.
options:
  _terms:
    description:
      - Directories that hold roles.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
---
- name: Refuse what is misspelt
  ansible.builtin.assert:
    that: query('loghost.geowatch.misspelt', '/srv/roles') | length == 0
"""

RETURN = r"""
_list:
  description:
    - The sentences, in the order of the names.
  type: list
  elements: str
  sample: ["alerts_emial is no variable of geowatch: did you mean alerts_email?"]
"""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from ansible.plugins.lookup import LookupBase

CLOSE = 0.85
"""How alike two names are, of 1. A user may have variables of their own that begin like ours."""


def variables_of(roles: Path) -> set[str]:
    """Return the names of all options of the roles in a directory."""
    files = roles.glob("*/meta/argument_specs.yml")
    specs = [yaml.safe_load(file.read_text(encoding="utf-8"))["argument_specs"] for file in files]
    return {
        name for spec in specs for entry in spec.values() for name in entry.get("options") or ()
    }


def misspelt(names: Iterable[str], known: set[str]) -> list[str]:
    """Return a sentence for each name that is nearly a known one."""
    prefixes = tuple({f"{name.partition('_')[0]}_" for name in known})
    sentences = []
    for name in sorted(names):
        if name.startswith(prefixes) and name not in known:
            for meant in difflib.get_close_matches(name, known, 1, CLOSE):
                sentences.append(f"{name} is no variable of geowatch: did you mean {meant}?")
    return sentences


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible has no types
    def run(
        self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[str]:
        known = {name for term in terms for name in variables_of(Path(term))}
        return misspelt(map(str, variables or {}), known)
