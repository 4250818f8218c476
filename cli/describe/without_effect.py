"""Why flags that are accepted without effect need none here: by "COMMAND FLAG", or by FLAG for every command."""

from __future__ import annotations

_BUILD_CACHE = "build containers and the cache belong to the store; pycman builder prune removes the cache"
_EXTERNAL = "there are no containers of other programs in the store"
_NO_CONNECTION = "there is no connection to a daemon that could be protected"

REASONS: dict[str, str] = {
    "container cleanup exec": "sessions of exec clean up after themselves",
    "attach": "create starts nothing that could be attached to; start --attach does it",
    "detach-keys": "create attaches to nothing; start --detach-keys does it",
    "attachable": "every network is attachable; the word matters to a swarm only",
    "bootstrap": "there is no builder to start",
    "build-cache": _BUILD_CACHE,
    "build": _BUILD_CACHE,
    "builder": "there is one builder, pycman itself",
    "compatible": "there is one format of search results",
    "compress": "layers are sent to registries compressed, and contexts are read where they are",
    "created-annotation": "the image says when it was created",
    "db-backend": "podman too has one database only",
    "debug": "info has nothing more to tell for debugging",
    "disable-compression": "layers are compressed when they are pushed or saved",
    "disable-content-trust": "true is what holds; false is refused",
    "events-backend": "events are rows of the store",
    "external": _EXTERNAL,
    "extract": "podman too ignores it",
    "force-rm": "containers of a build are always removed",
    "inherit-annotations": "true is what holds",
    "interval": "wait is woken by the exit and asks for nothing at intervals",
    "isolation": "it only exists for Windows containers",
    "load": "a built image is always in the store",
    "max-workers": "podman too ignores it",
    "migrate-db": "the database is migrated whenever it is opened",
    "multi-image-archive": "an archive takes several images without it",
    "namespace": "podman too ignores it",
    "network-backend": "there is one back end for networks",
    "network-cmd-path": "pasta is found on PATH",
    "network-config-dir": "networks are rows of the store",
    "no-session": "exec has no session file",
    "no-trunc": "generated YAML has all annotations in full",
    "pause": "files are copied below a descriptor, which a running process cannot turn elsewhere",
    "progress": "what it does is told in plain lines",
    "quiet": "it prints the id alone in any case",
    "remove-signatures": "signatures of the source are not pushed in any case",
    "rewrite-timestamp": "--source-date-epoch does it where it is given",
    "rm": "containers of a build are always removed",
    "scope": "local is what holds; others are refused",
    "seccomp-policy": "default is what holds; others are refused",
    "stopped-only": "a running container is never cleaned up",
    "storage": _EXTERNAL,
    "storage-opt": "options of podman's storage driver; limits of size are refused",
    "sync": "states are read from the kernel each time",
    "tls": _NO_CONNECTION, "tlsverify": _NO_CONNECTION, "tlscacert": _NO_CONNECTION,
    "tlscert": _NO_CONNECTION, "tlskey": _NO_CONNECTION,
    "transient-store": "what must not outlive a boot lies below --runroot",
    "uncompressed": "layers are saved uncompressed unless --compress is given",
    "verbose": "there is nothing more to tell",
}  # fmt: skip


def why(command: str, flag: str) -> str:
    """Return why a flag without effect needs none, "" if nobody has said it."""
    return REASONS.get(f"{command} {flag}") or REASONS.get(flag, "")
