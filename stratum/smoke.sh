#!/bin/sh
# Does a proxy do its work? Two miners submit through the port in PORT_MINERS for three seconds; some share must be accepted.
set -eu
saw="$(loka-stratum simulate miners --connect "127.0.0.1:${PORT_MINERS:-3333}" --count 2 --rate 5 --duration 3)"
echo "$saw"
echo "$saw" | grep -q '"accepted": [1-9]' || { echo "no share was accepted" >&2; exit 1; }
