#!/usr/bin/env bash
# An image under 512 MB and one processor, with a pool behind it and miners before it: does its memory grow?
# IMAGE, SECONDS, and further options of `sluice soak`.
set -euo pipefail
image=$1 seconds=$2
shift 2
name="image-soak-${GITHUB_RUN_ID:-0}-$$-$RANDOM"
sluice=.venv/bin/sluice
[ -x "$sluice" ] || sluice=sluice

clean() {
  docker rm --force --volumes "$name-pool" >/dev/null 2>&1 || true
  docker ps --quiet --filter "network=$name" | xargs --no-run-if-empty docker rm --force >/dev/null 2>&1 || true
  docker network rm "$name" >/dev/null 2>&1 || true
}
trap clean EXIT

docker network create --internal "$name" >/dev/null
docker run --detach --name "$name-pool" --network "$name" --network-alias pool "$image" \
  simulate pool --listen 0.0.0.0:3334 >/dev/null
"$sluice" soak --image "$image" --memory 512MB --cpus 1 --for "$seconds" --every 0.5 \
  --run-option="--network=$name" --run-option=--network-alias=proxy --run-option=--read-only \
  --run-option=--env=LOKA_SERVER__BIND=0.0.0.0:3333 --run-option=--env=LOKA_POOLS__0__NAME=main \
  --run-option=--env=LOKA_POOLS__0__ADDRESS=pool:3334 \
  --load "docker run --rm --network $name $image simulate miners --connect proxy:3333 --count 50 --rate 2 --duration 20 >/dev/null 2>&1" \
  "$@" -- start --without-database
