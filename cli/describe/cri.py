"""Commands of the CRI server."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.describe.kinds import flag

cri = typer.Typer()


@cri.callback()
def _group() -> None:
    """Make it a group though it has one command."""


@cri.command("serve")
def cri_serve(
    config: Annotated[str, flag("--config", help="Settings (/etc/pycman/cri.toml)", metavar="FILE")] = "",
    listen: Annotated[str, flag("--listen", help="Socket (unix:///run/pycman/cri.sock)", metavar="unix:///PATH")] = "",
    cni_conf_dir: Annotated[
        str, flag("--cni-conf-dir", help="Where CNI networks are described (/etc/cni/net.d)", metavar="DIRECTORY")
    ] = "",
    cni_plugin_dir: Annotated[
        list[str], flag("--cni-plugin-dir", help="Where CNI plugins are", metavar="DIRECTORY")
    ] = [],
    metrics: Annotated[
        str,
        flag("--metrics", help="Serve Prometheus metrics of the server there (nowhere)", metavar="[HOST:]PORT"),
    ] = "",
) -> None:
    """Be the container runtime of a kubelet: CRI v1 on a unix socket."""
