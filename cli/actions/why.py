"""why: what is wrong with containers."""

from __future__ import annotations

from cli.targets import each
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the findings, each with its fix."""

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

    return each(call, call.arguments, explain, print_name=False)
