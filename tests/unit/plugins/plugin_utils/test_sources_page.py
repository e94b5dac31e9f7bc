# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/sources.md says of source files what is checked of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.loghost.geowatch.plugins.plugin_utils import vocabulary

PAGE = (Path(__file__).parents[4] / "docs/sources.md").read_text()
ROWS = re.findall(r"^\| `(\w+)` \|[^|]+\|([^|]*)\|[^|]+\|$", PAGE, re.MULTILINE)


def test_the_vocabulary_is_whole() -> None:
    assert [word for word, _needs in ROWS] == list(vocabulary.MEANINGS)


@pytest.mark.parametrize(("word", "needs"), ROWS)
def test_what_a_message_needs_is_said(word: str, needs: str) -> None:
    assert set(re.findall(r"`(\w+)`", needs)) == {
        group for groups in vocabulary.MEANINGS[word] for group in groups
    }
