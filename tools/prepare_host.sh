#!/usr/bin/env bash
# Prepare a test machine (as root): a stray controller of a hybrid cgroup host mounted on v1, devices opened, test users made.
set -euo pipefail
user=${PYCMAN_TEST_USER:-pycman-test}
workers=("$user-gw0" "$user-gw1") # those of the suite's two workers

if [[ -r /sys/fs/cgroup/unified/cgroup.controllers ]]; then
    for controller in $(cat /sys/fs/cgroup/unified/cgroup.controllers); do
        mkdir -p "/sys/fs/cgroup/$controller"
        mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" || true
    done
fi
[[ -e /dev/net/tun ]] && chmod 0666 /dev/net/tun
[[ -e /dev/fuse ]] && chmod 0666 /dev/fuse

for name in "$user" "${workers[@]}"; do
    id "$name" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$name"
    runtime="/run/user/$(id -u "$name")"
    mkdir -p "$runtime"
    chown "$name:" "$runtime"
    chmod 0700 "$runtime"
done
for file in /etc/subuid /etc/subgid; do
    for name in "$user" "${workers[@]}"; do
        grep -q "^$name:" "$file" 2>/dev/null || echo "$name:$((100000 + $(id -u "$name") * 65536)):65536" >>"$file"
    done
done
