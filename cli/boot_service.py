"""What starts `pycman boot start` with the host: a systemd unit, an OpenRC script, or a line of a crontab where neither is.

`way_of_host` chooses; each way can `enable`, `disable`, and say whether it `enabled` is and where.
"""

from __future__ import annotations

import os

from cli.quadlet.installed import make_directories, remove_file
from cli.quadlet.words import quote_words
from cli.systemd import Systemd
from pycman.errors import Unavailable, from_os_error
from pycman.linux.files import read_text, write_atomic
from pycman.linux.processes import find_program, how_to_install, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

UNIT = "pycman-restart.service"
_CRON_MARK = "# pycman boot"
_TIMEOUT_S = 60.0


def unit_text(program: Sequence[str], *, user: bool) -> str:
    """Return the systemd unit. `program` are the words of a pycman command line before the command. Pure."""
    program = [word.replace("%", "%%") for word in program]
    online = "" if user else "Wants=network-online.target\nAfter=network-online.target\n"
    return f"""\
[Unit]
Description=Containers and pods of pycman that start with the host
Documentation=man:pycman-boot(1)
StartLimitIntervalSec=0
{online}
[Service]
Type=oneshot
RemainAfterExit=yes
# the containers' monitors and helpers are none of systemd's business when this ends
KillMode=process
TimeoutStartSec=15min
ExecStart={quote_words([*program, "boot", "start"])}
ExecStop={quote_words([*program, "boot", "stop"])}

[Install]
WantedBy={"default.target" if user else "multi-user.target"}
"""


def openrc_text(program: Sequence[str]) -> str:
    """Return the OpenRC script (openrc-run(8)). Pure."""
    line = " ".join(map(_shell_word, program))
    return f"""\
#!/sbin/openrc-run
description="Containers and pods of pycman that start with the host"

depend() {{
    need localmount
    use net cgroups
    after firewall
}}

start() {{
    ebegin "Starting containers"
    {line} boot start
    eend $?
}}

stop() {{
    ebegin "Stopping containers"
    {line} boot stop
    eend $?
}}
"""


def crontab_line(program: Sequence[str]) -> str:
    """Return the line of a crontab (crontab(5)), in which a percent sign has a backslash. Pure."""
    return " ".join(["@reboot", *map(_shell_word, program), "boot", "start", _CRON_MARK]).replace("%", "\\%")


def _shell_word(word: str) -> str:
    import shlex  # only imported where there is no systemd

    return shlex.quote(word)


class SystemdUnit:
    """A unit of the system's systemd, or of the user's."""

    def __init__(self, systemd: Systemd) -> None:
        self._systemd = systemd
        config = os.environ.get("XDG_CONFIG_HOME") or f"{os.environ.get('HOME', '')}/.config"
        self._path = f"{config}/systemd/user/{UNIT}" if systemd.user else f"/etc/systemd/system/{UNIT}"

    def where(self) -> str:
        """Return what is written, for people."""
        return f"systemd unit {self._path}"

    def enabled(self) -> bool:
        """Return whether systemd starts the unit."""
        if not os.path.exists(self._path):
            return False
        try:
            self._systemd.call("is-enabled", UNIT)
        except Unavailable:
            return False
        return True

    def enable(self, program: Sequence[str]) -> list[str]:
        """Write and enable the unit; return what the user has to do besides. Raises Denied, Unavailable."""
        _write(self._path, unit_text(program, user=self._systemd.user))
        self._systemd.call("daemon-reload")
        self._systemd.call("enable", UNIT)
        return self._linger() if self._systemd.user else []

    def disable(self) -> None:
        """Disable and remove the unit; its containers run on. Raises Denied, Unavailable."""
        if os.path.exists(self._path):
            self._systemd.call("disable", UNIT)
            remove_file(self._path)
            self._systemd.call("daemon-reload")

    def _linger(self) -> list[str]:
        """Have systemd start this user's services without a login; return the line that does it where that is not allowed."""
        import pwd  # only imported for this command

        name = pwd.getpwuid(os.getuid()).pw_name
        if os.path.exists(f"/var/lib/systemd/linger/{name}"):
            return []
        loginctl = find_program("loginctl")
        if loginctl and not run([loginctl, "--no-ask-password", "enable-linger", name], timeout_s=_TIMEOUT_S).status:
            return []
        return [f"they start at the first login only; to start them with the host: sudo loginctl enable-linger {name}"]


class OpenRcScript:
    """A script of /etc/init.d in the runlevel default; root's only."""

    path = "/etc/init.d/pycman"

    def where(self) -> str:
        """Return what is written, for people."""
        return f"OpenRC script {self.path}"

    def enabled(self) -> bool:
        """Return whether the script is in a runlevel."""
        return os.path.lexists("/etc/runlevels/default/pycman")

    def enable(self, program: Sequence[str]) -> list[str]:
        """Write the script and add it to the runlevel. Raises Denied, Unavailable."""
        _write(self.path, openrc_text(program), mode=0o755)
        _call("rc-update", "add", "pycman", "default")
        return []

    def disable(self) -> None:
        """Take the script out of the runlevel and remove it. Raises Denied, Unavailable."""
        if self.enabled():
            _call("rc-update", "del", "pycman", "default")
        remove_file(self.path)


class CrontabLine:
    """A line of the user's own crontab."""

    def where(self) -> str:
        """Return what is written, for people."""
        return "line of the crontab (crontab -l)"

    def _lines(self) -> list[str]:
        done = run([_program("crontab"), "-l"], timeout_s=_TIMEOUT_S)  # it fails where there is none yet
        return done.stdout.decode("utf-8", "surrogateescape").splitlines() if not done.status else []

    def enabled(self) -> bool:
        """Return whether the line is there."""
        return any(line.endswith(_CRON_MARK) for line in self._lines())

    def enable(self, program: Sequence[str]) -> list[str]:
        """Put the line in place of an older one. Raises Unavailable."""
        self._write([*(line for line in self._lines() if not line.endswith(_CRON_MARK)), crontab_line(program)])
        return []

    def disable(self) -> None:
        """Take the line out. Raises Unavailable."""
        lines = self._lines()
        if any(line.endswith(_CRON_MARK) for line in lines):
            self._write([line for line in lines if not line.endswith(_CRON_MARK)])

    def _write(self, lines: Sequence[str]) -> None:
        text = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
        _call("crontab", "-", stdin=text)


def way_of_host() -> SystemdUnit | OpenRcScript | CrontabLine:
    """Return the way of this host. Raises Unavailable where there is none."""
    systemd = Systemd()
    if systemd.runs:
        return SystemdUnit(systemd)
    if os.geteuid() == 0 and os.path.isdir("/run/openrc") and find_program("rc-update"):
        return OpenRcScript()
    if not find_program("crontab"):
        raise Unavailable(
            "nothing here starts programs with the host: neither systemd nor OpenRC runs, and crontab is not installed",
            hint=f"{how_to_install('crontab')}, or have pycman boot start called when the host starts",
        )
    return CrontabLine()


def _write(path: str, text: str, mode: int = 0o644) -> None:
    make_directories(os.path.dirname(path))
    if read_text(path) == text:
        return
    try:
        write_atomic(path, text, mode=mode)
    except OSError as error:
        raise from_os_error(error, subject=path) from error


def _program(name: str) -> str:
    path = find_program(name)
    if not path:
        raise Unavailable("it is not installed", subject=name, hint=how_to_install(name))
    return path


def _call(name: str, *arguments: str, stdin: bytes = b"") -> None:
    done = run([_program(name), *arguments], stdin=stdin, timeout_s=_TIMEOUT_S)
    if done.status:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"it ended with {done.status}"]
        raise Unavailable(lines[-1], subject=name)
