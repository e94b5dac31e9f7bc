# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases by HTTPS, from a host that changes to them while people log in."""

from __future__ import annotations

import gzip
import hashlib
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import testinfra
from eventually import eventually
from fake_maxmind import PROXY_USER, packed
from scenario import (
    CONFIG,
    EVERY_HOST,
    IN_USE,
    LOCATED,
    SECRETS,
    URL_KEY,
    WRONG_PASSWORD,
    assert_no_secret_was_said,
    behave,
    configure,
    country,
    database,
    deploy,
    make_due,
    put,
    requests,
    severities,
    state,
    update,
)
from testinfra.host import Host

testinfra_hosts = EVERY_HOST

SERVER = "https://files.example.org:8443/files"
ALONE = f"runuser -u geowatch-geoip-update -- update_database.py run <{CONFIG}"

Offer = Callable[..., bytes]


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Change both hosts to another source; return all that Ansible has to say about it."""
    directory = tmp_path_factory.mktemp("offer")
    for name in EVERY_HOST:
        host = testinfra.get_host(name)
        behave(host, "good")
        content = gzip.compress(database(directory, "FI", 0.45))
        put(host, content, time.strftime("/srv/offer/country-%Y-%m.mmdb.gz", time.gmtime()))
    url = f"{SERVER}/country-%Y-%m.mmdb.gz?license_key={URL_KEY}"
    ran = deploy(directory, geoip_source="url", geoip_database_url=url)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


pytestmark = pytest.mark.usefixtures("stream", "deployment")


@pytest.fixture
def offer(host: Host, tmp_path: Path) -> Offer:
    """Return a function that offers a database, which was built in this country so long ago."""

    def offer(
        code: str, days: float, content: bytes | None = None, checksum: str = "", **options: object
    ) -> bytes:
        content = database(tmp_path, code, days, **options) if content is None else content
        put(host, content, "/srv/offer/country")
        configure(host, url=f"{SERVER}/country?license_key={URL_KEY}", checksum=checksum)
        return content

    return offer


def test_the_deployment_says_no_secret(deployment: str) -> None:
    assert "From where, and as whom" in deployment
    for secret in SECRETS:
        assert secret not in deployment


def test_the_file_of_this_month_is_in_use(host: Host) -> None:
    assert eventually(lambda: country(host) == "FI")
    assert state(host)["result"] == "done"


def test_there_is_no_network_in_the_answers_any_more(host: Host) -> None:
    """The ASN database of the other source is gone, and would not grow stale."""
    assert not host.file("/var/lib/geowatch/database/asn.mmdb").exists
    asn = "tail -n 1 %s | cut -f 8"
    assert eventually(lambda: host.check_output(asn, LOCATED) == "")


def test_what_is_in_use_is_not_downloaded_again(host: Host) -> None:
    inode, asked = host.check_output("stat --format=%%i %s", IN_USE), requests(host)
    assert update(host) == 0
    assert host.check_output("stat --format=%%i %s", IN_USE) == inode
    assert requests(host) == asked + 1


@pytest.mark.parametrize(
    ("code", "days", "pack"),
    [
        pytest.param("SE", 0.40, bytes, id="mmdb"),
        pytest.param("FI", 0.39, gzip.compress, id="mmdb.gz"),
        pytest.param("SE", 0.38, lambda file: packed("GeoLite2-Country", file), id="tar.gz"),
    ],
)
def test_packings_with_a_checksum(
    host: Host,
    tmp_path: Path,
    offer: Offer,
    code: str,
    days: float,
    pack: Callable[[bytes], bytes],
) -> None:
    content = pack(database(tmp_path, code, days))
    offer(code, days, content, checksum=hashlib.sha256(content).hexdigest())
    assert update(host) == 0
    assert eventually(lambda: country(host) == code)


def test_a_checksum_that_is_fetched_and_a_redirect(host: Host, offer: Offer) -> None:
    behave(host, "redirects")
    content = offer("FI", 0.37, checksum=f"{SERVER}/sum")
    put(host, hashlib.sha256(content).hexdigest().encode() + b"  country\n", "/srv/offer/sum")
    assert update(host) == 0
    assert eventually(lambda: country(host) == "FI")
    behave(host, "good")


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("401", "answered 401"),
        ("429", "answered 429"),
        ("500", "answered 500"),
        ("truncated", "the download failed"),
        ("html", "not a readable .mmdb file"),
        ("hangs up", "the download failed"),
        ("redirects to http", "from https to http"),
        ("redirects to nowhere", "the download failed"),
    ],
)
def test_a_failure_does_no_harm(host: Host, offer: Offer, behaviour: str, said: str) -> None:
    offer("SE", 0.1)
    behave(host, behaviour)
    try:
        assert_it_fails(host, said)
    finally:
        behave(host, "good")


FLAT = {"198.51.100.0/24": {"country_code": "SE"}}


@pytest.mark.parametrize(
    ("days", "options", "said"),
    [
        pytest.param(0.1, {"checksum": "0" * 64}, "does not have the checksum", id="checksum"),
        pytest.param(0.1, {"content": b""}, "not a readable .mmdb file", id="zero bytes"),
        pytest.param(0.1, {"records": FLAT}, "not in MaxMind's shape", id="flat"),
        pytest.param(
            0.1,
            {"records": FLAT, "database_type": "country ipvAll"},
            "'country ipvAll' database; use a Country",
            id="flat, of npm",
        ),
        pytest.param(
            0.1,
            {"database_type": "GeoLite2-ASN"},
            "'GeoLite2-ASN' database; use a Country",
            id="ASN",
        ),
        pytest.param(-3, {}, "built in the future; is the clock right?", id="future"),
        pytest.param(9, {}, "is older than", id="older"),
    ],
)
def test_what_is_no_newer_country_database_is_refused(
    host: Host, offer: Offer, days: float, options: dict[str, object], said: str
) -> None:
    offer("SE", days, **options)
    assert_it_fails(host, said)


def test_a_proxy_that_refuses_us(host: Host, offer: Offer) -> None:
    offer("SE", 0.1)
    configure(host, proxy=f"http://{PROXY_USER}:{WRONG_PASSWORD}@127.0.0.1:8099")
    assert_it_fails(host, "407")


def test_all_that_failed_is_one_alert_and_it_clears(host: Host, offer: Offer) -> None:
    assert eventually(lambda: severities(host, "GeoIPUpdateFailed")[-1] == "minor")
    before = severities(host, "GeoIPUpdateFailed")
    offer("SE", 0.3)
    assert update(host) == 0
    assert eventually(lambda: severities(host, "GeoIPUpdateFailed")[-1] == "cleared")
    assert severities(host, "GeoIPUpdateFailed") == [*before, "cleared"]
    assert before == ["minor", "cleared"] * (len(before) // 2) + ["minor"]
    assert eventually(lambda: country(host) == "SE")


def test_several_updates_at_once_are_one(host: Host, offer: Offer) -> None:
    offer("FI", 0.25)
    make_due(host)
    asked = requests(host)
    host.check_output(
        f"{ALONE} & first=$!; {ALONE} & second=$!; systemctl start geowatch-geoip-update"
        " && wait $first && wait $second"
    )
    assert requests(host) == asked + 1
    assert eventually(lambda: country(host) == "FI")


def test_an_update_that_was_killed(host: Host, offer: Offer) -> None:
    """It leaves half of a download, which the next one removes."""
    half = "find /var/lib/geowatch/database/ -path '*/.update-*/download' -size +0"
    offer("SE", 0.2, content=random.Random(1).randbytes(4_000_000))
    make_due(host)
    behave(host, "stalls")
    try:
        host.check_output("systemctl start --no-block geowatch-geoip-update")
        assert eventually(lambda: host.check_output(half))
        host.check_output("systemctl kill --signal=KILL geowatch-geoip-update")
    finally:
        behave(host, "good")
    assert eventually(lambda: host.run("systemctl is-failed geowatch-geoip-update").rc == 0)
    assert state(host)["result"] == "running"
    asked = requests(host)
    host.check_output("systemctl start geowatch-geoip-update")
    assert requests(host) == asked, "a crash is a try: the next one has to be later"
    assert country(host) == "FI"
    offer("SE", 0.2)
    assert update(host) == 0
    assert host.check_output("find /var/lib/geowatch/database/ -name '.update-*'") == ""
    assert eventually(lambda: country(host) == "SE")


FILL = """
set -e
directory=/var/lib/geowatch/database
mkdir -p /run/small
mount -t tmpfs -o size=256k tmpfs /run/small
cp --archive $directory/. /run/small/
chown --reference=$directory /run/small
chmod --reference=$directory /run/small
mount --bind /run/small $directory
! cat /dev/zero >$directory/filler
"""


def test_a_full_disk(host: Host, offer: Offer) -> None:
    offer("FI", 0.15, content=random.Random(1).randbytes(400_000))
    make_due(host)
    asked = requests(host)
    host.check_output(FILL)
    try:
        assert host.run("systemctl start geowatch-geoip-update").rc != 0
        assert requests(host) == asked, "what cannot be counted is not begun"
        host.check_output("rm /var/lib/geowatch/database/filler")
        assert_it_fails(host, "No space left")
    finally:
        host.check_output("umount --lazy /var/lib/geowatch/database /run/small")
    offer("FI", 0.15)
    assert update(host) == 0
    assert eventually(lambda: country(host) == "FI")


def test_no_secret_was_said(host: Host) -> None:
    assert_no_secret_was_said(host)


def assert_it_fails(host: Host, said: str) -> None:
    """An update fails, visibly and with these words, and the database in use stays in use."""
    before = host.check_output("sha256sum %s", IN_USE)
    assert update(host) != 0
    assert host.run("systemctl is-failed geowatch-geoip-update").rc == 0
    assert said in state(host)["text"]
    assert host.check_output("sha256sum %s", IN_USE) == before
    assert country(host) in ("FI", "SE")
