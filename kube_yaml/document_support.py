"""Write docs/kubernetes.md from the tables that the checks use: `python -m kube_yaml.document_support [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path

from kube_yaml.read.check import ACCEPTED, KINDS, REFUSED
from kube_yaml.schema import all_tables
from kube_yaml.translate.annotations import OF_PODS, ONLY_SHOWN, PODMANS, READERS, full_name

_FILE = Path(__file__).resolve().parent.parent / "docs" / "kubernetes.md"
_WORDS = {"Y": "yes", "L": "not yet: an error", "R": "no: an error", "A": "accepted, means nothing here"}
_HEAD = """# Kubernetes YAML

What `pycman kube play` does with every kind and field. This page is made from the tables that check files
(`kube_yaml/schema/`), by `python -m kube_yaml.document_support`.

No field is ignored in silence: one the API does not know is an error with file, line, path and the nearest name (`--validate=warn` or
`ignore` make it less, but never in a security context); one that is not supported is an error; one that means nothing on one host
is named once as a warning.

"""


_ANNOTATIONS = """
## Annotations

Podman's, for what Kubernetes has no field for. KEY/CONTAINER is for one container, KEY alone for all of the pod. Those of
`io.podman.annotations.` may be written `io.pycman.annotations.`, which wins; a field that says the same wins over both.

| annotation | for one container | meaning |
|---|---|---|
"""
_MEANINGS = {
    "userns": "user namespace: host, private, auto, keep-id or nomap; `--userns` wins",
    "infra.name": "name of the infra container",
    "init.container.type": "once: init containers go when they have ended; always: they stay",
    "ulimit": "`nofile=SOFT:HARD,nproc=…`; podman knows it for all containers only",
    "bind-mount-options": "`PATH:z` or `PATH:Z`: a hostPath is relabelled",
    "volumes-from": "`NAME[:ro];NAME`: volumes of containers before it in the file, or of others",
    "kube.image.volumes.mount": "`IMAGE;IMAGE`: what these have where their VOLUMEs are, read-only",
    "pids-limit": "most processes",
    "cpuset": "processors it may run on",
    "memory-nodes": "memory nodes it may use",
    "label": "SELinux: `disable`, `type:NAME`, …",
    "seccomp": "`localhost/NAME` below `--seccomp-profile-root`, `runtime/default` or `unconfined`",
    "apparmor": "a profile's name, `runtime/default` or `unconfined`",
    "autoremove": "it goes when it ends; it needs restartPolicy Never",
    "init": "an init program reaps processes and passes signals on",
    "publish-all": "its ports are published at free ports of the host",
    "autoupdate": "kept as a label; nothing is updated by itself yet",
    "autoupdate.authfile": "kept as a label",
    "sdnotify": "means nothing here: systemd is not told",
}


def _annotations() -> list[str]:
    found = [f"| `{full_name(name)}` | {'' if name in OF_PODS else 'yes'} | {_MEANINGS[name]} |" for name in READERS]
    found += [f"| `{PODMANS}{name}` | yes | only shown |" for name in ONLY_SHOWN]
    return [_ANNOTATIONS + "\n".join(found)]


def text() -> str:
    """Return the page."""
    lines = [_HEAD, "## Kinds\n", "| kind | version | supported |", "|---|---|---|"]
    lines += [f"| {kind} | {version} | yes |" for kind, version in KINDS.items()]
    lines += [f"| {kind} | | {_WORDS['A']}: {why} |" for kind, why in ACCEPTED.items()]
    lines += [f"| {kind} | | {_WORDS['R']}: {why} |" for kind, why in REFUSED.items()]
    lines += _annotations()
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
