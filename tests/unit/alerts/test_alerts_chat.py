# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apprise behind our outbox: one message, a clear answer, no token anywhere, no hostile name."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from alert_lines import alert
from fake_alerta import FakeAlerta
from geowatch.alerts.channel import Answer, Result, blanked
from geowatch.alerts.chat import LONGEST, Chat
from geowatch.alerts.settings import AppriseConfig, BadConfiguration
from test_alerts_plain import HOSTILE, MEANS
from waiting import DEADLINE, wait_for

TOKEN = "t0k3n-of-ours"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"

# One of each family: what it takes for markup differs, and so does how Apprise writes it.
SERVICES = {
    "discord": DISCORD,
    "discord in markdown": f"{DISCORD}?format=markdown",
    "slack": SLACK,
    "slack in markdown": f"{SLACK}?format=markdown",
    "teams": "workflows://host.example.org/workflow1a2b/signature3c4d",
    "telegram": "tgram://123456789:abcdefg_hijklmnop/-1001234/",
    "telegram in html": "tgram://123456789:abcdefg_hijklmnop/-1001234/?format=html",
    "mattermost": "mmost://mattermost.example.org/3ccdd113474722377935511fc85d3dd4",
    "rocket.chat": "rocket://web:t0k3n/t0k3n2@rocket.example.org/?mode=webhook",
    "google chat": "gchat://workspace/webhookkey/webhooktoken",
    "ntfy": "ntfy://ntfy.example.org/vpn",
    "ntfy in markdown": "ntfy://ntfy.example.org/vpn?format=markdown",
    "gotify": "gotify://gotify.example.org/AbCdEfGhIjKlMnO",
    "pushover": "pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@tttttttttttttttttttttttttttttt",
    "pushover in html": "pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@tttttttttttttttttttttttttttttt?format=html",
    "a webhook": "json://hook.example.org/in",
}


def ntfy(alerta: FakeAlerta, timeout: float = DEADLINE, *, brief: bool = False) -> Chat:
    """Return the channel to what takes the messages of ntfy here."""
    alerta.taken = 200
    where = alerta.url.removeprefix("http://").removesuffix("/api")
    url = f"ntfy://{TOKEN}@{where}/{TOKEN}-topic"
    return Chat(AppriseConfig(url), timeout, brief=brief)


def test_a_message_says_who_from_where_and_what_to_do(alerta: FakeAlerta) -> None:
    assert ntfy(alerta).deliver(alert(), "") == Answer(Result.DELIVERED)
    (post,) = alerta.posts
    assert post["topic"] == f"{TOKEN}-topic"
    assert "critical" in post["title"]
    first, advice, *rest = post["message"].splitlines()
    assert first == "bob logged in from Germany"
    assert advice == "What to do: Call bob."
    assert "Who: bob" in rest


def test_one_with_a_template_says_that_and_no_more(alerta: FakeAlerta) -> None:
    ntfy(alerta, brief=True).deliver(alert(), "")
    assert alerta.posts[0]["message"] == "bob logged in from Germany"


def test_a_long_one_is_cut(alerta: FakeAlerta) -> None:
    ntfy(alerta).deliver(alert(text=b"x" * 10000), "")
    assert len(alerta.posts[0]["message"]) == LONGEST


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_whatever_fails_is_for_our_outbox_and_tried_once(alerta: FakeAlerta, status: int) -> None:
    alerta.answer = lambda _: status
    answer = ntfy(alerta).deliver(alert(), "")
    assert answer.result is Result.FAILED
    assert f"error={status}" in answer.reason
    assert len(alerta.posts) == 1


def test_nobody_is_there(alerta: FakeAlerta) -> None:
    channel = ntfy(alerta)
    alerta.stop()
    assert channel.deliver(alert(), "").result is Result.FAILED


def test_a_token_is_said_nowhere(alerta: FakeAlerta, capfd: pytest.CaptureFixture[str]) -> None:
    journal = logging.StreamHandler(sys.stdout)
    logging.getLogger().addHandler(journal)
    alerta.answer = lambda _: b"HTTP/1.1 403 " + TOKEN.encode() + b"\r\n\r\n" + TOKEN.encode()
    channel = ntfy(alerta)
    answer = channel.deliver(alert(), "")
    assert TOKEN not in blanked(answer.reason, channel.secrets)
    logging.getLogger().removeHandler(journal)
    assert TOKEN not in "".join(capfd.readouterr())


def test_who_hangs_gets_no_second_message_meanwhile(alerta: FakeAlerta) -> None:
    alerta.answer = lambda _: "hang"
    channel = ntfy(alerta, 0.3)
    assert channel.deliver(alert(1), "").result is Result.DOWN
    assert channel.deliver(alert(1), "").result is Result.DOWN
    assert channel.deliver(alert(2), "").result is Result.DOWN
    assert len(alerta.posts) == 1
    alerta.release.set()


def test_what_was_taken_late_is_not_sent_again(alerta: FakeAlerta) -> None:
    def slowly(_body: dict[str, Any]) -> int:
        alerta.release.wait(DEADLINE)
        return 200

    alerta.answer = slowly
    channel = ntfy(alerta)
    channel._timeout = 0.3
    assert channel.deliver(alert(1), "").result is Result.DOWN
    channel._timeout = DEADLINE
    alerta.release.set()
    wait_for(lambda: channel._under_way and channel._under_way.answer, "the late answer")
    assert channel.deliver(alert(2), "").result is Result.DELIVERED
    assert len(alerta.posts) == 2
    assert channel.deliver(alert(1), "").result is Result.DELIVERED
    assert len(alerta.posts) == 2
    assert channel.deliver(alert(1), "").result is Result.DELIVERED
    assert len(alerta.posts) == 3


@pytest.mark.parametrize("url", ["nosuch://example.org/x", "slack://x", "tgram://"])
def test_an_address_of_no_service_is_refused_without_it(url: str) -> None:
    with pytest.raises(BadConfiguration) as error:
        Chat(AppriseConfig(url), 1)
    assert url not in str(error.value)


class Wire:
    """Takes whatever a service is sent, in place of the internet."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def request(self, method: str, url: str, **how: Any) -> requests.Response:
        for content in (how.get("data"), how.get("json")):
            if isinstance(content, (bytes, str)):
                text = content.decode() if isinstance(content, bytes) else content
                self.sent.append(text)
            elif content:
                self.sent.append(json.dumps(content))
        answer = requests.Response()
        answer.status_code = 204 if "discord" in url else 200
        answer._content = b'{"ok": true, "status": 1, "success": true, "result": {}, "id": 1}'
        if "slack" in url:
            answer._content = b"ok"
        return answer


def texts(sent: str) -> list[str]:
    """Return the pieces of text in what was sent, however it was written."""
    try:
        data = json.loads(sent)
    except ValueError:
        data = parse_qs(sent)
    found = []
    todo = [data]
    while todo:
        match todo.pop():
            case dict() as each:
                todo += each.values()
            case list() as each:
                todo += each
            case str() as each:
                found.append(each)
    return found


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_each_kind_of_service(
    service: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire()
    encoded = name.encode()
    hostile = alert(
        text=b"Login, user " + encoded,
        attributes=(b"user=" + encoded.replace(b"\n", b"\\n"), b"server=vpn1", b"ip=198.51.100.7"),
    )
    monkeypatch.setattr(requests.Session, "request", wire.request)
    answer = Chat(AppriseConfig(SERVICES[service]), DEADLINE).deliver(hostile, "")
    assert answer == Answer(Result.DELIVERED)
    said = [text for each in wire.sent for text in texts(each) if "Login" in text]
    assert said
    for text in said:
        begin = text.index("Login")
        words = re.sub(r"<br ?/?>|\r\n|\n|&nbsp;|\u00a0|</?p>", " ", text[begin:])
        # What is written for Markdown has these, and shows the character behind them.
        words = re.sub(r"\\([.()!+=_-])", r"\1", words)
        assert not MEANS.search(words), words
