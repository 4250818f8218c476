"""Log in and out: credentials are checked at the registry before they are kept."""

from __future__ import annotations

import contextlib
import os

from pycman.errors import InvalidInput, NotFound
from pycman.registry.auth import Credentials
from pycman.registry.client import Client, ClientOptions
from pycman.registry.credentials import find_credentials, forget_credentials, store_credentials
from pycman.registry.endpoints import endpoints_of
from pycman.spec.image_reference import DEFAULT_DOMAIN, ImageReference, parse_image_reference
from pycman.state.settings import engine_environment, registries_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.registry.credentials import LoginOptions
    from pycman.state.session import Session

_DOCKER_HUB = ("", "index.docker.io", "registry-1.docker.io", "index.docker.io/v1")


def login(session: Session, registry: str, options: LoginOptions) -> str:
    """Check and keep credentials; return the file (or helper) they went to. With `get_login` return who is logged in.

    `registry` is a host, or host/path for a login that holds there only. Raises InvalidInput, Unauthenticated, Unavailable,
    NotFound (`get_login` of a registry without a login).
    """
    key = login_key(registry)
    host, _, path = key.partition("/")
    if options.get_login:
        found = find_credentials(session, host, path, authfile=options.authfile)
        if found is None:
            raise NotFound("not logged in", subject=registry)
        return found.username
    if not options.username or not options.password:
        raise InvalidInput("a login needs a user name and a password", subject=registry)
    credentials = Credentials(username=options.username, password=options.password)
    reference = ImageReference(domain=host, path=path or "x")
    endpoint = endpoints_of(reference, registries_conf(session), pulling=False)[-1]
    client_options = ClientOptions(
        tls_verify=options.tls_verify,
        cert_dir=options.cert_dir,
        retries=1,
        home=session.user.home,
        environment=engine_environment(session, os.environ),
    )
    with contextlib.closing(Client(endpoint, credentials, client_options, host)) as client:
        client.ping()
    return store_credentials(session, key, credentials, authfile=options.authfile)


def logout(session: Session, registry: str, options: LoginOptions) -> list[str]:
    """Forget the login of a registry, or with `all` every one; return the keys. Raises InvalidInput if there is none."""
    return forget_credentials(session, "" if options.all else login_key(registry), authfile=options.authfile)


def login_key(registry: str) -> str:
    """Return the key of a registry's login: host or host/path; URLs are accepted, as docker does. Raises InvalidInput."""
    bare = registry.removeprefix("https://").removeprefix("http://").rstrip("/")
    if bare in _DOCKER_HUB:
        return DEFAULT_DOMAIN
    host, _, path = bare.partition("/")
    if path in ("v1", "v2"):
        bare, path = host, ""
    probe = host if ":" in host else f"{host}:443"  # a host of one word is one here, and no path on docker.io
    parse_image_reference(f"{probe}/{path or 'x'}")
    return bare
