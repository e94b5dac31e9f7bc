#!/bin/sh
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
set -- /opt/geowatch/venv/bin/python -sE -X utf8 /opt/geowatch/lib/update_database.py "$@"
# Not as root, what another user may have written.
if [ "$(id -u)" = 0 ]; then
    set -- setpriv --reuid=geowatch-geoip-update --regid=geowatch-geoip-update --init-groups -- "$@"
fi
exec "$@"
