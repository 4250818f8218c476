"""login: check and keep credentials of a registry."""

from __future__ import annotations

import os
import sys

from cli.specs.registry import tls_verify
from pycman.errors import InvalidInput
from pycman.registry.credentials import LoginOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Log in, asking for what was not given."""
    registry = call.arguments[0] if call.arguments else "docker.io"
    username, password = call.string("username"), call.string("password")
    if call.string("secret"):
        password = _secret(call, call.string("secret"))
        username = username or call.string("secret")
    if call.flag("password-stdin"):
        if password:
            raise InvalidInput("--password and --password-stdin do not go together", subject="--password")
        if not username:
            raise InvalidInput("it needs --username", subject="--password-stdin")
        password = sys.stdin.read().rstrip("\r\n")
    elif not call.flag("get-login"):
        username, password = _ask(username, password)
    options = LoginOptions(
        username=username,
        password=password,
        get_login=call.flag("get-login"),
        authfile=call.string("compat-auth-file") or call.string("authfile"),
        cert_dir=call.string("cert-dir"),
        tls_verify=tls_verify(call),
    )
    where = call.engine.images.login(registry, options)
    if call.flag("get-login"):
        call.print(where)
        return 0
    if call.flag("verbose"):
        call.print(f"Used: {where}")
    call.print("Login Succeeded")
    return 0


def _ask(username: str, password: str) -> tuple[str, str]:
    if username and password:
        return username, password
    if not os.isatty(0):
        raise InvalidInput("there is no terminal to ask for a password", hint="use --username and --password-stdin")
    from getpass import getpass  # asks without echo

    username = username or input("Username: ")
    return username, password or getpass("Password: ")


def _secret(call: Call, name: str) -> str:
    """Return what a secret holds (podman: its name is the user's unless --username says another)."""
    found = call.engine.secrets.inspect(name, show_secret=True)
    return str(found["SecretData"]).rstrip("\r\n")
