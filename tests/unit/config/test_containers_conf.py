"""containers.conf: which files, in which order, how they are merged, and what is said of what is wrong or does nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pycman.config.containers_conf import ContainersConf, containers_conf_files
from pycman.config.containers_conf_keys import EFFECTS, NO_EFFECT, field_of
from pycman.config.containers_conf_parse import load_containers_conf
from pycman.errors import InvalidInput, NotFound

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in ("CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def load(tmp_path):
    def read(*texts):
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / f"{number}.conf"
            path.write_text(text)
            paths.append(str(path))
        return load_containers_conf(paths)

    return read


def settings_read() -> set[str]:
    """Return the names of attributes that the program reads of a value called conf or settings, or of containers_conf()."""
    found = set()
    for folder in ("pycman", "cli", "pods", "kube_yaml", "cri_server", "api_server"):
        for path in (ROOT / folder).rglob("*.py"):
            if "config" in path.parts or "cri_server/config" in str(path):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and _is_settings(node.value):
                    found.add(node.attr)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
                    found |= _keys_of_modes(path) if _is_settings(node.args[0]) else set()
    return found


def _is_settings(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "containers_conf"
    return isinstance(node, ast.Name) and node.id in ("conf", "settings")


def _keys_of_modes(path: Path) -> set[str]:
    from pycman.containers.create import conf_defaults

    return set(conf_defaults._MODES) if path.name == "conf_defaults.py" else set()


def test_every_field_of_the_model_is_read_by_somebody() -> None:
    assert set(ContainersConf._fields) - settings_read() == set()


def test_every_field_of_the_model_is_a_key_that_is_described_and_the_other_way_round() -> None:
    described = {field_of(table, key) for table, keys in EFFECTS.items() for key in keys}
    assert described == set(ContainersConf._fields) - {"given"}


def test_no_key_both_does_something_and_nothing() -> None:
    for table, keys in NO_EFFECT.items():
        assert not set(keys) & set(EFFECTS[table])


def test_files_are_those_of_the_manual_in_its_order(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "containers/containers.conf.d"
    folder.mkdir(parents=True)
    for name in ("20.conf", "10.conf", "readme.txt"):
        (folder / name).write_text("")
    user = f"{tmp_path}/containers/containers.conf"
    files = [
        path
        for path in containers_conf_files("/home/x", 1000)
        if not path.startswith("/etc/containers/containers.conf.d")
    ]
    assert files[:3] == [
        "/usr/share/containers/containers.conf",
        "/etc/containers/containers.conf",
        "/etc/containers/containers.rootless.conf",
    ]
    assert files[-3:] == [user, f"{user}.d/10.conf", f"{user}.d/20.conf"]
    assert "/etc/containers/containers.rootless.conf" not in containers_conf_files("/root")


def test_a_variable_replaces_all_files_and_another_is_read_last(monkeypatch) -> None:
    monkeypatch.setenv("CONTAINERS_CONF_OVERRIDE", "/over.conf")
    assert containers_conf_files("/root")[-1] == "/over.conf"
    assert "/etc/containers/containers.conf" in containers_conf_files("/root")
    monkeypatch.setenv("CONTAINERS_CONF", "/only.conf")
    assert containers_conf_files("/root") == ["/only.conf", "/over.conf"]


@pytest.mark.parametrize("variable", ["CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE"])
def test_a_file_that_a_variable_names_must_be_there(monkeypatch, variable) -> None:
    monkeypatch.setenv(variable, "/nowhere/x.conf")
    with pytest.raises(NotFound) as caught:
        load_containers_conf(containers_conf_files("/root"))
    assert variable in str(caught.value)
    assert "/nowhere/x.conf" in str(caught.value)


def test_later_files_win_key_by_key(load) -> None:
    conf, warnings = load('[containers]\numask = "0077"\ntz = "UTC"\n', '[containers]\numask = "0027"\n')
    assert (conf.umask, conf.tz) == ("0027", "UTC")
    assert set(conf.given) == {"umask", "tz"}
    assert warnings == []


def test_a_list_replaces_the_one_before_unless_it_appends(load) -> None:
    first = '[containers]\nenv = ["A=1"]\n'
    assert load(first, '[containers]\nenv = ["B=2"]\n')[0].env == ("B=2",)
    assert load(first, '[containers]\nenv = ["B=2", {append=true}]\n')[0].env == ("A=1", "B=2")
    assert load(first, '[containers]\nenv = ["B=2", {append=false}]\n')[0].env == ("B=2",)


def test_a_list_that_appends_has_those_of_later_files_append_too_until_one_does_not(load) -> None:
    first, second = '[containers]\nenv = ["A=1", {append=true}]\n', '[containers]\nenv = ["B=2"]\n'
    assert load(first, second)[0].env == ("A=1", "B=2")
    assert load(first, second, '[containers]\nenv = ["C=3", {append=false}]\n', second)[0].env == ("B=2",)


def test_an_empty_list_is_one_that_was_set(load) -> None:
    conf, _ = load("[containers]\ndefault_capabilities = []\n")
    assert conf.default_capabilities == ()
    assert "default_capabilities" in conf.given


def test_a_key_counts_only_in_its_own_table(load) -> None:
    conf, warnings = load('[engine]\numask = "0077"\n')
    assert conf.umask == "0022"
    assert len(warnings) == 1
    assert "unknown key umask in [engine]" in warnings[0]


def test_keys_of_the_same_name_are_kept_apart(load) -> None:
    conf, _ = load('[containers]\nenv = ["A=1"]\n[engine]\nenv = ["B=2"]\n[secrets]\ndriver = "pass"\n')
    assert (conf.env, conf.engine_env, conf.secrets_driver) == (("A=1",), ("B=2",), "pass")


def test_unknown_keys_and_those_without_effect_are_warned_of_with_their_file_and_nothing_fails(load, tmp_path) -> None:
    text = '[engine]\nnonsense = 1\nnum_locks = 7\n[machine]\ncpus = 2\n[who]\nx = 1\n[network]\nfirewall_driver = "iptables"\n'
    _, warnings = load(text)
    path = tmp_path / "0.conf"
    assert [warning.partition(": ")[0] for warning in warnings] == [str(path)] * 5
    for word in ("nonsense", "num_locks", "machine", "who", "firewall_driver"):
        assert any(word in warning for warning in warnings), word
    assert all("firewall_driver" in warning for warning in warnings if "nftables" in warning)


def test_what_asks_for_what_is_so_anyway_is_not_warned_of(load) -> None:
    text = '[network]\nfirewall_driver = "nftables"\ndns_bind_port = 53\n[containers]\nlabel = false\n[machine]\n[engine.volume_plugins]\n'
    assert load(text)[1] == []


@pytest.mark.parametrize(
    "text",
    [
        "[containers]\nread_only = 'yes'",
        "[containers]\npids_limit = '10'",
        "[containers]\npids_limit = true",
        "[containers]\npids_limit = -2",
        "[containers]\nenv = 'A=1'",
        "[containers]\nenv = ['A']",
        "[containers]\nenv = [1]",
        "[containers]\numask = '9999'",
        "[containers]\nshm_size = 'much'",
        "[containers]\ndefault_ulimits = ['nofile']",
        "[containers]\nvolumes = ['a:b:c:d']",
        "[containers]\nmounts = ['type=what,target=/x']",
        "[containers]\ndevices = ['sda']",
        "[containers]\ndns_servers = ['one.one']",
        "[containers]\nseccomp_profile = 'relative.json'",
        "[containers]\nipcns = 'open'",
        "[containers]\nlog_driver = 'syslog'",
        "[containers]\ntz = '../../etc/passwd'",
        "[containers]\noom_score_adj = 2000",
        "[containers]\nbase_hosts_file = 'hosts'",
        "[engine]\npull_policy = 'sometimes'",
        "[engine]\nruntimes = ['crun']",
        "[engine]\nstop_timeout = -1",
        "[network]\ndefault_subnet_pools = '10.0.0.0/8'",
        "[network]\ndefault_host_ips = ['here']",
        "containers = 1",
    ],
)
def test_a_wrong_type_or_value_is_one_error_with_file_line_and_key(load, tmp_path, text) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(text)
    key = text.replace("\n", "=").split("=")[1 if text.startswith("[") else 0].strip()
    line = ":2" if text.startswith("[") else ":1"
    assert str(caught.value).startswith(f"{tmp_path}/0.conf{line}: {key} ")
    assert "\n" not in str(caught.value)


def test_text_that_is_no_toml_is_an_error_with_its_file(load, tmp_path) -> None:
    with pytest.raises(InvalidInput) as caught:
        load("[containers\n")
    assert f"{tmp_path}/0.conf" in str(caught.value)


def test_the_file_that_a_podman_package_installs_is_read_without_a_word() -> None:
    path = Path("/usr/share/containers/containers.conf")
    assert path.exists(), "tools/prepare_host.sh installs it"
    assert load_containers_conf([str(path)])[1] == []
