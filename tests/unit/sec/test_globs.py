# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server that a path is for, when its lines name none."""

from __future__ import annotations

from pathlib import Path

import pytest
from correlator import perl

SERVERS = [
    ("/var/log/remote/*/openvpn.log", "/var/log/remote/vpn1/openvpn.log", "vpn1"),
    ("/var/log/remote/*/*.log", "/var/log/remote/vpn1/openvpn.log", "vpn1"),
    ("/var/log/*/*/openvpn.log", "/var/log/remote/vpn1/openvpn.log", "remote"),
    ("/var/log/remote-*/openvpn.log", "/var/log/remote-vpn1/openvpn.log", "remote-vpn1"),
    ("/var/log/{a,b}/*/openvpn.log", "/var/log/b/vpn1/openvpn.log", "vpn1"),
    ("/var/log/{a/b,c}/*/openvpn.log", "/var/log/a/b/vpn1/openvpn.log", "vpn1"),
    ("/var/log/{a,{b,c}}/*/x.{log,txt}", "/var/log/c/vpn1/x.txt", "vpn1"),
    ("/var/log/{vpn1,vpn2}/openvpn.log", "/var/log/vpn2/openvpn.log", "vpn2"),
    ("/var/log/{vpn1,vpn2}/*.log", "/var/log/vpn2/udp.log", "udp"),
    ("/var/log/vpn?/openvpn.log", "/var/log/vpn1/openvpn.log", "vpn1"),
    ("/var/log/vpn[!2-9]/openvpn.log", "/var/log/vpn1/openvpn.log", "vpn1"),
    ("/var/log/site?/*/openvpn.log", "/var/log/site1/vpn1/openvpn.log", "site1"),
    ("/var/log/openvpn-*.log", "/var/log/openvpn-vpn.1.log", "vpn.1"),
    ("/var/log/openvpn-*", "/var/log/openvpn-vpn1.log", "vpn1.log"),
    ("/var/log/vpn?.log", "/var/log/vpn1.log", "vpn1"),
    ("/var/log/{vpn1,vpn2}.log", "/var/log/vpn2.log", "vpn2"),
    ("/var/log/{remote/*/openvpn,vpn/*}.log", "/var/log/vpn/vpn1.log", "vpn1"),
    (r"/var/log/a\*(b)+/*/x.log", "/var/log/a*(b)+/vpn1/x.log", "vpn1"),
    ("/var/log/openvpn.log", "/var/log/openvpn.log", ""),
    ("/var/log/remote/*/openvpn.log", "/var/log/remote/vpn1/deeper/openvpn.log", ""),
    ("/var/log/remote/*/openvpn.log", "/var/log/remote/vpn1/openvpn.log.1", ""),
]


@pytest.mark.parametrize(("glob", "path", "server"), SERVERS)
def test_the_server_that_a_path_is_for(tmp_path: Path, glob: str, path: str, server: str) -> None:
    """Found without reading it: in a replay it has another name."""
    (tmp_path / "inputs.tsv").write_text(f"file\tX\tnow\t/x/y*/z\nfile\tLOG\tnow\t{glob}\n")
    code = (
        "require Inputs; Inputs->import($ARGV[0], 'none'); Logs::configure();"
        " print Inputs::server_of($ARGV[1])"
    )
    assert perl(code, tmp_path / "inputs.tsv", path) == server
