"""buildx bake: carry out the builds of a compose file or a JSON bake file, one after the other."""

from __future__ import annotations

import io
import os
import sys

from cli.specs.bake import BakeFile, build_words, set_field
from cli.specs.pairs import read_lines
from pycman.errors import InvalidInput, NotFound, Unsupported, from_os_error
from pycman.jsontext import format_json, parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.call import Call
    from cli.specs.bake import Target

_FILES = (
    "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml", "docker-bake.json",
    "docker-bake.override.json", "docker-bake.hcl", "docker-bake.override.hcl",
)  # fmt: skip
_MOST_BYTES = 10 << 20


def run(call: Call) -> int:
    """Build the targets and groups that are named, else the group "default"; with --print only show them."""
    chosen = _read(call).chosen(call.arguments)
    for text in call.values("set"):
        path, equals, value = text.partition("=")
        pattern, _, field = path.partition(".")
        if not equals or not field:
            raise InvalidInput("not TARGET.FIELD=VALUE", subject=f"--set {text}")
        matching = [target for name, target in chosen if pattern in ("*", name)]
        if not matching:
            raise NotFound("no such target", subject=f"--set {text}", hint="name one that is built, or *")
        for target in matching:
            set_field(target, field, value)
    if call.flag("print"):
        group = {"default": {"targets": [name for name, _ in chosen]}}
        call.print(format_json({"group": group, "target": dict(chosen)}, indent=2))
        return 0
    planned = [(name, target, build_words(target, name)) for name, target in chosen]
    for name, target, words in planned:
        print(f"[{name}]", file=sys.stderr, flush=True)
        status = _build(call, target, [*_common(call), *words])
        if status:
            return status
    return 0


def _common(call: Call) -> list[str]:
    words = [f"--{name}" for name in ("no-cache", "push") if call.flag(name)]
    words += [f"--progress={call.string('progress')}"] if call.string("progress") else []
    return words + (["--pull"] if call.flag("pull") else []) + [f"--allow={text}" for text in call.values("allow")]


def _build(call: Call, target: Target, words: list[str]) -> int:
    """Carry out one build by the command that users have for it."""
    from cli.actions.build import run as build  # only when something is built
    from cli.call import Call  # the same
    from cli.parse import FlagTable, parse_flags  # the same
    from cli.table import COMMANDS  # the same

    _, _, stop_at_first, row = COMMANDS["build"]
    flags, rest = parse_flags(FlagTable(row), words, stop_at_first=stop_at_first)
    own = Call("build", flags, rest, call.globals, call.habits.program, call.line)
    inline = target.get("dockerfile-inline")
    before = os.dup(0) if inline is not None else -1
    try:
        if inline is not None:
            _standard_input(str(inline).encode())
        return build(own)
    finally:
        own.close()
        if before >= 0:
            os.dup2(before, 0)
            os.close(before)


def _standard_input(data: bytes) -> None:
    """Make `data` what descriptor 0 gives: `build --file -` reads it."""
    descriptor = os.memfd_create("dockerfile")
    with open(descriptor, "w+b", closefd=False) as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.dup2(descriptor, 0)
    os.close(descriptor)


def _read(call: Call) -> BakeFile:
    """Read the files of --file, else those of the working directory. Raises NotFound, Unsupported (HCL), InvalidInput."""
    names = call.values("file") or [name for name in _FILES if os.path.exists(name)]
    if not names:
        raise NotFound("no bake file or compose file", subject=os.getcwd(), hint="name one with -f")
    found = BakeFile()
    environment = _environment()
    for name in names:
        if name.endswith(".hcl") and not call.values("file") and len(names) > 1:
            raise Unsupported("bake files in HCL are not read", subject=name, hint="name the other files with -f")
        if name.endswith(".hcl"):
            hint = "make JSON of it with docker buildx bake --print"
            raise Unsupported("bake files in HCL are not read", subject=name, hint=hint)
        data = _content(name)
        if name.endswith(".json"):
            found.add_json(parse_json(data, subject=name), name, environment)
        else:
            from kube_yaml.read.documents import read_value  # 10 ms (PyYAML): only for YAML

            document = read_value(data, file=name)
            is_bake = isinstance(document, dict) and "target" in document and "services" not in document
            (found.add_json if is_bake else found.add_compose)(document, name, environment)
    return found


def _environment() -> Mapping[str, str]:
    """Return the variables of .env, which this process's own win over."""
    lines = read_lines(".env", ".env") if os.path.isfile(".env") else []
    pairs = (line.removeprefix("export ").partition("=") for line in lines)
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs} | dict(os.environ)


def _content(name: str) -> bytes:
    try:
        with io.FileIO(0, closefd=False) if name == "-" else open(name, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise from_os_error(error, subject=name) from error
    if len(data) > _MOST_BYTES:
        raise InvalidInput(f"the file is larger than {_MOST_BYTES >> 20} MiB", subject=name)
    return data
