# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a channel says in its own words, by a template of whoever configured it."""

from __future__ import annotations

import re

from geowatch.alerts.alert import Alert, shown


def worded(alert: Alert, template: str) -> Alert:
    """Return the alert with the sentence that the template makes of it.

    What it does not know is empty. A name in braces is no part of the template.
    """
    if not template:
        return alert
    known = {**alert["attributes"], **alert}

    def known_or_empty(word: re.Match[str]) -> str:
        return shown(str(known.get(word[1], "")))

    return Alert(**{**alert, "text": re.sub(r"\{([a-z_]+)\}", known_or_empty, template)})
