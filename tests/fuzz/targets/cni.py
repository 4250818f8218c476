"""What CNI plugins print, and network lists of files."""

from __future__ import annotations

from pycman.errors import PycmanError
from pycman.jsontext import parse_json
from pycman.network.cni.conf import parse_network
from pycman.network.cni.failures import parse_failure
from pycman.network.cni.result import container_addresses, format_result, parse_output, parse_result, parse_versions
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    str(parse_failure("ADD", "bridge", 1, data, data, subject="s"))
    for read in (lambda: parse_network(data, subject="s"), lambda: parse_versions(data, subject="s")):
        try:
            read()
        except PycmanError:
            continue
    for version in ("0.3.1", "1.1.0"):
        value = parse_output(data, version, subject="s")
        result = parse_result(value, version, subject="s")
        container_addresses(result, "eth0")
        parse_result(format_result(result, version), version, subject="s")
    parse_json(data)


TARGET = Target(
    run=run,
    seeds=(
        (b'{"cniVersion": "1.0.0", "interfaces": [{"name": "eth0", "mac": "00:00:00:00:00:01", "sandbox": "/ns", "mtu": 1500}], '
        b'"ips": [{"address": "10.0.0.2/24", "gateway": "10.0.0.1", "interface": 0}, {"address": "fd00::2/64"}], "routes": [{"dst": "0.0.0.0/0", "gw": "10.0.0.1", "mtu": 5}], '
        b'"dns": {"nameservers": ["1.1.1.1"], "domain": "x", "search": ["y"], "options": ["z"]}}'),
        b'{"cniVersion": "0.4.0", "ips": [{"version": "4", "address": "10.0.0.2/24"}]}', b'{"code": 7, "msg": "no", "details": "x"}', b'{"supportedVersions": ["0.3.0", "1.1.0"]}',
        b'{"cniVersion": "1.0.0", "name": "n", "disableCheck": true, "plugins": [{"type": "bridge", "ipam": {"type": "host-local"}, "capabilities": {"portMappings": true}}]}',
    ),
    words=(b"null", b"[]", b"{}", b"true", b'"0.3.0"', b'"1.1.0"', b'"cniVersions"', b'"interfaces"', b'"ips"', b'"routes"', b'"dns"', b"fe80::1%eth0/64", b"NaN", b'"table"', b'"scope"'),
)  # fmt: skip
