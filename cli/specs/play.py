"""Build PlayOptions from the flags of `kube play`."""

from __future__ import annotations

import os

from cli.specs.container import said
from cli.specs.logs import log_config
from cli.specs.namespaces import parse_namespace
from cli.specs.networks import parse_networks, parse_port
from cli.specs.pairs import parse_pairs
from cli.specs.registry import registry_options
from kube_yaml.translate.play_options import SECCOMP_ROOT, PlayOptions
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.call import Call

_SEPARATOR = b"\n---\n"
_VALIDATE = ("strict", "warn", "ignore", "true", "false")


def play_options(call: Call, sources: Sequence[tuple[str, bytes]] = ()) -> PlayOptions:
    """Return the options that the command line adds to the YAML of `sources`. Raises InvalidInput naming the flag."""
    validate = call.string("validate")
    if validate and validate not in _VALIDATE:
        raise InvalidInput("not one of its values", subject=f"--validate {validate}", hint="use strict, warn or ignore")
    if call.string("context-dir") and not call.flag("build"):
        raise InvalidInput("it only works with --build", subject="--context-dir", hint="give both, or neither")
    network = parse_networks(call.values("network"), []) if call.values("network") else None
    if network is not None and network.kind == "bridge" and not network.attachments:
        network = parse_networks(["podman"], [])
    registry = registry_options(call, retries=False)
    return PlayOptions(
        name=call.string("name"),
        start=call.flag("start", True),
        replace_pods=call.flag("replace"),
        annotations=parse_pairs(call.values("annotation"), "--annotation"),
        network=network,
        ips=tuple(call.values("ip")),
        macs=tuple(call.values("mac-address")),
        log=log_config(call),
        no_hosts=said(call, "no-hosts"),
        no_hostname=call.flag("no-hostname"),
        no_pod_prefix=call.flag("no-pod-prefix"),
        publish=tuple(port for value in call.values("publish") for port in parse_port(value)),
        publish_all=call.flag("publish-all"),
        seccomp_profile_root=call.string("seccomp-profile-root") or SECCOMP_ROOT,
        user_mode=parse_namespace("userns", call.string("userns")) if call.string("userns") else None,
        registry={name: value for name, value in registry.items() if value not in ("", None)},
        validate={"true": "strict", "false": "ignore"}.get(validate, validate),
        quiet=call.flag("quiet"),
        run_cron_jobs=call.flag("cronjob-now"),
        always_new=call.habits.plays_are_new,
        tmpfs=call.habits.played_tmpfs,
        service_container=_service_container(call, sources),
        service_exit=_service_exit(call),
        build=said(call, "build"),
        context_dir=os.path.abspath(call.string("context-dir")) if call.string("context-dir") else "",
    )


def _service_container(call: Call, sources: Sequence[tuple[str, bytes]]) -> str:
    """Return the name of the service container, "" for none: the beginning of a hash of the YAML, and "-service" (podman)."""
    if not call.flag("service-container"):
        return ""
    if not call.flag("start", True):
        raise InvalidInput("it does not work with --start=false", subject="--service-container", hint="leave one out")
    import hashlib  # 1 ms, only imported for a service container

    return f"{hashlib.sha256(_SEPARATOR.join(content for _, content in sources)).hexdigest()[:12]}-service"


def _service_exit(call: Call) -> str:
    when = call.string("service-exit-code-propagation") or "none"
    if when not in ("none", "any", "all"):
        raise InvalidInput(
            "not one of its values", subject=f"--service-exit-code-propagation {when}", hint="use none, any or all"
        )
    return when
