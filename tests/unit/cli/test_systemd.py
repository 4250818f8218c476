"""What systemctl prints of units is read, whatever there is of each."""

from __future__ import annotations

from cli.systemd import _blocks


def test_states_of_units_are_read_in_the_order_of_asking():
    text = (
        "Id=web.service\nLoadState=loaded\nActiveState=active\nSubState=running\n\n"
        "Id=gone.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n"
    )
    assert _blocks(text) == [("loaded", "active", "running"), ("not-found", "inactive", "dead")]
