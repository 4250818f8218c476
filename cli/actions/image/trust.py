"""image trust: show or set which images are trusted."""

from __future__ import annotations

import os

from cli.output.table import layout
from cli.specs.registry import signature_policy
from pycman.errors import InvalidInput, NotFound
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call
    from pycman.images.signatures.trust import TrustEntry

_HEADING = ("TRANSPORT", "NAME", "TYPE", "ID", "STORE")


def run(call: Call) -> int:
    """Show all scopes or one, or set one."""
    action, *scopes = call.arguments
    if action == "show" and len(scopes) < 2:
        return _show(call, scopes[0] if scopes else "")
    if action == "set" and len(scopes) == 1:
        keys = [os.path.abspath(path) for path in call.values("pubkeysfile")]
        call.engine.images.set_trust(scopes[0], call.string("type", "signedBy"), keys, file=signature_policy(call))
        return 0
    raise InvalidInput("not something to do", subject=" ".join(call.arguments), hint="write show [SCOPE] or set SCOPE")


def _show(call: Call, scope: str) -> int:
    file = signature_policy(call)
    if call.flag("raw"):
        call.print(call.engine.images.trust_text(file).removesuffix("\n"))
        return 0
    entries = [entry for entry in call.engine.images.trust(file) if scope in ("", entry.scope)]
    if not entries:
        raise NotFound("no such scope in the policy", subject=scope)
    if call.flag("json"):
        call.print(format_json([_document(entry) for entry in entries], indent=4))
    else:
        rows = [(each.transport, each.scope, each.kind, ", ".join(each.signers), each.store) for each in entries]
        call.print(layout([*([] if call.flag("noheading") else [_HEADING]), *rows]).removesuffix("\n"))
    call.print_warnings()
    return 0


def _document(entry: TrustEntry) -> dict[str, Any]:
    """Return an entry under podman's names; empty ones are left out."""
    name = "* (default)" if entry.transport == "all" else entry.scope
    document = {"transport": entry.transport, "name": name, "repo_name": entry.scope, "sigstore": entry.store}
    document |= {"type": entry.kind, "gpg_id": ", ".join(entry.signers)}
    return {key: value for key, value in document.items() if value}
