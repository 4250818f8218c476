"""Services into ServiceSpecs: ports by name or number, addresses; and the environment variables that pods get of them. Pure."""

from __future__ import annotations

from pycman.spec.service import ServicePort, ServiceSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any

_FIRST_NODE_PORT = 30000
_NODE_PORTS = 2768


class NodePorts:
    """The node ports of all services: those that a file gives, and a free one for each that it does not.

    The free one follows from the port's number, so that the same file gives the same, unless another service has it; a service
    that exists keeps what it has.
    """

    def __init__(
        self, standing: Mapping[tuple[str, str], ServiceSpec], given: Mapping[tuple[str, str], Mapping[str, Any]]
    ) -> None:
        """`standing` are all services by namespace and name, `given` the specs of the file's Services, which replace them."""
        self._standing = standing
        self._taken = {
            (port.protocol, port.host_port) for key, spec in standing.items() if key not in given for port in spec.ports
        } | {
            (_protocol(port), int(port["nodePort"]))
            for spec in given.values()
            for port in spec.get("ports") or ()
            if port.get("nodePort")
        }

    def take_own(self, port: int, protocol: str) -> bool:
        """Take a port by its own number, as a load balancer has it; say whether no other service has."""
        is_free = (protocol, port) not in self._taken
        self._taken.add((protocol, port))
        return is_free

    def choose(self, key: tuple[str, str], port: int, protocol: str) -> int:
        """Return a node port for a port of the Service `key`, and remember it."""
        before = [
            each.host_port
            for each in (self._standing[key].ports if key in self._standing else ())
            if (each.port, each.protocol) == (port, protocol) and each.host_port >= _FIRST_NODE_PORT
        ]
        numbers = [*before, *(_FIRST_NODE_PORT + (port + step) % _NODE_PORTS for step in range(_NODE_PORTS))]
        chosen = next((number for number in numbers if (protocol, number) not in self._taken), numbers[0])
        self._taken.add((protocol, chosen))
        return chosen


def service_spec(
    value: Mapping[str, Any], *, name: str, namespace: str, network: str, node_ports: NodePorts
) -> ServiceSpec:
    """Return the spec of a Service. A target port by name stays a name: each pod behind it says which number that is."""
    spec = value.get("spec") or {}
    kind = spec.get("type")
    external = [str(address) for address in spec.get("externalIPs") or ()]
    ports = []
    for port in spec.get("ports") or ():
        own = int(port["port"])
        protocol = _protocol(port)
        target = port.get("targetPort", own)
        by_number = isinstance(target, int) or str(target).isdecimal()
        host = 0
        if kind == "LoadBalancer" and not port.get("nodePort") and node_ports.take_own(own, protocol):
            host = own  # the one host has one address: of two load balancers with a port, one gets a node port
        elif kind in ("NodePort", "LoadBalancer"):
            host = int(port.get("nodePort") or node_ports.choose((namespace, name), own, protocol))
        ports.append(
            ServicePort(
                port=own,
                target_port=int(target) if by_number else 0,
                target_name="" if by_number else str(target),
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
        selector={str(key): str(label) for key, label in (spec.get("selector") or {}).items()},
        sticky=spec.get("sessionAffinity") == "ClientIP",
        publish_not_ready=bool(spec.get("publishNotReadyAddresses")),
    )


def _protocol(port: Mapping[str, Any]) -> str:
    return str(port.get("protocol") or "TCP").lower()


def port_names(spec: Mapping[str, Any]) -> dict[str, int]:
    """Return the ports of a PodSpec that have a name, by NAME/PROTOCOL: those of its containers and of its sidecars."""
    return {
        f"{port['name']}/{_protocol(port)}": int(port["containerPort"])
        for container in running_containers(spec)
        for port in container.get("ports") or ()
        if port.get("name")
    }


def running_containers(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the containers of a PodSpec that run beside each other: sidecars (init containers that are restarted) and the others."""
    sidecars = [one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]
    return [*sidecars, *(spec.get("containers") or ())]


def missing_names(spec: ServiceSpec, templates: Collection[Mapping[str, Any]]) -> list[str]:
    """Return the port names that a service leads to and none of the pods that it selects among `templates` has; [] if it selects none."""
    selected = [template for template in templates if _matches(template, spec.selector)]
    known = {name for template in selected for name in port_names(template.get("spec") or {})}
    names = [port for port in spec.ports if port.target_name] if selected else []
    return [port.target_name for port in names if f"{port.target_name}/{port.protocol}" not in known]


def _matches(template: Mapping[str, Any], selector: Mapping[str, str]) -> bool:
    labels = (template.get("metadata") or {}).get("labels") or {}
    return bool(selector) and all(str(labels.get(key)) == value for key, value in selector.items())


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
