"""Log in and out: credentials are checked at the registry before they are kept."""

from __future__ import annotations

from pycman.errors import NotFound
from pycman.registry.auth import Credentials
from pycman.registry.client import Client, ClientOptions
from pycman.registry.credentials import find_credentials, forget_credentials, store_credentials
from pycman.registry.endpoints import endpoints_of
from pycman.spec.image_reference import ImageReference
from pycman.state.settings import registries_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.registry.credentials import LoginOptions
    from pycman.state.session import Session


def login(session: Session, registry: str, options: LoginOptions) -> str:
    """Check and keep credentials; return the file (or helper) they went to. With `get_login` return who is logged in.

    Raises Unauthenticated, Unavailable, NotFound (`get_login` of a registry without a login).
    """
    host = _host(registry)
    if options.get_login:
        found = find_credentials(session, host, authfile=options.authfile)
        if found is None:
            raise NotFound("not logged in", subject=registry)
        return found.username
    credentials = Credentials(username=options.username, password=options.password)
    endpoint = endpoints_of(ImageReference(domain=host, path="x"), registries_conf(session), pulling=False)[-1]
    client_options = ClientOptions(tls_verify=options.tls_verify, cert_dir=options.cert_dir, retries=1)
    Client(endpoint, credentials, client_options, host).ping()
    return store_credentials(session, host, credentials, authfile=options.authfile)


def logout(session: Session, registry: str, options: LoginOptions) -> list[str]:
    """Forget the login of a registry, or with `all` every one; return the registries. Raises InvalidInput if there is none."""
    return forget_credentials(session, "" if options.all else _host(registry), authfile=options.authfile)


def _host(registry: str) -> str:
    bare = registry.removeprefix("https://").removeprefix("http://").rstrip("/")
    return "docker.io" if bare in ("", "index.docker.io", "registry-1.docker.io", "index.docker.io/v1") else bare
