#!/bin/sh
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
exec /opt/geowatch/venv/bin/python -sE -X utf8 /opt/geowatch/lib/update_database.py "$@"
