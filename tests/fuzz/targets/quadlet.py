"""Quadlet files: what becomes of one, and where its links would lie."""

from __future__ import annotations

from cli.quadlet.generator import links_of
from cli.quadlet.names import KINDS
from cli.quadlet.translate import translate
from cli.quadlet.unit_file import UnitFile, UnitFileError
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for ending in KINDS:
        unit = UnitFile.parse(text, f"a{ending}", f"/q/a{ending}")
        for each in translate([unit], "/usr/bin/pycman", user=len(data) % 2 == 1):
            if each.service is not None:
                UnitFile.parse(each.service.text(), each.service.name)
                for link, _target in links_of(each.service):
                    assert not link.startswith("/") and ".." not in link.split("/"), link


TARGET = Target(
    run=run,
    seeds=(
        (b"[Unit]\nDescription=x\n[Container]\nImage=a.b/c\nExec=sh -c 'a b' \"c\"\nEnvironment=A=b C=\"d e\"\nVolume=v.volume:/v:Z\nNetwork=n.network\n"
        b"PublishPort=8080:80\nPod=p.pod\nLabel=a=b\nSecret=s,type=env\nUser=1000\nUserNS=auto\nHealthCmd=true\nNotify=healthy\n[Install]\nWantedBy=default.target\nAlias=x.service\n"),
        b"[Kube]\nYaml=/a.yaml\nConfigMap=/b\nPublishPort=80\n[Service]\nRestart=always\n[Install]\nDefaultInstance=x\n",
        b"[Pod]\nPodName=p\nPublishPort=80\n[Volume]\nDriver=local\nDevice=/dev/x\n[Network]\nSubnet=10.0.0.0/24\nGateway=10.0.0.1\n[Build]\nImageTag=x\nFile=/f\nSetWorkingDirectory=unit\n[Image]\nImage=a\n",
    ),
    words=(b"\\\n", b"%i", b"%%", b"%", b"\\x2e", b"\\u0000", b"'", b'"', b"../", b"GlobalArgs=", b"PodmanArgs=", b"[Install]\n", b"DefaultInstance=../../x", b"Alias=..", b"\xff", b"\0"),
    expected=(UnitFileError,),
)  # fmt: skip
