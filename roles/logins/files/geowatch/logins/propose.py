# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``geowatch propose``: which countries to expect, by where people came from so far."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from geowatch.alerts.alert import shown
from geowatch.logins import question
from geowatch.logins.question import folded
from geowatch.logins.trail import LOCATED, STATE, Login, decoded, kept
from geowatch.times import clock

USER = "geowatch-alerts"

MOST = 12  # choices
LONGEST_NAME = 64  # of a policy
DAY = "%Y-%m-%d"


@dataclass
class Person:
    """A user, whatever the capitals of the name, and the logins by country."""

    name: str = ""
    logins: Counter[str] = field(default_factory=Counter)
    days: dict[str, set[str]] = field(default_factory=dict)

    def known(self, least: int) -> set[str]:
        """Return the countries of so many days."""
        return {country for country, days in self.days.items() if len(days) >= least}


class Quarter:
    """Who came from where."""

    def __init__(self, logins: Iterable[Login]) -> None:
        self.people: dict[str, Person] = {}
        self.elsewhere = 0  # from no known country
        self.begin = self.end = ""
        for login in logins:
            country, time = decoded(login.country), decoded(login.time)
            if time:
                self.begin, self.end = min(self.begin or time, time), max(self.end, time)
            if not country:
                self.elsewhere += 1
                continue
            person = self.people.setdefault(folded(login.user), Person())
            person.name = decoded(login.user)
            person.logins[country] += 1
            person.days.setdefault(country, set()).add(time[:10])

    def countries(self, least: int) -> list[tuple[str, int]]:
        """Return all countries, and how many users have so many days there, the most first."""
        logins = self.logins()
        users = Counter(dict.fromkeys(logins, 0))
        for person in self.people.values():
            users.update(person.known(least))
        return sorted(users.items(), key=lambda each: (-each[1], -logins[each[0]], each[0]))

    def logins(self) -> Counter[str]:
        """Return the number of logins by country."""
        return sum((person.logins for person in self.people.values()), Counter[str]())


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    args = parse_arguments(arguments)
    trail = args.state / LOCATED
    quarter = Quarter(question.Question(args).logins(trail))
    if not quarter.people:
        print(f"No login from a known country. {kept(trail)}", file=sys.stderr)
        return 1
    for line in proposal(quarter, args.share, args.days):
        print(shown(line))
    return 0


def proposal(quarter: Quarter, share: int, days: int) -> Iterator[str]:
    """Yield the lines of what can be pasted, with what speaks for it as comments."""
    logins, ranked = quarter.logins(), quarter.countries(days)
    least = max(2, len(quarter.people) * share / 100)
    for_all = [country for country, users in ranked if users >= least] or [ranked[0][0]]
    span = f"{clock(quarter.begin, DAY)} to {clock(quarter.end, DAY)}" if quarter.begin else "?"
    yield f"# {span}: {logins.total()} logins of {len(quarter.people)} users, and"
    yield f"# {quarter.elsewhere} from internal and unknown addresses, which no country decides."
    yield "# So many logins ring if these countries are expected of all:"
    rings = logins.total()
    for number, (country, users) in enumerate(ranked[:MOST]):
        rings -= logins[country]
        chosen = ", as below" if number == len(for_all) - 1 else ""
        yield f"# {rings:7}  {'and ' * (number > 0)}{country}, of {users} users{chosen}"
    exceptions: dict[tuple[str, ...], list[Person]] = {}
    left: list[tuple[int, str, str]] = []
    for _name, person in sorted(quarter.people.items()):
        more = person.known(days) - {*for_all} if _can_be_named(person.name) else set()
        if more:
            exceptions.setdefault(tuple(sorted(more)), []).append(person)
        others = person.logins.keys() - more - {*for_all}
        left += [(person.logins[country], country, person.name) for country in sorted(others)]
    yield f"# {sum(each[0] for each in left):7}  with the exceptions below, too"
    yield f"logins_expected_countries: {_list(for_all)}"
    yield "logins_policies:" if exceptions else "logins_policies: []"
    for number, (more_, people) in enumerate(sorted(exceptions.items()), 1):
        rings = sum(person.logins[country] for person in people for country in more_)
        yield f"  # without it {rings} more ring"
        yield f"  - name: {f'Exception {number}, ' + ' '.join(more_)}"[:LONGEST_NAME]
        yield f"    users: {_list(_pattern(person.name) for person in people)}"
        yield f"    expected: {_list([*for_all, *more_])}"
    if left:
        yield f"# Left to ring: of fewer than {days} days, or of a name that no policy can have."
    for count, country, name in left[:MOST]:
        yield f"# {count:7}  {country}, {json.dumps(name, ensure_ascii=False)}"
    if len(left) > MOST:
        yield f"#          and {len(left) - MOST} more"


def _can_be_named(name: str) -> bool:
    r"""Return whether a policy can name the user: not where bytes are shown as ``\xNN``."""
    return bool(name) and "\\" not in name


def _pattern(name: str) -> str:
    """Return the pattern of a name. It cannot quote what has a meaning in one."""
    return re.sub(r"[*\x00-\x1f\x7f]", "?", name)


def _list(texts: Iterable[str]) -> str:
    """Return a list in YAML. Quotes also keep Norway from being a no."""
    return f"[{', '.join(json.dumps(each, ensure_ascii=False) for each in texts)}]"


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 999")
    return int(text)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        prog="geowatch propose",
        description="Propose which countries to expect, as YAML to paste, by where people came "
        "from in the last 90 days, and say how many logins each choice would have let ring.",
        epilog="Whoever was in already is taken for a user. So look at what is proposed: "
        "geowatch logins --user NAME --country CC. Put the policies behind those that you have: "
        "the first that matches judges.",
        allow_abbrev=False,
    )
    question.add_arguments(parser)
    parser.add_argument(
        "--share",
        type=_number,
        metavar="PERCENT",
        default=10,
        help="a country is for all if so many of the users, and two at least, are there (10)",
    )
    parser.add_argument(
        "--days",
        type=_number,
        metavar="N",
        default=3,
        help="who is in a country came from there on so many days (3)",
    )
    parser.set_defaults(since="90d")
    parser.add_argument("--state", type=Path, default=STATE, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)
