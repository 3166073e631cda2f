#!/usr/bin/env bash
# Runs the workloads W1 to W10 through the public binary.
#   benches/workloads/run.sh RAW.parquet OUTDIR
# leaves W1.parquet ... W10.parquet in OUTDIR. PERENNIAL names the binary (default: target/release/perennial).
set -euo pipefail
raw=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
perennial=${PERENNIAL:-$target/release/perennial}
end=2026-01-01T00:00:00Z

# W1: every event once, with its customer.
"$perennial" run --quiet --project "$here/w1" --input "$raw" --out "$out/w1"
ln -f "$out/w1/touches.parquet" "$out/W1.parquet"

# W2: the stage history, from W1.
"$perennial" run --quiet --project "$here/w2" --input "$out/W1.parquet" --out "$out/w2" --until "$end"
ln -f "$out/w2/transitions.parquet" "$out/W2.parquet"

# Everything in one run from the raw file; all others are answers from its results.
"$perennial" run --quiet --project "$here/all" --input "$raw" --out "$out/all" --until "$end"
"$perennial" stages --out "$out/all" --from 2024-01-01 --to 2025-12-31 \
  --columns day=epoch_day,stage=number,n=customers --output parquet --save "$out/W3.parquet"
"$perennial" transitions --out "$out/all" --by country --without-entries \
  --columns country=by,f=from_number,g=to_number,n=count,median_ms --output parquet --save "$out/W4.parquet"
"$perennial" rfm --out "$out/all" \
  --columns customer_id=customer,recency_days,f=frequency,m=monetary_minor,r,fs=f,ms=m,segment \
  --output parquet --save "$out/W5.parquet"

# W6 to W10: questions on the touches of that run, W9 on its moves between stages too, in one reading.
cd "$here"
"$perennial" ask questions.yaml --out "$out/all" --output parquet --save "$out"
