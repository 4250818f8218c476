"""Words of strangers that go into files of lines, into rules and onto terminals: they stay words."""

from __future__ import annotations

import os

import pytest

from cli.output.printable import printable
from cli.output.table import layout
from pycman.containers.check_spec import check_spec
from pycman.errors import InvalidInput
from pycman.spec.annotations import steers_runtime
from pycman.spec.container import ContainerSpec
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode

EVIL = ["a\nnameserver 6.6.6.6", "a\r", "a b", "a\tb", "a\x1b[2J", "a\0", "a#", "a\u2028b", ""]


def _spec(**fields: object) -> ContainerSpec:
    return ContainerSpec(image="i", **fields)


@pytest.mark.parametrize("word", EVIL, ids=ascii)
@pytest.mark.parametrize("field", ["extra_hosts", "dns", "dns_search", "alias", "hostname", "domainname"])
def test_a_word_that_would_be_more_than_one_is_refused(field, word):
    if field == "alias":
        attachment = NetworkAttachment(name="n", aliases=(word,))
        spec = _spec(network=NetworkMode(kind="bridge", attachments=(attachment,)))
    elif field in ("hostname", "domainname"):
        if not word:
            return  # not said
        spec = _spec(**{field: word})
    elif field == "extra_hosts":
        spec = _spec(extra_hosts=(f"{word}:10.0.0.1",) if word else ("",))
    else:
        spec = _spec(**{field: (word,)})
    with pytest.raises(InvalidInput):
        check_spec(spec)


@pytest.mark.parametrize("option", ["a\nb", "ndots:1\nnameserver 6.6.6.6", "a\tb", "#"])
def test_an_option_of_the_resolver_is_no_line(option):
    with pytest.raises(InvalidInput):
        check_spec(_spec(dns_options=(option,)))


def test_what_people_write_is_fine():
    check_spec(
        _spec(
            hostname="web_1.example", domainname="example.org", dns=("10.0.0.1", "fe80::1%eth0", "none"), dns_search=(".", "a.b"),
            dns_options=("ndots:2", "timeout:1 attempts:2"), extra_hosts=("a;b:10.0.0.1", "c:[::1]", "d=host-gateway"),
            labels={"text": "several\nlines", "é": "ü"},
            network=NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="n", aliases=("web", "db_1.x")),)),
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    "fields", [{"command": ("a\0b",)}, {"env": {"A": "\0"}}, {"labels": {"a\nb": "c"}}, {"user": "a\0"}]
)
def test_words_that_no_process_can_have_are_refused(fields):
    with pytest.raises(InvalidInput):
        check_spec(_spec(**fields))


def test_every_control_character_is_written_out():
    every = "".join(chr(number) for number in range(0x110000) if not 0xD800 <= number < 0xE000)
    shown = printable(every)
    assert not any(
        letter in shown for letter in map(chr, (*range(9), *range(11, 32), *range(0x7F, 0xA0), 0x202E, 0x2066))
    )
    assert printable("a\tb\né\u4e00 😀") == "a\tb\né\u4e00 😀"


def test_a_cell_of_a_table_is_no_row_of_its_own():
    assert layout([["a\nFORGED row", "b\r"]]).count("\n") == 1


def test_a_terminal_is_not_steered_by_labels_commands_or_errors(root_pycman):
    evil = "\x1b]0;owned\x07\x1b[2J\x9b2J"
    root_pycman("create", "--name=c", "--label", f"a={evil}", "busybox:1", "echo", evil)
    template = "{{.Config.Labels}} {{.Config.Cmd}}"
    for words in (
        ("inspect", "--format", template, "c"),
        ("ps", "-a", "--no-trunc"),
        ("inspect", "c"),
        ("start", evil),
    ):
        ours, theirs = os.openpty()
        child = root_pycman.start(*words, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # EIO: everybody has closed it
                break
            if not piece:
                break
            shown += piece
        child.wait()
        os.close(ours)
        assert b"owned" in shown
        assert b"\x1b" not in shown
        assert b"\x07" not in shown
        assert "\x9b".encode() not in shown
    assert "\x1b" in root_pycman("inspect", "--format", "{{.Config.Cmd}}", "c")  # to a pipe it goes as it is


KEYS = (
    "run.oci.seccomp_bpf_data",
    "run.oci.hooks.stdout",
    "RUN.OCI.keep_original_groups",
    "org.systemd.property.MemoryMax",
    "org.criu.config",
)


def test_annotations_of_yaml_do_not_steer_the_runtime(root_pycman):
    annotations = "".join(f"    {key}: 'BgAAAAAA/38='\n" for key in KEYS)
    text = f"""
apiVersion: v1
kind: Pod
metadata:
  name: p
  annotations:
    example.org/kept: "yes"
{annotations}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{{name: c, image: localhost/busybox:1, command: [sleep, "1000"]}}]
"""
    done = root_pycman.run("kube", "play", "--network=none", "-", stdin=text)
    assert done.returncode == 0, done.stderr
    for key in KEYS:
        assert f"the annotation {key} is only stored".encode() in done.stderr
    container = root_pycman("inspect", "--format", "{{.Id}}", "p-c").strip()
    from pycman.jsontext import parse_json

    with open(f"{root_pycman.folder}/run/containers/{container}/config.json", encoding="utf-8") as file:
        seen = parse_json(file.read())["annotations"]
    assert seen["example.org/kept"] == "yes"
    assert {key for key in seen if steers_runtime(key)} <= {"run.oci.seccomp_bpf_data", "org.criu.config"}
    assert "BgAAAAAA/38=" not in seen.values()
    root_pycman("kube", "down", "-", stdin=text)


@pytest.mark.parametrize("key", KEYS)
def test_an_annotation_that_would_steer_the_runtime_is_refused_on_the_command_line(root_pycman, key):
    done = root_pycman.run("create", "--annotation", f"{key}=x", "busybox:1", "true")
    assert done.returncode == 125
    assert b"not steered by annotations" in done.stderr
