#!/usr/bin/env bash
# Measures a release server on a fresh folder; README.md says what and how.
#   benches/serve/run.sh load|timers|idle|neighbors|start [options of perennial-sim]
# SERVE_WORK names the folder that is used (default: a temporary one, on the disk to be measured).
# SERVE_PROFILE=1 has perf look at the server during `load` and prints where its CPU went.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
what=${1:-load}
shift || true
target=${CARGO_TARGET_DIR:-$root/target}
(cd "$root" && cargo build --release --quiet -p perennial -p perennial-sim)
perennial=$target/release/perennial
work=${SERVE_WORK:-$(mktemp -d)}
mkdir -p "$work"
trap 'rm -rf "$work/data" "$work/data.log" "$work/project" "$work/demo"; [ -n "${SERVE_WORK:-}" ] || rm -rf "$work"' EXIT
rm -rf "$work/data" "$work/project"
mkdir -p "$work/project"

case $what in
timers | start)
    cat >"$work/project/perennial.yaml" <<'YAML'
lifecycles:
  - lifecycle: looking
    stages:
      - { name: seen, enter: [ { from: none, on: viewed }, { from: quiet, on: viewed } ] }
      - { name: quiet, enter: { from: seen, when: since(viewed) >= days(1) } }
YAML
    ;;
*)
    cp "$root/presets/retail.yaml" "$work/project/perennial.yaml"
    for n in 1 2 3 4 5; do
        echo "orders_$n: count(ordered) >= $n"
        echo "looks_$n: count(viewed, days($n)) >= 3"
        echo "worth_$n: sum(ordered.value) >= ${n}00"
        echo "silent_$n: since(ordered) >= days(${n}0)"
    done >"$work/project/segments.yaml"
    ;;
esac

sim() {
    "$target/release/perennial-sim" --binary "$perennial" --data "$work/data" --project "$work/project" "$@"
}
echo "$(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg), $(cd "$root" && git log -1 --format=%h)"
case $what in
load)
    if [ -z "${SERVE_PROFILE:-}" ]; then
        sim load "$@"
    else
        # The server waits to be found, then perf follows it to the end of the full load.
        sim load --wait 3 "$@" &
        sleep 1
        until server=$(pgrep -n -f "serve --data $work/data"); do sleep 0.2; done
        perf record --quiet -F 499 -o "$work/perf.data" -p "$server" 2>"$work/perf.log" &
        wait %1
        wait || true
        for by in comm comm,dso,symbol; do
            echo "-- CPU of the server by $by"
            perf report --stdio --sort "$by" --percent-limit 0.5 -i "$work/perf.data" 2>>"$work/perf.log" | grep -v -e '^#' -e '^$' | head -40
        done
        rm -f "$work/perf.data" "$work/perf.log"
    fi
    ;;
timers) sim timers "$@" ;;
start) sim timers --due 0 "$@" ;;
idle)
    "$perennial" demo --folder "$work/demo" >"$work/data.log"
    sim idle --demo "$work/demo" "$@"
    ;;
neighbors) sim neighbors "$@" ;;
*)
    echo "usage: $0 load|timers|idle|neighbors|start [options]" >&2
    exit 2
    ;;
esac
