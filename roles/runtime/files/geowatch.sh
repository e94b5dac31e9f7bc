#!/bin/sh
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
exec /opt/geowatch/venv/bin/python -sE /opt/geowatch/lib/geowatch_command.py "$@"
