# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events that modules have for the rules."""

from __future__ import annotations

from correlator import perl


def test_an_event_waits_behind_the_others_with_its_context() -> None:
    code = (
        "use Event; @main::events = ('line', 'LOG');"
        " Event::happens('NEWS', 'what', undef, 'where');"
        " Event::happens('MORE', 'x'); print map { s/\\t/ /gr . qq(\\n) } @main::events"
    )
    assert perl(code).splitlines() == ["line", "LOG", "what  where", "NEWS", "x", "MORE"]


def test_only_the_last_field_keeps_its_tabs() -> None:
    code = (
        "use Event; Event::happens('NEWS', qq(a\\tb), qq(c\\td), qq(e\\tf));"
        " my $fields = Event::fields($main::events[0], qw(first second third));"
        " print map { qq($_=$fields->{$_}\\n) } sort keys %{$fields}"
    )
    assert perl(code).splitlines() == ["first=a b", "second=c d", "third=e\tf"]


def test_an_event_with_too_few_fields_is_none() -> None:
    code = (
        "use Event; print Event::fields(qq(a\\tb), qw(first second third)) ? 'some' : 'none',"
        " ref Event::fields(qq(a\\t), qw(first second))"
    )
    assert perl(code) == "noneHASH"
