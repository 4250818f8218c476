"""The descriptions in an archive of a checkpoint, and what the new container would be."""

from __future__ import annotations

from pycman.containers.check_spec import check_spec
from pycman.containers.checkpoint.addresses import with_addresses
from pycman.containers.checkpoint.archive.translate import translate
from pycman.jsontext import format_json, parse_json
from pycman.spec.container import ContainerSpec
from tests.fuzz.target import Target
from tests.unit.containers.test_checkpoint_archive import CONFIG, SPEC


def run(data: bytes) -> None:
    value = parse_json(data)
    if not isinstance(value, list):
        return
    config, spec, status, *_ = (each if isinstance(each, dict) else {} for each in (*value, {}, {}, {}))
    found = with_addresses(translate(config, spec, subject="s").spec, status, address=True, mac=True)
    check_spec(found)
    assert ContainerSpec.from_dict(parse_json(format_json(found.to_dict()))) == found


_STATUS = {
    "podman": {"interfaces": {"eth0": {"subnets": [{"ipnet": "10.1.0.2/16"}], "mac_address": "02:42:0a:01:00:02"}}}
}
TARGET = Target(
    run=run,
    seeds=(format_json([CONFIG, SPEC, _STATUS]).encode(), format_json([CONFIG, SPEC]).encode()),
    words=(b"null", b"[]", b"{}", b"true", b"-1", b"1e999", b'"\\u0000"', b'"\\ud800"', b'"../x"', b'"pod":', b'"dependencies":', b'"mounts":', b'"namespaces":', b'"devices":'),
)  # fmt: skip
