import pytest

from pycman.errors import Corrupt, Unsupported
from pycman.runtime.selinux import (
    Contexts,
    Labels,
    choose_labels,
    context_type,
    mount_option,
    parse_context,
    parse_contexts,
    random_level,
    shared_label,
)
from pycman.spec.container import ContainerSpec, Security
from tests.support.oci_specs import HOST, oci_spec

FEDORA = """
# as container-selinux has it
process = "system_u:system_r:container_t:s0"
content = "system_u:object_r:virt_var_lib_t:s0"
file = "system_u:object_r:container_file_t:s0"
ro_file="system_u:object_r:container_ro_file_t:s0"
sandbox_kvm_process = "system_u:system_r:svirt_qemu_net_t:s0"
kvm_process = "system_u:system_r:container_kvm_t:s0"
init_process = "system_u:system_r:container_init_t:s0"
"""
CONTEXTS = parse_contexts(FEDORA)
LEVEL = "s0:c1,c2"
OTHERS = "system_u:system_r:container_t:s0:c7,c9"


def choose(*options: str, contexts: Contexts = CONTEXTS, **fields: str) -> tuple[str, str]:
    labels = choose_labels(contexts, options, level=lambda: LEVEL, **fields)
    return labels.process, labels.mount


def process(kind: str = "container_t", level: str = LEVEL, user: str = "system_u", role: str = "system_r") -> str:
    return f"{user}:{role}:{kind}:{level}"


def file(kind: str = "container_file_t", level: str = LEVEL, user: str = "system_u") -> str:
    return f"{user}:object_r:{kind}:{level}"


def test_the_policys_file_is_read_as_container_selinux_writes_it() -> None:
    assert CONTEXTS.process == "system_u:system_r:container_t:s0"
    assert CONTEXTS.file == "system_u:object_r:container_file_t:s0"
    assert CONTEXTS.kvm_process.endswith("container_kvm_t:s0")
    assert CONTEXTS.init_process.endswith("container_init_t:s0")
    assert parse_contexts("") == Contexts()


@pytest.mark.parametrize(
    ("options", "fields", "wanted"),
    [
        ((), {}, (process(), file())),
        (("nested",), {}, (process(), file())),
        (("disable",), {}, ("", file(level="s0:c1022,c1023"))),
        (("type:my_t",), {}, (process("my_t"), file())),
        (("filetype:my_file_t",), {}, (process(), file("my_file_t"))),
        (("level:s0:c3,c4",), {}, (process(level="s0:c3,c4"), file(level="s0:c3,c4"))),
        (("level:s0",), {}, (process(level="s0"), file(level="s0"))),
        (("user:me_u", "role:me_r"), {}, (process(user="me_u", role="me_r"), file(user="me_u"))),
        ((), {"like": OTHERS}, (OTHERS, file(level="s0:c7,c9"))),
        (("type:my_t",), {"like": OTHERS}, (process("my_t", "s0:c7,c9"), file(level="s0:c7,c9"))),
        ((), {"first_process": "systemd"}, (process("container_init_t"), file())),
        ((), {"first_process": "kvm"}, (process("container_kvm_t"), file())),
        (("type:my_t",), {"first_process": "systemd"}, (process("my_t"), file())),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, (tuple, dict)) else str(value),
)
def test_labels_by_options(options, fields, wanted) -> None:
    assert choose(*options, **fields) == wanted


def test_a_policy_without_contexts_labels_nothing_and_refuses_to_be_asked() -> None:
    assert choose(contexts=Contexts()) == ("", "")
    assert choose("disable", contexts=Contexts()) == ("", "")
    with pytest.raises(Unsupported, match="container-selinux"):
        choose("type:my_t", contexts=Contexts())


def test_a_policy_without_levels_gets_none() -> None:
    contexts = Contexts(process="system_u:system_r:container_t", file="system_u:object_r:container_file_t")
    assert choose(contexts=contexts) == ("system_u:system_r:container_t", "system_u:object_r:container_file_t")


def test_levels_have_two_categories_and_never_those_of_privileged_containers() -> None:
    def levels(first: int, second: int) -> str:
        numbers = iter((first, second))
        return random_level(lambda count: min(next(numbers), count - 1))

    assert levels(0, 0) == "s0:c0,c1"
    assert levels(5, 5) == "s0:c5,c6"
    assert levels(9, 2) == "s0:c2,c9"
    assert levels(1 << 40, 1 << 40) == "s0:c1020,c1021"
    found = {levels(first, second) for first in range(1022) for second in (0, 1, 500, 1020)}
    assert not any(category in level.split(":")[1].split(",") for level in found for category in ("c1022", "c1023"))


def test_a_shared_label_has_no_categories() -> None:
    assert shared_label(file()) == file(level="s0")


@pytest.mark.parametrize("text", ["", "a:b", "a::c", "a:b:"])
def test_what_is_no_context_is_told(text) -> None:
    with pytest.raises(Corrupt):
        parse_context(text)


def labelled(**fields) -> ContainerSpec:
    labels = Labels(process=process(), mount=file())
    return ContainerSpec(
        image="i",
        command=("true",),
        security=Security(process_label=labels.process, mount_label=labels.mount, **fields),
    )


def test_config_json_has_the_labels_where_the_host_has_selinux() -> None:
    spec = oci_spec(labelled(), host=HOST.replace(selinux=True))
    assert spec["process"]["selinuxLabel"] == process()
    assert spec["linux"]["mountLabel"] == file()
    assert "/sys/fs/selinux" in spec["linux"]["maskedPaths"]
    without = oci_spec(labelled())
    assert "selinuxLabel" not in without["process"]
    assert "mountLabel" not in without["linux"]


def test_nested_containers_see_selinux_and_label_what_is_on_their_mounts() -> None:
    spec = oci_spec(labelled(label_options=("nested",)), host=HOST.replace(selinux=True))
    assert "/sys/fs/selinux" not in spec["linux"]["maskedPaths"]
    assert spec["annotations"]["run.oci.mount_context_type"] == "rootcontext"
    assert context_type(labelled(label_options=("nested",)).security) == "rootcontext"


def test_the_option_of_a_mount_is_quoted_because_levels_have_commas() -> None:
    assert mount_option(labelled().security) == f'context="{file()}"'
    assert mount_option(Security()) == ""
