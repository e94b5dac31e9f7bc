# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules get of an item of logins_sources, and what is said of one that is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.loghost.geowatch.plugins.plugin_utils.sources import normalise
from ansible_collections.loghost.geowatch.tests.unit.plugins.plugin_utils.perl import matched

ROOT = Path(__file__).resolve().parents[4]
SHIPPED = ROOT / "roles/logins/sources"
LOGS = ["/var/log/remote/*/door.log"]
DOOR: dict[str, object] = {
    "title": "Door",
    "programs": ["doord"],
    "messages": [
        {"means": "established", "text": text, "pattern": f"^(?<ip>.)(?<user>.){text}$"}
        for text in ("let in", "was let in", "came", "let in")
    ]
    + [{"means": "nothing", "text": "slam", "pattern": "^slam$"}],
}


@pytest.fixture
def directory(tmp_path: Path) -> str:
    (tmp_path / "door.yml").write_text(yaml.safe_dump(DOOR), encoding="utf-8")
    (tmp_path / "lift.yml").write_text(yaml.safe_dump(DOOR | {"title": "x"}), encoding="utf-8")
    return str(tmp_path)


def test_an_item_is_completed(directory: str) -> None:
    item = {
        "source": "door",
        "files": LOGS,
        "name": "back-door",
        "programs": ["door-?", "*", "doord"],
        "timezone": "Europe/Helsinki",
        "server": "path",
        "names": {"k1": "Anna", "o'b\\x": "Bo b"},
        "expected_servers": ["vpn1"],
    }
    (found,) = normalise([item], directory)
    assert {key: found[key] for key in found if key != "messages"} == {
        "name": "back-door",
        "context": "SOURCE_BACK_DOOR",
        "files": LOGS,
        "server": "path",
        "timezone": "Europe/Helsinki",
        "names": {"k1": "Anna", "o'b\\x": "Bo b"},
        "expected_servers": ["vpn1"],
        "names_perl": r"'k1' => 'Anna', 'o\'b\\x' => 'Bo b'",
        "title": "Door",
        "programs": ["doord", "door-?", "*"],
        "program_pattern": found["program_pattern"],
        "any_program": True,
        "needs": "",
        "advice": {},
        "clients": None,
        "json": None,
        "wrappers": [],
        "words": ["let in", "came"],
    }
    pattern = str(found["program_pattern"])
    assert pattern.startswith(r"\A(?:")
    names = [b"doord", b"door-1", b"door-12", b"xdoord", b"doord ", b"doord\n", b""]
    assert matched(pattern, names) == [b"doord", b"door-1"]


def test_the_least_that_an_item_needs(directory: str) -> None:
    (found,) = normalise([{"source": "door", "files": LOGS}], directory)
    assert (found["name"], found["context"], found["server"]) == ("door", "SOURCE_DOOR", "line")
    assert (found["timezone"], found["names"], found["any_program"]) == ("", {}, False)
    assert found["expected_servers"] == []


def test_only_any_program(directory: str) -> None:
    path = Path(directory, "any.yml")
    path.write_text(yaml.safe_dump(DOOR | {"programs": ["*"]}), encoding="utf-8")
    (found,) = normalise([{"source": "any", "files": LOGS}], directory)
    assert (found["program_pattern"], found["any_program"]) == ("(?!)", True)


def test_a_file_of_ones_own(directory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(directory)
    Path("My_Door.v2.yml").write_text(yaml.safe_dump(DOOR), encoding="utf-8")
    for source in ("My_Door.v2.yml", "./My_Door.v2.yml", f"{directory}/My_Door.v2.yml"):
        (found,) = normalise([{"source": source, "files": LOGS}], str(SHIPPED))
        assert (found["name"], found["context"]) == ("my-door-v2", "SOURCE_MY_DOOR_V2")


def item(**changes: object) -> list[object]:
    return [{"source": "door", "files": LOGS, **changes}]


BAD: list[tuple[object, str]] = [
    (None, "null is no list of sources. Write [{source: openvpn, files: [/var/log/remote/*"),
    ([], "[] is no list of sources."),
    ("door", "'door' is no list of sources."),
    (["door"], "item 1: 'door' is not a dictionary. Write [{source: openvpn,"),
    ([{"files": LOGS}], "item 1: has no source. Add it, as in [{source: openvpn,"),
    ([{"source": "door"}], "item 1: has no files. Add it, as in"),
    (item(time_zone="UTC"), "item 1: 'time_zone' is not a key. Did you mean timezone? The keys"),
    (item(source="dor"), "source: 'dor' is no source. Did you mean door? The sources are door,"),
    (item(source="xyz"), "named by its path, such as ./xyz.yml"),
    (item(source="no/x.yml"), "source: 'no/x.yml' is no file on the controller: there is no /"),
    (item(source=7), "source: 7 is not text. Put quotes around what you wrote"),
    (item(source="lift"), "/lift.yml: title: 'x' cannot begin the names of alerts."),
    (item(expected_servers="vpn1"), "expected_servers: 'vpn1' is no list. Write their names, such"),
    (item(expected_servers=[7]), "expected_servers: 7 is not text."),
    (
        item(expected_servers=["vpn*"]),
        "expected_servers: 'vpn*' is no name of a server. Write it",
    ),
    (item(name="Door"), "name: 'Door' cannot name files. Write up to 32 small letters, digits"),
    (item(name="-a"), "name: '-a' cannot name files."),
    (item(name=None), "name: null cannot name files."),
    (item() + item(), "item 2: name: 'door' is item 1 too. Give each a name of its own, such as"),
    (item(files="/x"), "files: '/x' is no list of files or globs. Name at least one: [/var/log"),
    (item(files=[]), "files: [] is no list of files or globs."),
    (item(files=["x.log"]), "files: 'x.log' is not a whole path. Begin it with /"),
    (item(files=[7]), "files: 7 is not text."),
    (item(files=["/a\tb"]), r"files: '/a\tb' has a line break, a tab or the like."),
    (item(server="sender"), "server: 'sender' is neither line nor path. Write one of them"),
    (item(server="path", files=["/x"]), "files: '/x' has no *, and with server: path the server"),
    (item(programs="x"), "programs: 'x' is not a list. Write it in brackets"),
    (item(timezone="europe/helsinky"), "no time zone. Did you mean Europe/Helsinki? Write a name"),
    (item(timezone="../UTC"), "timezone: '../UTC' is no time zone."),
    (item(timezone="Europe"), "timezone: 'Europe' is no time zone."),
    (item(timezone=2), "timezone: 2 is not text."),
    (item(names=["a"]), "names: ['a'] is not a dictionary. Write it as {as logged: person}"),
    (item(names={1: "a"}), "names: 1: 1 is not text. Put quotes around"),
    (item(names={"a": ""}), "names: 'a': is empty. Write something"),
]


@pytest.mark.parametrize(("items", "message"), BAD)
def test_a_bad_item_is_named_with_its_fix(items: object, message: str, directory: str) -> None:
    with pytest.raises(ValueError, match=rf"^logins_sources: .*{re.escape(message)}"):
        normalise(items, directory)


def test_a_file_that_cannot_be_read_is_named(directory: str) -> None:
    Path(directory, "door.yml").write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"item 1: .*/door.yml: is not UTF-8. Save it as UTF-8"):
        normalise(item(), directory)


def test_time_zones_that_are_missing_are_said(
    directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoneinfo.available_timezones", lambda: set[str]())
    with pytest.raises(ValueError, match=r"cannot be checked: the controller has no time zones"):
        normalise(item(timezone="Nowhere/X"), directory)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yml")), ids=lambda path: path.stem)
def test_every_shipped_source_is_right(path: Path) -> None:
    (found,) = normalise([{"source": path.stem, "files": LOGS}], str(SHIPPED))
    assert found["name"] == path.stem
