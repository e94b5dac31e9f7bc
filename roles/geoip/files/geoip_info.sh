#!/bin/sh
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
set -- /opt/geowatch/venv/bin/python -sE -X utf8 /opt/geowatch/lib/geoip_info.py "$@"
# Not as root, what another user may have written.
if [ "$(id -u)" = 0 ]; then
    set -- setpriv --reuid=geowatch-geoip --regid=geowatch --init-groups -- "$@"
fi
exec "$@"
