# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a time stamp means: its form, its zone, its language, and the year that it does not say."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from correlator import ROLE

LOCALES = [
    line.split("\t")
    for line in (Path(__file__).parent / "months.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def perl(script: str, *arguments: str, zone: str = "UTC", modules: str = "-MTimes") -> list[str]:
    """Return the lines that a script prints."""
    return (
        subprocess.run(
            ["perl", f"-I{ROLE}/files/perl", modules, "-le", script, "--", *arguments],
            check=True,
            capture_output=True,
            env={**os.environ, "TZ": zone},
        )
        .stdout.decode("utf-8", "backslashreplace")
        .splitlines()
    )


def utc(*stamps: str, zone: str = "", file: str = "", host: str = "UTC") -> list[str]:
    """Return what each stamp is, in the order of their file."""
    script = "my ($zone, $file) = splice @ARGV, 0, 2; print Times::utc($_, $zone, $file) for @ARGV"
    return perl(script, zone, file, *stamps, zone=host)


FORMS = [
    ("2026-11-23T12:49:41.491570+00:00", "2026-11-23T12:49:41.491Z"),
    ("2026-11-23T12:49:41,491Z", "2026-11-23T12:49:41.491Z"),
    ("2026-11-23T12:49:41.123456789Z", "2026-11-23T12:49:41.123Z"),
    ("2026-11-23T12:49:41Z", "2026-11-23T12:49:41.000Z"),
    ("2026-11-23T12:49:41+02:00", "2026-11-23T10:49:41.000Z"),
    ("2026-11-23T12:49:41-0530", "2026-11-23T18:19:41.000Z"),
    ("2026-11-23 12:49:41 +0100", "2026-11-23T11:49:41.000Z"),
    ("2026-11-23 12:49:41", "2026-11-23T10:49:41.000Z"),
    ("2026/11/23 12:49:41", "2026-11-23T10:49:41.000Z"),
    ("2026-07-01 10:00:60", "2026-07-01T07:01:00.000Z"),
    ("Mon 2026-11-23 12:49:41 UTC", "2026-11-23T12:49:41.000Z"),
    ("Mon 2026-11-23 12:49:41.5 GMT", "2026-11-23T12:49:41.500Z"),
    ("Mon 2026-11-23 12:49:41 EET", "2026-11-23T10:49:41.000Z"),
    ("Mon 2026-11-23 12:49:41 -03", "2026-11-23T15:49:41.000Z"),
    ("Mon, 2026-11-23, 12:49:41", "2026-11-23T10:49:41.000Z"),
    ("Mon Nov 23 12:49:41 2026", "2026-11-23T10:49:41.000Z"),
    ("Mon Nov 23 12:49:41 UTC 2026", "2026-11-23T12:49:41.000Z"),
    ("Nov 23 2026 12:49:41", "2026-11-23T10:49:41.000Z"),
    ("Nov 23 2026 12:49:41.25", "2026-11-23T10:49:41.250Z"),
    ("Jul  1 2026 12:49:41", "2026-07-01T09:49:41.000Z"),
    ("Jul  1 12:49:41 2026", "2026-07-01T09:49:41.000Z"),
    ("2019:03:18-14:05:07", "2019-03-18T12:05:07.000Z"),
    ("1795438785.004068", "2026-11-23T12:59:45.004Z"),
]


@pytest.mark.parametrize(("logged", "means"), FORMS)
def test_times_become_utc(logged: str, means: str) -> None:
    assert utc(logged, zone="Europe/Helsinki") == [means]
    assert utc(logged, host="Europe/Helsinki") == [means]


@pytest.mark.parametrize("number", ["1795438785", "1795438785000", "1795438785000000"])
def test_a_number_may_count_thousandths_and_millionths(number: str) -> None:
    assert utc(number) == ["2026-11-23T12:59:45.000Z"]


def test_a_stamp_is_found_as_a_whole() -> None:
    script = "print join ';', Times::stamp_at(\\$_, 4) for @ARGV"
    stamps = [*(form for form, _ in FORMS), "Jul  1 10:00:00", "Okt 03 10:00:00.5"]
    behind = ["", " vpn1 openvpn[1]: x", " VPN1 x", ": x", "] x"]
    lines = [(stamp, f"<29>{stamp}{rest}") for stamp in stamps for rest in behind]
    assert perl(script, *(line for _, line in lines)) == [
        f"{stamp};{4 + len(stamp)}" for stamp, _ in lines
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vpn1 openvpn[1]: x",
        "Xyz 12 10:00:00 vpn1",
        "12:00:00 vpn1",
        "2026-07-01",
        "2026-07-01T10:00:00.1234567890Z x",
        "2026-07-01 10:00:001",
        "1782900000 x",
        "9" * 10_000,
        "Jul " * 3_000,
        " Jul  1 10:00:00",
    ],
)
def test_what_is_no_stamp(text: str) -> None:
    script = "my @found = Times::stamp_at(\\$ARGV[0], 0); print scalar @found"
    assert perl(script, text) == ["0"]


def test_no_stamp_begins_behind_the_end() -> None:
    script = (
        "use warnings FATAL => 'all'; my @found = map { Times::stamp_at(\\'Jul  1', $_) } 5, 6, 7;"
        "print scalar @found"
    )
    source = ["perl", "-W", f"-I{ROLE}/files/perl", "-MTimes", "-e", script]
    result = subprocess.run(source, check=True, capture_output=True)
    assert (result.stdout, result.stderr) == (b"0", b"")


@pytest.mark.parametrize(
    "logged",
    [
        "",
        "yesterday",
        "2026-13-01T10:00:00Z",
        "2026-00-01T10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-02-29 10:00:00",
        "2026-07-01T24:00:00Z",
        "2026-07-01T10:60:00Z",
        "2026-07-01T10:00:61Z",
        "2026-07-01T10:00:00+15:00",
        "2026-07-01T10:00:00+02:60",
        "Feb 30 10:00:00",
        "Jul  0 10:00:00",
        "Jul 32 10:00:00",
        "Jul  1 25:00:00",
        "Xyz 12 10:00:00",
        "1" * 10_000,
        "Jul  1 10:00:00" + "0" * 10_000,
        ":" * 10_000,
    ],
)
def test_a_time_that_cannot_be_read_is_none(logged: str) -> None:
    assert utc(logged) == [""]
    assert utc("Jul  1 10:00:00", logged, file="log")[1] == ""
    assert perl("print defined Times::epoch(@ARGV) ? 1 : 0", logged) == ["0"]


def test_nothing_is_no_time() -> None:
    assert perl("print Times::utc(undef, '', ''), defined Times::epoch(undef) ? 1 : 0") == ["0"]


def test_months_of_all_languages() -> None:
    # In the order of a year: a name with two meanings has the nearer one.
    script = """
        for (@ARGV) {
            my ($locale, @names) = split /\\t/;
            Years::count_years($locale, '', 1735689600, $_) for 'Dec 31 00:00:00', undef;
            for my $name (@names) {
                for my $day (2, 28) {
                    my $line = sprintf '%s %2d 10:00:00 vpn1 x', $name =~ s/^ *//r, $day;
                    my ($stamp) = Times::stamp_at(\\$line, 0);
                    print join ' ', $locale, $name, substr Times::utc($stamp, '', $locale), 5, 5;
                }
            }
        }
    """
    expected = [
        f"{locale} {name} {month:02}-{day:02}"
        for locale, *names in LOCALES
        for month, name in enumerate(names, 1)
        for day in (2, 28)
    ]
    found = perl(script, *map("\t".join, LOCALES))
    wrong = [wanted for wanted, got in zip(expected, found, strict=True) if wanted != got]
    # In Sesotho "Jan" is June, which takes its year to the next.
    assert [each for each in wrong if not each.startswith("st_ZA ")] == []
    assert wrong[:2] == ["st_ZA Jan 06-02", "st_ZA Jan 06-28"]


@pytest.mark.parametrize("name", ["okt", "OKT", "Okt.", "okt  "])
def test_a_month_by_any_case(name: str) -> None:
    assert utc(f"{name} 23 22:44:30")[0][4:] == "-10-23T22:44:30.000Z"


@pytest.mark.parametrize(
    ("before", "name", "month"),
    [
        ("svi 30", "lip", "06"),  # Croatian
        ("cze 30", "lip", "07"),  # Polish
        ("paź 30", "lis", "11"),
    ],
)
def test_a_month_of_two_languages_is_the_one_near_the_stamp_before(
    before: str, name: str, month: str
) -> None:
    stamps = [f"{day} 10:00:00" for day in (before, f"{name} 2", f"{name} 29")]
    times = counted(*stamps, latest=datetime(2025, 12, 31, tzinfo=UTC))
    assert [time[5:10] for time in times[1:]] == [f"{month}-02", f"{month}-29"]


def stamp(time: datetime) -> str:
    return time.strftime("%b %e %H:%M:%S")


def in_days(days: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)


@pytest.mark.parametrize(("days", "years"), [(-1, 0), (0, 0), (40, -1)])
def test_a_time_without_a_year_is_not_in_the_future(days: int, years: int) -> None:
    time = in_days(days)
    assert utc(stamp(time))[0][:4] == str(time.year + years)


def test_years_go_on_over_new_year_and_never_back() -> None:
    times = utc(
        *("2020-12-30T10:00:00Z", "Dec 30 10:00:00", "Dec 31 23:59:59", "Jan  1 00:00:01"),
        *("Dec 31 23:59:58", "Jan  1 00:00:02", "Mar  1 10:00:00", "Feb 28 10:00:00"),
        file="log",
    )
    year = int(times[1][:4])
    assert [int(time[:4]) - year for time in times[1:]] == [0, 0, 1, 0, 1, 1, 1]


def counted(*stamps: str, latest: datetime, zone: str = "") -> list[str]:
    """Return what the stamps of a file are that was looked through before."""
    script = (
        "my ($zone, $latest, @stamps) = @ARGV;"
        "Years::count_years('log', $zone, $latest, $_) for @stamps, undef;"
        "print Times::utc($_, $zone, 'log') for @stamps"
    )
    return perl(script, zone, str(int(latest.timestamp())), *stamps)


def test_a_file_that_passes_todays_date_is_of_one_year() -> None:
    before, after = in_days(-7), in_days(8)
    times = counted(stamp(before), stamp(after), latest=in_days(1))
    assert [int(time[:4]) for time in times] == [before.year - 1, after.year - 1]


def test_a_file_of_many_years_ends_now() -> None:
    stamps = [f"{month} 10 10:00:00" for _ in range(3) for month in ("Jan", "Sep", "Dec")]
    times = counted(*stamps, latest=datetime(2024, 1, 5, tzinfo=UTC))
    assert [time[:7] for time in times] == [
        f"{year}-{month}" for year in (2021, 2022, 2023) for month in ("01", "09", "12")
    ]


def test_a_file_with_february_29_is_of_a_year_that_has_one() -> None:
    times = counted(
        "Feb 28 10:00:00",
        "Feb 29 10:00:00",
        "Mar  1 10:00:00",
        "Jan 10 10:00:00",
        latest=datetime(2027, 11, 5, tzinfo=UTC),
    )
    assert [time[:10] for time in times] == ["2024-02-28", "2024-02-29", "2024-03-01", "2025-01-10"]


def test_a_file_begins_as_another() -> None:
    script = (
        "Years::count_years('old', '', 1577880000, $_) for 'Dec  5 10:00:00', 'Jan  1 10:00:00';"
        "Years::count_years('old', '', 1577880000);"
        "Years::begin_as('old', 'new');"
        "print Times::utc('Jan  1 10:00:00', '', 'new');"
        "print Times::utc('Dec  5 10:00:00', '', 'old')"
    )
    assert [time[:4] for time in perl(script)] == ["2020", "2019"]


def test_files_have_years_of_their_own() -> None:
    script = (
        "Years::count_years('old', '', 1577880000, $_) for 'Dec  5 10:00:00', undef;"
        "print Times::utc('Dec  5 10:00:00', '', $_) for 'old', 'new', 'old'"
    )
    old, new, again = perl(script)
    assert old == again == "2019-12-05T10:00:00.000Z"
    assert new > old


@pytest.mark.parametrize(
    ("zone", "logged", "means"),
    [
        ("Europe/Helsinki", "2026-03-29 02:59:59", "2026-03-29T00:59:59.000Z"),
        ("Europe/Helsinki", "2026-03-29 03:30:00", "2026-03-29T01:30:00.000Z"),  # left out
        ("Europe/Helsinki", "2026-03-29 04:00:00", "2026-03-29T01:00:00.000Z"),
        ("Europe/Helsinki", "2026-10-25 03:30:00", "2026-10-25T00:30:00.000Z"),  # twice
        ("Europe/Helsinki", "2026-10-25 04:00:00", "2026-10-25T02:00:00.000Z"),
        ("Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04T14:45:00.000Z"),  # half an hour
        (
            "Europe/Dublin",
            "2026-07-01 10:00:00",
            "2026-07-01T09:00:00.000Z",
        ),  # winter is the odd time
        ("Europe/Dublin", "2026-12-01 10:00:00", "2026-12-01T10:00:00.000Z"),
        ("Europe/Moscow", "2014-10-26 01:30:00", "2014-10-25T21:30:00.000Z"),  # moved for good
        ("Asia/Kathmandu", "2026-07-01 10:00:00", "2026-07-01T04:15:00.000Z"),
        ("UTC", "2026-07-01 10:00:00", "2026-07-01T10:00:00.000Z"),
    ],
)
def test_zones(zone: str, logged: str, means: str) -> None:
    assert utc(logged, zone=zone, host="America/New_York") == [means]
    assert utc(logged, host=zone) == [means]


def test_the_hosts_own_zone_comes_back() -> None:
    script = (
        "print Times::utc('2026-07-01 10:00:00', $_, '') for '', 'Asia/Tokyo', '', 'UTC', '';"
        "print $ENV{TZ}; print +(localtime 0)[2]"
    )
    east, tokyo, utc = (f"2026-07-01T{hour}:00:00.000Z" for hour in ("14", "01", "10"))
    assert perl(script, zone="America/New_York") == [
        *(east, tokyo, east, utc, east),
        *("America/New_York", "19"),
    ]


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../passwd", "/etc/localtime", "Europe"])
def test_a_zone_that_is_none_gives_no_time(zone: str) -> None:
    assert perl("print Times::is_zone(@ARGV)", zone) == ["0"]
    assert utc("2026-07-01 10:00:00", zone=zone) == [""]


def test_stamps_of_one_minute_differ_in_zone_fraction_and_file() -> None:
    script = "print Times::utc(split /;/) for @ARGV"
    stamps = [
        "2026-07-01 10:00:01;UTC;a",
        "2026-07-01 10:00:02.5;UTC;a",
        "2026-07-01 10:00:02;Asia/Tokyo;a",
        "2026-07-01 10:00:03+01:00;UTC;a",
        "2026-07-01 10:00:04;UTC;b",
        "2026-07-01 10:00:99;UTC;b",
    ]
    assert perl(script, *stamps) == [
        "2026-07-01T10:00:01.000Z",
        "2026-07-01T10:00:02.500Z",
        "2026-07-01T01:00:02.000Z",
        "2026-07-01T09:00:03.000Z",
        "2026-07-01T10:00:04.000Z",
        "",
    ]


def steps(text: str) -> int:
    """Return the steps of the pattern engine that looks for a stamp, and reads the text as one."""
    source = (ROLE / "files/perl/Times.pm").read_text("utf-8")
    script = f"use re qw(Debug EXECUTE);\n{source}\npackage main;\n" + (
        "Times::stamp_at(\\$ARGV[0], 0); Times::utc($ARGV[0], '', '');"
    )
    result = subprocess.run(
        ["perl", f"-I{ROLE}/files/perl", "-", text],
        input=script,
        capture_output=True,
        check=True,
        encoding="latin-1",
    )
    return result.stderr.count("\n")


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "2026-07-01T10:00:00.",
        "Jul 1 ",
        "a ",
        "a",
        "1\u6708 ",
        ":",
        "10:00:",
        " ",
        "Wed ",
        "Jul  1 10:00:00 2026 ",
    ],
)
def test_a_long_text_costs_no_more_steps_than_a_short_one(piece: str) -> None:
    short, long = (steps(piece * (size // len(piece))) for size in (200, 20_000))
    assert long <= short + 50, piece


@pytest.mark.parametrize(
    ("end", "span"),
    [
        ("2026-11-23T12:00:00.999Z", "0 s"),
        ("2026-11-23T12:00:59.000Z", "59 s"),
        ("2026-11-23T12:01:00.000Z", "1 min 0 s"),
        ("2026-11-23T12:59:59.000Z", "59 min 59 s"),
        ("2026-11-23T13:00:00.000Z", "1 h 0 min"),
        ("2026-11-25T11:59:59.000Z", "47 h 59 min"),
        ("2026-11-25T12:00:00.000Z", "2 days"),
        ("2026-11-23T11:59:50.000Z", "10 s"),  # lines of two servers, not quite in order
    ],
)
def test_a_span_is_said_as_people_say_it(end: str, span: str) -> None:
    assert perl("print Times::span(@ARGV)", "2026-11-23T12:00:00.000Z", end) == [span]


def test_now_is_a_time_like_others() -> None:
    assert perl("my $now = Times::utc_now(); print Times::utc($now) eq $now ? 1 : $now") == ["1"]
