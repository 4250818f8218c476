"""Write (or with --check compare) the files that are generated from `cli/describe/`.

python -m cli.generate            write what differs, remove what is no longer described
python -m cli.generate --check    end with 1 if something differs, or a description is incomplete
"""

from __future__ import annotations

import sys
from pathlib import Path

from cli.completion_scripts import SCRIPTS
from cli.generate.compatibility import compatibility_page
from cli.generate.help_texts import help_module
from cli.generate.manual import manual_pages
from cli.generate.missing import missing
from cli.generate.read import read
from cli.generate.reference import reference_pages
from cli.generate.tables import completion_module, table_module, unsupported_module

ROOT = Path(__file__).resolve().parent.parent.parent


def files() -> dict[str, str]:
    """Return the content of every generated file, by its path in the tree."""
    cli = read()
    found = {
        "cli/table.py": table_module(cli),
        "cli/completion_kinds.py": completion_module(cli),
        "cli/unsupported_flags.py": unsupported_module(cli),
        "cli/help_texts.py": help_module(cli),
        "docs/compatibility.md": compatibility_page(cli),
    }
    found |= {f"completions/{name}": make() for name, make in SCRIPTS.values()}
    found |= {f"docs/man/{name}": text for name, text in manual_pages(cli).items()}
    found |= {f"docs/reference/{name}": text for name, text in reference_pages(cli).items()}
    return found


def stale(wanted: dict[str, str], root: Path = ROOT) -> list[str]:
    """Return the files below `root` that are not as `wanted`, and manual and reference pages that nothing describes."""
    there = [
        path
        for folder, kind in (("docs/man", "*.1"), ("docs/reference", "*.md"))
        for path in (root / folder).glob(kind)
    ]
    superfluous = [name for path in there if (name := str(path.relative_to(root))) not in wanted]
    return superfluous + [name for name, text in wanted.items() if not _holds(root / name, text)]


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    """Write or check all files; return the exit status."""
    problems = missing(read())
    for sentence in problems:
        print(sentence, file=sys.stderr)
    if problems:
        return 1
    wanted = files()
    differing = stale(wanted)
    if "--check" in arguments:
        for name in differing:
            print(f"{name} is stale: run python -m cli.generate")
        return 1 if differing else 0
    for name in differing:
        path = ROOT / name
        if name in wanted:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()
        print(f"{'wrote' if name in wanted else 'removed'} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
