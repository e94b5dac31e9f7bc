# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules get of a policy, and what is said of one that is wrong or can never match."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from ansible_collections.loghost.geowatch.plugins.plugin_utils.policies import normalise
from ansible_collections.loghost.geowatch.tests.unit.plugins.plugin_utils.perl import matched

GROUPS = {"sales": ["anna", "ext-*"], "Büro": ["bob"]}
ACTIONS = {"unexpected_action": "alert", "unknown_action": "warn", "internal_action": "inform"}

DEFAULT = {
    "name": "default",
    "user_pattern": "",
    "source_pattern": "",
    "server_pattern": "",
    "network_pattern": "",
    "country_pattern": "",
    "expected": ["FI", "NO"],
    "expected_text": "FI, NO",
    "expected_pattern": r"^(?:FI|NO)\z",
    **ACTIONS,
    "recipients": [],
    "until": "",
    "until_text": "",
}


# Two items have one title.
SOURCES = [
    {"name": name, "title": title}
    for name, title in [("vpn-1", "OpenVPN"), ("vpn-2", "OpenVPN"), ("sshd", "SSH")]
]


def rules(
    policies: object, groups: object = GROUPS, user_case: object = "fold", **changes: object
) -> list[dict[str, Any]]:
    return normalise(
        policies, groups, ["NO", "FI"], ACTIONS | changes, sources=SOURCES, user_case=user_case
    )


def policy(**keys: object) -> dict[str, object]:
    return {"name": "P", **keys}


def test_without_policies_there_is_the_default() -> None:
    assert rules([]) == [DEFAULT]


def test_every_key_is_filled_in() -> None:
    whole = policy(
        users=["anna"],
        groups=["sales"],
        sources=["ssh", "OPENVPN"],
        servers=["vpn-*"],
        networks=["198.51.100.0/24"],
        countries=["br"],
        expected=["BR", "fi"],
        unexpected_action="ignore",
        recipients=["anna@example.net", "boss@example.net", "anna@example.net"],
        until=datetime.date(2026, 12, 31),
    )
    assert rules([whole]) == [
        {
            "name": "P",
            "user_pattern": r"^(?i:anna|ext\x2D.*)\z",
            "source_pattern": r"^(?:SSH|OpenVPN)\z",
            "server_pattern": r"^(?:vpn\x2D.*)\z",
            "network_pattern": "^(?:4:c63364)",
            "country_pattern": r"^(?:BR)\z",
            "expected": ["BR", "FI"],
            "expected_text": "BR, FI",
            "expected_pattern": r"^(?:BR|FI)\z",
            "unexpected_action": "ignore",
            "unknown_action": "warn",
            "internal_action": "inform",
            "recipients": ["anna@example.net", "boss@example.net"],
            "until": "2026-12-31T23:59:59.999Z",
            "until_text": "the end of 2026-12-31 UTC",
        },
        DEFAULT,
    ]


@pytest.mark.parametrize("effect", [{"recipients": ["a@example.net"]}, {"unknown_action": "alert"}])
def test_what_a_policy_does_not_say_is_the_default(effect: dict[str, object]) -> None:
    assert rules([policy(users=["x"], **effect)])[0] == {
        **DEFAULT,
        "name": "P",
        "user_pattern": r"^(?i:x)\z",
        **effect,
    }


@pytest.mark.parametrize(
    ("expected", "codes", "text", "yes"),
    [
        (["BR"], ["BR"], "BR", [b"BR"]),
        (["Baltics"], ["EE", "LT", "LV"], "EE, LT, LV", [b"EE"]),
        ("all", "all", "any country", [b"BR", b"EE", b"XK"]),
        (["all"], "all", "any country", [b"BR", b"EE", b"XK"]),
        ([], [], "no country", []),
    ],
)
def test_expected(expected: object, codes: object, text: str, yes: list[bytes]) -> None:
    found = rules([policy(expected=expected)])[0]
    assert (found["expected"], found["expected_text"]) == (codes, text)
    countries = [b"BR", b"EE", b"XK", b"", b"BRA", b"br"]
    assert matched(found["expected_pattern"], countries) == yes


def test_a_group_alone_gives_its_users() -> None:
    assert rules([policy(groups=["Büro"], expected=[])])[0]["user_pattern"] == r"^(?i:bob)\z"


def test_without_groups_none_can_be_named() -> None:
    with pytest.raises(ValueError, match="'sales' is not in logins_groups, which has nothing"):
        rules([policy(groups=["sales"], expected=[])], groups={})


@pytest.mark.parametrize("source", ["sshd", "SSHD", "ssh", "SSH"])
def test_a_source_is_named_by_title_or_name(source: str) -> None:
    found = rules([policy(sources=[source], expected=[])])[0]
    assert found["source_pattern"] == r"^(?:SSH)\z"


def test_without_sources_none_can_be_named() -> None:
    with pytest.raises(ValueError, match=r"'SSH' is no title in logins_sources.* Add it there"):
        normalise([policy(sources=["SSH"], expected=[])], {}, ["FI"], ACTIONS)


def test_names_of_users_are_folded_or_kept() -> None:
    names = [b"anna", b"ANNA", "Éva".encode(), "éVA".encode()]
    item = policy(users=["Anna", "éva"], servers=["Vpn"], expected=[])
    folded, kept = rules([item])[0], rules([item], user_case="keep")[0]
    assert matched(folded["user_pattern"], names) == names
    assert kept["user_pattern"] == r"^(?:Anna|\xC3\xA9va)\z"
    assert folded["server_pattern"] == kept["server_pattern"] == r"^(?:Vpn)\z"


def test_a_policy_that_differs_only_by_case_cannot_match_where_it_is_folded() -> None:
    both = [policy(users=["anna"], expected=[]), policy(name="Q", users=["ANNA"], expected=[])]
    assert len(rules(both, user_case="keep")) == 3
    with pytest.raises(ValueError, match=f"policy 'Q': {TAKEN}"):
        rules(both)


def test_the_case_is_folded_or_kept() -> None:
    with pytest.raises(ValueError, match=r"^logins_user_case: 'x' is neither fold nor keep$"):
        rules([], user_case="x")


def test_a_pass_that_has_ended_is_no_error() -> None:
    assert rules([policy(until="2001-01-01", expected=[])])[0]["until"].startswith("2001")


TAKEN = "can never match, because policy 'P' before it takes every login that it would. "

BAD: dict[str, tuple[object, str]] = {
    "no list": ({"name": "P"}, "{'name': 'P'} is not a list. Write it as a list of policies"),
    "null": (None, "null is not a list. Write it as a list of policies, or [] for none"),
    "text": (["P"], "item 1: 'P' is not a policy. Write it as a dictionary: {name: Anna in Brazil"),
    "no name": ([{"expected": []}], "item 1: has no name. Add one, such as name: Anna in Brazil"),
    "number": ([{"name": 7}], "item 1: name: 7 is not text. Put quotes around what you wrote"),
    "false": ([{"name": False}], "item 1: name: false is not text. Put quotes around"),
    "twice": (
        [policy(users=["a"], expected=[]), policy(users=["b"], expected=[])],
        "item 2: name: 'P' is item 1 too. Change one",
    ),
    "default": ([{"name": "default"}], "item 1: name: 'default' is what alerts call the role's"),
    "unknown key": ([policy(user=["a"])], "policy 'P': 'user' is not a key. Did you mean users?"),
    "the variable's name": ([policy(expected_countries=[])], "Did you mean expected? The keys are"),
    "no such key": ([policy(xyzzy=1)], "policy 'P': 'xyzzy' is not a key. The keys are name,"),
    "key from YAML": ([{"name": "P", True: 1}], "policy 'P': true is not a key. The keys are"),
    "no effect": (
        [policy(users=["a"], until="2026-12-31")],
        "policy 'P': changes nothing. Give it at least one of expected, unexpected_action, "
        "unknown_action, internal_action, recipients",
    ),
    "one user": (
        [policy(users="a", expected=[])],
        "users: 'a' is not a list. Write it in brackets: [a]",
    ),
    "no users": (
        [policy(users=[], expected=[])],
        "users: the list is empty. Name at least one, or remove users",
    ),
    "user is false": ([policy(users=[False], expected=[])], "users: False is not text. Put quotes"),
    "unknown source": (
        [policy(sources=["shd"], expected=[])],
        "sources: 'shd' is no title in logins_sources, and no name with a title of its own. "
        "Did you mean sshd? Known are sshd, OpenVPN, SSH",
    ),
    "source of two items": (
        [policy(sources=["vpn-1"], expected=[])],
        "sources: 'vpn-1' is no title in logins_sources, and no name with a title of its own. "
        "Known are",
    ),
    "source is false": ([policy(sources=[False], expected=[])], "sources: false is no title in"),
    "no sources": ([policy(sources=[], expected=[])], "sources: the list is empty."),
    "server": (
        [policy(servers=[""], expected=[])],
        "servers: '' matches no name. Remove it, or write",
    ),
    "unknown group": (
        [policy(groups=["sale"], expected=[])],
        "groups: 'sale' is not in logins_groups, which has sales, Büro. Add it there",
    ),
    "network": (
        [policy(networks=["198.51.100.7/24"], expected=[])],
        "networks: '198.51.100.7/24' is an address within a network. Write '198.51.100.0/24'",
    ),
    "country": (
        [policy(countries=[False], expected=[])],
        "countries: false is not a country. Quote it: 'NO'",
    ),
    "no countries": (
        [policy(countries=[], expected=[])],
        "countries: the list of countries is empty.",
    ),
    "expected": (
        [policy(expected=["UK"])],
        "expected: 'UK' is not a country. Write 'GB'. For every country, write all; for none, []",
    ),
    "expected any": ([policy(expected="any")], "expected: 'any' is not a list of countries."),
    "action": (
        [policy(unknown_action="alarm")],
        "unknown_action: 'alarm' is not an action. Write one of alert, warn, inform, ignore",
    ),
    "unhashable action": ([policy(unexpected_action=["alert"])], "['alert'] is not an action."),
    "action without effect": (
        [policy(countries=["BR"], internal_action="warn")],
        "policy 'P': internal_action has no effect beside countries: an address in no known "
        "country is in none of these. Remove internal_action, or move it to a policy without "
        "countries",
    ),
    "until": (
        [policy(until="soon", expected=[])],
        "until: 'soon' is not a day or a time. Write a day,",
    ),
    "covered": (
        [policy(expected=[]), {"name": "Q", "users": ["a"], "expected": []}],
        f"policy 'Q': {TAKEN}Put 'Q' before 'P', or remove one of them",
    ),
}


@pytest.mark.parametrize(("policies", "message"), BAD.values(), ids=BAD)
def test_a_bad_policy_is_named_with_its_fix(policies: object, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^logins_policies: .*{re.escape(message)}"):
        rules(policies)


@pytest.mark.parametrize("name", ["", " P", "P ", "a\tb", "x" * 65, *";%$'\"\\()<>", "\u202e"])
def test_a_name_that_rules_cannot_print_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"item 1: name: .* cannot be printed in rules and"):
        rules([policy(name=name, expected=[])])
    assert rules([policy(name="x" * 64, expected=[])])


@pytest.mark.parametrize(
    "address",
    [7, "", "anna", "Anna <anna@example.net>", "a@example.net, b@example.net", "a@example.net\n",
     "a;b@example.net", "a%b@example.net", "$a@example.net", "a@", "@example.net"],
)  # fmt: skip
def test_a_bad_recipient_is_named_with_its_fix(address: object) -> None:
    message = f"policy 'P': recipients: {address!r} is not a mail address. Write only the address"
    with pytest.raises(ValueError, match=re.escape(message)):
        rules([policy(recipients=[address])])
    assert rules([policy(recipients=["anna.b_c+d=e~f-g@mail-1.example.net"])])


def test_who_logged_in_can_be_a_recipient() -> None:
    asked = [policy(recipients=["user", "boss@example.net"])]
    (found, _default) = normalise(
        asked, {}, ["FI"], ACTIONS, user_addresses={"*": "{user}@example.net", "eve": "e@x.net"}
    )
    assert found["recipients"] == ["user", "boss@example.net"]
    with pytest.raises(ValueError, match=r"policy 'P': recipients: user has no address. Write log"):
        normalise(asked, {}, ["FI"], ACTIONS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("anna", "'anna' is not a dictionary"),
        ({"anna": 7}, "'anna': 7 is not text"),
        ({"anna": "anna"}, "'anna': 'anna' is not a mail address"),
        ({"anna": "{user}@example.net"}, "'anna': '{user}@example.net' is not a mail address"),
        ({"*": "all@example.net"}, "'*': 'all@example.net' has no {user}"),
        ({"*": "a@{user}.example.net"}, "'*': 'a@{user}.example.net' has no {user}"),
        ({"*": "{user}@a,b"}, "'*': '{user}@a,b' is not a mail address"),
    ],
)
def test_a_bad_address_of_a_user_is_named_with_its_fix(given: object, message: str) -> None:
    with pytest.raises(ValueError, match="^logins_user_addresses: " + re.escape(message)):
        normalise([], {}, ["FI"], ACTIONS, user_addresses=given)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["anna"], "['anna'] is not a dictionary. Write it as names of groups with lists of users"),
        ({7: ["anna"]}, "7 is not text. Put quotes around what you wrote"),
        ({"sales": "anna"}, "sales: 'anna' is not a list. Write it in brackets: [anna]"),
        ({"sales": []}, "sales: the list is empty. Name at least one, or remove sales"),
        ({"sales": [1001]}, "sales: 1001 is not text. Put quotes around what you wrote"),
    ],
)
def test_bad_groups_are_named_with_their_fix(groups: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^logins_groups: {re.escape(message)}"):
        rules([], groups)


def test_bad_defaults_are_named_as_variables() -> None:
    with pytest.raises(ValueError, match=r"^logins_unknown_action: 'x' is not an action"):
        rules([], unknown_action="x")
    with pytest.raises(ValueError, match=r"^logins_expected_countries: the list .* is empty"):
        normalise([], {}, [], ACTIONS)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({}, {"until": "2026-12-31"}),
        ({"users": ["*"]}, {}),
        ({"users": ["anna", "ext-*"]}, {"users": ["ext-a*", "anna"]}),
        ({"groups": ["sales"]}, {"users": ["ext-bob"]}),
        ({"sources": ["SSH", "OpenVPN"]}, {"sources": ["sshd"], "users": ["anna"]}),
        ({"users": ["anna", "ext-*", "x"]}, {"groups": ["sales"]}),
        ({"servers": ["vpn?"]}, {"servers": ["vpn1"], "users": ["anna"]}),
        ({"networks": ["198.51.100.0/25", "198.51.100.128/25"]}, {"networks": ["198.51.100.0/24"]}),
        ({"countries": ["EU"]}, {"countries": ["FI", "SE"]}),
        ({"countries": ["BR"]}, {"countries": ["BR"]}),
        ({"until": "2026-12-31"}, {"until": "2026-12-31"}),
        ({"until": "2026-12-31"}, {"until": "2026-12-31T18:00:00-01:00"}),
    ],
)
def test_what_an_earlier_policy_takes_is_refused(
    first: dict[str, object], second: dict[str, object]
) -> None:
    before = {"name": "R", "users": ["nobody"], "servers": ["none"], "expected": []}
    with pytest.raises(ValueError, match=f"policy 'Q': {TAKEN}"):
        rules([before, policy(expected=[], **first), {"name": "Q", "expected": [], **second}])


def test_the_policy_that_takes_all_need_not_be_the_one_before() -> None:
    between = {"name": "R", "users": ["anna"], "expected": []}
    with pytest.raises(ValueError, match=f"policy 'Q': {TAKEN}"):
        rules(
            [
                policy(users=["b*"], expected=[]),
                between,
                policy(name="Q", users=["bob"], expected=[]),
            ]
        )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"users": ["anna"]}, {}),
        ({"users": ["anna"]}, {"users": ["anna", "bob"]}),
        ({"sources": ["SSH"]}, {}),
        ({"sources": ["SSH"]}, {"sources": ["OpenVPN"]}),
        ({"users": ["anna"], "servers": ["vpn1"]}, {"users": ["anna"]}),
        ({"users": ["anna"], "servers": ["vpn1"]}, {"users": ["anna"], "servers": ["vpn2"]}),
        ({"networks": ["0.0.0.0/0", "::/0"]}, {}),
        ({"networks": ["198.51.100.0/25"]}, {"networks": ["198.51.100.0/24"]}),
        ({"countries": ["EU"]}, {"countries": ["NO"]}),
        ({"countries": ["EU"]}, {}),
        ({"until": "2026-12-31"}, {}),
        ({"until": "2026-12-31"}, {"until": "2027-01-01"}),
        ({"until": "2026-12-31", "users": ["anna"]}, {"users": ["anna"]}),
    ],
)
def test_what_an_earlier_policy_leaves_is_accepted(
    first: dict[str, object], second: dict[str, object]
) -> None:
    found = rules([policy(expected=[], **first), {"name": "Q", "expected": [], **second}])
    assert [each["name"] for each in found] == ["P", "Q", "default"]
