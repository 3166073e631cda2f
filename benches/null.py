#!/usr/bin/env python3
"""Counts how often a shop with nothing planted in it is said to have something.

Makes control shops of `demo --control`, one a seed, and asks each for its pain points, its opportunities and
the differences of its regions. Where nothing is planted whatever is found is false, so the share of shops with
any finding is the family-wise rate, which under the null is the rate of false discoveries: at most 0.05 by the
commands' default. With --planted it counts instead in how many shops the demo's planted facts come out on top.
Each shop's findings are printed with its seed.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile

RATE = 0.05
# The planted facts by what tells them in a list of pain points.
FACTS = {
    "late second order": lambda row: (row["pain"], row["stage"], row["group"]) == ("stall", "first", "country JP"),
    "broken checkout": lambda row: row["pain"] == "missed_goal"
    and row["month"] == "2025-03-01"
    and row["group"] == "sub-region Northern America",
    "tickets after one touchpoint": lambda row: (row["pain"], row["touchpoint"]) == ("tickets", "picked_up"),
}


def main():
    args = arguments()
    first, last = (int(end) for end in args.seeds.split("-"))
    with_any = {"pains": 0, "opportunities": 0, "regions": 0, "any": 0}
    on_top = {name: 0 for name in [*FACTS, "all three", "opportunity"]}
    for seed in range(first, last + 1):
        with tempfile.TemporaryDirectory() as folder:
            found = ask(args, folder, seed)
        if args.planted:
            top = found["pains"][: len(FACTS)]
            held = {name: any(is_it(row) for row in top) for name, is_it in FACTS.items()}
            held["all three"] = all(held.values())
            best = found["opportunities"][:1]
            held["opportunity"] = [(row["segment"], row["from"], row["to"]) for row in best] == [("JP", "first", "repeat")]
            for name, is_so in held.items():
                on_top[name] += is_so
            print(seed, " ".join(f"{name}={is_so}" for name, is_so in held.items()), flush=True)
            continue
        for name, rows in found.items():
            with_any[name] += bool(rows)
            for row in rows:
                print(seed, name, json.dumps(row), flush=True)
        with_any["any"] += any(found.values())
        print(seed, {name: len(rows) for name, rows in found.items()}, flush=True)
    shops = last - first + 1
    print(f"{shops} shops of {args.customers} customers, seeds {args.seeds}")
    for name, count in (on_top if args.planted else with_any).items():
        low, high = wilson(count, shops)
        print(f"{name}: {count} of {shops} = {count / shops:.3f} (95 % interval {low:.3f} to {high:.3f})")
    if not args.planted:
        # One-sided, three standard errors: what a rate kept of 0.05 passes all but once in a thousand times.
        most = shops * RATE + 3 * math.sqrt(shops * RATE * (1 - RATE))
        return int(any(with_any[name] > most for name in ["pains", "opportunities", "regions"]))
    return int(on_top["all three"] < shops)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--perennial", default="target/release/perennial")
    parser.add_argument("--seeds", default="1001-1100", help="FIRST-LAST")
    parser.add_argument("--customers", type=int, default=4000)
    parser.add_argument("--planted", action="store_true", help="shops with the facts, and whether they come out on top")
    return parser.parse_args()


def ask(args, folder, seed):
    """What each question finds."""
    demo = ["demo", "--folder", folder, "--seed", str(seed), "--customers", str(args.customers)]
    run(args, *demo, *([] if args.planted else ["--control"]))

    def rows(*question):
        return json.loads(run(args, *question, "--out", f"{folder}/out", "--output", "json"))

    regions = rows("regions", "--figure", "all")["regions"]
    return {
        "pains": rows("journey", "--rows", "pains")["pains"],
        "opportunities": [row for row in rows("opportunities")["opportunities"] if row["holds"]],
        "regions": [row for row in regions if row["differs"]],
    }


def run(args, *words):
    done = subprocess.run([args.perennial, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def wilson(hits, people):
    square, rate = 1.96**2, hits / people
    middle = (rate + square / (2 * people)) / (1 + square / people)
    half = 1.96 / (1 + square / people) * math.sqrt(rate * (1 - rate) / people + square / (4 * people**2))
    return max(0.0, middle - half), min(1.0, middle + half)


if __name__ == "__main__":
    sys.exit(main())
