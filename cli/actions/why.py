"""why: explain why containers did not start, ended, restart or are unhealthy."""

from __future__ import annotations

from cli.targets import for_each
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the findings for each container, each with its fix, as lines or json."""

    def explain(name: str) -> None:
        findings = call.engine.containers.why(name)
        if call.string("format") == "json":
            call.print(format_json([finding.to_dict() for finding in findings], indent=4))
            return
        if len(call.arguments) > 1:
            call.print(f"{name}:")
        for finding in findings:
            call.print(f"{finding.text} [{finding.reference}]")
            if finding.fix:
                call.print(f"  → {finding.fix}")

    return for_each(call, call.arguments, explain, print_name=False)
