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

# W6 to W10: questions on the touches of that run, W9 on its moves between stages too.
"$perennial" retention --out "$out/all" --start order --return order --membership first --count-start --period month \
  --value amount --cells --columns cohort=cohort_month,k=later,active=returned,revenue=value_minor \
  --output parquet --save "$out/W6.parquet"
"$perennial" funnel --out "$out/all" --steps page_view,add_to_cart,order --window 14d \
  --by country --by-limit 1000 --unknown '??' --wide \
  --columns country=by,n_view=step_0,n_cart=step_1,n_order=step_2 --output parquet --save "$out/W7.parquet"
"$perennial" paths --out "$out/all" --before order --max-steps 10 --keep-repeats --any-position --ends START,ORDER \
  --only page_view,search,add_to_cart,email_open,email_click,support_ticket,referral,login \
  --rows all --top-paths 100 --columns kind,a=source,b=target,n=count --output parquet --save "$out/W8.parquet"
"$perennial" kpis --out "$out/all" --project "$here/all" --from 2024-01-01 --to 2025-12-31 --interval month \
  --columns mo=month,st=stage_number,pop_end=in_stage,entered,left_n=left,lapses,active,orders,revenue=revenue_minor \
  --columns refunds=refunded_minor,csat_sum,csat_n=csat_answers,nps_pro=nps_promoters,nps_det=nps_detractors \
  --columns nps_n=nps_answers,ltv=value_to_date_minor \
  --output parquet --save "$out/W9.parquet"
"$perennial" attribution --out "$out/all" --conversion order --channel channel --value amount --keep-repeats \
  --model last,markov --look-back 30d,ever --journeys since-previous --rows steps --state-names START,CONV,NULL \
  --columns kind=model,a=source,b=target,n=count,rev=value_minor --output parquet --save "$out/W10.parquet"
