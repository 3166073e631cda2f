#!/usr/bin/env bash
# Sends calls through real clients, by their own programs, while the server is killed with -9 and started again.
#   benches/clients/run.sh [CALLS.json]
# Installs @segment/analytics-node, segment-analytics-python and @jitsu/js into a temporary folder (PERENNIAL_CLIENTS
# names one to keep). PERENNIAL names the binary (default: the one that the tests have built).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
calls=$(realpath "${1:-$here/calls.json}")
clients=${PERENNIAL_CLIENTS:-$(mktemp -d)}
if [ -z "${PERENNIAL_CLIENTS:-}" ]; then
    trap 'rm -rf "$clients"' EXIT
fi
export PYTHONDONTWRITEBYTECODE=1

if [ ! -d "$clients/node_modules" ]; then
    npm install --silent --no-fund --no-audit --prefix "$clients" @segment/analytics-node@3.1.0 @jitsu/js@1.11.0
fi
if [ ! -x "$clients/venv/bin/python" ]; then
    python3 -m venv "$clients/venv"
    "$clients/venv/bin/pip" install --quiet segment-analytics-python==2.4.0
fi
# A program finds the packages beside it.
cp "$here"/drive_*.mjs "$clients/"

python3 "$here/drive.py" analytics-node "$calls" node "$clients/drive_segment.mjs"
python3 "$here/drive.py" analytics-python "$calls" "$clients/venv/bin/python" "$here/drive_segment.py"
python3 "$here/drive.py" jitsu-js "$calls" node "$clients/drive_jitsu.mjs"
