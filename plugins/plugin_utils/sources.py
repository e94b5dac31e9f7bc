# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources of logins as people write them in ``logins_sources``, and as the rules need them.

A ``ValueError`` here is a sentence for that person: it names the variable, the item, the file, the
value and the fix.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Mapping
from pathlib import Path

from ansible_collections.loghost.geowatch.plugins.plugin_utils import name_patterns, source_files
from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import (
    at,
    dictionary,
    must_have_known_keys,
    shown,
    suggestion,
    text,
)
from ansible_collections.loghost.geowatch.plugins.plugin_utils.source_files import SourceFile
from ansible_collections.loghost.geowatch.plugins.plugin_utils.source_messages import perl_literal

_KEYS = ("source", "files", "name", "programs", "timezone", "server", "names", "expected_servers")
_SERVERS = ("line", "path")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_EXAMPLE = "[{source: openvpn, files: [/var/log/remote/*/openvpn.log]}]"


def normalise(items: object, directory: str) -> list[dict[str, object]]:
    """Return what the rules need to know of each item of ``logins_sources``.

    Args:
        items: The list ``logins_sources``.
        directory: Where the source files are that have names.

    Returns:
        A dictionary for each item. The filter login_sources documents its keys.

    Raises:
        ValueError: If an item or its source file is wrong.
    """
    found: list[dict[str, object]] = []
    with at("logins_sources"):
        if not isinstance(items, (list, tuple)) or not items:
            raise ValueError(f"{shown(items)} is no list of sources. Write {_EXAMPLE}")
        for number, item in enumerate(items, start=1):
            with at(f"item {number}"):
                found.append(_item(item, Path(directory), [str(each["name"]) for each in found]))
    return found


def _item(item: object, directory: Path, earlier: list[str]) -> dict[str, object]:
    item = dictionary(item, f"Write {_EXAMPLE}")
    must_have_known_keys(item, _KEYS)
    for key in ("source", "files"):
        if key not in item:
            raise ValueError(f"has no {key}. Add it, as in {_EXAMPLE}")
    path = _path(item["source"], directory)
    name = _name(item, path, earlier)
    server = item.get("server", "line")
    if server not in _SERVERS:
        raise ValueError(f"server: {shown(server)} is neither line nor path. Write one of them")
    files = _files(item["files"], server)
    with at(f"{path}"):
        source = _load(path)
    programs = [*(source_files.programs(item["programs"]) if "programs" in item else [])]
    programs = list(dict.fromkeys([*source.programs, *programs]))
    names = _names(item.get("names", {}))
    return {
        "name": name,
        "context": f"SOURCE_{name.upper().replace('-', '_')}",
        "files": files,
        "server": server,
        "timezone": _timezone(item["timezone"]) if "timezone" in item else "",
        "names": names,
        "expected_servers": _expected_servers(item.get("expected_servers", [])),
        "names_perl": ", ".join(
            f"'{perl_literal(logged)}' => '{perl_literal(person)}'"
            for logged, person in names.items()
        ),
        **source._asdict(),
        "programs": programs,
        "program_pattern": _program_pattern(programs),
        "any_program": name_patterns.ANY in programs,
        "words": _words(source),
    }


def _path(value: object, directory: Path) -> Path:
    shipped = sorted(path.stem for path in directory.glob("*.yml"))
    with at("source"):
        written = text(value)
        if "/" in written or written.endswith((".yml", ".yaml")):
            # Relative to where ansible-playbook was started, as everywhere in Ansible's filters.
            path = Path(written).expanduser().absolute()
            if not path.is_file():
                raise ValueError(f"{written!r} is no file on the controller: there is no {path}")
            return path
        if written not in shipped:
            raise ValueError(
                f"{written!r} is no source. {suggestion(written, shipped)}The sources are "
                f"{', '.join(shipped)}. A file of your own is named by its path, such as "
                f"./{written}.yml"
            )
        return directory / f"{written}.yml"


def _load(path: Path) -> SourceFile:
    try:
        with path.open(encoding="utf-8") as file:
            return source_files.parse(file.read(source_files.LONGEST_FILE + 1))
    except OSError as exc:
        raise ValueError(f"cannot be read: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8. Save it as UTF-8") from None


def _name(item: Mapping[str, object], path: Path, earlier: list[str]) -> str:
    name = item.get("name", re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-"))
    with at("name"):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(
                f"{shown(name)} cannot name files. "
                "Write up to 32 small letters, digits and -, such as openvpn-helsinki"
            )
        if name in earlier:
            # Not numbered: what the correlator remembers is found again by this name.
            raise ValueError(
                f"{name!r} is item {earlier.index(name) + 1} too. "
                f"Give each a name of its own, such as name: {name}-2"
            )
    return str(name)


def _files(value: object, server: object) -> list[str]:
    with at("files"):
        if not isinstance(value, (list, tuple)) or not value:
            raise ValueError(
                f"{shown(value)} is no list of files or globs. "
                "Name at least one: [/var/log/remote/*/openvpn.log]"
            )
        return [_file(each, server) for each in value]


def _file(value: object, server: object) -> str:
    path = text(value)
    if not path.startswith("/"):
        raise ValueError(f"{path!r} is not a whole path. Begin it with /")
    if server == "path" and "*" not in path:
        raise ValueError(
            f"{path!r} has no *, and with server: path the server is what the first * stands for. "
            "Write one in the place of the server, or server: line"
        )
    return path


def _timezone(value: object) -> str:
    with at("timezone"):
        name = text(value)
        try:
            zoneinfo.ZoneInfo(name)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            known = zoneinfo.available_timezones()
            if not known:
                raise ValueError(
                    f"{name!r} cannot be checked: the controller has no time zones. "
                    "Install tzdata there"
                ) from None
            raise ValueError(
                f"{name!r} is no time zone. {suggestion(name, known)}"
                "Write a name such as Europe/Helsinki, or UTC"
            ) from None
        return name


def _names(value: object) -> dict[str, str]:
    with at("names"):
        value = dictionary(value, "Write it as {as logged: person}")
        found = {}
        for logged, person in value.items():
            with at(shown(logged)):
                found[text(logged)] = text(person)
        return found


def _expected_servers(value: object) -> list[str]:
    with at("expected_servers"):
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{shown(value)} is no list. Write their names, such as [vpn1, vpn2]")
        found = [text(each) for each in value]
        for name in found:
            if not re.fullmatch(r"[\w.:-]+", name):
                raise ValueError(
                    f"{name!r} is no name of a server. Write it as alerts have it, such as vpn1"
                )
        return found


def _program_pattern(programs: Iterable[str]) -> str:
    named = [each for each in programs if each != name_patterns.ANY]
    return rf"\A{name_patterns.perl_pattern(named)[1:]}" if named else "(?!)"


def _words(source: SourceFile) -> list[str]:
    """Return the texts to look for. One that has another in it is found by that."""
    texts = [str(each["text"]) for each in source.messages if each["means"] != "nothing"]
    texts = list(dict.fromkeys(texts))
    return [each for each in texts if not any(other in each for other in texts if other != each)]
