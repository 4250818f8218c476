#!/usr/bin/env bash
# A host with systemd as process 1 and cgroup v2, in namespaces of this machine: boots in a second, and real logins work in it.
#   host.sh build SUITE                make the tree of Debian's SUITE (trixie, bookworm) with the project in it; 3 minutes, 2 GB in $VMS
#   host.sh start SUITE                boot it;         host.sh stop SUITE   end it
#   host.sh login SUITE USER CMD…      run CMD by ssh, so through pam_systemd and user@.service
#   host.sh test SUITE                 build it if it is not there, start it, run checks.sh as root and as alice, stop it
# As root. It needs the packages mmdebstrap, openssh-client and util-linux. Limits are checked where this machine's own cgroups are of
# version 2; where they are of version 1 the host has version 2 without controllers, and everything else is checked.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
VMS=${VMS:-/tmp/pycman-vm}
verb=${1:-} suite=${2:-trixie}
tree=$VMS/$suite
pid_file=$VMS/$suite.pid
packages=(
    systemd-sysv dbus dbus-user-session libpam-systemd openssh-server iproute2 curl ca-certificates procps
    python3 python3-venv python3-dev gcc libc6-dev libcap-dev git make
    crun runc conmon catatonit uidmap slirp4netns passt aardvark-dns nftables fuse-overlayfs containernetworking-plugins
    golang-github-containers-common busybox-static docker-registry gnupg util-linux
)

build() {
    mkdir -p "$VMS"
    [[ -f $VMS/key ]] || ssh-keygen -q -t ed25519 -N '' -f "$VMS/key"
    if [[ ! -e $tree/.made ]]; then
        rm -rf "$tree"
        mmdebstrap --mode=root --variant=minbase --aptopt='APT::Install-Recommends "false"' \
            --include="$(IFS=,; echo "${packages[*]}")" "$suite" "$tree"
        chroot "$tree" useradd -m -s /bin/bash alice
        for home in root home/alice; do
            install -d -m 700 "$tree/$home/.ssh"
            cp "$VMS/key.pub" "$tree/$home/.ssh/authorized_keys"
        done
        chroot "$tree" chown -R alice: /home/alice/.ssh
        for unit in systemd-udevd systemd-udev-trigger systemd-networkd systemd-timesyncd docker-registry; do
            ln -sf /dev/null "$tree/etc/systemd/system/$unit.service" # what belongs to a machine of its own
        done
        cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/ca-certificates.crt"
        [[ ! -f /etc/pip.conf ]] || cp /etc/pip.conf "$tree/etc/pip.conf"
        touch "$tree/.made"
    fi
    mkdir -p "$tree/srv/pycman"
    git -C "$here" ls-files --full-name -z "$(git -C "$here" rev-parse --show-toplevel)" |
        tar -C "$here/../.." --null -T - -c | tar -C "$tree/srv/pycman" -x
    cp /etc/resolv.conf "$tree/etc/resolv.conf"
    mount --bind /proc "$tree/proc"
    mount --bind /dev "$tree/dev"
    trap 'umount "$tree/proc" "$tree/dev"' EXIT
    chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root /srv/pycman/tools/setup.sh
    umount "$tree/proc" "$tree/dev"
    trap - EXIT
}

start() {
    local top=/sys/fs/cgroup
    [[ -e $top/cgroup.controllers ]] || top=/sys/fs/cgroup/unified
    mkdir -p "$top/pycman-vm-$suite"
    (
        echo "$BASHPID" >"$top/pycman-vm-$suite/cgroup.procs"
        exec setsid unshare --mount --propagation private --pid --fork --cgroup --uts --ipc --net \
            bash "$here/boot.sh" "$tree" "$suite" >"$VMS/$suite.log" 2>&1 </dev/null
    ) &
    local parent=$!
    for _ in $(seq 100); do
        pgrep -P "$parent" >"$pid_file" && nsenter -t "$(cat "$pid_file")" -n true 2>/dev/null &&
            login root true 2>/dev/null && return 0
        sleep 0.3
    done
    tail -20 "$VMS/$suite.log" >&2
    return 1
}

login() {
    local user=$1
    shift
    nsenter -t "$(cat "$pid_file")" -n ssh -i "$VMS/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o LogLevel=ERROR "$user@127.0.0.1" "$@"
}

stop() {
    kill -s SIGRTMIN+4 "$(cat "$pid_file")" 2>/dev/null || return 0 # systemd's signal for poweroff (systemd(1))
    timeout 30 tail --pid="$(cat "$pid_file")" -f /dev/null || kill -9 "$(cat "$pid_file")"
    rm -f "$pid_file"
}

case $verb in
build | start | stop) "$verb" ;;
login) login "${@:3}" ;;
test)
    [[ -e $tree/.made ]] || build
    start
    trap stop EXIT
    status=0
    for user in root alice; do
        echo "== $suite as $user"
        login "$user" bash -s <"$here/checks.sh" || status=1
    done
    exit $status
    ;;
*) sed -n 2,9p "$0"; exit 2 ;;
esac
