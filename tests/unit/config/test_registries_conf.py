"""registries.conf, version 2: what is read from it, where names then lead, and what is wrong in it."""

from __future__ import annotations

import pytest

from pycman.config.registries_conf import load_registries_conf, registries_conf_files
from pycman.errors import Denied, InvalidInput
from pycman.images.transfer.short_names import how_resolved, resolve_short_name
from pycman.registry.endpoints import endpoints_of, is_loopback
from pycman.spec.image_reference import parse_image_reference

DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def load(tmp_path):
    """Return a function that reads texts as one file after the other."""

    def read(*texts):
        paths = []
        for number, text in enumerate(texts):
            paths.append(tmp_path / f"{number}.conf")
            paths[-1].write_text(text)
        return load_registries_conf([str(path) for path in paths])[0]

    return read


def ways(conf, name, *, pulling=True):
    """Return host/path of each endpoint, with ! behind insecure ones."""
    found = endpoints_of(parse_image_reference(name), conf, pulling=pulling)
    return [f"{each.host}/{each.path}{'!' if each.insecure else ''}" for each in found]


def test_names_lead_to_their_own_host_where_nothing_is_said(load) -> None:
    conf = load("")
    assert ways(conf, "quay.io/a/b:1") == ["quay.io/a/b"]
    assert ways(conf, "docker.io/library/alpine") == ["registry-1.docker.io/library/alpine"]


def test_a_missing_file_says_nothing(tmp_path) -> None:
    assert load_registries_conf([str(tmp_path / "nothing.conf")])[0].registries == ()


def test_mirrors_come_first_when_pulling_and_never_when_pushing(load) -> None:
    conf = load(
        """
        [[registry]]
        prefix = "docker.io"
        [[registry.mirror]]
        location = "mirror.test:5000/hub"
        insecure = true
        [[registry.mirror]]
        location = "127.0.0.1:1"
        """
    )
    expected = ["mirror.test:5000/hub/library/a!", "127.0.0.1:1/library/a", "registry-1.docker.io/library/a"]
    assert ways(conf, "docker.io/a:1") == expected
    assert ways(conf, "docker.io/a:1", pulling=False) == expected[-1:]
    assert [endpoint.mirror for endpoint in endpoints_of(parse_image_reference("docker.io/a"), conf, pulling=True)] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "by_tag", "by_digest"),
    [
        ("", 2, 2),
        ('pull-from-mirror = "all"', 2, 2),
        ('pull-from-mirror = "digest-only"', 1, 2),
        ('pull-from-mirror = "tag-only"', 2, 1),
    ],
)
def test_a_mirror_may_be_for_tags_or_digests_only(load, text, by_tag, by_digest) -> None:
    conf = load(f'[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\nlocation = "m.test"\n{text}')
    assert len(ways(conf, "a.test/x:1")) == by_tag
    assert len(ways(conf, f"a.test/x@{DIGEST}")) == by_digest


def test_mirrors_by_digest_only_hold_for_all_mirrors_of_a_registry(load) -> None:
    conf = load(
        '[[registry]]\nlocation = "a.test"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m.test"'
    )
    assert ways(conf, "a.test/x:1") == ["a.test/x"]
    assert ways(conf, f"a.test/x@{DIGEST}") == ["m.test/x", "a.test/x"]


@pytest.mark.parametrize(
    ("prefix", "location", "name", "expected"),
    [
        ("a.test", "b.test", "a.test/x/y:1", "b.test/x/y"),
        ("a.test/x", "b.test/z/w", "a.test/x/y:1", "b.test/z/w/y"),
        ("a.test/x/y", "b.test/z", "a.test/x/y:1", "b.test/z"),
        ("a.test/x/y:1", "b.test/z", "a.test/x/y:1", "b.test/z"),
        ("a.test/x", "b.test", "a.test/xy:1", "a.test/xy"),
        ("a.test", "b.test", "a.test:5000/x", "a.test:5000/x"),
        ("a.test:5000", "b.test", "a.test:5000/x", "b.test/x"),
        ("*.test", "b.com/c", "r.a.test/x:1", "b.com/c/x"),
        ("*.a.test", "b.com", "a.test/x", "a.test/x"),
        ("*.test/x", "b.com/c", "a.test/x/y", "b.com/c/y"),
        ("*.test", "", "a.test/x", "a.test/x"),
        ("docker.io/library", "b.test/hub", "docker.io/alpine:3", "b.test/hub/alpine"),
        ("a.test/", "b.test/", "a.test/x", "b.test/x"),
    ],
)
def test_a_prefix_is_replaced_by_its_location(load, prefix, location, name, expected) -> None:
    where = f'location = "{location}"' if location else ""
    assert ways(load(f'[[registry]]\nprefix = "{prefix}"\n{where}\n'), name) == [expected]


def test_the_longest_prefix_holds(load) -> None:
    conf = load(
        '[[registry]]\nprefix = "a.test"\nblocked = true\n[[registry]]\nprefix = "a.test/x"\nlocation = "b.test"\n'
        '[[registry]]\nprefix = "*.test"\ninsecure = true'
    )
    assert ways(conf, "a.test/x/y") == ["b.test/y"]
    assert ways(conf, "c.test/x") == ["c.test/x!"]
    with pytest.raises(Denied, match=r"registry a\.test is blocked in registries\.conf") as caught:
        ways(conf, "a.test/z:1")
    assert str(caught.value).startswith("a.test/z:1: ")


def test_a_later_file_replaces_what_it_says_anew_and_keeps_the_rest(load) -> None:
    conf = load(
        'unqualified-search-registries = ["a.test", "b.test"]\n[[registry]]\nlocation = "a.test"\ninsecure = true\n'
        '[[registry]]\nlocation = "b.test"\nblocked = true\n[aliases]\nx = "a.test/x"\ny = "a.test/y"',
        'short-name-mode = "enforcing"\n[[registry]]\nlocation = "b.test"\n[aliases]\nx = ""\ny = "b.test/y"',
    )
    assert conf.unqualified_search_registries == ("a.test", "b.test")
    assert conf.short_name_mode == "enforcing"
    assert ways(conf, "a.test/x") == ["a.test/x!"]
    assert ways(conf, "b.test/x") == ["b.test/x"]
    assert conf.aliases == {"y": "b.test/y"}


def test_short_names_mean_their_alias_or_each_registry_that_is_searched(load) -> None:
    conf = load('unqualified-search-registries = ["a.test", "docker.io", "b.test/team"]\n[aliases]\nx = "q.test/z"')

    def names(text):
        return [str(meaning) for meaning in resolve_short_name(conf, parse_image_reference(text))]

    assert names("x:1") == ["q.test/z:1"]
    assert names("y:1") == ["a.test/y:1", "docker.io/library/y:1", "b.test/team/y:1"]
    assert names("team/y") == ["a.test/team/y", "docker.io/team/y", "b.test/team/team/y"]
    disabled = load('short-name-mode = "disabled"\n[aliases]\nx = "q.test/z"')
    assert [str(meaning) for meaning in resolve_short_name(disabled, parse_image_reference("x"))] == [
        "docker.io/library/x"
    ]


def test_a_pull_tells_which_file_says_what_a_short_name_means(load, tmp_path) -> None:
    conf = load('unqualified-search-registries = ["a.test"]\n[aliases]\nx = "q.test/x"', '[aliases]\nz = "q.test/z"')

    def told(text):
        return how_resolved(conf, parse_image_reference(text)).replace(str(tmp_path), "DIR")

    assert told("y") == 'Resolving "y" using unqualified-search registries (DIR/0.conf)'
    assert told("x:1") == 'Resolved "x" as an alias (DIR/0.conf)'
    assert told("z") == 'Resolved "z" as an alias (DIR/1.conf)'
    assert told("a.test/x") == how_resolved(load(""), parse_image_reference("y")) == ""


@pytest.mark.parametrize("alias", ["y", "q.test/z:1", f"q.test/z@{DIGEST}", "q.test/UPPER"])
def test_an_alias_that_is_no_full_name_is_told(load, alias) -> None:
    conf = load(f'[aliases]\nx = "{alias}"')
    with pytest.raises(InvalidInput):
        resolve_short_name(conf, parse_image_reference("x"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[registry", "not valid TOML"),
        ('[registries.search]\nregistries = ["a"]', "old format (version 1)"),
        ('[registry]\nlocation = "a.test"', "[[registry]]"),
        ("registry = 5", "[[registry]]"),
        ('registry = ["a.test"]', "[[registry]]"),
        ("[[registry]]\ninsecure = true", "neither prefix nor location"),
        ("[[registry]]\nlocation = 5", "location must be a string"),
        ('[[registry]]\nlocation = "https://a.test"', "without https://"),
        ('[[registry]]\nlocation = "a.test"\ninsecure = "yes"', "insecure must be true or false"),
        ('[[registry]]\nlocation = "a.test"\nblocked = 1', "blocked must be true or false"),
        ('[[registry]]\nlocation = "a.test"\nmirror = 5', "[[registry.mirror]]"),
        ('[[registry]]\nlocation = "a.test"\nmirror = ["m.test"]', "[[registry.mirror]]"),
        ('[[registry]]\nlocation = "a.test"\n[registry.mirror]\nlocation = "m.test"', "[[registry.mirror]]"),
        ('[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\ninsecure = true', "has no location"),
        (
            '[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\nlocation = "m"\npull-from-mirror = "never"',
            "pull-from-mirror is never",
        ),
        ('unqualified-search-registries = "a.test"', "must be a list of strings"),
        ('short-name-mode = "loud"', "short-name-mode is loud"),
        ("aliases = 5", "aliases must be a table"),
        ("[aliases]\nx = 5", "x must be a string"),
        ("credential-helpers = [1]", "must be a list of strings"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_name(load, tmp_path, text, words) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(text)
    line = str(caught.value)
    assert words in line
    assert line.startswith(f"{tmp_path}/0.conf")
    assert "\n" not in line


def test_the_users_file_replaces_the_systems(tmp_path, monkeypatch) -> None:
    for name in ("CONTAINERS_REGISTRIES_CONF", "REGISTRIES_CONFIG_PATH"):
        monkeypatch.delenv(name, raising=False)
    own = tmp_path / ".config/containers"
    assert registries_conf_files(str(tmp_path))[0] == "/etc/containers/registries.conf"
    (own / "registries.conf.d").mkdir(parents=True)
    (own / "registries.conf.d/b.conf").write_text("")
    (own / "registries.conf.d/a.conf").write_text("")
    (own / "registries.conf").write_text("")
    found = registries_conf_files(str(tmp_path), rootless=True)
    assert found[:3] == [f"{own}/registries.conf", *(f"{own}/registries.conf.d/{name}.conf" for name in "ab")]
    assert found[3] == f"{tmp_path}/.cache/containers/short-name-aliases.conf"
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", "/else/where")
    assert registries_conf_files(str(tmp_path)) == ["/else/where"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.0.0.1:5000", True),
        ("127.9.9.9", True),
        ("[::1]:5000", True),
        ("127.0.0.1.evil.test", False),
        ("127.evil.test:80", False),
        ("localhost.test", False),
        ("[::2]", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_is_known_by_its_written_form(host, expected) -> None:
    assert is_loopback(host) is expected
