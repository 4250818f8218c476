"""Settings of the server: flags, and a TOML file as other CRI servers have."""

from __future__ import annotations

from pycman.config.bounded_file import read_bounded
from pycman.errors import InvalidInput, NotFound, from_os_error
from pycman.network.cni.invoke import CniHost
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.state.session import Session

DEFAULT_FILE = "/etc/pycman/cri.toml"
DEFAULT_SOCKET = "unix:///run/pycman/cri.sock"
INTERFACE = "eth0"
"""The name of the interface that CNI plugins make in a pod (CNI_IFNAME)."""


class CriConfig(Record):
    """`runtimes` names OCI runtimes by handler; the handler "" is the default one."""

    listen: str = DEFAULT_SOCKET
    cni_conf_dir: str = "/etc/cni/net.d"
    cni_plugin_dirs: tuple[str, ...] = ("/opt/cni/bin", "/usr/lib/cni")
    cni_timeout_s: float = 60.0
    runtimes: Mapping[str, str] = {"crun": "crun", "runc": "runc", "runsc": "runsc"}
    default_runtime: str = ""
    stream_address: str = "127.0.0.1:0"
    """HOST:PORT of the streaming server, which a kubelet calls for exec, attach and port forwarding; port 0 is a free one."""
    stream_tls_cert: str = ""
    stream_tls_key: str = ""
    """PEM files; without them the streaming server uses plain HTTP, which is only safe on loopback addresses."""
    stream_idle_s: float = 4 * 3600.0
    metrics: str = ""
    """HOST:PORT, or PORT on loopback, at which Prometheus fetches the server's own metrics; "" disables them."""
    restore_checkpoints: bool = False
    """A container may be created from an image that holds a checkpoint: its processes have what they had, capabilities included."""
    pause_image: str = ""
    """An image that is reported as pinned, so that the kubelet never removes it; pycman's sandboxes need no image."""

    def runtime_of(self, handler: str) -> str:
        """Return the OCI runtime of a handler. Raises NotFound."""
        if not handler:
            return self.default_runtime
        if handler not in self.runtimes:
            raise NotFound("no such runtime handler", subject=handler, hint=f"there are {', '.join(self.runtimes)}")
        return self.runtimes[handler]

    def check(self) -> None:
        """Raise InvalidInput for settings that exclude each other."""
        if bool(self.stream_tls_cert) != bool(self.stream_tls_key):
            raise InvalidInput("a certificate needs its key", subject="stream_tls_cert and stream_tls_key")


def load_config(path: str, *, must_exist: bool) -> CriConfig:
    """Return the settings in a TOML file, or the defaults if it is missing and need not exist. Raises InvalidInput, NotFound."""
    import tomllib  # 10 ms, only imported when the server starts

    try:
        value = tomllib.loads(read_bounded(path).decode())
    except FileNotFoundError:
        if must_exist:
            raise NotFound("no such file", subject=path) from None
        return CriConfig()
    except RecursionError:
        raise InvalidInput("it is not TOML: it is nested too deeply", subject=path) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"it is not TOML: {error}", subject=path) from error
    except OSError as error:
        raise from_os_error(error, subject=path) from error
    known = set(CriConfig().__class__._fields)
    for key in value:
        if key not in known:
            raise InvalidInput(
                "no such setting", subject=f"{path}: {key}", hint=f"there are {', '.join(sorted(known))}"
            )
    if "cni_plugin_dirs" in value:
        value["cni_plugin_dirs"] = tuple(value["cni_plugin_dirs"])
    return CriConfig(**value)


def cni_host(session: Session, settings: CriConfig) -> CniHost:
    """Return the directories of CNI plugins and of the records of what they did. The records survive a reboot, because the
    plugins' address leases do.
    """
    return CniHost(
        plugin_folders=settings.cni_plugin_dirs,
        records_folder=f"{session.paths.root}/cni",
        timeout_s=settings.cni_timeout_s,
    )
