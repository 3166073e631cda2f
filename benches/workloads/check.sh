#!/usr/bin/env bash
# Checks W1 to W10 against DuckDB on a small seeded history, row for row.
#   benches/workloads/check.sh SHARED [CUSTOMERS EVENTS]
# SHARED holds the generator and the baselines (bench/). PERENNIAL names the binary (default: the one
# that the tests have built). Python packages go to a virtual environment outside the clone.
set -euo pipefail
shared=$(realpath "$1")
customers=${2:-5000}
events=${3:-100000}
here=$(cd "$(dirname "$0")" && pwd)
venv=${PERENNIAL_VENV:-${TMPDIR:-/tmp}/perennial-venv}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PERENNIAL=${PERENNIAL:-${CARGO_TARGET_DIR:-$here/../../target}/debug/perennial}
export NUMBA_CACHE_DIR=$work/numba PYTHONDONTWRITEBYTECODE=1

if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/pip" install --quiet $(grep -E '^(numpy|numba|pyarrow|orjson|duckdb)==' "$shared/bench/requirements.txt")

"$venv/bin/python" "$shared/bench/gen_events.py" --customers "$customers" --events "$events" --seed 42 --out "$work/X.parquet"
"$venv/bin/python" "$shared/bench/bench.py" duckdb_sql W1 X "$work" 1
ln "$work/X.duckdb_sql.W1.parquet" "$work/X.ev.parquet"
"$venv/bin/python" "$shared/bench/bench.py" duckdb_sql W2 X "$work" 1
ln "$work/X.duckdb_sql.W2.parquet" "$work/X.tr.parquet"
"$venv/bin/python" "$shared/bench/bench.py" duckdb_sql W3,W4,W5,W6,W7,W8,W9,W10 X "$work" 1

"$here/run.sh" "$work/X.parquet" "$work/ours"
for job in W1 W2 W3 W4 W5 W6 W7 W8 W9 W10; do
    printf '%s ' "$job"
    "$venv/bin/python" "$here/../equal.py" "$work/X.duckdb_sql.$job.parquet" "$work/ours/$job.parquet"
done
