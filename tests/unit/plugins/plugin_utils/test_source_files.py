# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules get of a source file, and what is said of one that is wrong."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.loghost.geowatch.plugins.plugin_utils import (
    source_files,
    source_messages,
)

MESSAGE = {
    "means": "established",
    "text": "let in ",
    "pattern": r"^let in (?<user>\S+) from (?<ip>\S+)$",
}
CLIENTS = {"peer": r"(?<ip>[\d.]+)(?::(?<port>\d{1,5}))?", "name_ends": "/", "peer_ends": " "}
FILE = {"title": "Door", "programs": ["doord"], "messages": [MESSAGE]}


def parse(**changes: object) -> source_files.SourceFile:
    return source_files.parse(yaml.safe_dump(FILE | changes, allow_unicode=True))


def parse_message(**changes: object) -> dict[str, object]:
    values = {key: value for key, value in (MESSAGE | changes).items() if value is not ...}
    return parse(messages=[values], clients=CLIENTS).messages[0]


def test_the_least_that_a_file_needs() -> None:
    assert parse() == source_files.SourceFile(
        title="Door",
        programs=["doord"],
        needs="",
        advice={},
        clients=None,
        json=None,
        wrappers=[],
        messages=[
            {
                "means": "established",
                "of": "",
                "text": "let in ",
                "text_perl": "let in ",
                "pattern": r"^let in (?<user>\S+) from (?<ip>\S+)$",
                "pattern_perl": r"^let in (?<user>\\S+) from (?<ip>\\S+)$",
                "given": {},
            }
        ],
    )


def test_all_that_a_file_can_have() -> None:
    wrapped = {"pattern": r"^'(?<message>.*)'$", "quoted": "python"}
    found = parse(
        clients=CLIENTS,
        wrappers=[wrapped, {"pattern": "^<(?<message>.*)>$"}],
        needs="verb 3",
        advice={"end_session": "Use the (other) door.\n"},
        messages=[MESSAGE | {"of": "client", "means": "deferred", "seconds": 60, "proof": "a b"}],
    )
    assert found.needs == "verb 3"
    assert found.advice == {"end_session": "Use the (other) door."}
    assert found.clients is not None
    assert found.clients["peer_perl"] == r"(?<ip>[\\d.]+)(?::(?<port>\\d{1,5}))?"
    assert found.wrappers == [
        wrapped | {"pattern_perl": r"^\'(?<message>.*)\'$"},
        {"pattern": "^<(?<message>.*)>$", "pattern_perl": "^<(?<message>.*)>$", "quoted": ""},
    ]
    assert found.messages[0]["of"] == "client"
    assert (found.messages[0]["seconds"], found.messages[0]["proof"]) == (60, "a b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not YAML: while parsing a flow node expected the node content"),
        ("- a", "is not a source file. Begin it with title: and programs:"),
        ("", "is not a source file."),
        ("[" * 5000, "is not YAML: "),
        ("#" * 70_000, "is longer than 65536 characters. Is it the right file?"),
        ("programs: []", "has no title. Add it"),
    ],
)
def test_what_is_no_file(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        source_files.parse(text)


BAD: list[tuple[dict[str, object], str]] = [
    ({"mesages": []}, "'mesages' is not a key. Did you mean messages? The keys are title,"),
    ({"title": "door"}, "title: 'door' cannot begin the names of alerts. Write a capital"),
    ({"title": True}, "title: true cannot begin the names of alerts."),
    ({"programs": "doord"}, "programs: 'doord' is not a list. Write it in brackets: [sshd]"),
    ({"programs": []}, "programs: the list is empty. Write at least one: [sshd]"),
    ({"programs": ["a b"]}, "programs: 'a b' is no tag of syslog. Write printable ASCII"),
    ({"programs": [7]}, "programs: 7 is not text. Put quotes around what you wrote"),
    ({"needs": ""}, "needs: is empty. Write something, or remove the key"),
    ({"needs": 3}, "needs: 3 is not text. Put quotes around"),
    ({"advice": []}, "advice: [] is not a dictionary. Write {end_session: ...}"),
    ({"advice": {"a b": "x"}}, "advice: 'a b' is not a key. Write letters and _: end_session"),
    ({"advice": {"a": "x\ny"}}, "advice: a: 'x\\ny' has a line break, a tab or the like."),
    ({"advice": {"a": "x; y"}}, "advice: a: 'x; y' has ;, which SEC reads. Write it without"),
    ({"advice": {"a": "x) y"}}, "advice: a: 'x) y' has a parenthesis without its other half."),
    ({"clients": "peer"}, "clients: 'peer' is not a dictionary. Its keys are peer, name_ends,"),
    ({"clients": {"per": 1}}, "clients: 'per' is not a key. Did you mean peer? The keys are"),
    ({"clients": {"peer": "(?<ip>.)"}}, "clients: has no name_ends. Add it, as a pattern"),
    ({"clients": CLIENTS | {"peer": "x"}}, "clients: peer: 'x' has no group ip. Add (?<ip>...)"),
    ({"clients": CLIENTS | {"peer_ends": "("}}, "clients: peer_ends: '(' is not a regular"),
    ({"wrappers": {}}, "wrappers: {} is not a list. Write it in brackets: []"),
    ({"wrappers": ["x"]}, "wrappers: item 1: 'x' is not a dictionary. Its keys are pattern and"),
    ({"wrappers": [{"patern": "x"}]}, "item 1: 'patern' is not a key. Did you mean pattern?"),
    ({"wrappers": [{"quoted": "json"}]}, "wrappers: item 1: pattern: null is not a pattern."),
    ({"wrappers": [{"pattern": "^x$"}]}, "pattern: '^x$' has no group message. Add (?<message>.*)"),
    (
        {"wrappers": [{"pattern": "^(?<message>.)$", "quoted": "xml"}]},
        "wrappers: item 1: quoted: 'xml' is none of python, json. Write one",
    ),
    ({"messages": []}, "messages: the list is empty. Write at least one: [{means: established,"),
    ({"messages": ["x"]}, "message 1 (?): 'x' is not a dictionary. Write means, text and pattern"),
]


@pytest.mark.parametrize(("changes", "message"), BAD)
def test_a_bad_key_is_named_with_its_fix(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse(**changes)


BAD_MESSAGES: list[tuple[dict[str, object], str]] = [
    ({"txt": "x"}, "(established): 'txt' is not a key. Did you mean text? The keys are means, of,"),
    ({"text": ...}, "message 1 (established): has no text. Add it"),
    ({"pattern": ...}, "message 1 (established): has no pattern. Add it"),
    ({"means": ...}, "message 1 (?): has no means. Add it"),
    ({"means": "establish"}, "means: 'establish' is no meaning. Did you mean established? The"),
    ({"means": True}, "means: true is no meaning. The meanings are connected, deferred,"),
    ({"of": "user"}, "of: 'user' is none of client, named, maybe. Write one, or none"),
    ({"text": 7}, "text: 7 is not text. Put quotes around what you wrote"),
    ({"text": "let"}, "text: 'let' is in too many lines. Write at least 4 characters"),
    ({"text": "     "}, "text: '     ' is in too many lines."),
    *(
        ({"text": f"let in {bad}"}, f"has {bad!r}, which some logs write differently. Choose a")
        for bad in ('"', "'", "\\", "\t", "é", "<", "&", "\x7f")
    ),
    ({"text": "let out "}, "also matches lines without the text 'let out '. Choose a text that"),
    ({"pattern": "^let in (?<user>.+)"}, "pattern: '^let in (?<user>.+)' can match in the middle"),
    ({"pattern": "^let in (?<user>.+)$"}, "established needs a group ip, or session. Add it, such"),
    ({"pattern": "^let in (?<oldip>.+)$"}, "has a group 'oldip'. Did you mean old_ip?"),
    ({"pattern": "^let in (?<username>.+)$"}, "has a group 'username'. Did you mean user?"),
    ({"means": "moved"}, "moved needs a group ip and old_ip, or ip and session. Add it"),
    ({"means": "named"}, "named needs a group session and user. Add it"),
    ({"means": "evicted", "pattern": "^let in (?<ip>.+)$"}, "evicted needs a group user. Add it"),
    (
        {"means": "rejected", "pattern": "^let in$", "text": "let in"},
        "rejected needs a group ip, or session, or user. Add it, such as (?<ip>...)",
    ),
    ({"news": 0}, "news: 0 is no number of seconds from 1 to 604800. Write one"),
    ({"lacks": "a; b"}, "lacks: 'a; b' has ;, which SEC reads. Write it without"),
    (
        {"means": "ended", "lacks": "more"},
        "lacks: ended lacks nothing. Write it for connected or established or seen or failed",
    ),
    ({"proof": "x'y"}, 'proof: "x\'y" has other than letters, digits, blanks and .:/@_+-'),
    ({"seconds": True}, "seconds: true is not text."),
]


@pytest.mark.parametrize(("changes", "message"), BAD_MESSAGES)
def test_a_bad_message_is_named_with_its_fix(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_message(**changes)


def test_a_message_of_a_client_needs_to_know_clients() -> None:
    with pytest.raises(ValueError, match=r"of: client needs to know .* Add clients to the file"):
        parse(messages=[MESSAGE | {"of": "client"}])


@pytest.mark.parametrize("of", ["client", "named", "maybe"])
def test_what_follows_a_client_need_not_say_whom_it_is_about(of: str) -> None:
    message = {"pattern": "^let in$", "text": "let in", "of": of}
    for means in ("established", "rejected", "seen", "ended"):
        assert parse_message(means=means, **message)["of"] == of


@pytest.mark.parametrize("means", ["started", "muted", "nothing"])
def test_what_is_about_nobody_needs_no_group(means: str) -> None:
    assert parse_message(means=means, pattern="^let in$", text="let in")["means"] == means


def test_what_is_between_single_quotes_in_perl() -> None:
    assert source_messages.perl_literal(r"it's \d\\") == r"it\'s \\d\\\\"
