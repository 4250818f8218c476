"""After a reboot"""

from __future__ import annotations

from cli.describe.kinds import command, group

group("boot", "Start containers with the host")


@command("boot enable", see=("boot status", "run"))
def boot_enable() -> None:
    """Have containers and pods with a restart policy started with the host.

    Those with --restart always start, and those with unless-stopped if nobody has stopped them; what they need starts
    before them. For a user, systemd starts them without a login ("lingering"). A systemd unit is written and enabled;
    where systemd does not run it is an OpenRC script, or a line of the crontab.
    """


@command("boot disable", see=("boot enable",))
def boot_disable() -> None:
    """Do not start containers with the host. Those that run are left alone."""


@command("boot status", statuses=(("1", "They do not start with the host."),), see=("boot enable",))
def boot_status() -> None:
    """Say whether containers start with the host, and which, in their order."""


@command("boot start", see=("boot enable",))
def boot_start() -> None:
    """Start the containers and pods that start with the host.

    One that others need and that has a health check is waited for until it is healthy, two minutes at most.
    """


@command("boot stop", see=("boot start",))
def boot_stop() -> None:
    """Stop the containers and pods that start with the host, so that the next boot starts them again."""
