# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes docs/pictures from a real run of the demo: its terminal, the e-mail, the alert in Alerta.

Runs in `tests/hosts/enter` and needs Debian's `chromium`, for `make pictures` only.
"""

from __future__ import annotations

import email
import email.policy
import html
import json
import re
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path
from subprocess import PIPE
from typing import Any

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
WORK = ROOT / ".cache" / "pictures"
HOSTS = ("alert-server", "vpn-gateway", "log-server")
EVENT = "OpenVPNUnexpectedCountry"

STYLE = """
body { margin: 0; padding: 24px; background: #fff; color: #222; }
body { font: 15px/1.5 'DejaVu Sans', sans-serif; }
pre, code { font: 13px/1.45 'DejaVu Sans Mono', monospace; }
.window { border: 1px solid #c8c8c8; border-radius: 8px; overflow: hidden; }
.bar { background: #ececec; border-bottom: 1px solid #c8c8c8; padding: 8px 14px; color: #555; }
.dark { background: #1d1f21; color: #e4e4e4; padding: 14px 18px; margin: 0; white-space: pre; }
.mail { padding: 6px 18px 14px; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: 4px 14px; text-align: left; vertical-align: top; border-top: 1px solid #eee; }
th { color: #555; font-weight: normal; white-space: nowrap; width: 1%; }
td { overflow-wrap: anywhere; }
.severity { color: #fff; background: #c62828; border-radius: 4px; padding: 1px 8px; }
"""


def on(host: str, *command: str) -> str:
    """Run a command on a host of the demo and return what it prints."""
    return subprocess.run(
        ["podman", "exec", host, *command], check=True, capture_output=True, text=True
    ).stdout


def window(title: str, body: str) -> str:
    """Return a page that shows one window."""
    bar = f'<div class="bar">{html.escape(title)}</div>'
    head = f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>'
    return f'{head}<div class="window">{bar}{body}</div>'


def table(rows: dict[str, str]) -> str:
    """Return rows with a name each."""
    cells = (f"<tr><th>{html.escape(name)}</th><td>{rows[name]}</td></tr>" for name in rows)
    return f"<table>{''.join(cells)}</table>"


def terminal(output: str) -> str:
    """Return the page of the terminal: from the logins to the end of the alerts."""
    shown = output[output.index("Logging in with") : output.index("\nWhere to look next")]
    return window("make demo", f'<pre class="dark">{html.escape(shown.strip())}</pre>')


def mail() -> str:
    """Return the page of the last e-mail, with its own page where it brings one."""
    directory = "/home/mailbox/mails/new"
    newest = on("alert-server", "sh", "-c", f"grep -l 'Subject: .*{EVENT}' {directory}/* | tail -1")
    message = email.message_from_string(
        on("alert-server", "cat", newest.strip()), policy=email.policy.default
    )
    assert isinstance(message, EmailMessage)
    names = ("Subject", "From", "To", "Date")
    head = table({name: html.escape(str(message[name])) for name in names})
    body = message.get_body(("html", "plain"))
    assert body is not None
    content = body.get_content()
    if body.get_content_subtype() == "html":
        content = f'<div class="bar"></div><div style="padding: 8px 18px">{content}</div>'
    else:
        content = f'<div class="bar"></div><pre class="mail">{html.escape(content)}</pre>'
    return window("Inbox", head + content)


def alert() -> str:
    """Return the page of the alert, with all that Alerta has of it."""
    key = (ROOT / ".cache/secrets/alerta_key").read_text().strip()
    ask = (
        "import sys, urllib.request as web; key = sys.stdin.read();"
        "ask = web.Request(sys.argv[1], headers={'Authorization': 'Key ' + key});"
        "print(web.urlopen(ask).read().decode())"
    )
    done = subprocess.run(
        [
            *("podman", "exec", "--interactive", "alert-server", "python3", "-c", ask),
            f"http://127.0.0.1:8080/alerts?event={EVENT}&sort-by=lastReceiveTime",
        ],
        input=key,  # it is on no command line
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)["alerts"][0]
    rows = {
        "severity": f'<span class="severity">{html.escape(found["severity"])}</span>',
        **{
            name: html.escape(str(found[name]))
            for name in ("event", "resource", "value", "text", "environment", "group", "origin")
        },
        "status": html.escape(f"{found['status']}, {found['duplicateCount']} duplicates"),
        **{
            name.replace("_", " "): html.escape(str(value))
            for name, value in found["attributes"].items()
            if value and name != "ip"  # that one is Alerta's own
        },
    }
    return window("Alerta", table(rows))


def shoot(name: str, page: str, width: int) -> None:
    """Take the picture of a page, as high as the page is."""
    source = WORK / f"{name}.html"
    source.write_text(page)
    chromium = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"]
    measure = "<script>document.title = document.documentElement.scrollHeight</script>"
    (WORK / "measure.html").write_text(page + measure)
    dom = subprocess.run(
        [*chromium, f"--window-size={width},100", "--dump-dom", f"file://{WORK}/measure.html"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    height = re.search(r"<title>(\d+)", dom)
    assert height is not None, dom
    subprocess.run(
        [
            *chromium,
            f"--window-size={width},{int(height[1])}",
            f"--screenshot={PICTURES / name}.png",
            f"file://{source}",
        ],
        check=True,
        capture_output=True,
    )


def main() -> None:
    """Run the demo and take the pictures."""
    WORK.mkdir(parents=True, exist_ok=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    # Of fresh hosts: nothing of an earlier run is in the pictures.
    subprocess.run(["podman", "rm", "--force", "--time=0", "--ignore", *HOSTS], check=True)
    demo = subprocess.run([sys.executable, ROOT / "tests/demo.py"], stdout=PIPE, text=True)
    print(demo.stdout)
    demo.check_returncode()
    shoot("demo", terminal(demo.stdout), 1060)
    shoot("mail", mail(), 900)
    shoot("alerta", alert(), 900)


if __name__ == "__main__":
    main()
