#!/usr/bin/env bash
# Opens a report in a browser: `check.sh REPORT.html [FOLDER FOR SCREENSHOTS]`, or alone to make one of the demo's shop.
# Installs what it needs by package name into a temporary folder; without a browser it says so and ends with 0.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() { printf 'SKIPPED, NOTHING WAS CHECKED IN A BROWSER: %s\n' "$*"; exit 0; }

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

report=${1:-}
if [ -z "$report" ]; then
    binary=${PERENNIAL:-${CARGO_TARGET_DIR:-$here/../../target}/debug/perennial}
    [ -x "$binary" ] || skip "there is no binary at $binary; build it, or name it in PERENNIAL"
    "$binary" demo --customers 2000 --folder "$work/shop" >"$work/demo.log"
    report=$work/report.html
    "$binary" report --project "$work/shop" --save "$report"
fi
CHROMIUM=$browser node "$here/check.mjs" "$tools" "$report" "${2:-}"
