#!/usr/bin/env bash
# Build wheel and sdist into dist/, then prove the wheel: installed with pip into a fresh environment, used through a link as pipx does,
# it runs a container. As root, or as an ordinary user with subordinate ids.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d /tmp/pycman-dist.XXXXXX)
chmod 0755 "$work"
clean() {
    local status=$?
    [[ -x $work/bin/pycman ]] && pycman rm -fa >/dev/null 2>&1
    pause=$(cut -d' ' -f1 "$work/run/rootless/pause.pid" 2>/dev/null || true)
    [[ -n $pause ]] && kill "$pause"
    rm -rf "$work"
    exit "$status"
}
trap clean EXIT
pycman() { "$work/bin/pycman" --root "$work/root" --runroot "$work/run" "$@"; }

echo "==> building"
rm -rf dist
.venv/bin/python -m hatchling build -d dist >/dev/null
ls -l dist | awk 'NR > 1 {print $9, int($5 / 1024) " KiB"}'

echo "==> a wheel built from the sdist has the same files"
mkdir "$work/sdist" "$work/again"
tar -xzf dist/*.tar.gz -C "$work/sdist" --strip-components 1
(cd "$work/sdist" && "$OLDPWD/.venv/bin/python" -m hatchling build -t wheel -d "$work/again" >/dev/null)
names() { .venv/bin/python -c 'import sys, zipfile; print("\n".join(sorted(zipfile.ZipFile(sys.argv[1]).namelist())))' "$1"; }
diff <(names dist/*.whl) <(names "$work"/again/*.whl)

echo "==> installing the wheel with pip into a fresh environment"
/usr/bin/python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q --upgrade pip
"$work/venv/bin/python" -m pip install -q dist/*.whl
mkdir "$work/bin"
ln -s ../venv/bin/pycman "$work/bin/pycman"

echo "==> running a container with it, through a link as pipx makes one"
mkdir -p "$work/rootfs/bin"
cp /bin/busybox "$work/rootfs/bin/" && "$work/rootfs/bin/busybox" --install "$work/rootfs/bin"
tar -C "$work/rootfs" -c . | pycman import - localhost/busybox:1 >/dev/null
cd / # nothing of the source tree can be imported from here
[[ $(pycman run --rm --network none localhost/busybox:1 echo hello) == hello ]]
pycman run -d --name ends --network none localhost/busybox:1 sh -c 'exit 7' >/dev/null
[[ $(pycman wait ends) == 7 ]] # conmon's exit command finds this very installation
[[ $("$work/venv/bin/python" -c 'import pycman; print(pycman.__name__)') == pycman ]]
! "$work/venv/bin/python" -c 'import cli' 2>/dev/null
echo "hello, and 7: $(pycman --version) works from its wheel"
