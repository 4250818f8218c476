"""Flags that contradict each other: which of them, and the error (podman's pairs)."""

from __future__ import annotations

from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.call import Call

OF_HOSTS = (("no-hosts", "add-host"), ("no-hosts", "hosts-file"))
"""Whoever makes no /etc/hosts: run, create, pod create and build."""
OF_CONTAINERS = (("cpu-period", "cpus"), ("cpu-quota", "cpus"), *OF_HOSTS, ("userns", "pod"))
OF_PLATFORMS = ("arch", "os")


def check_pairs(call: Call, pairs: Sequence[tuple[str, str]]) -> None:
    """Raise InvalidInput for the first pair of flags that are both given."""
    for first, second in pairs:
        if call.flags.get(first) and call.flags.get(second):
            raise InvalidInput(
                f"it cannot be used with --{first}",
                subject=f"--{second}",
                hint="leave one out",
                code="flags-contradict",
                facts={"first": first, "second": second},
            )


def check_together(call: Call, pairs: Sequence[tuple[str, str]]) -> None:
    """Raise InvalidInput for the first pair of flags that are both given, and for a platform that is told twice."""
    check_pairs(call, pairs)
    if call.string("platform") and any(call.string(name) for name in OF_PLATFORMS):
        raise InvalidInput(
            "it cannot be combined with --arch and --os",
            subject=f"--platform {call.string('platform')}",
            hint="leave them out",
            code="platform-contradicted",
        )
