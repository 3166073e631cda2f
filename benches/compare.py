#!/usr/bin/env python3
"""Time the workloads W1 to W10: this engine and its peers in turn, on the same files.

    compare.py SHARED DATA [--size S] [--rounds 3] [--engines duckdb_sql,polars_df,chdb_sql]
               [--workloads W1,W2] [--perennial BINARY] [--work DIR] [--output table|json]

SHARED holds `bench/bench.py` and the peers' programs (`bench/baselines/`). DATA holds the files: SIZE.parquet
(raw events), SIZE.ev.parquet (a peer's W1) and SIZE.tr.parquet (a peer's W2). Every job of every engine is a
fresh process. In a round each engine does a job before the next job begins, so that all of them meet the same
load of the machine; of the rounds the medians count. CPU seconds are the fairer figure on a shared machine.

The peers are timed as `bench.py` does it, within their process and without the start of Python; ours by
`wait4`, from the start of the process to its end. Run this with the Python that has the peers' packages, from
a virtual environment outside the clone.

Beside the ten jobs there are three of our own: W2 read from our own W1, whose rows lie customer by customer,
`all`, which does W1 to W5 in one run from the raw file, and `asked`, which asks W6 to W10 in one reading of
the results of `all`. The latter two are held against the sums of the best peers' five.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
OURS = "perennial"
END = "2026-01-01T00:00:00Z"
JOBS = ["W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9", "W10"]
FOLDED, ASKED = JOBS[:5], JOBS[5:]
# Jobs that only we have: our own W1 as the input of W2, and everything in one run.
OWN_W2, ALL, TOGETHER = "W2 own", "all", "asked"
ANSWERS = {
    "W3": ["stages", "--from", "2024-01-01", "--to", "2025-12-31", "--columns", "day=epoch_day,stage=number,n=customers"],
    "W4": ["transitions", "--by", "country", "--without-entries", "--columns", "country=by,f=from_number,g=to_number,n=count,median_ms"],
    "W5": ["rfm", "--columns", "customer_id=customer,recency_days,f=frequency,m=monetary_minor,r,fs=f,ms=m,segment"],
    "W6": [
        *"retention --start order --return order --membership first --count-start --period month --value amount".split(),
        *["--cells", "--columns", "cohort=cohort_month,k=later,active=returned,revenue=value_minor"],
    ],
    "W7": [
        *"funnel --steps page_view,add_to_cart,order --window 14d --by country --by-limit 1000 --unknown ?? --wide".split(),
        *["--columns", "country=by,n_view=step_0,n_cart=step_1,n_order=step_2"],
    ],
    "W8": [
        *"paths --before order --max-steps 10 --keep-repeats --any-position --ends START,ORDER".split(),
        *["--only", "page_view,search,add_to_cart,email_open,email_click,support_ticket,referral,login"],
        *["--rows", "all", "--top-paths", "100", "--columns", "kind,a=source,b=target,n=count"],
    ],
    "W9": [
        *["kpis", "--project", HERE / "workloads/all", "--from", "2024-01-01", "--to", "2025-12-31", "--interval", "month"],
        *["--columns", "mo=month,st=stage_number,pop_end=in_stage,entered,left_n=left,lapses,active,orders,revenue=revenue_minor"],
        *["--columns", "refunds=refunded_minor,csat_sum,csat_n=csat_answers,nps_pro=nps_promoters,nps_det=nps_detractors"],
        *["--columns", "nps_n=nps_answers,ltv=value_to_date_minor"],
    ],
    "W10": [
        *"attribution --conversion order --channel channel --value amount --keep-repeats --model last,markov".split(),
        *"--look-back 30d,ever --journeys since-previous --rows steps --state-names START,CONV,NULL".split(),
        *["--columns", "kind=model,a=source,b=target,n=count,rev=value_minor"],
    ],
}  # fmt: skip

Figures = dict[str, float]


def timed(command: list[str]) -> Figures:
    """Runs a command to its end: CPU and wall seconds and the peak of its memory in MiB."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"compare.py: {' '.join(command)} ended with {child.returncode}")
    # Linux counts the peak in KiB.
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "rss": usage.ru_maxrss / 1024}


def of_peer(options: argparse.Namespace, engine: str, job: str) -> Figures | None:
    """A peer's job, timed by bench.py; none where it fails, which is said."""
    bench = options.shared / "bench" / "bench.py"
    command = [sys.executable, bench, engine, job, options.size, options.data, "1"]
    # The peers' caches stay out of the shared folder.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    lines = done.stdout.strip().splitlines()
    told = json.loads(lines[-1]) if lines else {"err": done.stderr[-600:]}
    if "err" in told:
        print(f"compare.py: {engine} {job}: {told['err']}", file=sys.stderr)
        return None
    return {key: float(told[key]) for key in ("cpu", "wall", "rss")}


def our_command(options: argparse.Namespace, job: str) -> list[str]:
    """The command that does a job, as benches/workloads/run.sh has it."""
    work, raw = options.work, options.data / f"{options.size}.parquet"
    fold = [options.perennial, "run", "--quiet", "--project"]
    if job == "W1":
        command = [*fold, HERE / "workloads/w1", "--input", raw, "--out", work / "w1"]
    elif job == "W2":
        events = options.data / f"{options.size}.ev.parquet"
        command = [*fold, HERE / "workloads/w2", "--input", events, "--out", work / "w2", "--until", END]
    elif job == OWN_W2:
        events = work / "w1" / "touches.parquet"
        command = [*fold, HERE / "workloads/w2", "--input", events, "--out", work / "w2-own", "--until", END]
    elif job == ALL:
        command = [*fold, HERE / "workloads/all", "--input", raw, "--out", work / "all", "--until", END]
    elif job == TOGETHER:
        questions = [f"--question={name}={shlex.join(map(str, ANSWERS[name]))}" for name in ASKED]
        saved = ["--output", "parquet", "--save", work / "asked"]
        command = [options.perennial, "ask", *questions, "--out", work / "all", *saved]
    else:
        saved = ["--output", "parquet", "--save", work / f"{job}.parquet"]
        command = [options.perennial, *ANSWERS[job], "--out", work / "all", *saved]
    return [str(part) for part in command]


def measure(options: argparse.Namespace) -> dict[str, dict[str, list[Figures]]]:
    """All rounds: by job and engine the figures of each."""
    jobs = options.workloads
    if "W1" in jobs and "W2" in jobs:
        jobs = [*jobs, OWN_W2]
    if set(ASKED) <= set(jobs):
        jobs = [*jobs, TOGETHER]
    # Answers read what `all` has written, so it comes before them in each round.
    after = [*JOBS[2:], TOGETHER]
    ordered = sorted([*jobs, ALL], key=lambda job: after.index(job) if job in after else -1)
    found: dict[str, dict[str, list[Figures]]] = {}
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for job in ordered:
            engines = options.engines if job in JOBS else []
            figures = [(OURS, timed(our_command(options, job)))]
            figures += [(engine, of_peer(options, engine, job)) for engine in engines]
            for engine, one in figures:
                if one is not None:
                    found.setdefault(job, {}).setdefault(engine, []).append(one)
    return found


def median(rounds: list[Figures]) -> Figures:
    """The median of each figure."""
    return {key: statistics.median(one[key] for one in rounds) for key in ("cpu", "wall", "rss")}


def best(engines: dict[str, Figures], key: str) -> tuple[str, float] | None:
    """The peer with the least of a figure."""
    peers = {name: figures[key] for name, figures in engines.items() if name != OURS}
    return min(peers.items(), key=lambda peer: peer[1]) if peers else None


def against(name: str, ours: Figures, peers: dict[str, tuple[str, float] | None]) -> dict:
    """A job of ours beside the best peers' figures; a ratio over 1 says that we need less."""
    row = {"job": name, "ours": ours, "best": {}, "ratio": {}}
    for key, peer in peers.items():
        if peer:
            row["best"][key] = {"engine": peer[0], "value": peer[1]}
            row["ratio"][key] = peer[1] / ours[key] if ours[key] else None
    return row


def compare(medians: dict[str, dict[str, Figures]]) -> list[dict]:
    """Each job of ours, and what the best peer needs for the same."""
    keys = ("cpu", "wall", "rss")
    rows = []
    for job in [*JOBS, OWN_W2]:
        if job in medians:
            peers = medians.get("W2" if job == OWN_W2 else job, {})
            rows.append(against(job, medians[job][OURS], {key: best(peers, key) for key in keys}))
    whole = [{key: best(medians.get(job, {}), key) for key in keys} for job in FOLDED]
    if all(one["cpu"] for one in whole):
        # Seconds add up; of the peaks of memory the highest counts.
        sums = {key: ("the best of each", sum(one[key][1] for one in whole)) for key in ("cpu", "wall")}
        sums["rss"] = ("the best of each", max(one["rss"][1] for one in whole))
        # All of W1 to W5: one run, and the three answers from its results.
        parts = [medians[job][OURS] for job in [ALL, "W3", "W4", "W5"]]
        ours = {key: sum(part[key] for part in parts) for key in ("cpu", "wall")}
        ours["rss"] = max(part["rss"] for part in parts)
        rows.append(against("W1-W5 at once", ours, sums))
    asked = [job for job in ASKED if best(medians.get(job, {}), "cpu")]
    if asked == ASKED:
        sums = {key: ("the best of each", sum(best(medians[job], key)[1] for job in asked)) for key in keys}
        sums["rss"] = ("the best of each", max(best(medians[job], "rss")[1] for job in asked))
        ours = {key: sum(medians[job][OURS][key] for job in asked) for key in ("cpu", "wall")}
        ours["rss"] = max(medians[job][OURS]["rss"] for job in asked)
        rows.append(against("W6-W10 singly", ours, sums))
        rows.append(against("W6-W10 at once", medians[TOGETHER][OURS], sums))
    return rows


def table(medians: dict[str, dict[str, Figures]], rows: list[dict]) -> str:
    """Both lists for people."""
    lines = [f"{'job':<14}{'engine':<13}{'cpu s':>9}{'wall s':>9}{'rss MiB':>9}"]
    for job, engines in medians.items():
        for engine, one in engines.items():
            lines.append(f"{job:<14}{engine:<13}{one['cpu']:>9.2f}{one['wall']:>9.2f}{one['rss']:>9.0f}")
    lines += ["", f"{'job':<14}{'ours cpu':>9}{'best peer':>11} {'':<17}{'cpu x':>7}{'wall x':>8}{'rss x':>7}"]
    for row in rows:
        if not row["best"]:
            continue
        peer, ratio = row["best"]["cpu"], row["ratio"]
        shown = "".join(f"{ratio[key]:>{width}.1f}" for key, width in (("cpu", 7), ("wall", 8), ("rss", 7)))
        lines.append(f"{row['job']:<14}{row['ours']['cpu']:>9.2f}{peer['value']:>11.2f} {peer['engine']:<17}{shown}")
    return "\n".join(lines)


def listed(text: str) -> list[str]:
    """What stands between commas."""
    return text.split(",")


def arguments() -> argparse.Namespace:
    """What was asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--size", default="S")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", type=listed, default=["duckdb_sql", "polars_df", "chdb_sql"])
    parser.add_argument("--workloads", type=listed, default=JOBS)
    parser.add_argument("--perennial", type=Path, default=HERE.parent / "target/release/perennial")
    parser.add_argument("--work", type=Path, help="where our results go; by default a folder that is removed again")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    options = parser.parse_args()
    if unknown := [job for job in options.workloads if job not in JOBS]:
        parser.error(f"there is no workload {', '.join(unknown)}; there are {', '.join(JOBS)}")
    needed = [options.shared / "bench/bench.py", options.perennial]
    needed += [options.data / f"{options.size}.{part}parquet" for part in ("", "ev.", "tr.")]
    if missing := [str(path) for path in needed if not path.exists()]:
        parser.error(f"not there: {', '.join(missing)}")
    if options.rounds < 1:
        parser.error("--rounds: at least one")
    for name in ("shared", "data", "perennial"):
        setattr(options, name, getattr(options, name).resolve())
    return options


def main() -> None:
    """Measures, and says what came of it."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        options.work = (options.work or Path(folder)).resolve()
        options.work.mkdir(parents=True, exist_ok=True)
        found = measure(options)
    medians = {job: {engine: median(rounds) for engine, rounds in engines.items()} for job, engines in found.items()}
    rows = compare(medians)
    if options.output == "json":
        head = {"size": options.size, "rounds": options.rounds, "load": os.getloadavg()[0]}
        print(json.dumps({**head, "medians": medians, "compared": rows, "rounds_measured": found}, indent=2))
    else:
        print(table(medians, rows))


if __name__ == "__main__":
    main()
