"""TLS settings for a registry: authorities and client certificates (containers-certs.d(5), docker's certs.d)."""

from __future__ import annotations

import os
import ssl

from pycman.errors import InvalidInput, NotFound

_SYSTEM_FOLDERS = ("/etc/containers/certs.d", "/etc/docker/certs.d")


def tls_context(host: str, *, cert_dir: str, home: str, verify: bool) -> ssl.SSLContext:
    """Return the TLS context for `host`: the system's authorities, and those below certs.d/HOST or in `cert_dir`.

    *.crt are authorities, NAME.cert with NAME.key is a client certificate. Raises NotFound (`cert_dir`), InvalidInput.
    """
    if verify:
        context = ssl.create_default_context()
        # as in Go: any certificate in certs.d is a trust anchor, and old ones without key identifiers are accepted
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # 20 ms less: it does not load the authorities
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert_dir and not os.path.isdir(cert_dir):
        raise NotFound("no such directory", subject=cert_dir, hint="correct --cert-dir")
    folders = [cert_dir] if cert_dir else [f"{home}/.config/containers/certs.d/{host}"] if home else []
    for folder in (
        folders if cert_dir else [*folders, *(f"{system_folder}/{host}" for system_folder in _SYSTEM_FOLDERS)]
    ):
        if os.path.isdir(folder):
            _add_certificates(context, folder)
    return context


def _add_certificates(context: ssl.SSLContext, folder: str) -> None:
    try:
        names = sorted(os.listdir(folder))
    except PermissionError:  # only root can read it: skipped as in podman; if it was needed, the handshake fails
        return
    for name in names:
        path = f"{folder}/{name}"
        try:
            if name.endswith(".crt"):
                context.load_verify_locations(cafile=path)
            elif name.endswith(".cert"):
                key = f"{path.removesuffix('.cert')}.key"
                if not os.path.exists(key):
                    raise InvalidInput("the key of the client certificate is missing", subject=key, hint="add the file")
                context.load_cert_chain(path, key)
        except (ssl.SSLError, OSError) as error:
            raise InvalidInput(_describe_problem(error), subject=path, hint="replace it") from error


def _describe_problem(error: OSError) -> str:
    if not isinstance(error, ssl.SSLError):
        return f"it cannot be read: {(error.strerror or str(error)).lower()}"
    if error.reason == "KEY_VALUES_MISMATCH":
        return "it does not match its key"
    return "it is not a PEM certificate"
