"""Sizes, numbers, pairs, limits, namespaces and security options: what docker and podman write, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.call import Call
from cli.parse import FlagTable, parse_flags, split_commas
from cli.specs.namespaces import parse_id_map, parse_namespace, parse_security
from cli.specs.pairs import parse_env, parse_labels, parse_pairs, parse_sysctls, split_command
from cli.specs.resources import parse_resources
from cli.specs.sizes import parse_cpus, parse_number, parse_size, parse_time_ns
from cli.table import COMMANDS
from pycman.errors import InvalidInput, NotFound
from pycman.spec.container import NamespaceMode, Security
from pycman.spec.id_map import IdRange
from pycman.spec.resources import DeviceRate, Resources


def resources(*words: str) -> Resources:
    flags, _ = parse_flags(FlagTable(COMMANDS["update"][3]), list(words), stop_at_first=False)
    return parse_resources(Call("update", flags, [], {}, "pycman", list(words)))


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("64m", 64 << 20), ("1.5g", 3 << 29), ("512kb", 512 << 10), ("1GiB", 1 << 30), ("10 M", 10 << 20), ("7B", 7),
     ("2tib", 2 << 40), ("1p", 1 << 50), (".5k", 512)],
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text, "--memory") == size


def test_no_limit_is_minus_one_where_there_may_be_none() -> None:
    assert parse_size("-1", "--memory-swap", unlimited=True) == -1


@pytest.mark.parametrize(
    "text", ["", "-1", "m", "1x", "1.2.3g", "nan", "inf", "1e9", "1_0", "٣", "12mm", "9999999p", "0x10", "1,5g"]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a size"):
        parse_size(text, "--memory")


@given(st.text(max_size=12))
def test_any_text_is_a_size_or_a_clear_error(text: str) -> None:
    try:
        assert 0 <= parse_size(text, "--memory") <= 1 << 63
    except InvalidInput as error:
        assert error.subject.startswith("--memory")


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("-1", -1), ("100", 100)])
def test_whole_numbers(text: str, number: int) -> None:
    assert parse_number(text, "--pids-limit") == number


@pytest.mark.parametrize("text", ["", "-", "1.5", "1_0", "x", "--1", "²", "9" * 30])
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a whole number"):
        parse_number(text, "--pids-limit")


def test_processors_are_a_quota_of_a_tenth_of_a_second() -> None:
    assert parse_cpus("1.5") == (150_000, 100_000)
    assert parse_cpus("0") == (None, None)
    for text in ("nan", "-1", "x", "0.001", "inf", "1e3"):
        with pytest.raises(InvalidInput, match="not a number of processors"):
            parse_cpus(text)


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        (("--cpus", "0"), "cpu_quota_us", 0), (("--cpu-quota", "-1"), "cpu_quota_us", -1), (("--cpu-quota", "0"), "cpu_quota_us", 0),
        (("--cpus", "2"), "cpu_quota_us", 200_000), ((), "cpu_quota_us", None), (("--pids-limit", "-1"), "pids_limit", -1),
        (("--pids-limit", "0"), "pids_limit", 0), (("--memory-swap", "-1"), "memory_swap_bytes", -1), (("--memory", "0"), "memory_bytes", 0),
        (("--memory-swappiness", "-1"), "memory_swappiness", None),
    ],
)  # fmt: skip
def test_what_lifts_a_limit_is_said_and_not_left_out(words: tuple[str, ...], field: str, value: int | None) -> None:
    assert getattr(resources(*words), field) == value


def test_times_are_gos() -> None:
    assert parse_time_ns("1m30s", "--health-interval", 5) == 90 * 10**9
    assert parse_time_ns("", "--health-interval", 5) == 5
    assert parse_time_ns("disable", "--health-interval", 5) == 0
    for text in ("-1s", "soon", "1"):
        with pytest.raises(InvalidInput, match="--health-interval"):
            parse_time_ns(text, "--health-interval", 5)


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a,b", ["a", "b"]), ("", [""]), ('"a,b",c', ["a,b", "c"]), ('a,"b ""c"""', ["a", 'b "c"']), ("a,,b", ["a", "", "b"])],
)  # fmt: skip
def test_lists_split_at_commas_as_gos_csv(text: str, parts: list[str]) -> None:
    assert split_commas(text) == parts


def test_variables_come_from_files_then_words_and_bare_ones_from_the_host(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("# comment\n\nA=file\n  B=file\nHOST\n", encoding="utf-8")
    host = {"HOST": "h", "APP_ONE": "1", "APP_TWO": "2", "OTHER": "o"}
    assert parse_env(["A=word", "APP_*", "MISSING", "EMPTY="], [str(file)], host) == {
        "A": "word", "B": "file", "HOST": "h", "APP_ONE": "1", "APP_TWO": "2", "EMPTY": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"A='quoted'\nB=\"x y\"\n", {"A": "'quoted'", "B": '"x y"'}),
        (b"A=x # no comment\n", {"A": "x # no comment"}),
        (b" \t# indented comment\n\n  \nA=1", {"A": "1"}),
        (b"A= x \nB=\n", {"A": " x ", "B": ""}),
        (b"\xef\xbb\xbfA=bom\n", {"A": "bom"}),
        (b"A=dos\r\nB=2\r\n", {"A": "dos", "B": "2"}),
        (b"A=one\rtwo\n", {"A": "one\rtwo"}),
        (b"A=x=y=z\n", {"A": "x=y=z"}),
        (b"HOST\nABSENT\n", {"HOST": "h"}),
        (b"APP_*\n", {"APP_ONE": "1"}),
        (b"A=$HOST ${HOST}\nA.b-c=1\n", {"A": "$HOST ${HOST}", "A.b-c": "1"}),
        ("Ä=ü\n".encode(), {"Ä": "ü"}),
    ],
)
def test_lines_of_a_file_of_variables(tmp_path: Path, content: bytes, wanted: dict[str, str]) -> None:
    (tmp_path / "env").write_bytes(content)
    assert parse_env([], [str(tmp_path / "env")], {"HOST": "h", "APP_ONE": "1"}) == wanted


@pytest.mark.parametrize("content", ["=x", "A B=x", "A\tB=x", "export A=1", "A =x"])
def test_names_with_blanks_are_no_variables_of_a_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "env").write_text(content)
    with pytest.raises(InvalidInput, match="not a variable"):
        parse_env([], [str(tmp_path / "env")], {})


@pytest.mark.parametrize("word", ["=x", "", "a b"])
def test_what_is_no_variable(word: str) -> None:
    with pytest.raises(InvalidInput, match="not a variable"):
        parse_env([word], [], {})


def test_a_file_of_variables_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="--env-file"):
        parse_env([], [str(tmp_path / "none")], {})
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        parse_env([], [str(tmp_path / "binary")], {})


def test_labels_and_pairs() -> None:
    assert parse_labels(["a=b=c", "bare"]) == {"a": "b=c", "bare": ""}
    assert parse_pairs(["a=b", "c="], "--opt") == {"a": "b", "c": ""}
    assert parse_sysctls(["net.a=1,net.b=2", "kernel.x=1,2"]) == {"net.a": "1", "net.b": "2", "kernel.x": "1,2"}
    with pytest.raises(InvalidInput, match="a label needs a name"):
        parse_labels(["=x"])
    with pytest.raises(InvalidInput, match="not KEY=VALUE"):
        parse_pairs(["bare"], "--opt")


@pytest.mark.parametrize(
    ("text", "words"),
    [("sh -c", ["sh -c"]), ('["sh", "-c"]', ["sh", "-c"]), ("[oops", ["[oops"]), ("[1]", ["[1]"]), ("", [""]), ("[]", [])],
)  # fmt: skip
def test_an_entrypoint_is_a_json_list_or_one_word(text: str, words: list[str]) -> None:
    assert split_command(text) == words


def test_limits() -> None:
    found = resources(
        "-m", "64m", "--memory-swap", "-1", "--cpus", "0.5", "--cpuset-cpus", "0-3,5", "--pids-limit", "-1",
        "--device-read-bps", "/dev/sda:1m", "--device-write-iops", "/dev/sda:100", "--cgroup-conf", "memory.high=1",
    )  # fmt: skip
    assert found == Resources(
        memory_bytes=64 << 20,
        memory_swap_bytes=-1,
        cpu_quota_us=50_000,
        cpu_period_us=100_000,
        cpuset_cpus="0-3,5",
        pids_limit=-1,
        device_read_bps=(DeviceRate(path="/dev/sda", rate=1 << 20),),
        device_write_iops=(DeviceRate(path="/dev/sda", rate=100),),
        unified={"memory.high": "1"},
    )


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--cpus", "1", "--cpu-quota", "5"), "--cpus: it cannot be used with --cpu-quota"),
        (("--memory-swappiness", "101"), "--memory-swappiness 101: not from 0 to 100"),
        (("--cpuset-cpus", "zero"), "--cpuset-cpus zero: not a list of numbers"),
        (("--device-read-bps", "sda:1m"), "--device-read-bps sda:1m: not a device and a rate"),
        (("--device-read-iops", "/dev/sda:-1"), "--device-read-iops /dev/sda:-1: a rate is not negative"),
        (("--device-read-iops", "/dev/sda:1m"), "--device-read-iops 1m: not a whole number"),
    ],
)
def test_wrong_limits(words: tuple[str, ...], problem: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        resources(*words)
    assert str(wrong.value).startswith(problem)


def test_namespaces() -> None:
    assert parse_namespace("pid", "") == NamespaceMode()
    assert parse_namespace("pid", "container:web") == NamespaceMode(kind="container", value="web")
    assert parse_namespace("ipc", "ns:/run/x") == NamespaceMode(kind="path", value="/run/x")
    assert parse_namespace("userns", "keep-id:uid=5") == NamespaceMode(kind="keep-id", value="uid=5")
    for flag, text in (
        ("pid", "shareable"),
        ("uts", "container:"),
        ("ipc", "ns:"),
        ("userns", "nonsense"),
        ("pid", "Host"),
    ):
        with pytest.raises(InvalidInput, match=f"--{flag} {text}: not a mode"):
            parse_namespace(flag, text)


def test_ranges_of_ids() -> None:
    assert parse_id_map(["0:1000:1", "1:5"], []).uids == (
        IdRange(container_id=0, host_id=1000, size=1), IdRange(container_id=1, host_id=5, size=1),
    )  # fmt: skip
    for text in ("0", "0:1:0", "a:1:1", "0:1:1:1", "0:-1:1", "0:²:1", "0:4294967295:1", "0:0:99999999999", "0:1:"):
        with pytest.raises(InvalidInput, match="not a range of ids"):
            parse_id_map([text], [])


def test_security_options() -> None:
    found = parse_security(
        ["no-new-privileges", "seccomp=unconfined", "label:disable", "mask=/a:/b", "unmask=ALL", "apparmor=none"],
        Security(),
    )
    assert found.no_new_privileges
    assert (found.seccomp_profile, found.apparmor_profile, found.label_options) == ("unconfined", "none", ("disable",))
    assert (found.mask, found.unmask) == (("/a", "/b"), ("ALL",))
    assert not parse_security(["no-new-privileges=false"], Security(no_new_privileges=True)).no_new_privileges
    for word in ("seccomp", "nonsense", "mask", ""):
        with pytest.raises(InvalidInput, match="unknown security option"):
            parse_security([word], Security())
