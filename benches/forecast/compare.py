"""Fits lifetimes to the customers that the example `million` wrote, and times it.

    cargo build --release -p perennial-forecast --example million
    target/release/examples/million 1000000 7 CUSTOMERS.csv
    VENV/bin/python benches/forecast/compare.py CUSTOMERS.csv [ParetoNBD]

Needs lifetimes (0.11.3) in a virtual environment outside the clone. Pareto/NBD takes minutes from 100,000 on.
"""
import sys
import time
import warnings

import pandas
import lifetimes

warnings.filterwarnings("ignore")
base = pandas.read_csv(sys.argv[1])
name = sys.argv[2] if len(sys.argv) > 2 else "BetaGeo"
fitter = getattr(lifetimes, name + "Fitter")(penalizer_coef=0.0)


def timed(what, call):
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    print(f"{what}: {time.perf_counter() - wall:.2f} s wall, {time.process_time() - cpu:.2f} s CPU")
    return result


columns = base["frequency"], base["recency"], base["T"]
timed(f"{name} fit", lambda: fitter.fit(*columns))
print({key: float(value) for key, value in fitter.params_.items()})
alive = timed("P(alive)", lambda: fitter.conditional_probability_alive(*columns))
ahead = timed("purchases ahead", lambda: fitter.conditional_expected_number_of_purchases_up_to_time(39, *columns))
print(f"{alive.sum():.0f} alive, {ahead.sum():.0f} purchases ahead")
