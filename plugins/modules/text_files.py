#!/usr/bin/python
# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: text files in directories, all of them checked before one lands."""

from __future__ import annotations

DOCUMENTATION = r"""
module: text_files
short_description: Write text files into directories, after all of them were checked
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Writes any number of text files into any number of directories in one step.
  - All that would change is checked before any of it lands, so a mistake in one file leaves all of
    them as they were.
  - Each file is replaced in one move. Who reads it meanwhile reads the old one or the new one. The
    moves follow each other; where one fails, as on a full disk, those before it have happened, and
    the next run makes the others.
  - Differences are shown. Where there is a secret in a file, the task needs C(no_log).
options:
  directories:
    description:
      - Which files go where. They land in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description:
          - An absolute path. The directory is made if it is missing, so that all may enter it;
            one that is there stays as it is.
        type: path
        required: true
      files:
        description:
          - The text of each file, by its name.
        type: dict
        required: true
      mode:
        description:
          - The mode of the files, in octal digits.
        type: str
        default: "0644"
      group:
        description:
          - The group of the files. They belong to root.
        type: str
        default: root
      remove:
        description:
          - A pattern of names, such as V(*.conf). Files in the directory that match it and are not
            in O(directories[].files) are removed.
        type: str
      validate:
        description:
          - A command that says by its exit code whether a file is right. V(%s) is the path of a
            copy, which has the name of the file. It is split into arguments as a shell would do it,
            and sees no shell.
          - In check mode it is not run, because what it needs may not be there yet.
        type: str
attributes:
  check_mode:
    description: Says what would change without changing it.
    support: full
  diff_mode:
    description: Shows what changes in each file.
    support: full
seealso:
  - module: ansible.builtin.copy
"""

EXAMPLES = r"""
---
- name: A command, and the rules of the correlator and no others
  loghost.geowatch.text_files:
    directories:
      - path: /usr/local/bin
        files:
          example: "{{ lookup('ansible.builtin.file', 'example.sh', rstrip=false) }}"
        mode: "0755"
      - path: /etc/example/rules
        files:
          10-first.rule: "{{ lookup('ansible.builtin.template', '10-first.rule.j2') }}"
          20-second.rule: "{{ lookup('ansible.builtin.template', '20-second.rule.j2') }}"
        remove: "*.rule"
        validate: /usr/bin/example --check %s
"""

RETURN = r"""
written:
  description: The paths that were written, or whose mode or owner changed, in order.
  returned: success
  type: list
  elements: str
  sample: [/usr/local/bin/example, /etc/example/rules/10-first.rule]
removed:
  description: The paths that were removed, in order.
  returned: success
  type: list
  elements: str
  sample: [/etc/example/rules/15-old.rule]
"""

import fnmatch
import os
import shlex
import tempfile
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.text.converters import to_bytes, to_text


def read(path: str) -> bytes | None:
    """Return what is in a file, or None if there is no such file."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def make_directory(path: str) -> None:
    """Make a directory and those above it, which all may enter, whatever the umask."""
    if not os.path.isdir(path):
        make_directory(os.path.dirname(path))
        os.mkdir(path)
        os.chmod(path, 0o755)


def difference(path: str, before: bytes | None, after: bytes | None) -> dict[str, str]:
    """Return what Ansible shows of a change."""
    texts = [to_text(text or b"", errors="replace") for text in (before, after)]
    return {"before_header": path, "after_header": path, "before": texts[0], "after": texts[1]}


@dataclass
class Directory:
    """What one directory is to hold, and what that changes."""

    module: AnsibleModule
    path: str
    files: dict[str, str]
    mode: str
    group: str
    remove: str | None
    validate: str | None
    new: dict[str, bytes] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    staged: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Fail if an option cannot be meant."""
        for name, text in self.files.items():
            if not isinstance(text, str):
                self.module.fail_json(msg=f"{name} in files is not text", name=name)
            if name != os.path.basename(name) or name in ("", ".", ".."):
                self.module.fail_json(msg=f"{name!r} in files is not the name of a file", name=name)
        if "%s" not in (self.validate or "%s"):
            self.module.fail_json(msg="validate has no %s")

    def compare(self) -> list[dict[str, str]]:
        """Find what is new and what goes. Returns the differences."""
        differences = []
        for name, text in sorted(self.files.items()):
            path, after = os.path.join(self.path, name), to_bytes(text)
            before = read(path)
            if after != before:
                self.new[name] = after
                differences.append(difference(path, before, after))
        for name in sorted(os.listdir(self.path) if os.path.isdir(self.path) else []):
            if fnmatch.fnmatch(name, self.remove or "") and name not in self.files:
                self.removed.append(os.path.join(self.path, name))
                differences.append(difference(self.removed[-1], read(self.removed[-1]), None))
        return differences

    def stage(self) -> None:
        """Write copies of what is new, and check them. Fails if one is not right."""
        staging = tempfile.mkdtemp(dir=self.module.tmpdir)
        for name, text in self.new.items():
            path = self.staged[name] = os.path.join(staging, name)
            with open(path, "wb") as file:
                file.write(text)
            os.chmod(path, int(self.mode, 8))
        validate = shlex.split(self.validate or "")
        for name, path in self.staged.items() if validate else ():
            command = [part.replace("%s", path) for part in validate]
            code, out, err = self.module.run_command(command)
            if code:
                said = (err or out).strip().replace(f"{staging}/", "")
                self.module.fail_json(
                    msg=f"{name} is not right, so nothing was written: {said}", name=name
                )

    def land(self) -> list[str]:
        """Move the copies to where they belong. Returns the paths that changed."""
        if self.staged:
            make_directory(self.path)
        written = []
        for name in sorted(self.files):
            path = os.path.join(self.path, name)
            if name in self.staged:
                self.module.atomic_move(self.staged[name], path)
            owned = self._own(path) if os.path.lexists(path) else True
            if name in self.new or owned:
                written.append(path)
        for path in self.removed if not self.module.check_mode else ():
            os.remove(path)
        return written

    def _own(self, path: str) -> bool:
        """Set mode, owner and group. Returns whether that changes something."""
        changed = self.module.set_mode_if_different(path, self.mode, False)
        if os.geteuid() == 0:
            changed = self.module.set_owner_if_different(path, "root", changed)
            changed = self.module.set_group_if_different(path, self.group, changed)
        return bool(changed)


def main() -> None:
    options: dict[str, Any] = {
        "path": {"type": "path", "required": True},
        "files": {"type": "dict", "required": True},
        "mode": {"type": "str", "default": "0644"},
        "group": {"type": "str", "default": "root"},
        "remove": {"type": "str"},
        "validate": {"type": "str"},
    }
    module = AnsibleModule(
        argument_spec={
            "directories": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": options,
            },
        },
        supports_check_mode=True,
        no_log=True,  # the whole texts would go to the system's log
    )
    directories = [Directory(module, **options) for options in module.params["directories"]]
    for directory in directories:
        directory.check()
    differences = [change for directory in directories for change in directory.compare()]
    for directory in directories if not module.check_mode else ():
        directory.stage()
    written = [path for directory in directories for path in directory.land()]
    removed = [path for directory in directories for path in directory.removed]
    module.exit_json(
        changed=bool(written or removed), written=written, removed=removed, diff=differences
    )


if __name__ == "__main__":
    main()
