#!/usr/bin/env bash
# boot.sh TREE NAME: become systemd, process 1 of the tree, in the namespaces that host.sh made.
set -euo pipefail
tree=$1
mount --bind "$tree" "$tree"
mount -t proc proc "$tree/proc"
mount -t sysfs sysfs "$tree/sys"
mount -t cgroup2 cgroup2 "$tree/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$tree/dev"
for device in null zero full random urandom tty fuse; do
    [[ ! -e /dev/$device ]] || cp -a "/dev/$device" "$tree/dev/"
done
mkdir "$tree/dev/net" "$tree/dev/pts" "$tree/dev/shm"
[[ ! -e /dev/net/tun ]] || cp -a /dev/net/tun "$tree/dev/net/"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$tree/dev/pts"
ln -s pts/ptmx "$tree/dev/ptmx"
ln -s /proc/self/fd "$tree/dev/fd"
mount -t tmpfs tmpfs "$tree/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$tree/run"
mount -t tmpfs -o mode=1777 tmpfs "$tree/tmp" # a mount of its own, as on Debian 13, Fedora and Arch
hostname "vm-$2"
ip link set lo up
cd "$tree"
mkdir run/old
pivot_root . run/old
cd /
umount -l /run/old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=console --show-status=0
