"""Build Resources from the limit flags of `run`, `create`, `update` and pods. Pure."""

from __future__ import annotations

from cli.specs.pairs import parse_pairs
from cli.specs.sizes import optional_size, parse_cpus, parse_number, parse_size
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.resources import DeviceRate, Resources, parse_device_rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def parse_resources(call: Call) -> Resources:
    """Return the limits on the command line; None stands for a limit that is not set. Raises InvalidInput."""
    for name in ("cpu-period", "cpu-quota"):
        if call.string("cpus") and call.given(name):
            raise InvalidInput(f"it cannot be used with --{name}", subject="--cpus", hint="leave one out")
    quota, period = parse_cpus(call.string("cpus")) if call.string("cpus") else (None, None)
    if call.given("cpu-quota") or (call.string("cpus") and quota is None):
        quota = call.number("cpu-quota")  # 0 and -1 lift a limit
    return Resources(
        memory_bytes=optional_size(call.string("memory"), "--memory"),
        memory_swap_bytes=optional_size(call.string("memory-swap"), "--memory-swap", unlimited=True),
        memory_reservation_bytes=optional_size(call.string("memory-reservation"), "--memory-reservation"),
        memory_swappiness=_swappiness(call),
        kernel_memory_bytes=None,
        oom_kill_disable=call.flag("oom-kill-disable"),
        cpu_shares=call.number("cpu-shares") or None,
        cpu_period_us=call.number("cpu-period") or period,
        cpu_quota_us=quota,
        cpu_rt_period_us=call.number("cpu-rt-period") or None,
        cpu_rt_runtime_us=call.number("cpu-rt-runtime") or None,
        cpuset_cpus=_cpu_list(call.string("cpuset-cpus"), "--cpuset-cpus"),
        cpuset_mems=_cpu_list(call.string("cpuset-mems"), "--cpuset-mems"),
        pids_limit=parse_number(call.string("pids-limit"), "--pids-limit") if call.string("pids-limit") else None,
        blkio_weight=call.number("blkio-weight") or None,
        blkio_weight_device=tuple(
            _rate(value, "--blkio-weight-device", size=False) for value in call.values("blkio-weight-device")
        ),
        device_read_bps=tuple(_rate(value, "--device-read-bps") for value in call.values("device-read-bps")),
        device_write_bps=tuple(_rate(value, "--device-write-bps") for value in call.values("device-write-bps")),
        device_read_iops=tuple(
            _rate(value, "--device-read-iops", size=False) for value in call.values("device-read-iops")
        ),
        device_write_iops=tuple(
            _rate(value, "--device-write-iops", size=False) for value in call.values("device-write-iops")
        ),
        device_cgroup_rules=_device_rules(call),
        unified=parse_pairs(call.values("cgroup-conf"), "--cgroup-conf"),
    )


def _device_rules(call: Call) -> tuple[str, ...]:
    """Return --device-cgroup-rule as it was typed. Raises InvalidInput for what is no rule, Unsupported."""
    rules = tuple(call.values("device-cgroup-rule"))
    if rules and call.habits.device_rules_need_root and call.engine.session.rootless:
        raise Unsupported(
            "ordinary users have no rules of devices",
            subject="--device-cgroup-rule",
            hint="leave it out, or run it as root",
            code="rootless-device-rules",
        )
    for rule in rules:
        parse_device_rule(rule)
    return rules


def _swappiness(call: Call) -> int | None:
    value = call.number("memory-swappiness", -1)
    if not -1 <= value <= 100:
        raise InvalidInput("not from 0 to 100", subject=f"--memory-swappiness {value}")
    return None if value == -1 else value


def _cpu_list(text: str, flag: str) -> str:
    if text and not set(text) <= set("0123456789,-"):
        raise InvalidInput("not a list of numbers", subject=f"{flag} {text}", hint="write it as in 0-3,5")
    return text


def _rate(text: str, flag: str, *, size: bool = True) -> DeviceRate:
    """Parse /dev/NAME:RATE; `size`: RATE may have a unit (10mb). Raises InvalidInput."""
    path, colon, value = text.rpartition(":")
    if not colon or not path.startswith("/dev/"):
        raise InvalidInput("not a device and a rate", subject=f"{flag} {text}", hint="write it as /dev/NAME:RATE")
    rate = parse_size(value, flag) if size else parse_number(value, flag)
    if rate < 0:
        raise InvalidInput("a rate is not negative", subject=f"{flag} {text}")
    return DeviceRate(path=path, rate=rate)
