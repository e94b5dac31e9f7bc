# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the README.md of each role from its meta/argument_specs.yml. Part of `make docs`.

With `--check` it writes nothing, and fails where it would.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from antsibull_docs_parser import dom
from antsibull_docs_parser.parser import Context, parse

ROOT = Path(__file__).parents[1]
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text())
COLLECTION = f"{GALAXY['namespace']}.{GALAXY['name']}"
SOURCE = f"{GALAXY['repository']}/blob/main"


def code(text: str) -> str:
    """Return text as Markdown's code, whatever backticks it holds."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def plain(text: str) -> str:
    """Return text without what Markdown would take for markup."""
    return "".join(f"\\{letter}" if letter in "*_<>[]" else letter for letter in text)


def markdown(part: dom.AnyPart) -> str:
    """Return one piece of Ansible's markup in Markdown."""
    match part:
        case dom.TextPart():
            return plain(part.text)
        case dom.CodePart():
            return code(part.text)
        case dom.OptionValuePart() | dom.EnvVariablePart():
            return code(part.value if isinstance(part, dom.OptionValuePart) else part.name)
        case dom.OptionNamePart():
            return code(part.name if part.value is None else f"{part.name}: {part.value}")
        case dom.PluginPart():
            name = part.plugin.fqcn.removeprefix(f"{COLLECTION}.")
            return f"[{name}]({SOURCE}/roles/{name}/README.md)"
        case dom.URLPart():
            return f"<{part.url}>"
        case dom.LinkPart():
            return f"[{plain(part.text)}]({part.url})"
        case _:
            sys.exit(f"tests/role_readmes.py: add {part.type} to markdown(): {part}")


def paragraphs(description: str | list[str]) -> Iterator[str]:
    """Return the paragraphs of a description, in Markdown."""
    for paragraph in parse(description, Context(), errors="exception"):
        yield "".join(markdown(part) for part in paragraph)


def facts(option: dict[str, Any]) -> str:
    """Say what values an option takes, and which it has by default."""
    kind = option["type"] + (f" of {option['elements']}" if "elements" in option else "")
    said = [kind]
    if choices := option.get("choices"):
        said.append("one of " + ", ".join(code(str(choice)) for choice in choices))
    if option.get("required"):
        said.append("required")
    elif "default" in option:
        default = option["default"]
        said.append("default " + code(json.dumps(default)))
    return ", ".join(said)


def variables(options: dict[str, Any], above: str = "") -> Iterator[str]:
    """Return a section for each option, and after it those of the options in it."""
    for name, option in options.items():
        yield f"### {above}{name}"
        yield f"*{facts(option)}*"
        yield from paragraphs(option["description"])
        yield from variables(option.get("options") or {}, f"{above}{name}.")


def readme(role: Path) -> str:
    """Return the page of a role."""
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]
    main = specs["main"]
    blocks = [
        f"# {COLLECTION}.{role.name}",
        f"{main['short_description']}.",
        *paragraphs(main["description"]),
        f"How to begin is in the [README of the collection]({SOURCE}/README.md). This page says "
        f"what `ansible-doc --type role {COLLECTION}.{role.name}` says; `make docs` makes it from "
        f"[meta/argument_specs.yml]({SOURCE}/roles/{role.name}/meta/argument_specs.yml).",
    ]
    if main.get("options"):
        blocks += ["## Variables", *variables(main["options"])]
    for name, spec in specs.items():
        if name == "main":
            continue
        blocks += [f"## Entry point {name}", f"{spec['short_description']}."]
        blocks += paragraphs(spec.get("description", []))
        options = spec.get("options") or {}
        if options and options == main.get("options"):
            blocks.append("The variables are the same.")
        else:
            blocks += variables(options)
    return "\n\n".join(blocks) + "\n"


def main() -> int:
    """Write the pages, or with `--check` say which ones are not as they should be."""
    status = 0
    for specs in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        page = specs.parents[1] / "README.md"
        text = readme(specs.parents[1])
        if page.exists() and page.read_text() == text:
            continue
        if "--check" in sys.argv[1:]:
            print(f"{page.relative_to(ROOT)} is not current: run `make docs`")
            status = 1
        else:
            page.write_text(text)
    return status


if __name__ == "__main__":
    sys.exit(main())
