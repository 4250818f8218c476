"""Write docs/kubernetes.md from the tables that the checks use: `python -m kube_yaml.document_support [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path

from kube_yaml.check import ACCEPTED, KINDS, REFUSED
from kube_yaml.schema import all_tables

_FILE = Path(__file__).resolve().parent.parent / "docs" / "kubernetes.md"
_WORDS = {"Y": "yes", "L": "not yet: an error", "R": "no: an error", "A": "accepted, means nothing here"}
_HEAD = """# Kubernetes YAML

What `pycman kube play` does with every kind and field. This page is made from the tables that check files
(`kube_yaml/schema/`), by `python -m kube_yaml.document_support`.

No field is ignored in silence: one the API does not know is an error with file, line, path and the nearest name (`--validate=warn` or
`ignore` make it less, but never in a security context); one that is not supported is an error; one that means nothing on one host
is named once as a warning.

"""


def text() -> str:
    """Return the page."""
    lines = [_HEAD, "## Kinds\n", "| kind | version | supported |", "|---|---|---|"]
    lines += [f"| {kind} | {version} | yes |" for kind, version in KINDS.items()]
    lines += [f"| {kind} | | {_WORDS['A']}: {why} |" for kind, why in ACCEPTED.items()]
    lines += [f"| {kind} | | {_WORDS['R']}: {why} |" for kind, why in REFUSED.items()]
    for name, table in sorted(all_tables().items()):
        lines += ["", f"## {name}", "", "| field | type | supported | note |", "|---|---|---|---|"]
        for field in table.values():
            kind = field.type.replace("|", " or ")
            mark = " (required)" if field.required else ""
            lines.append(f"| `{field.name}`{mark} | {kind} | {_WORDS[field.support]} | {field.note} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page; with --check only say by the exit status whether it is as it should be."""
    if "--check" in sys.argv[1:]:
        fresh = _FILE.exists() and _FILE.read_text(encoding="utf-8") == text()
        if not fresh:
            sys.stderr.write(f"{_FILE} is stale: run python -m kube_yaml.document_support\n")
        return int(not fresh)
    _FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
