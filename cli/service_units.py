"""Units of systemd and generators for a pycman that no distribution's package brought: written, linked and removed.

The same texts are in `examples/systemd`, for whoever makes a package.
"""

from __future__ import annotations

import os

from cli.quadlet.installed import make_directories, remove_file
from cli.quadlet.words import quote_words
from pycman.errors import AlreadyExists, NotFound, from_os_error
from pycman.linux.files import read_text, write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARK = "# Written by pycman system install-units\n"
_KINDS = ("system", "user")


def unit_texts(program: Sequence[str]) -> dict[str, str]:
    """Return the units by name. `program` are the words of a pycman command line before the command. Pure."""
    words = [word.replace("%", "%%") for word in program]

    def line(*more: str) -> str:
        return quote_words([*words, *more])

    return {
        "pycman.socket": """\
[Unit]
Description=Docker's Engine API of pycman

[Socket]
# root: /run/pycman/docker.sock; in ~/.config/systemd/user: $XDG_RUNTIME_DIR/pycman/docker.sock
ListenStream=%t/pycman/docker.sock
SocketMode=0660

[Install]
WantedBy=sockets.target
""",
        "pycman.service": f"""\
[Unit]
Description=Docker's Engine API of pycman
Requires=pycman.socket
After=pycman.socket

[Service]
# KillMode: containers and their monitors stay when the service ends
ExecStart={line("system", "service", "--time", "30")}
KillMode=process
""",
        "pycman-kube@.service": f"""\
# Kubernetes YAML as a service: systemctl --user start pycman-kube@$(systemd-escape ~/shop.yaml).service
[Unit]
Description=Pods of %I
Documentation=man:pycman-kube-play(1)
Wants=network-online.target
After=network-online.target
RequiresMountsFor=%t/containers

[Service]
Environment=PODMAN_SYSTEMD_UNIT=%n
Type=notify
NotifyAccess=all
KillMode=mixed
TimeoutStopSec=70
ExecStart={line("kube", "play", "--replace", "--service-container=true")} %I
ExecStopPost={line("kube", "down")} %I

[Install]
WantedBy=default.target
""",
    }


class ServiceUnits:
    """What is installed for the system's systemd, or for a user's."""

    def __init__(self, environment: Mapping[str, str], generators: str, *, user: bool, top: str = "") -> None:
        """`generators` is the folder of pycman-system-generator and pycman-user-generator; below `top` lies the host's root."""
        config = environment.get("XDG_CONFIG_HOME") or f"{environment.get('HOME', '')}/.config"
        self._folder = f"{config}/systemd/user" if user else f"{top}/etc/systemd/system"
        self._links = {} if user else {
            f"{top}/etc/systemd/{kind}-generators/pycman-{kind}-generator": f"{generators}/pycman-{kind}-generator"
            for kind in _KINDS
        }  # fmt: skip
        self._packaged = f"{top}/usr/lib/systemd/{'user' if user else 'system'}/pycman.socket"

    def install(self, program: Sequence[str]) -> list[str]:
        """Write and link what is not there yet; return the paths of all.

        Raises AlreadyExists about a file of somebody else's, or of a package; NotFound about a generator; Denied.
        """
        if os.path.exists(self._packaged):
            raise AlreadyExists("a package has installed it already", subject=self._packaged)
        texts = {f"{self._folder}/{name}": f"{MARK}{text}" for name, text in unit_texts(program).items()}
        for path in texts:
            if os.path.lexists(path) and not read_text(path).startswith(MARK):
                raise AlreadyExists("it is not pycman's own", subject=path, hint="move it away")
        for path, target in self._links.items():
            if not os.access(target, os.X_OK):
                raise NotFound("the generator is not beside this program", subject=target, hint="install pycman anew")
            if os.path.lexists(path) and os.path.basename(os.path.realpath(path)) != os.path.basename(target):
                raise AlreadyExists("it is not pycman's own", subject=path, hint="move it away")
        for path, text in texts.items():
            make_directories(os.path.dirname(path))
            _write(path, text)
        for path, target in self._links.items():
            make_directories(os.path.dirname(path))
            _link(path, target)
        return [*texts, *self._links]

    def remove(self) -> list[str]:
        """Remove what `install` made; return the paths. Raises Denied."""
        own = [path for name in unit_texts(()) if read_text(path := f"{self._folder}/{name}").startswith(MARK)]
        own += [path for path, target in self._links.items() if os.path.islink(path) and os.readlink(path) == target]
        for path in own:
            remove_file(path)
        return own


def _write(path: str, text: str) -> None:
    try:
        write_atomic(path, text)
    except OSError as error:
        raise from_os_error(error, subject=path) from error


def _link(path: str, target: str) -> None:
    try:
        if os.path.islink(path):
            if os.readlink(path) == target:
                return
            os.unlink(path)
        os.symlink(target, path)
    except OSError as error:
        raise from_os_error(error, subject=path) from error
