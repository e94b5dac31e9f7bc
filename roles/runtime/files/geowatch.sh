#!/bin/sh
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
# Without its virtualenv it still says what is broken.
python=/opt/geowatch/venv/bin/python
[ -x "$python" ] || python=/usr/bin/python3
exec "$python" -sE /opt/geowatch/lib/geowatch_command.py "$@"
