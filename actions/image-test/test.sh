#!/usr/bin/env bash
# Miners through an image in a network of its own: it is healthy by its own check, takes shares, counts them, and stops
# when it is told. IMAGE, SECONDS of mining, and PLATFORM where it isn't this machine's.
set -euo pipefail
image=$1 seconds=${2:-5} platform=${3:-}
name="image-test-${GITHUB_RUN_ID:-0}-$$-$RANDOM"
confined=(--read-only --cap-drop=ALL --security-opt=no-new-privileges --memory=512m --cpus=1 --network="$name")
[ -z "$platform" ] || confined+=(--platform="$platform")

clean() {
  local code=$?
  [ $code = 0 ] || docker logs --tail 40 "$name-proxy" || true
  docker rm --force --volumes "$name-pool" "$name-proxy" >/dev/null 2>&1 || true
  docker network rm "$name" >/dev/null 2>&1 || true
  exit $code
}
trap clean EXIT

state() { docker inspect --format "$1" "$name-proxy"; }

docker network create --internal "$name" >/dev/null
docker run --detach --name "$name-pool" --network-alias pool "${confined[@]}" "$image" \
  simulate pool --listen 0.0.0.0:3334 >/dev/null
docker run --detach --name "$name-proxy" --network-alias proxy "${confined[@]}" \
  --env LOKA_SERVER__BIND=0.0.0.0:3333 --env LOKA_POOLS__0__NAME=main --env LOKA_POOLS__0__ADDRESS=pool:3334 \
  "$image" start --without-database >/dev/null

end=$((SECONDS + 120))
until [ "$(state '{{.State.Health.Status}}')" = healthy ]; do
  [ "$(state '{{.State.Running}}')" = true ] || { echo "::error::$image ended before it was healthy"; exit 1; }
  [ $SECONDS -lt $end ] || { echo "::error::$image is not healthy by its own check"; exit 1; }
  sleep 1
done
echo "$image is healthy by its own check"

docker run --rm "${confined[@]}" "$image" simulate miners --connect proxy:3333 --count 20 --rate 5 --duration "$seconds"
page='import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:9090/metrics/prometheus").read().decode())'
metrics=$(docker exec "$name-proxy" /opt/loka/bin/python -c "$page")
accepted=$(sed -n 's/^stratum_share_submissions_total{result="accepted"} //p' <<<"$metrics")
[ "${accepted%.*}" -gt 0 ] || { echo "::error::$image accepted no share"; exit 1; }
echo "$image accepted $accepted shares"

docker stop --time 30 "$name-proxy" >/dev/null
[ "$(state '{{.State.ExitCode}}')" = 0 ] || { echo "::error::$image ended with $(state '{{.State.ExitCode}}')"; exit 1; }
