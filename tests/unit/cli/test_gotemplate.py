from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.gotemplate.evaluate import render
from cli.gotemplate.printing import Fields, Labels, typed
from cli.gotemplate.tokens import TemplateError
from pycman.images.inspect import config_object

ROW = Fields(
    ID="0123456789abcdef",
    Names=["web", "www"],
    Labels={"b": "2", "a": "1", "x.y": "dotted"},
    State=Fields(Running=True, Pid=42, Health=None),
    Ports={"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "90/tcp": None},
    Env=["A=1", "PATH=/bin"],
    Size=1.5,
    Empty="",
    Label=lambda key: {"a": "1"}.get(key, ""),
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain", "plain"),
        ("{{.ID}}", "0123456789abcdef"),
        ("{{.Id}}", "0123456789abcdef"),
        ("{{ .State.Running }} {{.State.Pid}}", "true 42"),
        ("{{.Names}} {{.Labels}}", "[web www] map[a:1 b:2 x.y:dotted]"),
        ("{{json .Names}}", '["web","www"]'),
        ("{{json .State.Health}}", "null"),
        ('{{join .Names ","}}', "web,www"),
        ('{{index .Labels "x.y"}}', "dotted"),
        ('{{index .Labels "none"}}|', "|"),
        ("{{.Labels.nothing}}", "<no value>"),
        ('{{.Label "a"}}', "1"),
        ("{{range .Names}}<{{.}}>{{end}}", "<web><www>"),
        ("{{range $i, $e := .Names}}{{$i}}={{$e}} {{end}}", "0=web 1=www "),
        ("{{range $k, $v := .Labels}}{{$k}}{{end}}", "abx.y"),
        ("{{range .Empty | len | print | len | slice .Names}}{{.}}{{else}}none{{end}}", "www"),
        ("{{if .State.Health}}has{{else if .State.Running}}runs{{else}}no{{end}}", "runs"),
        ("{{with .State}}{{.Pid}}{{end}}", "42"),
        ("{{with .Empty}}x{{else}}y{{end}}", "y"),
        ('{{(index (index .Ports "80/tcp") 0).HostPort}}', "8080"),
        ("{{range $p, $c := .Ports}}{{$p}}{{if $c}} -> {{(index $c 0).HostPort}}{{end}};{{end}}", "80/tcp -> 8080;90/tcp;"),
        ('{{printf "%.12s %q %05d|%-5s|" .ID "a" 42 "x"}}', '0123456789ab "a" 00042|x    |'),
        ('{{printf "%.12s" .Id}}', "0123456789ab"),
        ("{{$x := 1}}{{$x = 2}}{{$x}}", "2"),
        ("{{$s := .State}}{{range .Names}}{{$s.Pid}}{{end}}{{$.ID}}", "42420123456789abcdef"),
        ("{{- 1 -}} x", "1x"),
        ("a {{- /* gone */ -}} b", "ab"),
        ('{{eq .State.Pid 1 42}} {{ne "a" "b"}} {{lt 1 2}} {{and true 0}} {{or 0 "x"}} {{not true}}', "true true true 0 x false"),
        ("{{.Names | len}}", "2"),
        ('{{upper "a"}}{{lower "B"}}{{title "hello world"}}{{truncate "abcdef" 3}}{{pad "x" 1 2}}|', "AbHello Worldabc x  |"),
        ('{{split "a,b" ","}}', "[a b]"),
        ('{{define "t"}}<{{.}}>{{end}}{{template "t" .ID}}', "<0123456789abcdef>"),
        ('{{block "b" .State}}{{.Pid}}{{end}}', "42"),
        ("{{range .Names}}{{if eq . \"www\"}}{{break}}{{end}}{{.}}{{end}}", "web"),
        ("{{range .Names}}{{if eq . \"web\"}}{{continue}}{{end}}{{.}}{{end}}", "www"),
        ("{{println 1 \"a\" 2}}", "1 a 2\n"),
        ("{{print 1 2 \"a\" 3}}", "1 2a3"),
        ("{{`raw`}}{{'a'}}{{0x10}}{{1.5}}{{true}}", "raw97161.5true"),
        ("{{html \"<a>\"}}{{urlquery \"a b&\"}}", "&lt;a&gt;a+b%26"),
        ("{{range .Env}}{{$p := split . \"=\"}}{{index $p 0}} {{end}}", "A PATH "),
        ("{{len .Empty}}{{slice .ID 0 4}}", "00123"),
    ],
)  # fmt: skip
def test_templates_render_as_gos_do(template: str, expected: str) -> None:
    assert render(template, ROW) == expected


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{.Nothing}}", "can't evaluate field Nothing"),
        ("{{.ID", "unclosed action"),
        ("{{foo}}", 'function "foo" not defined'),
        ("{{if .ID}}", "missing {{end}}"),
        ("{{end}}", "unexpected {{end}}"),
        ("{{$x}}", "undefined variable"),
        ("{{.ID 1}}", "can't give argument to non-function"),
        ("{{index .Names 9}}", "out of range"),
        ('{{"abc}}', "unclosed string"),
        ("{{range 1.5}}{{end}}", "can't iterate"),
        ("{{lt 1 \"a\"}}", "incompatible types"),
        ("{{break}}", "outside of range"),
        ("{{}}", "missing value"),
        ("{{template \"x\"}}", "not defined"),
        ("{{/* open", "unclosed comment"),
        ("{{.State.Health.Status}}", "nil pointer evaluating .Status"),
    ],
)  # fmt: skip
def test_errors_name_the_character(template: str, problem: str) -> None:
    with pytest.raises(TemplateError, match="(?i)" + problem.replace("{", r"\{").replace("}", r"\}")) as caught:
        render(template, ROW)
    assert "at character" in str(caught.value)


@given(st.text(alphabet='{}.-$|()"` abIdnefrg=:,/*1', max_size=40))
def test_any_text_is_either_rendered_or_refused(template: str) -> None:
    try:
        assert isinstance(render("{{" + template, ROW), str)
    except TemplateError as error:
        assert error.subject


UNSET = typed({"Config": config_object({}), "State": {"Health": None}})


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{.Config.Entrypoint}}", "[]"),
        ("{{.Config.Cmd}}{{len .Config.Cmd}}", "[]0"),
        ('{{index .Config.Labels "x"}}', ""),
        ("{{.Config.Labels.x}}", "<no value>"),
        ("{{range .Config.Env}}{{.}}{{end}}", ""),
        ("{{json .Config.ExposedPorts}} {{json .Config.Env}} {{.Config.ExposedPorts}}", "null null map[]"),
        ('{{join .Config.Cmd " "}}|{{range $k, $v := .Config.Volumes}}{{$k}}{{end}}', "|"),
        ("{{.Config.User}}{{.Config.StopSignal}}{{.Config.WorkingDir}}|{{.Config.Tty}}", "|false"),
        ("{{.Config.Healthcheck}} {{.State.Health}}", "<nil> <nil>"),
        ("{{if .Config.Healthcheck}}a{{end}}{{if .Config.OnBuild}}b{{end}}{{with .Config.Shell}}c{{end}}", ""),
        ("{{if not .Config.Labels}}none{{end}}", "none"),
    ],
)
def test_what_an_image_does_not_set_has_the_zero_value_of_gos_type(template: str, expected: str) -> None:
    assert render(template, UNSET) == expected


def test_what_an_image_sets_is_kept_and_null_is_not_set() -> None:
    config = config_object({"Cmd": ["sh"], "Labels": None, "User": None, "Own": 1})
    assert (config["Cmd"], config["Labels"], config["User"], config["Own"]) == (["sh"], None, "", 1)


def test_labels_of_a_listing_are_one_text_and_each_can_be_found() -> None:
    row = Fields(Labels=Labels({"b": "2", "a": "1"}))
    shown = '{{.Labels}} {{json .Labels}} {{index .Labels "b"}}{{index .Labels "c"}} {{range $k, $v := .Labels}}{{$k}}{{end}}'
    assert render(shown, row) == 'a=1,b=2 "a=1,b=2" 2 ab'
