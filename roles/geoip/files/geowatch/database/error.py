# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong in an update, in words without secrets."""

from __future__ import annotations

import re

LONGEST_TEXT = 300
"""Characters. The text ends up in an alert."""


class UpdateError(Exception):
    """The database in use stays in use. The text says why, and is fit for the journal."""

    def __init__(self, text: str, *, wait_long: bool = False) -> None:
        super().__init__(text)
        self.wait_long = wait_long
        """The other side asked us to stay away."""


def without_secrets(text: str) -> str:
    """Return a text of somebody else's on one line, without what a URL may hide.

    That is the password in front of the host, and the query: keys and signatures are in both.
    """
    text = re.sub(r"(?<=://)[^/\s]*@", "***@", text)
    text = re.sub(r"\?[^\s'\")>]*", "?***", text)
    text = "".join(character if character.isprintable() else " " for character in text)
    return text[:LONGEST_TEXT]
