#!/usr/bin/env bash
# The Dockerfile's steps in a clean Debian root, for machines without a container engine.
# Needs root, debootstrap, a Debian mirror and a package index. Usage: docker/replay.sh [FOLDER]
#
# It differs from the image in its base: Debian 12 with Debian's Python 3.11, not python:3.11-slim.
# The steps are written out again below; a change in the Dockerfile is made here too.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-$(mktemp -d /tmp/hotseat-replay.XXXXXX)}
base=$folder/base builder=$folder/builder final=$folder/final
port=18080
server=

step() { printf '\n== %s\n' "$*"; }

clean_up() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    for root in "$builder" "$final"; do
        ! mountpoint -q "$root/proc" || umount "$root/proc"
    done
    [ -n "${KEEP:-}" ] || rm -rf "$folder"
}
trap clean_up EXIT

in_builder() { chroot "$builder" /usr/bin/env -u PIP_FIND_LINKS -C /build "$@"; }

# The environment of the image, as its user. An array, so that `&` leaves the command's own process id.
in_final=(
    chroot --userspec=10001:10001 "$final" /usr/bin/env -i -C /var/lib/hotseat
    PATH=/opt/hotseat/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
    HOTSEAT_HOST=0.0.0.0 HOTSEAT_PORT="$port"
    HOTSEAT_DATABASE_URL=sqlite+aiosqlite:////var/lib/hotseat/hotseat.db
)

step "FROM: a clean Debian 12"
mkdir -p "$base"
debootstrap --variant=minbase \
    --include=python3,python3-venv,python-is-python3,ca-certificates bookworm "$base" >"$folder/debootstrap.log"
cp -a "$base" "$builder"
cp -a "$base" "$final"
for root in "$builder" "$final"; do mount -t proc proc "$root/proc"; done

# This machine's way to the package index: names, certificates, pip's settings.
cp -L /etc/resolv.conf "$builder/etc/resolv.conf"
cp -L /etc/ssl/certs/ca-certificates.crt "$builder/etc/ssl/certs/ca-certificates.crt"
[ ! -f /etc/pip.conf ] || cp /etc/pip.conf "$builder/etc/pip.conf"

step "builder: install the dependencies by hash"
mkdir -p "$builder/build/requirements"
cp requirements/build.txt requirements/run.txt "$builder/build/requirements/"
in_builder python -m venv /opt/build
in_builder /opt/build/bin/python -m pip install -q --no-cache-dir --require-hashes -r requirements/build.txt
in_builder python -m venv --without-pip /opt/hotseat
in_builder /opt/build/bin/python -m pip --python /opt/hotseat/bin/python install \
    -q --no-cache-dir --require-hashes -r requirements/run.txt

step "builder: build and install the wheel"
tar --exclude=__pycache__ -cf - pyproject.toml README.md app migrations openapi | tar -C "$builder/build" -xf -
in_builder /opt/build/bin/python -m pip wheel -q --no-cache-dir --no-deps --no-build-isolation --wheel-dir dist .
in_builder sh -c '/opt/build/bin/python -m pip --python /opt/hotseat/bin/python install -q --no-cache-dir --no-deps dist/*.whl'

step "final: the user, the volume, the environment"
chroot "$final" groupadd --gid 10001 hotseat
chroot "$final" useradd --no-log-init --uid 10001 --gid hotseat --no-create-home --home-dir /var/lib/hotseat \
    --shell /usr/sbin/nologin hotseat
chroot "$final" install -d -o hotseat -g hotseat -m 0700 /var/lib/hotseat
mkdir -p "$final/opt"
cp -a "$builder/opt/hotseat" "$final/opt/hotseat"

step "the packages fit together, and the user is not root"
"${in_final[@]}" python -c 'import os, app.db, migrations; assert os.getuid() == 10001; print(app.db.__file__)'

step "migrate"
"${in_final[@]}" hotseat migrate

step "serve, HEALTHCHECK, SIGTERM"
"${in_final[@]}" hotseat serve &
server=$!
for _ in $(seq 50); do
    if "${in_final[@]}" python -c "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['HOTSEAT_PORT']}/livez\", timeout=2)" 2>/dev/null; then
        healthy=yes
        break
    fi
    sleep 0.2
done
[ "${healthy:-}" = yes ] || { echo "never healthy" >&2; exit 1; }
kill -TERM "$server"
wait "$server"
server=
echo "healthy, and stopped by SIGTERM with exit status 0"

step "worker, SIGTERM"
"${in_final[@]}" hotseat worker >"$folder/worker.log" &
server=$!
for _ in $(seq 120); do
    [ ! -s "$folder/worker.log" ] || break
    sleep 0.5
done
cat "$folder/worker.log"
kill -TERM "$server"
wait "$server"
server=
echo "stopped by SIGTERM with exit status 0"
