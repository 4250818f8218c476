"""The flags for connecting to a registry, shared by pull, push, login, search, run, create and kube play."""

from __future__ import annotations

import os

from cli.specs.refused import refuse_content_trust
from cli.specs.sizes import parse_time_ns
from pycman.errors import InvalidInput, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call


def registry_options(call: Call, *, retries: bool = True) -> dict[str, Any]:
    """Return authfile, creds, cert_dir, tls_verify (None: not said) and retries (if given) as fields of an options record.

    Raises Unsupported for --disable-content-trust=false, NotFound if the file of --authfile does not exist: even a registry that
    needs no login is not asked then.
    """
    refuse_content_trust(call)
    check_authfile(call.string("authfile"))
    options: dict[str, Any] = {
        "authfile": call.string("authfile"),
        "creds": call.string("creds"),
        "cert_dir": call.string("cert-dir"),
        "tls_verify": tls_verify(call),
    }
    if call.string("signature-policy"):
        options["signature_policy"] = signature_policy(call)
    if retries:
        if call.given("retry"):
            options["retry"] = call.number("retry")
        if call.string("retry-delay"):
            options["retry_delay_s"] = parse_time_ns(call.string("retry-delay"), "--retry-delay", 0) / 1e9
    return options


def check_authfile(path: str) -> None:
    """Raise NotFound if the file that --authfile names does not exist; "" is fine."""
    if path and not os.path.exists(path):
        raise NotFound("no such file", subject=path, hint="correct --authfile, or log in with it", code="no-authfile")


def signature_policy(call: Call) -> str:
    """Return the full path of the file that --signature-policy names, "" without that flag."""
    path = call.string("signature-policy")
    return os.path.abspath(path) if path else ""


def login_file(call: Call) -> str:
    """Return the file of logins that --authfile or --compat-auth-file names, "" for none. Raises InvalidInput for both."""
    if call.string("authfile") and call.string("compat-auth-file"):
        raise InvalidInput(
            "it cannot be used with --compat-auth-file",
            subject="--authfile",
            hint="leave one out",
            code="two-authfiles",
        )
    return call.string("compat-auth-file") or call.string("authfile")


def tls_verify(call: Call) -> bool | None:
    """Return the value of --tls-verify, None if the flag is not on the command line."""
    return call.flag("tls-verify") if call.given("tls-verify") else None


def passphrase_of(call: Call) -> str | None:
    """Return the first line of --sign-passphrase-file, or for a key of sigstore what the user types; else None."""
    path = call.string("sign-passphrase-file")
    if path:
        from pycman.images.signatures.passphrase import read_passphrase  # only to sign

        return read_passphrase(path)
    if not call.string("sign-by-sigstore-private-key") or not os.isatty(0):
        return None
    from getpass import getpass  # only imported when the user is asked

    return getpass(f"Passphrase for {call.string('sign-by-sigstore-private-key')}: ")
