#!/usr/bin/python
# Copyright: (c) 2026, geowatch founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: text files in one directory, all of them or none."""

from __future__ import annotations

DOCUMENTATION = r"""
module: text_files
short_description: Write text files into a directory, all of them or none
version_added: 1.0.0
author:
  - geowatch founders (@loghost)
description:
  - Writes any number of text files into one directory in one step.
  - All that would change is checked before any of it lands, so a mistake in one file leaves all of
    them as they were.
  - Each file is replaced in one move. Who reads it meanwhile reads the old one or the new one.
  - Not for secrets. Differences are shown.
options:
  directory:
    description:
      - An absolute path. The directory is made if it is missing; one that is there stays as it is.
    type: path
    required: true
  files:
    description:
      - The text of each file, by its name.
    type: dict
    required: true
  remove:
    description:
      - A pattern of names, such as V(*.conf). Files in the directory that match it and are not in
        O(files) are removed.
    type: str
  validate:
    description:
      - A command that says by its exit code whether a file is right. V(%s) is the path of a copy,
        which has the name of the file. It is split into arguments as a shell would do it, and sees
        no shell.
      - In check mode it is not run, because what it needs may not be there yet.
    type: str
  mode:
    description:
      - The mode of the files, in octal digits. They belong to root.
    type: str
    default: "0644"
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
- name: The rules of the correlator, and no others
  loghost.geowatch.text_files:
    directory: /etc/example/rules
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
  sample: [/etc/example/rules/10-first.rule]
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

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.text.converters import to_bytes, to_text


def read(path: str) -> bytes | None:
    """Return what is in a file, or None if there is no such file."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def stage(module: AnsibleModule, texts: dict[str, bytes]) -> dict[str, str]:
    """Write and check copies. Returns their paths, by name; fails if one is not right."""
    staging = tempfile.mkdtemp(dir=module.tmpdir)
    paths = {name: os.path.join(staging, name) for name in texts}
    for name, text in texts.items():
        with open(paths[name], "wb") as file:
            file.write(text)
        os.chmod(paths[name], int(module.params["mode"], 8))
    for name in texts if module.params["validate"] else ():
        command = [
            part.replace("%s", paths[name]) for part in shlex.split(module.params["validate"])
        ]
        code, out, err = module.run_command(command)
        if code:
            said = (err or out).strip().replace(f"{staging}/", "")
            module.fail_json(msg=f"{name} is not right, so nothing was written: {said}", name=name)
    return paths


def difference(path: str, before: bytes | None, after: bytes | None) -> dict[str, str]:
    """Return what Ansible shows of a change."""
    texts = [to_text(text or b"", errors="replace") for text in (before, after)]
    return {"before_header": path, "after_header": path, "before": texts[0], "after": texts[1]}


def own(module: AnsibleModule, path: str) -> bool:
    """Give the file to root with its mode. Returns whether that changes something."""
    changed = module.set_mode_if_different(path, module.params["mode"], False)
    if os.geteuid() == 0:
        changed = module.set_owner_if_different(path, "root", changed)
        changed = module.set_group_if_different(path, "root", changed)
    return bool(changed)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path", "required": True},
            "files": {"type": "dict", "required": True},
            "remove": {"type": "str"},
            "validate": {"type": "str"},
            "mode": {"type": "str", "default": "0644"},
        },
        supports_check_mode=True,
        no_log=True,  # the whole texts would go to the system's log
    )
    directory = module.params["directory"]
    for name, text in module.params["files"].items():
        if not isinstance(text, str):
            module.fail_json(msg=f"{name} in files is not text", name=name)
        if name != os.path.basename(name) or name in ("", ".", ".."):
            module.fail_json(msg=f"{name!r} in files is not the name of a file", name=name)
    if "%s" not in (module.params["validate"] or "%s"):
        module.fail_json(msg="validate has no %s")

    texts = {name: to_bytes(text) for name, text in module.params["files"].items()}
    before = {name: read(os.path.join(directory, name)) for name in texts}
    new = {name: text for name, text in texts.items() if text != before[name]}
    removed = [
        os.path.join(directory, name)
        for name in sorted(os.listdir(directory) if os.path.isdir(directory) else [])
        if fnmatch.fnmatch(name, module.params["remove"] or "") and name not in texts
    ]
    differences = [difference(os.path.join(directory, n), before[n], new[n]) for n in sorted(new)]
    differences += [difference(path, read(path), None) for path in removed]

    staged = {} if module.check_mode else stage(module, new)
    if staged and not os.path.isdir(directory):
        os.makedirs(directory)
        os.chmod(directory, 0o755)
    written = []
    for name in sorted(texts):
        path = os.path.join(directory, name)
        if name in staged:
            module.atomic_move(staged[name], path)
        owned = own(module, path) if os.path.lexists(path) else True
        if name in new or owned:
            written.append(path)
    for path in removed if not module.check_mode else ():
        os.remove(path)
    module.exit_json(
        changed=bool(written or removed), written=written, removed=removed, diff=differences
    )


if __name__ == "__main__":
    main()
