"""What is written for systemd, OpenRC and cron."""

from __future__ import annotations

from cli.boot_service import crontab_line, openrc_text, unit_text
from cli.quadlet.unit_file import UnitFile

PROGRAM = ["/opt/my programs/pycman", "--root", "/srv/50%"]


def test_the_unit_calls_this_program_and_is_wanted_by_the_right_target():
    unit = UnitFile.parse(unit_text(PROGRAM, user=False))
    assert unit.command("Service", "ExecStart") == [*PROGRAM[:2], "/srv/50%%", "boot", "start"]
    assert unit.command("Service", "ExecStop")[-2:] == ["boot", "stop"]
    assert (unit.value("Install", "WantedBy"), unit.value("Unit", "After")) == (
        "multi-user.target",
        "network-online.target",
    )
    user = UnitFile.parse(unit_text(["/usr/bin/pycman"], user=True))
    assert (user.value("Install", "WantedBy"), user.value("Unit", "After")) == ("default.target", None)


def test_the_script_and_the_line_quote_for_the_shell():
    assert "'/opt/my programs/pycman' --root /srv/50% boot stop\n" in openrc_text(PROGRAM)
    assert crontab_line(PROGRAM) == "@reboot '/opt/my programs/pycman' --root /srv/50\\% boot start # pycman boot"
