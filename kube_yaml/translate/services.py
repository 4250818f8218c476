"""Services into ServiceSpecs: ports by name or number, addresses; and the environment variables that pods get of them. Pure."""

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
    """Return the spec of a Service. `templates` are the play's pod templates, for target ports by name; `where` is its place.

    A NodePort without a nodePort gets one that follows from its port number, so that the same file always gives the same.
    Raises NotFound, InvalidInput (a target port by name that no pod has, or that differs among pods).
    """
    spec = value.get("spec") or {}
    selector = {str(key): str(label) for key, label in (spec.get("selector") or {}).items()}
    selected = [template for template in templates if _matches(template, selector)]
    on_host = spec.get("type") in ("NodePort", "LoadBalancer")
    external = [str(address) for address in spec.get("externalIPs") or ()]
    ports = []
    for number, port in enumerate(spec.get("ports") or ()):
        own = int(port["port"])
        protocol = str(port.get("protocol") or "TCP").lower()
        target = _target(port.get("targetPort", own), selected, f"{where}spec.ports[{number}].targetPort")
        host = 0
        if on_host:
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
    """Return a targetPort as a number: a name is that of a containerPort of the selected pods."""
    if isinstance(value, int) or str(value).isdecimal():
        return int(value)
    numbers = {
        int(port["containerPort"])
        for template in templates
        for container in (template.get("spec") or {}).get("containers") or ()
        for port in container.get("ports") or ()
        if port.get("name") == value
    }
    if not numbers:
        raise NotFound(f"no pod selected by the Service has a port named {value}", subject=where)
    if len(numbers) > 1:
        listing = ", ".join(str(number) for number in sorted(numbers))
        raise InvalidInput(
            f"the pods selected by the Service have different ports named {value}: {listing}", subject=where
        )
    return numbers.pop()


def service_variables(specs: Sequence[ServiceSpec], addresses: Mapping[str, str], namespace: str) -> dict[str, str]:
    """Return WEB_SERVICE_HOST, WEB_SERVICE_PORT and the like for the Services of a namespace; `addresses` is by name.

    WEB_PORT and the like are the variables of docker's links, which kubelet sets too (Kubernetes, "Service", "Environment variables").
    """
    variables = {}
    for spec in specs:
        address = addresses.get(spec.name, "")
        if spec.namespace != namespace or not address or not spec.ports:
            continue
        prefix = spec.name.upper().replace("-", "_")
        variables[f"{prefix}_SERVICE_HOST"] = address
        variables[f"{prefix}_SERVICE_PORT"] = str(spec.ports[0].port)
        for port in spec.ports:
            if port.name:
                variables[f"{prefix}_SERVICE_PORT_{port.name.upper().replace('-', '_')}"] = str(port.port)
        variables |= _link_variables(prefix, address, spec.ports)
    return variables


def _link_variables(prefix: str, address: str, ports: Sequence[ServicePort]) -> dict[str, str]:
    host = f"[{address}]" if ":" in address else address
    variables = {f"{prefix}_PORT": f"{ports[0].protocol}://{host}:{ports[0].port}"}
    for port in ports:
        name = f"{prefix}_PORT_{port.port}_{port.protocol.upper()}"
        variables |= {
            name: f"{port.protocol}://{host}:{port.port}",
            f"{name}_PROTO": port.protocol,
            f"{name}_PORT": str(port.port),
            f"{name}_ADDR": address,
        }
    return variables
