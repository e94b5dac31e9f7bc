# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a travel pass ends, from all that YAML makes of what people write."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.loghost.geowatch.plugins.plugin_utils.last_moment import parse

END_OF_DAY = ("2026-12-31T23:59:59.999Z", "the end of 2026-12-31 UTC")


@pytest.mark.parametrize("quote", ["", "'"], ids=["bare", "quoted"])
@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-12-31", END_OF_DAY),
        ("2026-12-31T18:00:00Z", ("2026-12-31T18:00:00.000Z", "2026-12-31 18:00:00 UTC")),
        ("2026-12-31T18:00:00+02:00", ("2026-12-31T16:00:00.000Z", "2026-12-31 16:00:00 UTC")),
        ("2026-12-31 18:00:00-05:30", ("2026-12-31T23:30:00.000Z", "2026-12-31 23:30:00 UTC")),
        ("2026-12-31T18:00+02:00", ("2026-12-31T16:00:00.000Z", "2026-12-31 16:00:00 UTC")),
        ("2026-12-31T18:00:00.1239Z", ("2026-12-31T18:00:00.123Z", "2026-12-31 18:00:00 UTC")),
        ("2024-02-29", ("2024-02-29T23:59:59.999Z", "the end of 2024-02-29 UTC")),
    ],
)
def test_a_moment_is_read(written: str, moment: tuple[str, str], quote: str) -> None:
    assert parse(yaml.safe_load(f"{quote}{written}{quote}")) == moment


NO_ZONE = "2026-12-31T18:00:00 has no time zone. Write it as 2026-12-31T18:00:00Z, if it is UTC"
EXAMPLES = "Write a day, 2026-12-31, or a time with its zone, 2026-12-31T18:00:00+02:00"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("2026-12-31T18:00:00", NO_ZONE),
        ("'2026-12-31 18:00'", NO_ZONE),
        ("tomorrow", f"'tomorrow' is not a day or a time. {EXAMPLES}"),
        ("2026-12-31 or so", f"'2026-12-31 or so' is not a day or a time. {EXAMPLES}"),
        ("31.12.2026", f"'31.12.2026' is not a day or a time. {EXAMPLES}"),
        ("20261231", f"20261231 is not a day or a time. {EXAMPLES}"),
        ("'20261231'", f"'20261231' is not a day or a time. {EXAMPLES}"),
        ("", f"None is not a day or a time. {EXAMPLES}"),
        ("'2026-02-29'", f"'2026-02-29' is not in the calendar. {EXAMPLES}"),
        ("'2026-12-31T24:00:00Z'", f"'2026-12-31T24:00:00Z' is not in the calendar. {EXAMPLES}"),
        ("'0001-01-01T00:00:00+01:00'", "'0001-01-01T00:00:00+01:00' is not a time. " + EXAMPLES),
    ],
)
def test_what_is_no_moment_is_named_with_its_fix(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse(yaml.safe_load(written))
