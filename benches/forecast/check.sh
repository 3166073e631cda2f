#!/usr/bin/env bash
# Compares the models of purchases with the published figures of the CDNOW sample.
#   benches/forecast/check.sh FOLDER
# FOLDER holds data/cdnow_sample_log.csv, which is not part of this repository.
set -euo pipefail
PERENNIAL_SHARED=$(realpath "$1")
export PERENNIAL_SHARED
cd "$(dirname "$0")/../.."
cargo test --package perennial-forecast --test it -- --ignored cdnow
