"""What containers.conf says of pods, filled into a PodSpec where its caller said nothing (containers.conf(5)). Pure."""

from __future__ import annotations

from pycman.spec.container import NamespaceMode
from pycman.spec.network_attachment import NetworkMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.config.containers_conf import ContainersConf
    from pycman.spec.pod import PodSpec


def with_defaults(spec: PodSpec, conf: ContainersConf) -> PodSpec:
    """Return the spec with the settings of pods; one of a kubelet takes none of them."""
    if not spec.conf_defaults:
        return spec.replace(exit_policy=spec.exit_policy or "continue")
    changes: dict[str, Any] = {"exit_policy": spec.exit_policy or conf.pod_exit_policy}
    if spec.infra and not spec.infra_image and not spec.infra_command and conf.infra_image:
        changes["infra_image"] = conf.infra_image
        changes["infra_command"] = tuple(filter(None, [conf.infra_command]))
    if spec.network.kind in ("", "private") and not spec.network.attachments and conf.netns in ("host", "none"):
        changes["network"] = NetworkMode(kind=conf.netns)
    if spec.user_mode.kind == "" and not spec.id_map.uids and conf.userns not in ("", "host"):
        kind, _, value = conf.userns.partition(":")
        changes["user_mode"] = NamespaceMode(kind=kind, value=value)
    return spec.replace(**changes)
