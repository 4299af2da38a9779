#!/bin/sh
# The build steps of the images where there is no Docker: in a Debian of its own, as root.
# Usage: sh containers/try.sh FOLDER; the folder must not be there, and holds about 8 GB at the end.
set -eu
[ ! -e "$1" ] || { echo "try.sh: $1 is there already" >&2; exit 2; }
cd "$(dirname "$0")/.."
debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$1"
mkdir -p "$1/opt/minde" "$1/root/.cache/uv"
git ls-files -z | xargs -0 cp --parents --target-directory "$1/opt/minde"
mount --bind /proc "$1/proc"
# What has been downloaded before serves again.
mount --bind "${UV_CACHE_DIR:-$HOME/.cache/uv}" "$1/root/.cache/uv"
trap 'umount "$1/root/.cache/uv" "$1/proc"' EXIT
cp /etc/resolv.conf "$1/etc/resolv.conf"
# A network may have a certificate of its own.
cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
chroot "$1" sh /opt/minde/containers/install.sh
chroot "$1" env PATH=/opt/venv/bin:/usr/bin:/bin HOME=/root \
    snakemake --snakefile /opt/minde/Snakefile --directory /opt/minde/.test --cores 2 \
    results/test/tables/datasets.csv
chroot "$1" cat /opt/minde/.test/results/test/tables/datasets.csv
