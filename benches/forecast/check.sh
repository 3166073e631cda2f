#!/usr/bin/env bash
# Compares the models of purchases with published figures of data that are not part of this repository.
#   benches/forecast/check.sh FOLDER
# FOLDER holds data/cdnow_sample_log.csv, data/apparel_log.csv, data/apparel_covariates.csv and data/grocery_log.csv.
set -euo pipefail
PERENNIAL_SHARED=$(realpath "$1")
export PERENNIAL_SHARED
cd "$(dirname "$0")/../.."
cargo test --release --package perennial-forecast --test it -- --ignored --nocapture
