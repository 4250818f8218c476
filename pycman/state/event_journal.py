"""An event as an entry of systemd's journal, with podman's names of fields. Pure."""

from __future__ import annotations

from pycman.jsontext import format_json
from pycman.state.events import event_object
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.state.events import Event

_FIELDS = {
    "Status": "PODMAN_EVENT",
    "Type": "PODMAN_TYPE",
    "Time": "PODMAN_TIME",
    "Name": "PODMAN_NAME",
    "ID": "PODMAN_ID",
    "Image": "PODMAN_IMAGE",
    "ContainerExitCode": "PODMAN_EXIT_CODE",
    "HealthStatus": "PODMAN_HEALTH_STATUS",
}
_INFORMATIONAL = "6"


def journal_entry(event: Event) -> Mapping[str, str]:
    """Return the fields of the entry, by name."""
    found = event_object(event)
    what = " ".join(part for part in (event.type, event.action, event.actor_id[:12]) if part)
    details = ", ".join(
        f"{name}={value}" for name, value in (("image", event.image), ("name", event.actor_name)) if value
    )
    return {
        "MESSAGE": f"{format_rfc3339(event.time_ns)} {what}" + (f" ({details})" if details else ""),
        "PRIORITY": _INFORMATIONAL,
        "SYSLOG_IDENTIFIER": "pycman",
        **{field: str(found[name]) for name, field in _FIELDS.items() if name in found},
        **({"PODMAN_LABELS": format_json(dict(event.attributes))} if event.attributes else {}),
    }
