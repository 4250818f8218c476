"""__completeNoDesc: what `__complete` answers, without what each candidate is (cobra's bash script, --no-desc)."""

from __future__ import annotations

from cli.actions.hidden.complete import answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the candidates and the directive."""
    return answer(call, described=False)
