"""Objects as YAML text that Kubernetes reads as they are: keys in API order, texts that look like something else in quotes."""

from __future__ import annotations

import yaml

from kube_yaml.read.documents import reads_as_text
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kube_yaml.generate.objects import Generated


class _Dumper(yaml.SafeDumper):
    """Writes lists indented as kubectl does not, but people do; never aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Return True: a manifest has no anchors."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value.strip("\n") else None if reads_as_text(value) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def write_yaml(generated: Generated) -> str:
    """Return the text of all objects, with what could not be said in comments at the top."""
    lines = [f"# Written by pycman {__version__}: pycman kube play FILE, or kubectl apply -f FILE"]
    lines += [f"# not expressible: {each}" for each in generated.not_expressible]
    texts = [
        yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True, width=120)
        for value in generated.objects
    ]
    return "\n".join(lines) + "\n" + "---\n".join(texts)
