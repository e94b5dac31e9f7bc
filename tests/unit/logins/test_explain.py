# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each step made of a login: all the way, and to where it stopped."""

from __future__ import annotations

import hashlib
import sqlite3
import time

import pytest
from trail_host import Host, login

NUMBER = 0xABCDEF << 104
ID = f"{NUMBER:032x}"
NOW = b"2999-01-01T00:00:00.000Z"  # later than what the outbox has
MAIL = ("mail", "ops@example.org")


def connection(line: bytes) -> bytes:
    """Return the line of ``connections`` that this line of ``located`` answers."""
    fields = line.split(b"\t", 15)
    return b"\t".join(fields[:2] + fields[9:])


def explained(host: Host, beginning: str = "abcdef") -> dict[str, str]:
    """Return what is said of each step."""
    said = host.ask("explain", "--login", beginning)
    assert said.error == "" and said.code == 0
    return {line[:11].strip(): line[12:] for line in said.out.splitlines()}


def read_by_sec(host: Host, at: int | None = None) -> None:
    """Let the correlator have read all that is located, or so much of it."""
    path = host.state / "geoip/located"
    size = path.stat().st_size if at is None else at
    row = f"file\t1\t{path.stat().st_ino}\t{size}\t{path}\t-\t1\t0\n"
    (host.state / "sec/offsets.tsv").write_text(f"file\t1\t2\t3\t/var/log/x\t-\t1\t0\n{row}")


def test_all_the_way(host: Host) -> None:
    others = login(1, user=b"abcdef"), login(2)
    host.write(others[0], login(NUMBER), others[1], to="geoip/located.3.gz")
    about = {"policy": "Anna", "expected": "FI SE"}
    host.judge(NUMBER, "OpenVPNExpectedCountry", MAIL, ("alerta", ""), attributes=about)
    delivery = host.outbox.next("alerta")
    assert delivery
    host.outbox.end(delivery, "delivered", "")
    done = time.strftime("%m-%d %H:%M")
    *lines, delivered, waiting = host.ask("explain", "--login", "ABCDEF0").out.splitlines()
    assert lines == [
        f"login       {ID}",
        "logged      2026-05-04 06:02:01 on vpn1: May  4 03:02:01 vpn1 openvpn[7]: a\\u0009line",
        "recognised  OpenVPN, user anna, 198.51.100.7, place 198.51.100.7:40000, established",
        "located     FI Finland, by GeoLite2-Country 2026-05-01, AS64496 Example",
        "judged      by the policy Anna, which expects FI SE",
        "alert       OpenVPNExpectedCountry, critical: OpenVPN login",
    ]
    assert delivered.startswith(f"delivered   alerta: {done}:")
    assert waiting == "waiting     mail ops@example.org, tried 0 times: not tried yet"


def test_what_was_said_of_it_later(host: Host) -> None:
    host.write(login(NUMBER))
    host.judge(NUMBER, "OpenVPNExpectedCountry")
    for what in ("TwoCountries", "NewCountry", "session ended"):
        # As Queue.pm does it.
        id_ = hashlib.sha256(f"{what}\0{ID}".encode()).hexdigest()[:32]
        host.judge(int(id_, 16), f"OpenVPN{what.split()[0]}")
    out = host.ask("explain", "--login", "abcdef").out
    assert [line.split()[1] for line in out.splitlines() if line.startswith("alert ")] == [
        "OpenVPNExpectedCountry,",
        "OpenVPNTwoCountries,",
        "OpenVPNNewCountry,",
        "OpenVPNsession,",
    ]
    assert "no channel takes it" in out


def test_why_no_message_came(host: Host) -> None:
    host.write(login(NUMBER, country=b""))
    host.judge(NUMBER, "OpenVPNUnknownCountry", MAIL, mail=False)
    delivery = host.outbox.next("mail")
    assert delivery
    host.outbox.end(delivery, "refused", "550 no such user")
    said = explained(host)
    assert said["located"].startswith("not_found, by GeoLite2-Country")
    assert said[""].startswith("no message is due: its action is not `alert`, or the same was")
    assert said["refused"] == "mail ops@example.org, tried 0 times: 550 no such user"


def test_it_stopped_before_the_lookup(host: Host) -> None:
    host.write(login(1))
    host.write(connection(login(NUMBER)), to="sec/connections.1")
    said = explained(host)
    assert said["located"] == "not yet. See systemctl status geowatch-geoip"
    assert "user anna, 198.51.100.7, place 198.51.100.7:40000" in said["recognised"]
    assert "judged" not in said


def test_it_stopped_before_the_verdict(host: Host) -> None:
    host.write(login(NUMBER, time=NOW))
    host.write(connection(login(NUMBER)), to="sec/connections")
    host.judge(1, "OpenVPNExpectedCountry")
    read_by_sec(host, at=0)
    assert explained(host)["judged"].startswith("not yet, as it seems: lines wait for it. See")


def test_it_stopped_before_the_outbox(host: Host) -> None:
    host.write(login(NUMBER))
    host.write(ID.encode() + b"\tthe rest", to="sec/alerts")
    host.judge(1, "OpenVPNExpectedCountry")
    read_by_sec(host, at=0)
    queue_file = host.state / "sec/alerts"
    assert explained(host)["judged"].startswith("yes, and the outbox has not taken it yet")
    host.outbox.store_position(queue_file, f"1 {queue_file.stat().st_ino} 0")
    assert explained(host)["judged"].startswith("yes, and the outbox has not taken it yet")
    size = queue_file.stat().st_size
    host.outbox.store_position(queue_file, f"1 {queue_file.stat().st_ino} {size}")
    assert explained(host)["judged"] == "yes, longer ago than the outbox keeps alerts"


def test_its_verdict_is_ignored(host: Host) -> None:
    host.write(login(NUMBER, time=NOW))
    host.judge(1, "OpenVPNExpectedCountry")
    read_by_sec(host)
    assert explained(host)["judged"].startswith("no alert: the action for its verdict is `ignore`")


def test_its_alert_is_forgotten(host: Host) -> None:
    host.write(login(NUMBER))
    host.judge(1, "OpenVPNExpectedCountry")
    read_by_sec(host)
    said = "longer ago than the outbox keeps alerts, or the action for its verdict is `ignore`"
    assert explained(host)["judged"] == said
    # Rotated, and nobody came in since.
    (host.state / "geoip/located").rename(host.state / "geoip/located.1")
    assert explained(host)["judged"] == said


def test_without_an_outbox(host: Host) -> None:
    host.write(login(NUMBER))
    (host.state / "alerts/outbox.sqlite").unlink()
    assert explained(host)["judged"].startswith("cannot be said: the outbox cannot be used: ")
    with sqlite3.connect(host.state / "alerts/outbox.sqlite") as empty:
        empty.execute("CREATE TABLE another (a)")
    assert explained(host)["judged"].endswith("no such table: alert")


def test_which_one_is_meant(host: Host) -> None:
    host.write(login(NUMBER), login(NUMBER + 1))
    said = host.ask("explain", "--login", "abcdef")
    assert said.code == 1 and said.out == ""
    assert said.error == f"Several begin so. Write more digits: {ID} {ID[:-1]}1\n"
    said = host.ask("explain", "--login", "123456")
    assert said.error == "No login that is kept has an ID that begins with 123456.\n"
    for wrong in ("abcde", "login1", "*" * 8):
        with pytest.raises(SystemExit):
            host.ask("explain", "--login", wrong)
