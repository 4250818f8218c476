"""The flags of `kube play` into PlayOptions."""

from __future__ import annotations

from cli.specs.container import log_config, said
from cli.specs.namespaces import parse_namespace
from cli.specs.networks import parse_networks, parse_port
from cli.specs.pairs import parse_labels
from cli.specs.registry import registry_options
from kube_yaml.play_options import SECCOMP_ROOT, PlayOptions
from pycman.errors import InvalidInput, Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_VALIDATE = ("strict", "warn", "ignore", "true", "false")


def play_options(call: Call) -> PlayOptions:
    """Return what the command line says beside the YAML. Raises InvalidInput naming the flag."""
    if call.switch("build") or call.text("context-dir"):
        raise Unsupported("building images is not there yet", subject="--build", hint="leave it out")
    validate = call.text("validate", "strict")
    if validate not in _VALIDATE:
        raise InvalidInput("not one of its values", subject=f"--validate {validate}", hint="use strict, warn or ignore")
    network = parse_networks(call.words("network"), []) if call.words("network") else None
    if network is not None and network.kind == "bridge" and not network.attachments:
        network = parse_networks(["podman"], [])
    access = registry_options(call, retries=False)
    return PlayOptions(
        name=call.text("name"),
        start=call.switch("start", True),
        replace_pods=call.switch("replace"),
        annotations=parse_labels(call.words("annotation")),
        network=network,
        ips=tuple(call.words("ip")),
        macs=tuple(call.words("mac-address")),
        log=log_config(call),
        no_hosts=said(call, "no-hosts"),
        no_hostname=call.switch("no-hostname"),
        no_pod_prefix=call.switch("no-pod-prefix"),
        publish=tuple(port for word in call.words("publish") for port in parse_port(word)),
        publish_all=call.switch("publish-all"),
        seccomp_profile_root=call.text("seccomp-profile-root") or SECCOMP_ROOT,
        user_mode=parse_namespace("userns", call.text("userns")) if call.text("userns") else None,
        registry={name: value for name, value in access.items() if value not in ("", None)},
        validate={"true": "strict", "false": "ignore"}.get(validate, validate),
        quiet=call.switch("quiet"),
        run_cron_jobs=call.switch("cronjob-now"),
    )
