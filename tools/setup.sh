#!/usr/bin/env bash
# Bring a machine of Debian or Ubuntu (as root, or with sudo) to a working .venv/bin/pycman. Does nothing that is done already.
# On another distribution it names the packages that are missing, and goes on when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
    # what pycman runs
    crun runc conmon catatonit uidmap slirp4netns passt aardvark-dns nftables iproute2 containernetworking-plugins
    golang-github-containers-common fuse-overlayfs gnupg procps util-linux
    # python-prctl is compiled
    gcc libc6-dev libcap-dev python3 python3-dev python3-venv
    # demo and tests
    docker-registry busybox-static curl make git
)
if [[ ${1:-} == --with-tests ]]; then
    packages+=(podman skopeo apache2-utils openssl zsh fish bash-completion jq man-db dbus-daemon)
    command -v containerd-shim-runc-v2 >/dev/null || packages+=(containerd) # nor beside another's containerd
    command -v kubectl >/dev/null || packages+=(kubernetes-client) # another's kubectl cannot be installed beside Debian's
fi

as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi; }

if command -v apt-get >/dev/null; then
    if [[ " ${packages[*]} " == *" containerd "* && ! -e /usr/bin/containerd ]]; then # the tests use a shim of it, not its daemon
        as_root mkdir -p /etc/systemd/system
        as_root ln -sf /dev/null /etc/systemd/system/containerd.service
    fi
    missing=()
    for package in "${packages[@]}"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
    done
    if ((${#missing[@]})); then
        echo "==> installing ${missing[*]}"
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    fi
elif ! command -v python3 >/dev/null; then
    echo "setup: Python 3.11 or later is not installed" >&2
    exit 1
else
    python3 tools/missing_parts.py
fi

# Debian's own interpreter: a third less CPU at start than others found on such machines.
if [[ ! -x .venv/bin/python ]] || ! .venv/bin/python -c 'import sys' 2>/dev/null; then
    echo "==> making .venv"
    python=/usr/bin/python3
    [[ -x $python ]] || python=python3
    "$python" -m venv .venv
fi
requirements=$(sha256sum pyproject.toml | cut -d' ' -f1)
if [[ $(cat .venv/requirements 2>/dev/null) != "$requirements" ]]; then
    echo "==> installing Python packages"
    # a new pip: the console script of Debian's imports re, which costs 10 ms at every start
    .venv/bin/python -m pip install -q --upgrade pip
    .venv/bin/python -m pip install -q --compile hatchling
    .venv/bin/python -m pip install -q --compile '.[dev,api,cri]'
    echo "$requirements" >.venv/requirements
fi
sources=$(find pycman cli pods kube_yaml cri_server api_server completions docs/man pyproject.toml -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
if [[ $(cat .venv/sources 2>/dev/null) != "$sources" ]]; then
    echo "==> installing pycman"
    .venv/bin/python -m pip install -q --compile --no-deps --no-build-isolation --force-reinstall .
    # a starter that does without site, which costs 3 ms at every start
    packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    cat >.venv/bin/pycman <<EOF
#!$PWD/.venv/bin/python -IS
import sys
sys.path.append("$packages")
from pycman.__main__ import main
sys.exit(main())
EOF
    .venv/bin/python -IS "$packages/pycman/start_index.py" || true # all compiled modules in one file
    echo "$sources" >.venv/sources
fi
.venv/bin/pycman --version
