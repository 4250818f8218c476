"""A container of a pod template as the container it becomes (Kubernetes API reference, v1 Container)."""

from __future__ import annotations

import pytest

from pycman.containers.check_spec import check_spec
from pycman.errors import InvalidInput, NotFound
from pycman.spec.health import ExitRule, RestartPolicy
from pycman.spec.mount import Device
from pycman.spec.probe import Handler, Probe
from tests.support.plays import container_of, pod_of


def spec_of(fields: str, **options):
    return container_of(fields, **options).spec


def test_command_is_the_entrypoint_and_args_are_the_command() -> None:
    spec = spec_of("""
        command: [/bin/echo, $(GREETING)]
        args: [$(GREETING), $$(GREETING), $(UNKNOWN)]
        env: [{name: GREETING, value: hello}]
    """)
    assert spec.entrypoint == ("/bin/echo", "hello")
    assert spec.command == ("hello", "$(GREETING)", "$(UNKNOWN)")


def test_without_a_command_the_images_entrypoint_stays() -> None:
    assert spec_of("args: [x]").entrypoint is None


def test_a_container_bears_its_pods_name_in_front_unless_asked() -> None:
    assert spec_of("").name == "p-c"
    assert spec_of("", no_pod_prefix=True).name == "c"


@pytest.mark.parametrize(
    ("resources", "field", "wanted"),
    [
        ("limits: {cpu: 500m}", "cpu_quota_us", 50_000),
        ("limits: {cpu: 0.5}", "cpu_quota_us", 50_000),
        ("limits: {cpu: 2}", "cpu_quota_us", 200_000),
        ("limits: {cpu: 1m}", "cpu_quota_us", 1000),  # the kernel's least
        ("limits: {cpu: 500m}", "cpu_shares", 512),  # the request is the limit where none is given
        ("requests: {cpu: 250m}", "cpu_shares", 256),
        ("requests: {cpu: 1m}", "cpu_shares", 2),  # the kernel's least
        ("requests: {cpu: 300}", "cpu_shares", 262144),  # and its most
        ("limits: {cpu: 1e25}", "cpu_quota_us", None),
        ("limits: {memory: 1e30}", "memory_bytes", (1 << 63) - 1),  # as Kubernetes counts
        ("requests: {cpu: 250m}", "cpu_quota_us", None),
        ("{limits: {cpu: 1}, requests: {cpu: 250m}}", "cpu_shares", 256),
        ("limits: {memory: 64Mi}", "memory_bytes", 64 << 20),
        ("limits: {memory: 64M}", "memory_bytes", 64_000_000),
        ("limits: {memory: 64Mi}", "memory_swap_bytes", 64 << 20),  # no swap
        ("requests: {memory: 32Mi}", "memory_bytes", None),
        ("limits: {hugepages-2Mi: 4Mi}", "huge_pages", {"2MB": 4 << 20}),
        ("{}", "huge_pages", {}),
    ],
)  # fmt: skip
def test_limits_and_requests_are_the_cgroups(resources: str, field: str, wanted: object) -> None:
    text = resources if resources.startswith("{") else f"{{{resources}}}"
    assert getattr(spec_of(f"resources: {text}").resources, field) == wanted


def test_devices_are_asked_for_as_limits() -> None:
    spec = spec_of("resources: {limits: {'podman.io/device=/dev/fuse': 1, 'podman.io/device=/dev/a:/dev/b:r': 1}}")
    assert spec.devices == (
        Device(host_path="/dev/fuse", container_path="/dev/fuse", permissions="rwm"),
        Device(host_path="/dev/a", container_path="/dev/b", permissions="r"),
    )


@pytest.mark.parametrize(
    ("pod", "name"), [("", "always"), ("restartPolicy: OnFailure", "on-failure"), ("restartPolicy: Never", "no")]
)
def test_the_restart_policy_is_the_pods_and_always_by_default(pod: str, name: str) -> None:
    restart = spec_of("", pod=pod).restart
    assert (restart.name, restart.maximum_retries) == (name, 0)


def test_a_container_may_have_a_restart_policy_and_rules_of_its_own() -> None:
    restart = spec_of(
        """
        restartPolicy: Never
        restartPolicyRules:
        - {action: Restart, exitCodes: {operator: In, values: [42, 43]}}
        - {action: Restart, exitCodes: {operator: NotIn, values: [1]}}
        """,
        pod="restartPolicy: Always",
    ).restart
    rules = (ExitRule(statuses=(42, 43)), ExitRule(statuses=(1,), outside=True))
    assert restart == RestartPolicy(name="no", kubernetes=True, rules=rules)


def test_init_containers_come_first_and_run_once_and_sidecars_go_on() -> None:
    plan = pod_of("""
        initContainers:
        - {name: i, image: i:1}
        - {name: s, image: i:1, restartPolicy: Always}
        containers:
        - {name: c, image: i:1}
    """)
    found = [(container.name, container.spec.init_kind, container.spec.restart.name) for container in plan.containers]
    assert found == [("i", "always", "on-failure"), ("s", "sidecar", "always"), ("c", "", "always")]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("image: a", "newer"), ("image: a:latest", "newer"), ("image: a:1", "missing"), ("image: r.example:5000/a", "newer"),
        ("image: a@sha256:" + "0" * 64, "missing"), ("imagePullPolicy: Always", "always"),
        ("imagePullPolicy: IfNotPresent", "missing"), ("imagePullPolicy: Never", "never"),
    ],
)  # fmt: skip
def test_an_image_is_pulled_by_its_policy_and_its_tag(fields: str, wanted: str) -> None:
    image = "" if fields.startswith("image:") else "image: i:1\n"
    plan = pod_of(f"containers:\n- name: c\n  {image}{'  ' if image else ''}{fields}")
    assert plan.containers[0].spec.pull == wanted


@pytest.mark.parametrize(
    ("handler", "wanted"),
    [
        ("exec: {command: [cat, /x]}", Handler(kind="exec", command=("cat", "/x"))),
        ("httpGet: {port: 80}", Handler(kind="http", scheme="http", host="", port=80, path="/")),
        ("httpGet: {port: web, scheme: HTTPS, host: h, path: /ok, httpHeaders: [{name: A, value: b}]}",
         Handler(kind="http", scheme="https", host="h", port=8080, path="/ok", headers=(("A", "b"),))),
        ("tcpSocket: {port: web}", Handler(kind="tcp", port=8080)),
        ("grpc: {port: 9}", Handler(kind="grpc", port=9, service="")),
        ("grpc: {port: 9, service: s}", Handler(kind="grpc", port=9, service="s")),
    ],
)  # fmt: skip
def test_probes_have_a_handler_and_the_apis_defaults(handler: str, wanted: Handler) -> None:
    spec = spec_of(f"ports: [{{name: web, containerPort: 8080}}]\nlivenessProbe: {{{handler}}}")
    assert spec.liveness_probe == Probe(
        handler=wanted, initial_delay_s=0, period_s=10, timeout_s=1, failure_threshold=3, success_threshold=1
    )
    assert spec.readiness_probe is None
    assert spec.startup_probe is None


def test_times_and_counts_of_a_probe_are_its_own() -> None:
    spec = spec_of("""
        startupProbe:
          tcpSocket: {port: 1}
          initialDelaySeconds: 5
          periodSeconds: 2
          timeoutSeconds: 3
          failureThreshold: 30
          terminationGracePeriodSeconds: 60
        readinessProbe: {tcpSocket: {port: 1}, successThreshold: 4}
    """)
    assert spec.startup_probe == Probe(
        handler=Handler(kind="tcp", port=1), initial_delay_s=5, period_s=2, timeout_s=3, failure_threshold=30,
        termination_grace_s=60,
    )  # fmt: skip
    assert spec.readiness_probe.success_threshold == 4
    assert spec.readiness_probe.termination_grace_s is None


def test_a_probe_of_a_port_without_that_name_says_where() -> None:
    with pytest.raises(NotFound) as caught:
        container_of("livenessProbe: {httpGet: {port: web}}")
    assert "f.yaml:6: spec.containers[0]" in str(caught.value)
    assert "web" in str(caught.value)


def test_hooks_signal_and_grace_are_those_of_lifecycle_and_pod() -> None:
    spec = spec_of(
        """
        lifecycle:
          postStart: {exec: {command: [touch, /x]}}
          preStop: {sleep: {seconds: 3}}
          stopSignal: SIGQUIT
        """,
        pod="terminationGracePeriodSeconds: 0\nos: {name: linux}",
    )
    assert spec.post_start == Handler(kind="exec", command=("touch", "/x"))
    assert spec.pre_stop == Handler(kind="sleep", seconds=3)
    assert spec.stop_signal == "SIGQUIT"
    assert spec.stop_timeout_s == 0
    assert spec_of("").stop_timeout_s == 30


def test_a_termination_message_is_a_file_of_the_pods_at_the_path_asked_for() -> None:
    assert spec_of("").message_path == "/dev/termination-log"
    assert not spec_of("").message_from_log
    spec = spec_of("terminationMessagePath: /said\nterminationMessagePolicy: FallbackToLogsOnError")
    assert (spec.message_path, spec.message_from_log) == ("/said", True)
    (mount,) = [each for each in spec.mounts if each.target == "/said"]
    assert (mount.kind, mount.source, mount.subpath) == ("pod", "..message-c", "message")


def test_streams_and_working_directory_are_those_of_the_fields() -> None:
    spec = spec_of("stdin: true\nstdinOnce: true\ntty: true\nworkingDir: /w")
    assert (spec.stdin, spec.stdin_once, spec.terminal, spec.workdir) == (True, True, True, "/w")
    plain = spec_of("")
    assert (plain.stdin, plain.stdin_once, plain.terminal, plain.workdir) == (False, False, False, "")


def test_ports_are_exposed_with_their_protocol() -> None:
    assert spec_of("ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]").expose == ("80/tcp", "53/udp")


def test_variables_of_services_come_before_the_containers_own() -> None:
    service = """
        apiVersion: v1
        kind: Service
        metadata: {name: redis-primary}
        spec: {clusterIP: 10.0.0.11, selector: {app: r}, ports: [{name: main-db, port: 6379}]}
    """
    env = spec_of("env: [{name: URL, value: 'redis://$(REDIS_PRIMARY_SERVICE_HOST)'}]", others=service).env
    assert env["REDIS_PRIMARY_SERVICE_HOST"] == "10.0.0.11"
    assert env["REDIS_PRIMARY_SERVICE_PORT"] == env["REDIS_PRIMARY_SERVICE_PORT_MAIN_DB"] == "6379"
    assert env["URL"] == "redis://10.0.0.11"
    without = spec_of("env: [{name: A, value: b}]", others=service, pod="enableServiceLinks: false").env
    assert without == {"A": "b"}


def test_fields_of_the_pod_are_what_the_downward_api_gives() -> None:
    env = spec_of(
        """
        env:
        - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: SPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
        - {name: LABEL, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
        - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
        - {name: WHO, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}
        - {name: IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
        - {name: IPS, valueFrom: {fieldRef: {fieldPath: status.hostIPs}}}
        - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
        resources: {limits: {memory: 64Mi}}
        """,
        metadata="namespace: n\nlabels: {app: web}",
    ).env
    assert env == {
        "NAME": "p", "SPACE": "n", "LABEL": "web", "NODE": "node-1", "WHO": "default", "IP": "192.0.2.1",
        "IPS": "192.0.2.1,2001:db8::1", "MEMORY": "64",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ("env: [{name: A, valueFrom: {configMapKeyRef: {name: absent, key: k}}}]", "there is no ConfigMap absent"),
        ("envFrom: [{secretRef: {name: absent}}]", "there is no Secret absent"),
        ("env: [{name: A, valueFrom: {resourceFieldRef: {containerName: x, resource: limits.cpu}}}]", "no container x"),
    ],
)
def test_a_reference_to_nothing_says_which_container_of_which_file(fields: str, says: str) -> None:
    with pytest.raises(NotFound) as caught:
        container_of(fields)
    assert "f.yaml:6: spec.containers[0]" in str(caught.value)
    assert says in str(caught.value)


ANNOTATIONS = """
annotations:
  io.podman.annotations.pids-limit/c: "77"
  io.podman.annotations.cpuset: 0-1
  io.podman.annotations.ulimit: nofile=10:20
  io.podman.annotations.volumes-from/d: c:ro
"""


def test_annotations_ask_for_what_has_no_field() -> None:
    first, second = pod_of(
        "containers:\n- {name: c, image: i:1}\n- {name: d, image: i:1}", metadata=ANNOTATIONS
    ).containers
    assert (first.spec.resources.pids_limit, first.spec.resources.cpuset_cpus) == (77, "0-1")
    assert (second.spec.resources.pids_limit, second.spec.resources.cpuset_cpus) == (None, "0-1")
    assert [(ulimit.name, ulimit.soft, ulimit.hard) for ulimit in first.spec.ulimits] == [("nofile", 10, 20)]
    assert (first.spec.volumes_from, second.spec.volumes_from) == ((), ("p-c:ro",))


def test_an_annotation_of_the_command_line_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        container_of("", annotations={"io.podman.annotations.pids-limit": "many"})
    assert "--annotation io.podman.annotations.pids-limit" in str(caught.value)


def test_an_address_in_the_command_is_no_nul_and_can_be_read() -> None:
    env = "env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]"
    spec = container_of(f"{env}\ncommand: [serve, --at=$(IP), $$(IP)]").spec
    check_spec(spec)
    assert spec.readable.argv == ("serve", "--at=$(POD_IP)", "$(IP)")
    with pytest.raises(InvalidInput, match="NUL"):
        check_spec(spec.replace(command=("a\0b",)))
