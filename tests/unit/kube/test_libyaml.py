"""libyaml's parser comes without the rest of PyYAML, which others find whole afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_BEGIN = "import sys; sys.path.insert(0, sys.argv[1]); from kube_yaml.read import libyaml;"
_PARSE = "parser = libyaml.CParser(b'a: [1]'); print(sum(1 for _ in iter(parser.get_event, None)));"


def _run(code: str) -> str:
    root = str(Path(__file__).parents[3])
    return subprocess.run([sys.executable, "-c", code, root], check=True, capture_output=True, text=True).stdout


def test_only_what_the_parser_needs_is_imported() -> None:
    said = _run(f"{_BEGIN}{_PARSE}print(*sorted(name for name in sys.modules if name.startswith('yaml')))")
    assert said.splitlines() == ["10", "yaml yaml._yaml yaml.error yaml.events yaml.nodes yaml.tokens"]


def test_who_imports_yaml_later_has_all_of_it() -> None:
    said = _run(
        f"{_BEGIN}import yaml; print(yaml.load(b'[1]', Loader=yaml.CSafeLoader), yaml.safe_load('{{b: 2}}'), end=' ');"
        "from yaml import SafeDumper; import yaml.reader, yaml.scanner;"
        "print(yaml.dump([1], Dumper=SafeDumper).strip(), hasattr(yaml, 'nonsense'), yaml.YAMLError is libyaml.YAMLError,"
        "yaml.reader.ReaderError.__module__, hasattr(yaml.scanner, 'Scanner'))"
    )
    assert said.split() == ["[1]", "{'b':", "2}", "-", "1", "False", "True", "yaml.reader", "True"]


def test_a_process_that_may_have_threads_imports_all_of_it() -> None:
    assert _run(f"import threading;{_BEGIN}{_PARSE}print('yaml.constructor' in sys.modules)").split() == ["10", "True"]


def test_who_has_yaml_already_keeps_it() -> None:
    assert _run(f"import yaml;{_BEGIN}{_PARSE}print(sys.modules['yaml'] is yaml)").split() == ["10", "True"]
