"""The CRI server"""

from __future__ import annotations

from typing import Annotated

from cli.describe.kinds import command, flag, group

group("cri", "Serve the Kubernetes CRI")


@command("cri serve")
def cri_serve(
    config: Annotated[str, flag("--config", help="Configuration file (/etc/pycman/cri.toml)", metavar="FILE")] = "",
    listen: Annotated[
        str, flag("--listen", help="Socket to listen on (unix:///run/pycman/cri.sock)", metavar="unix:///PATH")
    ] = "",
    cni_conf_dir: Annotated[
        str,
        flag("--cni-conf-dir", help="Directory of CNI network configurations (/etc/cni/net.d)", metavar="DIRECTORY"),
    ] = "",
    cni_plugin_dir: Annotated[
        list[str], flag("--cni-plugin-dir", help="Directory of CNI plugins", metavar="DIRECTORY")
    ] = [],
    metrics: Annotated[
        str,
        flag("--metrics", help="Serve Prometheus metrics on this address (off)", metavar="[HOST:]PORT"),
    ] = "",
) -> None:
    """Serve the Kubernetes Container Runtime Interface (CRI v1) on a unix socket."""
