"""Write docs/configuration.md from the tables that the parsers use: `python -m tools.configuration_page [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path

from pycman.config import containers_conf_keys as containers_keys
from pycman.config import registries_conf as registries
from pycman.config import storage_conf as storage
from pycman.config.containers_conf import ContainersConf
from pycman.config.pycman_conf import KEYS as PYCMAN_KEYS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"
_HEAD = """# Configuration

pycman reads the files that podman, buildah and CRI-O read, and obeys them. This page is made from the tables that the parsers use
(`pycman/config/`), by `python -m tools.configuration_page`.

- A flag wins over a file; a file wins over what is built in.
- A key that is unknown, or that has no effect here, is named in a warning with its file by the first command that reads the changed
  file; `pycman info` and `pycman doctor` name it always. It is no error: the files are shared with other engines.
- A wrong type, or a value that makes no sense, is an error with file, line and key; nothing is done then. So is a file that
  an environment variable names and that is not there.
- What a file asks for to confine containers is applied, or the command is refused with one line. Two exceptions are said with a
  warning: AppArmor on a host without it, and limits on a host where containers have no cgroups of their own.
- `pycman info` lists the files that were read, `--log-level=debug` says so for each command. A parse is kept below the run root until
  a file changes.

## containers.conf

Files, later ones win key by key (containers.conf(5)):

1. `/usr/share/containers/containers.conf`
2. `/etc/containers/containers.conf`, then `/etc/containers/containers.conf.d/*.conf` by name
3. rootless: `/etc/containers/containers.rootless.conf`, its `.d/*.conf` and `.d/UID/*.conf`
4. `$XDG_CONFIG_HOME/containers/containers.conf` (`~/.config/…`), then its `.d/*.conf`
5. the file that `CONTAINERS_CONF_OVERRIDE` names

`CONTAINERS_CONF` names one file in place of 1 to 4. A list replaces that of the file before, or with `{append=true}` among its items
is added to it.

Which containers take what `[containers]` says, where their caller says nothing:

- `run`, `create` and the library: all of it.
- `kube play`: all but `env_host`, `http_proxy`, `init` and `privileged`, which the YAML decides. A `securityContext` wins.
- Pods: `netns` (`host`, `none`) and `userns` are the pod's; its infra container takes name servers, `no_hosts`, `base_hosts_file`,
  `shm_size`, `default_sysctls` and `default_host_ips`, its members the rest. Kernel parameters are set where a container has
  the namespace for itself.
- Containers of a kubelet (CRI): none of it, as with CRI-O, whose containers.conf is another file: their limits, masks and profiles
  come with each call. Two keys say what a kubelet's words mean: `seccomp_profile` is `RuntimeDefault`, `default_capabilities` is
  what capabilities are added to and dropped from. `[engine]` holds for them too (runtime, conmon, CDI, cgroup manager, retries).

`pids_limit` holds without any file (2048, as in podman) wherever the host can limit processes; where it cannot, nothing is said unless
a file or flag asked for a limit.

"""
_PYCMAN = """
## pycman.conf

`$XDG_CONFIG_HOME/pycman/pycman.conf` (`~/.config/…`), else `/etc/pycman/pycman.conf`: what concerns pycman's command line alone. An unknown
key is an error here.

"""
_STORAGE = """
## storage.conf

Shared files: `/usr/share/containers/storage.conf`, `/etc/containers/storage.conf`, rootless `$XDG_CONFIG_HOME/containers/storage.conf`;
`CONTAINERS_STORAGE_CONF` names one in place of all. From these pycman takes drivers and mount options. Their `graphroot`, `runroot` and
`rootless_storage_path` are the directories of another engine's store. pycman never uses those: it would be two programs writing
one store without knowing of each other. Such a key is named in a warning if it is not the packages' default.

pycman's own files have the same form and are read last: `/etc/pycman/storage.conf`, then rootless `$XDG_CONFIG_HOME/pycman/storage.conf`.
There the three keys say where *pycman's* store is. `--root` and `--runroot` win. A directory that already is the store of podman,
CRI-O or docker is refused, whoever names it.

"""
_REGISTRIES = """
## registries.conf

`/etc/containers/registries.conf` with `registries.conf.d/*.conf`, or the user's own `~/.config/containers/registries.conf` with its `.d/` in
their place; `CONTAINERS_REGISTRIES_CONF` names one in place of all (containers-registries.conf(5)). Only version 2 is read; version 1 is an
error.

"""
_POLICY = """
## policy.json

`~/.config/containers/policy.json`, else `/etc/containers/policy.json` (containers-policy.json(5)); without either, any image may come in.
It holds for `pull` (and what pulls), `load` and `import`, by transport: docker, docker-archive, oci-archive, oci, dir, tarball.
`--signature-policy FILE` names another for one command. [signatures.md](signatures.md) tells how to require and make signatures.

| requirement | what it does here |
|---|---|
| `insecureAcceptAnything` | the image may come in |
| `reject` | refused |
| `signedBy` | it needs a signature of GPG: all of `keyPath`, `keyPaths`, `keyData` and `signedIdentity`; `keyType` GPGKeys |
| `sigstoreSigned` | it needs a signature of sigstore by a public key, and with a `rekorPublicKey…` the log's word; `fulcio` and `pki` are refused |
| `signedBaseLayer` | refused: it cannot be checked |
| any other, an unknown field, a name that is there twice | an error: nothing comes in |

## registries.d

`~/.config/containers/registries.d/*.yaml`, else `/etc/containers/registries.d/*.yaml` (containers-registries.d(5)); read for images whose
policy asks for signatures, and to sign.

| section | key | what it does |
|---|---|---|
| `default-docker`, `docker: SCOPE` | `lookaside` (older: `sigstore`) | URL below which signatures of GPG are read: `file:///…`, `https://…`, `http://…` |
| | `lookaside-staging` (older: `sigstore-staging`) | URL below which they are written: `file:///…` |
| | `use-sigstore-attachments` | signatures of sigstore are in the registry, beside the image |

## Other files

Logins: docs of `pycman login` and containers-auth.json(5). Certificates: `/etc/containers/certs.d` and `/etc/docker/certs.d`, as
containers-certs.d(5) has them. The CRI server has a file of its own (`pycman cri serve --help`).
"""


def text() -> str:
    """Return the page."""
    parts = [_HEAD]
    for table in containers_keys.EFFECTS:
        parts += [f"### [{table}]\n\n| key | default | what it does |\n|---|---|---|\n", *_rows(table)]
    parts.append("### Keys of containers.conf without effect\n\n")
    parts += _without_effect(containers_keys.NO_EFFECT)
    parts += [f"| `[{table}]` | {why} |\n" for table, why in containers_keys.TABLES_WITHOUT_EFFECT.items()]
    parts += [
        _PYCMAN,
        "| key | what it does |\n|---|---|\n",
        *(f"| `{key}` | {what} |\n" for key, what in PYCMAN_KEYS.items()),
    ]
    parts += [
        _STORAGE,
        *_effects({f"[{table}]": keys for table, keys in storage.EFFECTS.items()}),
        "\n",
        *_without_effect(storage.NO_EFFECT),
    ]
    tables: dict[str, Mapping[str, str]] = {
        "top": registries.EFFECTS,
        "[[registry]]": registries.REGISTRY_EFFECTS,
        "[[registry.mirror]]": registries.MIRROR_EFFECTS,
        "[aliases]": {"NAME": "the full name that a short name stands for"},
    }
    parts += [_REGISTRIES, *_effects(tables), "\n", *_without_effect({"top": registries.NO_EFFECT}), _POLICY]
    return "".join(parts)


def _rows(table: str) -> list[str]:
    keys = containers_keys.EFFECTS[table]
    rows = [f"| `{key}` | {_default(containers_keys.field_of(table, key))} | {keys[key]} |\n" for key in sorted(keys)]
    return [*rows, "\n"]


def _default(field: str) -> str:
    value = getattr(ContainersConf, field)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"`{value}`" if value not in ("", (), {}) else ""


def _effects(tables: Mapping[str, Mapping[str, str]]) -> list[str]:
    rows = [f"| `{table}` | `{key}` | {keys[key]} |\n" for table, keys in tables.items() for key in sorted(keys)]
    return ["| table | key | what it does |\n|---|---|---|\n", *(row.replace("`top`", "") for row in rows)]


def _without_effect(tables: Mapping[str, Mapping[str, object]]) -> list[str]:
    rows = []
    for table, keys in tables.items():
        for key, why in sorted(keys.items()):
            reason = why[0] if isinstance(why, tuple) else why
            rows.append(f"| {'' if table == 'top' else f'`[{table}]` '}`{key}` | {reason} |\n")
    return ["| key | no effect, because |\n|---|---|\n", *rows]


def main() -> int:
    """Write the page, or with --check say whether it is fresh."""
    if "--check" in sys.argv[1:]:
        if _FILE.read_text(encoding="utf-8") != text():
            sys.stderr.write(f"{_FILE} is stale: run python -m tools.configuration_page\n")
            return 1
        return 0
    _FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
