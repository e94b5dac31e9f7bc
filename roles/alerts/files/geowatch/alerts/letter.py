# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail that a person reads, on a phone, at night: what happened, what to do, who and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from html import escape

from geowatch.alerts.alert import Alert, shown

LONGEST_SUBJECT = 200  # characters

# What only programs need, or what is said in other words already.
NOT_SHOWN = frozenset(("user", "ip", "country", "country_name", "as_owner", "asn", "server"))
NOT_SHOWN |= frozenset(("policy", "expected", "advice", "mail_to", "reason", "proof"))
NOT_SHOWN |= frozenset(("database", "database_date"))

TOLD_USERS = ("user", "ip", "country", "country_name", "server", "count", "first", "last")


class _Policy(EmailPolicy):
    def fold_binary(self, name: str, value: str) -> bytes:
        """Keep the Message-ID in one line: folded, not everyone finds the same one."""
        if name == "Message-ID":
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


# Every server takes ASCII; not every one takes 8 bits.
POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def for_user(alert: Alert, advice: str) -> Alert:
    """Return the alert as it is told to the user whom it is about."""
    known = alert["attributes"]
    told = {name: known[name] for name in TOLD_USERS if known.get(name)}
    text = f"{alert['text']}. Was it you? Then there is nothing to do"
    return Alert(**{**alert, "text": text, "attributes": told | {"advice": advice}, "raw": ""})


def message(alert: Alert, sender: str, recipient: str) -> EmailMessage:
    """Return the mail about `alert`. Its Message-ID is the same whenever it is sent again."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = subject(alert)
    mail["Date"] = format_datetime(datetime.now(UTC))
    host = parseaddr(sender)[1].rpartition("@")[2]
    mail["Message-ID"] = f"<{alert['id']}.{alert['event']}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text(alert))
    mail.add_alternative(page(alert), subtype="html")
    return mail


def subject(alert: Alert) -> str:
    """Return the few words that a phone shows: how loud, what, from where, who."""
    known = alert["attributes"]
    event = alert["event"].removeprefix(alert["group"])
    what = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", event).lower()
    about = [known.get("user") or known.get("address") or known.get("ip"), known.get("server")]
    if not about[0]:
        head = alert["text"]
    elif event.endswith("Country") and known.get("country_name") and known.get("ip"):
        kind = "" if event == "UnexpectedCountry" else f" ({what})"
        head = f"{alert['group']} login from {known['country_name']}{kind}: "
    else:
        head = f"{alert['group']}, {what}: "
    if about[0]:
        head += ", ".join(filter(None, about))
    return shown(f"[{alert['severity']}] {head}"[:LONGEST_SUBJECT])


def facts(alert: Alert) -> Iterator[tuple[str, str]]:
    """Yield what is known, by a name for a person. Nothing is empty."""
    known = alert["attributes"]
    place = [known.get("ip", ""), known.get("country_name", ""), known.get("as_owner", "")]
    policy = [known.get("policy", ""), f"expects {known.get('expected')}"]
    named = [
        ("Who", known.get("user", "")),
        ("From", ", ".join(filter(None, place))),
        ("Server", known.get("server", "")),
        ("When", _local(alert["time"])),
        ("Policy", ", ".join(policy if known.get("expected") else policy[:1])),
    ]
    rest = ((name, value) for name, value in known.items() if name not in NOT_SHOWN)
    named += [(name.replace("_", " ").capitalize(), value) for name, value in rest]
    yield from ((name, shown(value)) for name, value in named if value)


def _local(time: str) -> str:
    """Return a time of an alert as a clock on the wall of this host shows it."""
    return datetime.fromisoformat(time).astimezone().strftime("%A, %-d %B %Y, %H:%M:%S %Z")


def _end(alert: Alert) -> str:
    return f"All alerts and where they went: geowatch alerts list. From {alert['origin']}"


def text(alert: Alert) -> str:
    """Return the body as text. The log line is the last of what it says."""
    lines = [alert["text"], ""]
    if advice := alert["attributes"].get("advice"):
        lines += ["What to do", shown(advice), ""]
    table = list(facts(alert))
    width = max(len(name) for name, _value in table)
    lines += [f"{name:{width}}  {value}" for name, value in table]
    lines += ["", _end(alert)]
    if alert["raw"]:
        lines += ["", "The log line", shown(alert["raw"])]
    return "\n".join(lines) + "\n"


def page(alert: Alert) -> str:
    """Return the body as a plain page: headings and a list, as a screen reader likes them."""
    parts = [f"<p><strong>{escape(alert['text'])}</strong></p>"]
    if advice := alert["attributes"].get("advice"):
        parts.append(f"<h2>What to do</h2>\n<p>{escape(shown(advice))}</p>")
    rows = "".join(
        f"<dt>{escape(name)}</dt>\n<dd>{escape(value)}</dd>\n" for name, value in facts(alert)
    )
    parts.append(f"<h2>What is known</h2>\n<dl>\n{rows}</dl>")
    parts.append(f"<p>{escape(_end(alert))}</p>")
    if alert["raw"]:
        parts.append(f"<h2>The log line</h2>\n<pre>{escape(shown(alert['raw']))}</pre>")
    head = f'<head>\n<meta charset="utf-8">\n<title>{escape(subject(alert))}</title>\n</head>'
    body = "\n".join(parts)
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n<body>\n{body}\n</body>\n</html>\n'
