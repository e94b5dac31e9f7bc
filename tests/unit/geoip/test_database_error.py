# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong is said without what nobody may know."""

from __future__ import annotations

import pytest
from geowatch.database.error import LONGEST_TEXT, without_secrets


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no secret", "no secret"),
        ("to http://user:secret@proxy:3128 (x)", "to http://***@proxy:3128 (x)"),
        ("to http://user:s@cr@t@proxy/a", "to http://***@proxy/a"),
        ("https://a.example/b?license_key=secret&x=y: gone", "https://a.example/b?***"),
        ("url='/b?key=secret' and more", "url='/b?***' and more"),
        ("two\nlines\x1b[31m", "two lines [31m"),
        ("x" * 9999, "x" * LONGEST_TEXT),
    ],
)
def test_without_secrets(text: str, said: str) -> None:
    assert without_secrets(text).startswith(said)
    assert "secret" not in without_secrets(text).replace("no secret", "")
