"""Credentials of registries: found in auth.json and docker's config.json or asked of credential helpers, kept and forgotten.

Formats: containers-auth.json(5); docker-credential-helpers, "Development" (get, store, erase on standard input and output).
"""

from __future__ import annotations

import os
import time

from pycman.config.auth_json import (
    DOCKER_HUB_KEY,
    auth_files,
    encode_login,
    keys_of,
    read_auth_file,
    stored_logins,
)
from pycman.errors import InvalidInput, NotFound, TimedOut, Unavailable, from_os_error
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import locked, make_directory, write_atomic
from pycman.linux.processes import find_program, run
from pycman.record import Record
from pycman.registry.auth import Credentials
from pycman.state.settings import registries_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.config.auth_json import StoredLogin
    from pycman.state.session import Session

_HELPER_TIMEOUT_S = 60
_KILLED = 137
_FILES = "containers-auth.json"
"""What stands for the auth files among the helpers of registries.conf."""
_TOKEN_USER = "<token>"  # noqa: S105 - the name by which helpers mark a secret as an identity token
_NO_SUCH_LOGIN = "credentials not found"
"""How every helper says so (docker-credential-helpers, credentials/error.go); the protocol has no status for it."""


class LoginOptions(Record):
    """What `login` and `logout` take; `tls_verify` None is what registries.conf says."""

    username: str = ""
    password: str = ""
    get_login: bool = False
    all: bool = False
    authfile: str = ""
    cert_dir: str = ""
    tls_verify: bool | None = None


def find_credentials(session: Session, host: str, path: str = "", *, authfile: str = "") -> Credentials | None:
    """Return what to log in with at `host` (for the repository `path` there), or None.

    The most specific entry of the first file that has one wins. Raises InvalidInput for a broken file or login,
    Unavailable for a helper that fails. An `authfile` that was asked for must be there (NotFound).
    """
    if authfile and not os.path.exists(authfile):
        raise NotFound("no such file", subject=authfile, hint="correct --authfile, or log in with it")
    for helper in registries_conf(session).credential_helpers or (_FILES,):
        found = _in_files(session, host, path, authfile) if helper == _FILES else _of_helper(helper, host, path)
        if found is not None:
            return found
    return None


def _in_files(session: Session, host: str, path: str, authfile: str) -> Credentials | None:
    for file in auth_files(session.user.home, session.user.uid, authfile):
        for stored in stored_logins(read_auth_file(file), host, path):
            found = _ask_helper(stored.helper, stored.key) if stored.helper else _as_credentials(stored)
            if found is not None:
                return found
    return None


def _as_credentials(stored: StoredLogin) -> Credentials:
    return Credentials(username=stored.username, password=stored.password, identity_token=stored.identity_token)


def _of_helper(helper: str, host: str, path: str) -> Credentials | None:
    return next((found for key in keys_of(host, path) if (found := _ask_helper(helper, key)) is not None), None)


def _ask_helper(name: str, key: str) -> Credentials | None:
    output = _run_helper(name, "get", key)
    if output is None:
        return None
    answer = parse_json(output, subject=f"docker-credential-{name}")
    if not isinstance(answer, dict) or not answer.get("Secret"):
        return None
    username, secret = str(answer.get("Username", "")), str(answer["Secret"])
    if username == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(username=username, password=secret)


def _run_helper(name: str, verb: str, text: str) -> bytes | None:
    """Run a credential helper; None if it knows no such login."""
    program = find_program(f"docker-credential-{name}")
    subject = f"docker-credential-{name}"
    if not program:
        hint = "install it, or remove it from credHelpers and credsStore"
        raise Unavailable("the credential helper is not installed", subject=subject, hint=hint)
    began = time.monotonic()
    finished = run([program, verb], stdin=text.encode(), env=os.environ, timeout_s=_HELPER_TIMEOUT_S)
    if finished.status == _KILLED and time.monotonic() - began >= _HELPER_TIMEOUT_S:
        hint = "see whether it waits for somebody, or remove it from credHelpers and credsStore"
        raise TimedOut("the credential helper does not answer", subject=subject, hint=hint)
    if finished.status:
        reason = (finished.stdout + finished.stderr).decode("utf-8", "replace").strip()
        if _NO_SUCH_LOGIN in reason:
            return None
        raise Unavailable(f"the credential helper failed: {reason[:200] or finished.status}", subject=subject)
    return finished.stdout


def store_credentials(session: Session, host: str, credentials: Credentials, *, authfile: str = "") -> str:
    """Keep a login of `host` (or host/path) in the file or helper that is to be written, and return which."""
    path = _file_to_write(session, authfile)
    key = _key_to_write(path, host)
    helper = next(
        (
            credential_helper
            for credential_helper in registries_conf(session).credential_helpers
            if credential_helper != _FILES
        ),
        "",
    )
    with locked(path + ".lock", subject=path):
        document = read_auth_file(path)
        helper = (document.get("credHelpers") or {}).get(key) or document.get("credsStore") or helper
        if helper:
            entry = {"ServerURL": key, "Username": credentials.username, "Secret": credentials.password}
            _run_helper(str(helper), "store", format_json(entry))
            return f"docker-credential-{helper}"
        document.setdefault("auths", {})[key] = encode_login(credentials.username, credentials.password)
        _write(path, document)
    return path


def _file_to_write(session: Session, authfile: str) -> str:
    path = auth_files(session.user.home, session.user.uid, authfile)[0]
    try:
        make_directory(os.path.dirname(os.path.abspath(path)), 0o700)
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot keep the login") from error
    return path


def _key_to_write(path: str, host: str) -> str:
    """Return the key that the file's own engine looks for: docker's names docker.io by an old URL."""
    return DOCKER_HUB_KEY if host == "docker.io" and path.endswith("/config.json") else host


def _write(path: str, document: dict[str, Any]) -> None:
    try:
        write_atomic(path, format_json(document, indent=8), mode=0o600)
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot keep the login") from error


def forget_credentials(session: Session, host: str, *, authfile: str = "") -> list[str]:
    """Remove logins of `host` ("" for all) from files and helpers; return the keys that went.

    Raises InvalidInput if there was none, Denied for a file that may not be written.
    """
    forgotten: list[str] = []
    for path in auth_files(session.user.home, session.user.uid, authfile):
        if os.path.exists(path):
            with locked(path + ".lock", subject=path):
                forgotten += _forget_in(path, host)
    for helper in registries_conf(session).credential_helpers:
        if helper != _FILES and host and _ask_helper(helper, host) is not None:
            _run_helper(helper, "erase", host)
            forgotten.append(host)
    if host and not forgotten:
        raise InvalidInput("not logged in", subject=host)
    return list(dict.fromkeys(forgotten))


def _forget_in(path: str, host: str) -> list[str]:
    document = read_auth_file(path)
    auths = document.get("auths") or {}
    helpers = document.get("credHelpers") or {}
    wanted = keys_of(host) if host else [*auths, *helpers]
    forgotten = []
    for key in dict.fromkeys(wanted):
        helper = helpers.get(key) or document.get("credsStore")
        if helper and _ask_helper(str(helper), key) is not None:
            _run_helper(str(helper), "erase", key)
            forgotten.append(key)
        if key in auths:
            del auths[key]
            forgotten.append(key)
    if forgotten and not path.endswith(".dockercfg"):
        _write(path, document)
    elif forgotten:
        _write(path, auths)
    return forgotten
