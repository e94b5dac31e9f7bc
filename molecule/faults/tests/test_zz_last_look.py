# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""After all: whoever arrived is still there once, and nothing came later that should not have."""

from __future__ import annotations

from scenario import everybody


def test_nothing_came_later() -> None:
    wrong = {}
    for logins in everybody:
        logins.look()
        if found := {**logins.missing(), **logins.more_than_one()}:
            wrong[logins.title] = found
    assert not wrong
