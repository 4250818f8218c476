#!/usr/bin/env bash
# Prepare a test machine (as root): a stray controller of a hybrid cgroup host mounted on v1, devices opened, a test user made.
set -euo pipefail
user=${PYCMAN_TEST_USER:-pycman-test}

if [[ -r /sys/fs/cgroup/unified/cgroup.controllers ]]; then
    for controller in $(cat /sys/fs/cgroup/unified/cgroup.controllers); do
        mkdir -p "/sys/fs/cgroup/$controller"
        mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" || true
    done
fi
[[ -e /dev/net/tun ]] && chmod 0666 /dev/net/tun
[[ -e /dev/fuse ]] && chmod 0666 /dev/fuse

if ! id "$user" >/dev/null 2>&1; then
    useradd --create-home --shell /bin/bash "$user"
fi
for file in /etc/subuid /etc/subgid; do
    grep -q "^$user:" "$file" 2>/dev/null || echo "$user:$((100000 + $(id -u "$user") * 65536)):65536" >>"$file"
done
if ! id "$user-single" >/dev/null 2>&1; then
    useradd --create-home --shell /bin/bash "$user-single"
fi
sed -i "/^$user-single:/d" /etc/subuid /etc/subgid
for name in "$user" "$user-single"; do
    runtime="/run/user/$(id -u "$name")"
    mkdir -p "$runtime"
    chown "$name:" "$runtime"
    chmod 0700 "$runtime"
done
