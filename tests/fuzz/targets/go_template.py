"""Templates of --format, on values that images and containers may have."""

from __future__ import annotations

from cli.gotemplate.evaluate import render
from cli.gotemplate.printing import typed
from tests.fuzz.target import Target

_VALUE = typed({
    "Id": "abc", "Names": ["a", "b"], "Config": {"Labels": {"a.b": "c", "n": "5"}, "Env": ["A=1"], "Cmd": None}, "Size": 12345, "Ok": True,
    "State": {"Pid": 0, "Health": None}, "Mounts": [{"Source": "/x", "RW": False}], "Ratio": 0.5,
})  # fmt: skip


def run(data: bytes) -> None:
    assert len(render(data.decode("utf-8", "replace"), _VALUE)) < 64 << 20


TARGET = Target(
    run=run,
    seeds=(
        b"{{.Id}} {{json .Config}}", b"{{range $i, $n := .Names}}{{$i}}={{$n}}{{else}}none{{end}}", b'{{if and .Ok (gt .Size 5)}}{{printf "%-10s|%05d" .Id .Size}}{{end}}',
        b'{{with index .Config.Labels "a.b"}}{{upper .}}{{end}}', b'{{define "x"}}{{.}}{{end}}{{template "x" .Id}}', b"{{slice .Id 0 2 | html | js | urlquery}}",
        b"{{$x := len .Names}}{{$x = 5}}{{range .Mounts}}{{.Source}}{{break}}{{end}}", b'{{- /* c */ -}} {{"q\\n" | println}} {{`raw`}} {{\'a\'}} {{0x1F}} {{1e3}}',
        b'{{join .Names ","}} {{split "a,b" ","}} {{pad .Id 2 2}} {{truncate .Id 2}} {{title "x"}} {{eq .Id "abc" "d"}} {{not .Ok}} {{block "b" .}}y{{end}}',
    ),
    words=(b"{{", b"}}", b"range ", b"if ", b"with ", b"end", b"else", b"define ", b"template ", b"block ", b"printf ", b'"%d"', b'"%999999d"', b'"%[1]*d"', b'"%v"', b'"%q"', b'"%x"',
           b"index ", b"slice ", b"json ", b"len ", b"$", b" | ", b":= ", b".Names", b".Config.Labels", b"call ", b"lt ", b"1 2 3", b"nil", b"break", b"continue", b"table ", b"-9223372036854775808"),
    longest=4000,
)  # fmt: skip
