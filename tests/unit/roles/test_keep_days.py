# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""One variable says for how long all rooms keep who came in, where they have none of their own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

ROLES = Path(__file__).parents[3] / "roles"
KEPT = ["geoip_located_keep_days", "alerts_keep_days", "logins_new_country_forget_days"]


def test_one_variable_for_all_rooms(tmp_path: Path) -> None:
    tasks = [
        {"ansible.builtin.include_vars": str(ROLES / role / "defaults/main.yml")}
        for role in ("geoip", "alerts", "logins")
    ]
    rotation = (
        f"{{{{ lookup('ansible.builtin.template', '{ROLES}/geoip/templates/logrotate.j2') }}}}"
    )
    content = {
        "kept": [f"{{{{ {name} | int }}}}" for name in KEPT],
        "rotation": rotation,
    }
    copy = {"dest": f"{tmp_path}/{{{{ inventory_hostname }}}}", "content": content}
    play = {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "vars": {
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "__geoip_directory": "/x",
            "__geoip_user": "x",
        },
        "tasks": [*tasks, {"ansible.builtin.copy": copy}],
    }
    hosts = {"nothing": {}, "number": {"logins_keep_days": 60}, "text": {"logins_keep_days": "60"}}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    (tmp_path / "play.json").write_text(json.dumps([play]))
    command = ["ansible-playbook", f"--inventory={tmp_path}/hosts.json", f"{tmp_path}/play.json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    found = {name: json.loads((tmp_path / name).read_text()) for name in hosts}
    assert [[*map(int, found[name]["kept"])] for name in hosts] == [[90, 30, 365], *[[60] * 3] * 2]
    assert [
        "rotate 90\n" in found["nothing"]["rotation"],
        "rotate 60\n" in found["text"]["rotation"],
    ]
