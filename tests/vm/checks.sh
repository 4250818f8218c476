#!/usr/bin/env bash
# What only a host with systemd shows, as the user who logs in. Prints pass and FAULT; the status is 1 after a fault.
P=${P:-/srv/pycman/.venv/bin/pycman}
work=$(mktemp -d)
faults=0
if [[ $EUID -eq 0 ]]; then
    user=() root=/sys/fs/cgroup slice=machine.slice
else
    user=(--user) root=/sys/fs/cgroup/user.slice/user-$EUID.slice/user@$EUID.service slice=user.slice
fi
check() { # check WHAT GOT PATTERN
    if [[ $2 == $3 ]]; then echo "pass: $1"; else echo "FAULT: $1: $2"; faults=1; fi
}
p() { timeout 120 "$P" "$@" 2>&1; }
group() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }
units() { systemctl "${user[@]}" list-units --plain --no-legend --all 'pycman-*' "${slice%.slice}-pycman*" | grep -v -e pause -e supervisor; }
limited() { grep -qw "$1" "$root/cgroup.controllers"; }

mkdir -p "$work/fs/bin" && cp /usr/bin/busybox "$work/fs/bin/"
for applet in sh echo sleep cat httpd; do ln -s busybox "$work/fs/bin/$applet"; done
tar -C "$work/fs" -cf "$work/fs.tar" .
p import -q "$work/fs.tar" localhost/b:1 >/dev/null

check 'info names the manager' "$(p info --format '{{.Host.CgroupManager}}')" systemd
p run -d --name c --network none -m 64m --pids-limit 50 localhost/b:1 sleep 1000 >/dev/null
id=$(p inspect c --format '{{.Id}}')
check 'a container is in a scope' "$(p inspect c --format '{{.State.CgroupPath}}')" "${root#/sys/fs/cgroup}/$slice/pycman-$id.scope"
check 'its monitor has one of its own' "$(group "$(p inspect c --format '{{.State.ConmonPid}}')")" "*/$slice/pycman-conmon-$id.scope"
p exec -d c sleep 99
check 'exec is in it' "$(group "$(pgrep -n -x -f 'sleep 99')")" "*/pycman-$id.scope/*"
check 'it is paused and thawed' "$(p pause c && p unpause c)" $'c\nc'
if limited memory; then
    systemctl "${user[@]}" daemon-reload
    check 'its limits outlive a reload' "$(cat "$root/$slice/pycman-$id.scope/memory.max" "$root/$slice/pycman-$id.scope/pids.max")" $'67108864\n50'
    p update -m 32m c >/dev/null
    systemctl "${user[@]}" daemon-reload
    check 'an updated limit outlives a reload' "$(cat "$root/$slice/pycman-$id.scope/memory.max")" 33554432
    check 'stats has the limit' "$(p stats --no-stream --format '{{.MemUsage}}' c)" '*/ 32MiB'
    p run --name oom --network none -m 16m localhost/b:1 sh -c 'x=0123456789abcdef; while true; do x=$x$x; done' >/dev/null
    check 'the OOM killer is told of' "$(p inspect oom --format '{{.State.OOMKilled}}')" true
fi
p run -d --name other --network none --cgroup-parent my-part.slice localhost/b:1 sleep 1000 >/dev/null
check 'a slice of the user is its parent' "$(p inspect other --format '{{.State.CgroupPath}}')" '*/my.slice/my-part.slice/pycman-*.scope'
check 'a path is no slice' "$(p run --rm --cgroup-parent /foo localhost/b:1 true)" '*not a slice*my.slice*'
p restart -t 0 c >/dev/null
check 'a restart is in a scope again' "$(p inspect c --format '{{.State.CgroupPath}}')" "*/pycman-$id.scope"
p pod create --name pod --memory 64m >/dev/null
p run -d --pod pod --name m localhost/b:1 sleep 1000 >/dev/null
path=$(p pod inspect pod --format '{{.CgroupPath}}')
check 'a pod is a slice' "$path" "*$slice/${slice%.slice}-pycman_pod_*.slice"
check 'its member is in it' "$(p inspect m --format '{{.State.CgroupPath}}')" "*$path/pycman-*.scope"
limited memory && check 'with its limit' "$(cat "/sys/fs/cgroup/$path/memory.max")" 67108864
p pod stop -t 0 pod >/dev/null
check 'which goes when it stops' "$(systemctl "${user[@]}" list-units --plain --no-legend --all "${path##*/}")" ''
p pod rm -f pod >/dev/null
check 'the default network works where /tmp is a mount' "$(p run --rm localhost/b:1 echo default network)" 'default network'
p run -d --name web -p 8099:80 localhost/b:1 httpd -f -p 80 -h /bin >/dev/null
check 'with its ports' "$(curl -s -o /dev/null -w '%{http_code}' --retry 5 --retry-connrefused http://127.0.0.1:8099/sh)" 200
check 'a service is told that it runs' "$(timeout 120 systemd-run "${user[@]}" -q --wait --pipe -p Type=notify -p NotifyAccess=all \
    sh -c "systemd-notify --ready; exec $P run --rm --network none localhost/b:1 echo served" 2>&1)" served
for status in 0 3; do
    timeout 120 systemd-run "${user[@]}" -q --wait -p Type=notify -p NotifyAccess=all -p Delegate=yes \
        "$P" run -d --rm --network none --sdnotify=conmon --cgroups=split localhost/b:1 sh -c "sleep 1; exit $status"
    check "a service ends with its container's status" $? "$status"
done
check 'split is in the cgroup of the service' "$(timeout 120 systemd-run "${user[@]}" -q --wait --pipe -p Delegate=yes --unit "split-$EUID" \
    "$P" run --rm --network none --cgroups split --cgroupns host localhost/b:1 cat /proc/self/cgroup 2>&1 | sed -n 's/^0:://p')" "*/split-$EUID.service/pycman-payload-*"
p run -d --name j --network none --log-driver journald --log-opt tag=mine localhost/b:1 sh -c 'echo one; echo two >&2; sleep 1; echo three' >/dev/null
check 'the journal is followed to the end' "$(p logs -f j | sort)" $'one\nthree\ntwo'
check 'its last lines are read' "$(p logs --tail 1 j)" three
check 'no file has them too' "$(ls ~/.local/share/pycman/containers/*/ctr.log /var/lib/pycman/containers/"$(p inspect j --format '{{.Id}}')"/ctr.log 2>/dev/null | grep "$(p inspect j --format '{{.Id}}')")" ''
p --events-backend journald rm j >/dev/null
removal() { journalctl -q -o cat --output-fields=PODMAN_EVENT PODMAN_NAME=j | tail -1; }
for _ in $(seq 150); do [[ $(removal) == remove ]] && break || sleep 0.2; done # journald reads what it is sent when it has its turn
check 'events are in the journal' "$(removal)" remove
if [[ $EUID -ne 0 ]]; then
    check 'no helper is in the scope of the login' "$(cat "/sys/fs/cgroup$(group self)/cgroup.procs" | xargs -I{} cat /proc/{}/comm 2>/dev/null | grep -E 'catatonit|conmon|slirp4netns|aardvark' || true)" ''
fi
if [[ -e /sys/kernel/security/apparmor && $EUID -eq 0 ]]; then
    check "AppArmor's profile is applied" "$(p run --rm --network none localhost/b:1 cat /proc/self/attr/current)" 'containers-default-* (enforce)'
    check 'unconfined is' "$(p run --rm --network none --security-opt apparmor=unconfined localhost/b:1 cat /proc/self/attr/current)" '*unconfined*'
    check 'an unknown profile is told' "$(p run --rm --network none --security-opt apparmor=nosuch localhost/b:1 true)" '*no such AppArmor profile is loaded*'
fi
p rm -fat 0 >/dev/null
for _ in $(seq 150); do [[ -n $(units) ]] || break; sleep 0.2; done # systemd is told by the kernel that a scope is empty
check 'no unit is left' "$(units)" ''
check 'no cgroup is left' "$(find /sys/fs/cgroup -path "*pycman*$id*" 2>/dev/null)" ''
p rmi -f localhost/b:1 >/dev/null
rm -rf "$work"
exit $faults
