"""Services into the engine's words: ports by name or number, addresses, and the variables pods get of them. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput, NotFound
from pycman.spec.service import ServicePort, ServiceSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_FIRST_NODE_PORT = 30000


def service_spec(
    value: Mapping[str, Any],
    *,
    name: str,
    namespace: str,
    network: str,
    templates: Sequence[Mapping[str, Any]],
    where: str,
) -> ServiceSpec:
    """Return the spec of a Service; `templates` are the play's pod templates, for target ports given by name.

    A NodePort that is not given is the port's number above 30000, so that the same file always gives the same one.
    """
    spec = value.get("spec") or {}
    selector = {str(key): str(each) for key, each in (spec.get("selector") or {}).items()}
    behind = [each for each in templates if _matches(each, selector)]
    outside = spec.get("type") in ("NodePort", "LoadBalancer")
    external = [str(each) for each in spec.get("externalIPs") or ()]
    ports = []
    for number, port in enumerate(spec.get("ports") or ()):
        own = int(port["port"])
        protocol = str(port.get("protocol") or "TCP").lower()
        target = _target(port.get("targetPort", own), behind, f"{where}spec.ports[{number}].targetPort")
        host = 0
        if outside:
            host = int(port.get("nodePort") or (_FIRST_NODE_PORT + own % 2768 if spec["type"] == "NodePort" else own))
        ports.append(
            ServicePort(
                port=own,
                target_port=target,
                protocol=protocol,
                name=str(port.get("name") or ""),
                host_port=host or (own if external else 0),
                host_ip=external[0] if external and not host else "",
            )
        )
    address = str(spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), ""))
    return ServiceSpec(
        name=name,
        namespace=namespace,
        network=network,
        address=address,
        ports=tuple(ports),
        selector=selector,
        sticky=spec.get("sessionAffinity") == "ClientIP",
        publish_not_ready=bool(spec.get("publishNotReadyAddresses")),
    )


def _matches(template: Mapping[str, Any], selector: Mapping[str, str]) -> bool:
    labels = (template.get("metadata") or {}).get("labels") or {}
    return bool(selector) and all(str(labels.get(key)) == value for key, value in selector.items())


def _target(value: Any, templates: Sequence[Mapping[str, Any]], where: str) -> int:
    if isinstance(value, int) or str(value).isdigit():
        return int(value)
    found = {
        int(port["containerPort"])
        for template in templates
        for container in (template.get("spec") or {}).get("containers") or ()
        for port in container.get("ports") or ()
        if port.get("name") == value
    }
    if not found:
        raise NotFound(f"no pod behind it has a port called {value}", subject=where)
    if len(found) > 1:
        numbers = ", ".join(str(each) for each in sorted(found))
        raise InvalidInput(f"pods behind it have different ports called {value}: {numbers}", subject=where)
    return found.pop()


def service_variables(specs: Sequence[ServiceSpec], addresses: Mapping[str, str], namespace: str) -> dict[str, str]:
    """Return WEB_SERVICE_HOST, WEB_SERVICE_PORT and their kin of the services of a namespace; `addresses` by name."""
    found = {}
    for spec in specs:
        address = addresses.get(spec.name, "")
        if spec.namespace != namespace or not address or not spec.ports:
            continue
        word = spec.name.upper().replace("-", "_")
        found[f"{word}_SERVICE_HOST"] = address
        found[f"{word}_SERVICE_PORT"] = str(spec.ports[0].port)
        for port in spec.ports:
            if port.name:
                found[f"{word}_SERVICE_PORT_{port.name.upper().replace('-', '_')}"] = str(port.port)
    return found
