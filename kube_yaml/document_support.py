"""Write docs/kubernetes.md from the tables that the checks use: `python -m kube_yaml.document_support [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path

from kube_yaml.check.kinds import ACCEPTED, CUSTOM, KINDS, LEFT_OUT, REFUSED, SECURITY
from kube_yaml.schema import all_tables
from kube_yaml.translate.annotations import DISPLAYED_ONLY, POD_ANNOTATIONS, PODMAN_PREFIX, READERS, full_name

_FILE = Path(__file__).resolve().parent.parent / "docs" / "kubernetes.md"
_SUPPORT = {
    "Y": "yes",
    "L": "not yet: an error",
    "R": "no: an error",
    "A": "accepted, no effect",
    "S": "set by a cluster: left out",
}
_HEAD = """# Kubernetes YAML

What `pycman kube play` does with every kind and field. `python -m kube_yaml.document_support` writes this page from the tables
by which files are checked (`kube_yaml/schema/`).

No field is ignored silently. An unknown field is an error with file, line, path and the nearest name (`--validate=warn` or `ignore`
relax this, but never in a security context). A field that is not supported is an error. A field that has no effect on a single host
is reported once, as a warning; so is a kind that nothing here acts on, unless `--validate=strict` is given. What is null, an empty
string, or 0 where the API takes that as not said, is not there. What a cluster adds when it prints an object is left out.

"""


_ANNOTATIONS = """
## Annotations

Podman's annotations ask for what Kubernetes has no field for. KEY/CONTAINER applies to one container, KEY alone to all of the pod.
The prefix `io.podman.annotations.` may be written `io.pycman.annotations.`, which wins; a field for the same thing wins over both.

| annotation | for one container | meaning |
|---|---|---|
"""
_MEANINGS = {
    "userns": "user namespace: host, private, auto, keep-id or nomap; `--userns` wins",
    "infra.name": "name of the infra container",
    "init.container.type": "once: init containers are removed when they have exited; always: they are kept",
    "ulimit": "`nofile=SOFT:HARD,nproc=…`; podman accepts it for all containers only",
    "bind-mount-options": "`PATH:z` or `PATH:Z`: relabel a hostPath",
    "volumes-from": "`NAME[:ro];NAME`: mount the volumes of containers that come before it in the file, or of existing containers",
    "kube.image.volumes.mount": "`IMAGE;IMAGE`: mount the VOLUMEs of these images, read-only",
    "pids-limit": "maximum number of processes",
    "cpuset": "CPUs it may run on",
    "memory-nodes": "NUMA memory nodes it may use",
    "label": "SELinux: `disable`, `type:NAME`, …",
    "seccomp": "`localhost/NAME` below `--seccomp-profile-root`, `runtime/default` or `unconfined`",
    "apparmor": "a profile's name, `runtime/default` or `unconfined`",
    "autoremove": "remove the container when it exits; needs restartPolicy Never",
    "init": "run an init program that reaps processes and forwards signals",
    "publish-all": "publish its ports at free ports of the host",
    "autoupdate": "a label by which `auto-update` finds what to update",
    "autoupdate.authfile": "stored as a label",
    "sdnotify": "no effect: systemd is not notified",
}


def _annotations() -> list[str]:
    rows = [
        f"| `{full_name(name)}` | {'' if name in POD_ANNOTATIONS else 'yes'} | {_MEANINGS[name]} |" for name in READERS
    ]
    rows += [f"| `{PODMAN_PREFIX}{name}` | yes | shown by inspect only |" for name in DISPLAYED_ONLY]
    return [_ANNOTATIONS + "\n".join(rows)]


def page() -> str:
    """Return the whole page, as Markdown."""
    lines = [_HEAD, "## Kinds\n", "| kind | version | supported |", "|---|---|---|"]
    lines += [f"| {kind} | {version} | yes |" for kind, version in KINDS.items()]
    lines += [f"| {kind} | | {_SUPPORT['A']}: {why} |" for kind, why in ACCEPTED.items()]
    lines += [f"| {kind} | | left out, with --validate=strict an error: {why} |" for kind, why in LEFT_OUT.items()]
    lines += [
        f"| kinds of other groups (monitoring.coreos.com, …) | | left out, with --validate=strict an error: {CUSTOM} |"
    ]
    lines += [
        f"| {kind} | | left out with a warning, with --validate=strict an error: {why} |"
        for kind, why in SECURITY.items()
    ]
    lines += [f"| {kind} | | {_SUPPORT['R']}: {why} |" for kind, why in REFUSED.items()]
    lines += _annotations()
    for name, table in sorted(all_tables().items()):
        lines += ["", f"## {name}", "", "| field | type | supported | note |", "|---|---|---|---|"]
        for field in table.values():
            kind = field.type.replace("|", " or ")
            mark = " (required)" if field.required else ""
            lines.append(f"| `{field.name}`{mark} | {kind} | {_SUPPORT[field.support]} | {field.note} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page; with --check write nothing, and exit with 1 if the page is out of date."""
    if "--check" in sys.argv[1:]:
        up_to_date = _FILE.exists() and _FILE.read_text(encoding="utf-8") == page()
        if not up_to_date:
            sys.stderr.write(f"{_FILE} is out of date: run python -m kube_yaml.document_support\n")
        return int(not up_to_date)
    _FILE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
