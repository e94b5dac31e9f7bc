#!/usr/bin/python
# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: a unit of geowatch runs what is on the disk."""

from __future__ import annotations

DOCUMENTATION = r"""
module: in_force
short_description: Make sure that a unit of geowatch runs what is on the disk
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Compares what the unit has loaded with the files that it is made of, and reloads or restarts it
    where they differ. It does not matter who changed them, when, and whether a run of Ansible came
    to its end.
  - A unit gets a digest of these files in its environment, and writes it down once it has loaded
    them. The digest is also of the times of the files' last changes, so a file that was changed and
    changed back is another one.
  - Enables the unit, and waits until it runs and says so. Fails if it does not.
  - Writes down what was deployed in C(/etc/geowatch/watch/ROOM.json), for the room watch to
    compare.
options:
  unit:
    description:
      - The name of the service. That of C(geowatch-ROOM.service) finds its digest in
        C(/etc/geowatch/ROOM/digest), and writes it to C(/var/lib/geowatch/ROOM/in_force).
    type: str
    required: true
  files:
    description:
      - What it reads when it starts, as absolute globs. The unit file and its drop-ins belong to
        it.
    type: list
    elements: str
    required: true
  reloaded:
    description:
      - What it reads again when it is reloaded.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Says whether the unit would be restarted or reloaded now.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
---
- name: The rules are in force
  loghost.geowatch.in_force:
    unit: geowatch-sec.service
    files: [/opt/geowatch/lib/perl/*]
    reloaded: [/etc/geowatch/sec/*.sec]
"""

RETURN = r"""
done:
  description: What was done to the unit, in order.
  returned: success
  type: list
  elements: str
  sample: [daemon-reload, enable, restart]
"""

import glob
import grp
import hashlib
import json
import os
import stat
import time
from datetime import UTC, datetime

from ansible.module_utils.basic import AnsibleModule

CONFIGURATION = "/etc/geowatch"
STATE = "/var/lib/geowatch"
UNITS = "/etc/systemd/system"
DROP_INS = "geowatch-.service.d"
RELOADING = 10.0  # seconds, as the next two
STARTING = 60.0
LOOK = 0.1
NO_NAMESPACE = "226"
NESTING = (
    "It may make no namespaces, which its sandbox is made of. In a container, allow nesting:"
    " features: nesting=1 (Proxmox), security.nesting=true (Incus, LXD)."
)


def paths(globs: list[str]) -> list[str]:
    """Return all that these globs mean, in order."""
    return sorted({path for each in globs for path in glob.glob(each, recursive=True)})


def changed(globs: list[str]) -> dict[str, int]:
    """Return when each of the files was changed last."""
    known = {path: os.lstat(path) for path in paths(globs)}
    return {
        path: status.st_ctime_ns
        for path, status in known.items()
        if stat.S_ISLNK(status.st_mode) or stat.S_ISREG(status.st_mode)
    }


def write(path: str, text: str, group: str) -> None:
    """Replace a file of root's that a group may read."""
    new = f"{path}.new"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w") as file:
        os.fchown(file.fileno(), 0, grp.getgrnam(group).gr_gid)
        os.fchmod(file.fileno(), 0o640)
        file.write(text)
    os.replace(new, path)


def digest(globs: list[str]) -> str:
    """Return a text that is another one as soon as one of the files is."""
    lines = []
    for path in paths(globs):
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            content = os.readlink(path)
        elif stat.S_ISREG(status.st_mode):
            with open(path, "rb") as file:
                content = hashlib.sha256(file.read()).hexdigest()
        else:
            continue
        lines.append(f"{path}\t{status.st_ctime_ns}\t{content}\n")
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


class Unit:
    """A service, the digest of what it has to run, and what it says it runs."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.unit: str = module.params["unit"]
        self.name = self.unit.removesuffix(".service")
        room = self.name.removeprefix("geowatch-")
        self.digest_file = f"{CONFIGURATION}/{room}/digest"
        self.in_force_file = f"{STATE}/{room}/in_force"
        own = [f"{UNITS}/{each}" for each in (self.unit, f"{self.unit}.d/*", f"{DROP_INS}/*")]
        self.globs: list[str] = module.params["files"] + own + module.params["reloaded"]
        self.deployed_file = f"{CONFIGURATION}/watch/{room}.json"
        self.wanted = [digest(module.params["files"] + own)]
        if module.params["reloaded"]:
            self.wanted.append(digest(module.params["reloaded"]))
        self.done: list[str] = []

    def systemctl(self, verb: str, *arguments: str) -> tuple[int, str]:
        """Run systemctl. Returns its exit code, and what it said."""
        if verb != "show":
            self.done.append(verb)
        code, out, err = self.module.run_command(
            ["systemctl", verb, *arguments], environ_update={"LC_ALL": "C"}
        )
        return code, (out or err).strip()

    def properties(self) -> dict[str, str]:
        names = "ActiveState,SubState,Result,ExecMainStatus,ExecMainStartTimestamp"
        names += ",NeedDaemonReload,UnitFileState"
        said = self.systemctl("show", "--timestamp=us+utc", f"--property={names}", self.unit)[1]
        return dict(line.partition("=")[::2] for line in said.splitlines())

    def in_force(self) -> list[str]:
        """Return the digests of what the process that runs now has loaded."""
        known = self.properties()
        try:
            written = os.stat(self.in_force_file).st_mtime
            with open(self.in_force_file, encoding="utf-8") as file:
                said = file.read().split()
        except FileNotFoundError:
            return []
        text = known.get("ExecMainStartTimestamp", "")
        if known.get("SubState") != "running" or not text:
            return []
        started = datetime.strptime(text, "%a %Y-%m-%d %H:%M:%S.%f UTC")
        # A process before this one said it, and this one may not even have begun.
        return said if written >= started.replace(tzinfo=UTC).timestamp() else []

    def becomes_in_force(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.in_force() != self.wanted:
            if time.monotonic() >= end:
                return False
            time.sleep(LOOK)
        return True

    def write_digest(self) -> None:
        """Let the unit know what it is going to load."""
        names = ("GEOWATCH_DIGEST", "GEOWATCH_RELOADED")
        text = "".join(f"{name}={value}\n" for name, value in zip(names, self.wanted, strict=False))
        write(self.digest_file, text, self.name)

    def write_deployed(self) -> None:
        """Let the room watch know what was deployed: it looks whether that is what is there."""
        known = {"digests": self.wanted, "globs": self.globs, "files": changed(self.globs)}
        write(self.deployed_file, json.dumps(known), "geowatch-watch")

    def reload(self) -> bool:
        """Reload it. Returns whether that helped."""
        code, _said = self.systemctl("reload", self.unit)
        return code == 0 and self.becomes_in_force(RELOADING)

    def put_in_force(self) -> None:
        self.write_deployed()
        known, now = self.properties(), self.in_force()
        # systemd does not say so of a directory of drop-ins that is new to it.
        if now != self.wanted or known.get("NeedDaemonReload") == "yes":
            self.systemctl("daemon-reload")
        if known.get("UnitFileState") != "enabled":
            code, said = self.systemctl("enable", self.unit)
            if code:
                self.fail(said)
        if now == self.wanted:
            return
        self.write_digest()
        # A reload that fails is no harm: nothing is lost over a restart either.
        only_reloaded = len(now) > 1 and now[0] == self.wanted[0]
        if only_reloaded and self.reload():
            return
        code, said = self.systemctl("restart", self.unit)
        if code or not self.becomes_in_force(STARTING):
            self.fail(said)

    def fail(self, said: str) -> None:
        known = self.properties()
        journal = ["journalctl", "--no-pager", "--output=cat", "--lines=3", f"--unit={self.unit}"]
        lines = self.module.run_command(journal)[1].strip() or said
        state = f"{known.get('ActiveState')}, {known.get('SubState')}, {known.get('Result')}"
        hint = NESTING if known.get("ExecMainStatus") == NO_NAMESPACE else ""
        self.module.fail_json(
            msg=f"{self.unit} does not run what was deployed ({state}). {hint} Look at"
            f" journalctl -u {self.name}, put it right and run the play again. It says: {lines}"
        )


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "unit": {"type": "str", "required": True},
            "files": {"type": "list", "elements": "str", "required": True},
            "reloaded": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    unit = Unit(module)
    if module.check_mode:
        module.exit_json(changed=unit.in_force() != unit.wanted, done=[])
    unit.put_in_force()
    module.exit_json(changed=bool(unit.done), done=unit.done)


if __name__ == "__main__":
    main()
