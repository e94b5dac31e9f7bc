# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""After all: whoever arrived is still there once, and nothing came later that should not have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from scenario import Logins, everybody


def test_nothing_came_later() -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(Logins.look, everybody))
    wrong = {}
    for logins in everybody:
        if found := {**logins.missing(), **logins.more_than_one()}:
            wrong[logins.title] = found
    assert not wrong
