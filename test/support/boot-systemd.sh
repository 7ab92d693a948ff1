#!/bin/sh
# Boots systemd over a copy of this machine's files, in namespaces of its own that end with it:
#   unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child sh boot-systemd.sh FOLDER TARGET
# FOLDER/upper holds the files that it sees besides the machine's; what it writes goes there. FOLDER has to be on a tmpfs. Its network is two wires.
set -e
folder=$1
root=$folder/root
mount --make-rprivate /
mkdir -p "$folder/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ip link set lo up
for number in 0 1; do
  ip link add "eth$number" type veth peer name "w$number"
  ip link set "eth$number" up
  ip link set "w$number" up
done
cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i container=parp-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system "--unit=$2" --log-target=console --show-status=0 --log-level=warning
