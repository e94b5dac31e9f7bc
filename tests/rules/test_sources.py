# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of each source with the right answers, see corpus/README.md."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fake_wg import ANNA, BERTA, Peer, dump, said
from rule_cases import FINGERPRINT, KEYED, NAMED, SOURCES, Replay
from test_located import located


def rows(corpus: Path, kind: str) -> list[dict[str, str]]:
    """Return the rows of a kind, as the columns name them."""
    with corpus.open(encoding="utf-8", newline="") as file:
        found = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in found if kind in (row["kind"], "")]


def people(corpus: Path, *kinds: str) -> Counter[tuple[str, str]]:
    return Counter((row["user"], row["ip"]) for kind in kinds for row in rows(corpus, kind))


@pytest.mark.parametrize("corpus", SOURCES, ids=[each.stem for each in SOURCES])
def test_every_line_is_what_it_should_be(
    corpus: Path, source_rules: dict[str, Path], database: Path, tmp_path: Path
) -> None:
    replay = Replay(source_rules, database, tmp_path)
    log = "".join(f"{row['raw']}\n" for row in rows(corpus, ""))
    found = replay(log.encode(), SOURCES[corpus])
    logins = Counter((each["user"] or "", each["ip"]) for each in found.sessions)
    assert logins == people(corpus, "login", "moved")
    ended = {(each["user"] or "", each["ip"]) for each in found.sessions if each["end"]}
    # An end is only one of a session that is known.
    assert ended == {each for each in people(corpus, "end") if each in logins}
    assert found.coverage["30-count-failures.sec: a failure"] == len(rows(corpus, "failure"))
    bursts = {
        each["attributes"].get("address") or each["attributes"].get("user")
        for each in found.alerts
        if each["event"].endswith("FailedLogins") and each["severity"] != "note"
    }
    assert bursts == {row["ip"] for row in rows(corpus, "failure") if row["ip"]}
    assert not [each["text"] for each in found.alerts if "LineNotUnderstood" in each["event"]]


def imap(time: str, user: str, ip: str, session: str) -> str:
    """Return what Dovecot says of a login."""
    return (
        f"Nov 26 {time} mail1 dovecot: imap-login: Login: user=<{user}>, method=PLAIN, "
        f"rip={ip}, lip=192.0.2.25, mpid=1, TLS, session=<{session}>\n"
    )


def test_a_login_is_no_news_for_a_while_at_the_same_place(
    source_rules: dict[str, Path], database: Path, tmp_path: Path
) -> None:
    lines = [
        imap("10:00:00", "anna", "198.51.100.20", "one"),
        imap("10:00:01", "anna", "198.51.100.20", "two"),
        imap("10:00:02", "anna", "198.51.100.140", "three"),  # another place
        imap("10:00:03", "bob", "198.51.100.20", "four"),  # another person
        imap("13:59:00", "ANNA", "198.51.100.20", "five"),  # the same person
        imap("14:00:02", "anna", "198.51.100.20", "six"),  # four hours later
    ]
    dovecot = next(each for corpus, each in SOURCES.items() if corpus.stem == "dovecot")
    found = Replay(source_rules, database, tmp_path)("".join(lines).encode(), dovecot)
    assert [(each["user"], each["start"][11:19]) for each in found.sessions] == [
        ("anna", "10:00:00"),
        ("anna", "10:00:02"),
        ("bob", "10:00:03"),
        ("anna", "14:00:02"),
    ]


def test_names_say_who_it_is(source_rules: dict[str, Path], database: Path, tmp_path: Path) -> None:
    lines = [imap("10:00:00", "m.mustermann", "198.51.100.20", "one")]
    lines.append("Nov 26 10:05:00 mail1 dovecot: imap(m.mustermann)<1><one>: Disconnected: Bye\n")
    found = Replay(source_rules, database, tmp_path)("".join(lines).encode(), NAMED)
    assert [(each["user"], bool(each["end"])) for each in found.sessions] == [("Max", True)]
    alert = found.alerts[0]["attributes"]
    assert (alert["user"], alert["logged_as"]) == ("Max", "m.mustermann")


def test_a_key_says_who_uses_a_shared_account(
    source_rules: dict[str, Path], database: Path, tmp_path: Path
) -> None:
    accepted = "Nov 26 10:00:00 srv1 sshd[7]: Accepted publickey for {} from 198.51.100.7 port {}"
    lines = [
        accepted.format("root", 1) + f" ssh2: ED25519 {FINGERPRINT}\n",
        accepted.format("root", 2) + f" ssh2: ED25519 {FINGERPRINT.lower()}\n",
        accepted.format("git", 3) + f" ssh2: RSA {FINGERPRINT} ID git (serial 7) CA RSA SHA256:x\n",
        accepted.format("git", 4) + f" ssh2: {FINGERPRINT}\n",  # no place for a key
        "Nov 26 10:05:00 srv1 sshd[8]: Disconnected from user root 198.51.100.7 port 1\n",
    ]
    found = Replay(source_rules, database, tmp_path)("".join(lines).encode(), KEYED)
    assert [(each["user"], bool(each["end"])) for each in found.sessions] == [
        ("Max", True),
        ("Erika", False),
        ("Max", False),
        ("git", False),
    ]
    assert found.alerts[0]["attributes"]["logged_as"] == f"root {FINGERPRINT}"


def by(source: str, user: str, country: str, ip: str, identifier: str) -> str:
    """Return a line of "located" of a login by a source."""
    return (
        located(country, "found", ip, identifier * 32)
        .replace("OpenVPN", source)
        .replace("anna", user)
    )


TWO_DOORS = (
    by("SSH", "anna", "FI", "198.51.100.130", "e"),
    by("OpenVPN", "ANNA", "BR", "203.0.113.9", "f"),
)
QUIET = {"logins_unexpected_action": "inform"}


def test_one_person_by_two_sources_is_compared(alerts: Any) -> None:
    found = alerts(
        *TWO_DOORS, context="LOCATED", variables=QUIET | {"logins_two_countries_action": "warn"}
    )
    (both,) = [each for each in found if each["event"] == "OpenVPNTwoCountries"]
    assert both["attributes"]["before"].startswith("FI, 198.51.100.130")


def test_a_country_is_new_for_a_person_by_whatever_source(alerts: Any) -> None:
    known = by("SSH", "Anna", "BR", "203.0.113.9", "d")
    found = alerts(
        ("2026-11-01T12:00:00Z LOCATED", TWO_DOORS[0]),
        ("2026-11-16T12:00:00Z LOCATED", TWO_DOORS[1]),
        ("2026-11-17T12:00:00Z LOCATED", known),
        variables=QUIET | {"logins_new_country_action": "warn"},
    )
    (new,) = [each for each in found if each["event"].endswith("NewCountry")]
    assert (new["event"], new["attributes"]["before"]) == ("OpenVPNNewCountry", "FI")


def failure(source: str, user: str, number: int) -> tuple[str, str]:
    """Return a failure, as an event."""
    return "FAILURE", "\t".join(
        ("all", "2026-11-23T12:00:00.000Z", "vpn1", user, f"192.0.2.{number}", source, "raw")
    )


def test_failures_of_one_person_count_whatever_the_source(alerts: Any) -> None:
    tries = [failure("SSH", "anna", n) for n in range(3)]
    tries += [failure("OpenVPN", "Anna", n) for n in range(3, 5)]
    login = ("LOCATED", by("Dovecot", "anna", "FI", "198.51.100.10", "d"))
    found = alerts(*tries, login)
    assert [(each["event"], each["severity"]) for each in found] == [
        ("OpenVPNFailedLogins", "warning"),
        ("DovecotExpectedCountry", "warning"),  # one step louder than informational
        ("OpenVPNFailedLogins", "note"),
    ]
    assert (found[0]["attributes"]["user"], found[0]["value"]) == ("Anna", "5")


def test_the_source_reads_what_the_role_wireguard_log_says(
    source_rules: dict[str, Path], database: Path, tmp_path: Path
) -> None:
    home, roams = Peer(ANNA, "198.51.100.20:1000"), Peer(BERTA, "[2001:db8:f1::7]:1")
    lines = said(
        tmp_path,
        dump(home, roams),
        dump(home, roams._replace(endpoint="[fe80::1%eth0]:2")),
        dump(roams._replace(endpoint="198.51.100.140:3")),
        dump(home, roams._replace(endpoint="198.51.100.140:3")),  # no news
    )
    assert len(lines) == 8
    log = "".join(f"Nov 26 10:00:00 vpn1 wireguard-log[7]: {line}\n" for line in lines)
    wireguard = next(each for corpus, each in SOURCES.items() if corpus.stem == "wireguard")
    found = Replay(source_rules, database, tmp_path)(log.encode(), wireguard)
    assert [(each["user"], each["ip"], bool(each["end"])) for each in found.sessions] == [
        (ANNA, "198.51.100.20", True),
        (BERTA, "2001:db8:f1::7", True),
        (BERTA, "fe80::1", True),
        (BERTA, "198.51.100.140", True),
    ]
