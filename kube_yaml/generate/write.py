"""Objects as YAML text: keys in the order of the API, strings that YAML would read as something else in quotes."""

from __future__ import annotations

import yaml

from kube_yaml.read.documents import is_plain_string
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kube_yaml.generate.objects import Generated


class _Dumper(yaml.SafeDumper):
    """Writes strings in the style that they need, and never aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Return True: no object is written as an alias (`*id`) of an equal one."""
        return True


def _represent_string(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value.strip("\n") else None if is_plain_string(value) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _represent_string)


def write_yaml(generated: Generated) -> str:
    """Return the YAML of all objects, with a comment at the top for each setting that has no field."""
    lines = [f"# Written by pycman {__version__}: pycman kube play FILE, or kubectl apply -f FILE"]
    lines += [f"# not expressible: {setting}" for setting in generated.not_expressible]
    texts = [
        yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True, width=120)
        for value in generated.objects
    ]
    return "\n".join(lines) + "\n" + "---\n".join(texts)
