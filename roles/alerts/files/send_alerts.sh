#!/bin/sh
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
set -- /opt/geowatch/venv/bin/python -sE /opt/geowatch/lib/send_alerts.py "$@"
case $4 in
    run | check | render | -h | --help) ;;
    # Root opens no file that the service wrote.
    *) [ "$(id -u)" -ne 0 ] || set -- setpriv --reuid=geowatch-alerts --regid=geowatch-alerts --clear-groups -- "$@" ;;
esac
exec "$@"
