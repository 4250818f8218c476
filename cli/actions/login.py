"""login: check credentials of a registry and store them."""

from __future__ import annotations

import os
import sys

from cli.specs.registry import login_file, tls_verify
from pycman.errors import InvalidInput
from pycman.registry.credentials import LoginOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Log in, asking for user name and password if flags do not give them; --get-login prints the stored user name."""
    registry = call.arguments[0] if call.arguments else "docker.io"
    authfile = login_file(call)
    username, password = call.string("username"), call.string("password")
    if call.string("secret"):
        password = _secret(call, call.string("secret"))
        username = username or call.string("secret")
    if call.flag("password-stdin"):
        if password:
            raise InvalidInput("--password and --password-stdin cannot be used together", subject="--password")
        if not username:
            raise InvalidInput("it needs a user name", subject="--password-stdin", hint="give --username")
        password = sys.stdin.read().rstrip("\r\n")
    elif not call.flag("get-login"):
        username, password = _ask(username, password)
    options = LoginOptions(
        username=username,
        password=password,
        get_login=call.flag("get-login"),
        authfile=authfile,
        cert_dir=call.string("cert-dir"),
        tls_verify=tls_verify(call),
    )
    login = call.engine.images.login(registry, options)  # the file, or with --get-login the user name
    if call.flag("get-login"):
        call.print(login)
        return 0
    if call.flag("verbose"):
        call.print(f"Used: {login}")
    call.print(call.habits.login_line)
    return 0


def _ask(username: str, password: str) -> tuple[str, str]:
    """Return (user name, password), asking on the terminal for what is empty. Raises InvalidInput without a terminal."""
    if username and password:
        return username, password
    if not os.isatty(0):
        raise InvalidInput("there is no terminal to ask for a password", hint="use --username and --password-stdin")
    from getpass import getpass  # only imported when the user is asked

    username = username or input("Username: ")
    return username, password or getpass("Password: ")


def _secret(call: Call, name: str) -> str:
    """Return the value of the secret of --secret as the password (podman; its name is the default user name)."""
    secret = call.engine.secrets.inspect(name, show_secret=True)
    return str(secret["SecretData"]).rstrip("\r\n")
