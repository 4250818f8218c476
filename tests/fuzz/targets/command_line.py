"""Values of flags that others write for us: mounts, volumes, ports, devices, sizes, environment, networks, security options."""

from __future__ import annotations

from cli.parse import UsageError
from cli.specs.container import container_spec
from pycman.errors import PycmanError
from tests.fuzz.target import Target
from tests.support.calls import call_of


def run(data: bytes) -> None:
    words = data.decode("utf-8", "surrogateescape").split("\n")
    if any("\0" in word or "env-file" in word or "label-file" in word for word in words):
        return  # arguments have no NUL; files are read elsewhere
    call = call_of(*words, "image")
    if call.arguments:  # else `cli/main.py` has refused it
        container_spec(call)


TARGET = Target(
    run=run,
    seeds=tuple(
        b"\n".join(line.split()) for line in (
            b"--mount type=bind,source=/a,target=/b,ro=true,bind-propagation=rslave -v /a:/b:ro,z --tmpfs /t:size=1m --volumes-from x:ro",
            b"-p 127.0.0.1:80-82:8080-8082/udp -p [::1]::53 --expose 5-7 --device /dev/null:/dev/x:rwm --gpus all --gpus device=0,1",
            b"-m 64m --cpus 1.5 --ulimit nofile=1:2 --sysctl a.b=c --shm-size 1g --blkio-weight-device /dev/sda:10 --device-read-bps /dev/x:1mb",
            b"-e A=b --label a=b --add-host a;b:10.0.0.1 --dns 1.1.1.1 --network n:ip=10.0.0.5,mac=00:11:22:33:44:55,alias=x --userns keep-id:uid=1",
            b"--security-opt mask=/a:/b --security-opt label=type:t --cap-add net_raw --secret s,type=env,target=A,mode=0400 --restart on-failure:5",
            b"--health-cmd [\"CMD\",\"x\"] --health-interval 1h2m --log-opt max-size=10k --uidmap 0:1:5 --platform linux/arm/v7 --stop-signal TERM",
            b"--annotation a=b --entrypoint [\"a\"] --umask 022 --tz local --pull newer --init-ctr once --ip 10.0.0.1 --cgroupns host",
        )
    ),
    words=(b"\n", b"--mount\ntype=", b"--network\n", b"-p\n", b"-v\n", b"--device\n", b"=", b":", b",", b"type=image", b"type=volume", b"volume-opt=", b"\xc2\xb2", b"\xd9\xa1", b"-", b"::", b"[", b"]", b"%"),
    expected=(PycmanError, UsageError),
    longest=4000,
)  # fmt: skip
