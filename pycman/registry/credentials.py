"""Find, store and remove credentials of registries: in auth.json, docker's config.json and credential helpers.

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
from pycman.linux.files import locked, make_directory, remove_unfinished, write_atomic
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
"""The entry of credential-helpers in registries.conf that means the auth files."""
_TOKEN_USER = "<token>"  # noqa: S105 - the user name with which helpers mark an identity token
_NO_SUCH_LOGIN = "credentials not found"
"""Message of every helper for that (docker-credential-helpers, credentials/error.go); it has no status of its own."""


class LoginOptions(Record):
    """Options of `login` and `logout`; `tls_verify` None is the setting of registries.conf."""

    username: str = ""
    password: str = ""
    get_login: bool = False
    all: bool = False
    authfile: str = ""
    cert_dir: str = ""
    tls_verify: bool | None = None


def find_credentials(session: Session, host: str, path: str = "", *, authfile: str = "") -> Credentials | None:
    """Return the credentials for `host`, or for the repository `path` there; None if there are none.

    The most specific entry of the first file that has one is used. Raises InvalidInput for an invalid file or entry,
    Unavailable and TimedOut for a helper that fails, NotFound for a missing `authfile`.
    """
    if authfile and not os.path.exists(authfile):
        raise NotFound(
            "no such file", subject=authfile, hint="correct --authfile, or log in with it", code="no-authfile"
        )
    for helper in registries_conf(session).credential_helpers or (_FILES,):
        credentials = (
            _from_files(session, host, path, authfile) if helper == _FILES else _from_helper(helper, host, path)
        )
        if credentials is not None:
            return credentials
    return None


def _from_files(session: Session, host: str, path: str, authfile: str) -> Credentials | None:
    for file in auth_files(session.user.home, session.user.uid, authfile):
        for stored in stored_logins(read_auth_file(file), host, path):
            credentials = _ask_helper(stored.helper, stored.key) if stored.helper else _as_credentials(stored)
            if credentials is not None:
                return credentials
    return None


def _as_credentials(stored: StoredLogin) -> Credentials:
    return Credentials(username=stored.username, password=stored.password, identity_token=stored.identity_token)


def _from_helper(helper: str, host: str, path: str) -> Credentials | None:
    return next(
        (credentials for key in keys_of(host, path) if (credentials := _ask_helper(helper, key)) is not None), None
    )


def _ask_helper(name: str, key: str) -> Credentials | None:
    output = _run_helper(name, "get", key)
    if output is None:
        return None
    entry = parse_json(output, subject=f"docker-credential-{name}")
    if not isinstance(entry, dict) or not entry.get("Secret"):
        return None
    username, secret = str(entry.get("Username", "")), str(entry["Secret"])
    if username == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(username=username, password=secret)


def _run_helper(name: str, command: str, request: str) -> bytes | None:
    """Run a credential helper and return its output; None if it has no such login. Raises Unavailable, TimedOut."""
    program = find_program(f"docker-credential-{name}")
    subject = f"docker-credential-{name}"
    if not program:
        hint = "install it, or remove it from credHelpers and credsStore"
        raise Unavailable("the credential helper is not installed", subject=subject, hint=hint)
    started_s = time.monotonic()
    finished = run([program, command], stdin=request.encode(), env=os.environ, timeout_s=_HELPER_TIMEOUT_S)
    if finished.status == _KILLED and time.monotonic() - started_s >= _HELPER_TIMEOUT_S:
        hint = "check whether it waits for input, or remove it from credHelpers and credsStore"
        raise TimedOut("the credential helper does not answer", subject=subject, hint=hint)
    if finished.status:
        reason = (finished.stdout + finished.stderr).decode("utf-8", "replace").strip()
        if _NO_SUCH_LOGIN in reason:
            return None
        raise Unavailable(f"the credential helper failed: {reason[:200] or finished.status}", subject=subject)
    return finished.stdout


def store_credentials(session: Session, host: str, credentials: Credentials, *, authfile: str = "") -> str:
    """Store a login of `host` (or host/path) in a file or helper, and return the file's path or the helper's name."""
    path = _file_to_write(session, authfile)
    key = _key_to_write(path, host)
    helper = next(
        (name for name in registries_conf(session).credential_helpers if name != _FILES),
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
        raise from_os_error(error, subject=path, doing="cannot store the login") from error
    return path


def _key_to_write(path: str, host: str) -> str:
    """Return the key under which the file's own engine looks: docker's config.json has an old URL for docker.io."""
    return DOCKER_HUB_KEY if host == "docker.io" and path.endswith("/config.json") else host


def _write(path: str, document: dict[str, Any]) -> None:
    """Write a file of logins; the caller holds its lock."""
    try:
        remove_unfinished(os.path.dirname(os.path.abspath(path)), f"{os.path.basename(path)}.")  # passwords are in them
        write_atomic(path, format_json(document, indent=8), mode=0o600)
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot store the login") from error


def forget_credentials(session: Session, host: str, *, authfile: str = "") -> list[str]:
    """Remove the logins of `host` ("" for all) from files and helpers; return the removed keys.

    Raises InvalidInput if `host` has none, Denied for a file that is not writable.
    """
    removed: list[str] = []
    for path in auth_files(session.user.home, session.user.uid, authfile):
        if os.path.exists(path):
            with locked(path + ".lock", subject=path):
                removed += _forget_in(path, host)
    for helper in registries_conf(session).credential_helpers:
        if helper != _FILES and host and _ask_helper(helper, host) is not None:
            _run_helper(helper, "erase", host)
            removed.append(host)
    if host and not removed:
        raise InvalidInput("not logged in", subject=host)
    return list(dict.fromkeys(removed))


def _forget_in(path: str, host: str) -> list[str]:
    document = read_auth_file(path)
    auths = document.get("auths") or {}
    helpers = document.get("credHelpers") or {}
    keys = keys_of(host) if host else [*auths, *helpers]
    removed = []
    for key in dict.fromkeys(keys):
        helper = helpers.get(key) or document.get("credsStore")
        if helper and _ask_helper(str(helper), key) is not None:
            _run_helper(str(helper), "erase", key)
            removed.append(key)
        if key in auths:
            del auths[key]
            removed.append(key)
    if removed and not path.endswith(".dockercfg"):
        _write(path, document)
    elif removed:
        _write(path, auths)
    return removed
