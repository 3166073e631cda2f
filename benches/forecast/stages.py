"""Stages ahead by another way: a plain simulation from a run's own tables, beside `forecast stages`.

    python stages.py RUN_FOLDER ANSWER.json [REPLICATES]

RUN_FOLDER is what `perennial run` has written, ANSWER.json what `perennial forecast stages --output json` said of it.
What is taken from the answer: how each stage is told (its clock, the stage before) and how many customers come in a
week. Counted here anew, with numpy and nothing of ours: stays, the share that moves on each day of the clock (day by
day, nothing put together but the thin tail), and then customers are followed one by one with drawn moves. Exits with 1
where an expected number differs by more than 1 % of its stage or 4 standard errors of the simulation.
"""

import json
import sys

import numpy as np
import pyarrow.parquet as pq

THIN = 50  # from the age on where fewer are at risk all days are alike
SPLIT = 100  # fewest stays of those who came from one stage


def days_of(column, zone):
    assert zone == "UTC", "the script counts days in UTC only"
    return (column.to_numpy(zero_copy_only=False).astype("datetime64[ms]").astype("int64") // 86_400_000).astype(int)


def main():
    run, answer = sys.argv[1], json.load(open(sys.argv[2]))
    replicates = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    rng = np.random.default_rng(5)
    stages = [one["stage"] for one in answer["clocks"]]
    by_touch = ["since she last" in one["by"] for one in answer["clocks"]]
    by_origin = ["stage before" in one["by"] for one in answer["clocks"]]
    count, out = len(stages), len(stages)
    last_day = int(np.datetime64(answer["last_day"]).astype("datetime64[D]").astype(int))

    moves = pq.read_table(f"{run}/transitions.parquet", columns=["customer_id", "lifecycle", "at", "to"])
    keep = np.array([one == answer["lifecycle"] for one in moves["lifecycle"].to_pylist()])
    ids = np.array(moves["customer_id"].to_pylist())[keep]
    days = days_of(moves["at"], answer["time_zone"])[keep]
    place = {name: number for number, name in enumerate(stages)}
    to = np.array([place.get(one, out) for one in moves["to"].to_pylist()])[keep]

    touches = pq.read_table(f"{run}/touches.parquet", columns=["customer_id", "at", "touchpoints"])
    is_order = np.array(["ordered" in (one or "").split("+") for one in touches["touchpoints"].to_pylist()])
    orders = {}
    touch_ids = np.array(touches["customer_id"].to_pylist())[is_order]
    for who, day in zip(touch_ids, days_of(touches["at"], answer["time_zone"])[is_order]):
        orders.setdefault(who, set()).add(int(day))

    # Stays: customer, stage, stage before, first day, last day or None, next stage.
    stays, begin = [], 0
    for end in range(1, len(ids) + 1):
        if end < len(ids) and ids[end] == ids[begin]:
            continue
        before = out
        for row in range(begin, end):
            nxt = row + 1 if row + 1 < end else None
            if to[row] != out:
                left = int(days[nxt]) if nxt is not None else None
                stays.append((ids[begin], to[row], before, int(days[row]), left, to[nxt] if nxt is not None else None))
            before = to[row]
        begin = end

    known = {}
    for _, stage, before, *_ in stays:
        known[stage, before] = known.get((stage, before), 0) + 1
    states, state_of = [], {}
    for stage in range(count):
        for before in [None] + [b for b in range(count + 1) if by_origin[stage] and known.get((stage, b), 0) >= SPLIT]:
            state_of[stage, before] = len(states)
            states.append(stage)

    def state(stage, before):
        return state_of.get((stage, before), state_of[stage, None])

    gone, size = len(states), last_day - min(stay[3] for stay in stays) + 2
    risk = np.zeros((gone, size))
    moved = np.zeros((gone, size, gone + 1))  # moves to itself are clocks set back
    now = []
    for who, stage, before, start, left, nxt in stays:
        own, end = state(stage, before), last_day if left is None else left
        marks = []
        if by_touch[stage]:
            marks = sorted(d for d in orders.get(who, ()) if start < d and (d < end if left is not None else d <= end))
        starts = [start] + marks
        for number, first in enumerate(starts):
            last = marks[number] if number < len(marks) else end
            risk[own, (1 if number else 0) : last - first + 1] += 1
            if number < len(marks):
                moved[own, last - first, own] += 1
            elif left is not None:
                moved[own, last - first, gone if nxt == out else state(nxt, stage)] += 1
            else:
                now.append((own, last_day - first))

    share = np.zeros_like(moved)
    for own in range(gone):
        thin = np.nonzero(risk[own, 1:] < THIN)[0]
        tail = int(thin[0]) + 1 if len(thin) else size
        # A timer empties a stage, so the tail must not reach over it: at least so many ages are pooled.
        pooled = slice(max(tail - 30, 1), size) if moved[own, tail - 1].sum() < risk[own, tail - 1] / 2 else slice(tail, size)
        with np.errstate(invalid="ignore", divide="ignore"):
            share[own] = np.nan_to_num(moved[own] / risk[own][:, None])
            rest = np.nan_to_num(moved[own, pooled].sum(axis=0) / risk[own, pooled].sum())
        share[own, tail:] = rest
    cumulative = share.cumsum(axis=2)

    horizon = max(row["days"] for row in answer["stages"])
    sums = {}
    firsts = [state(stage, out) for stage, before in known if before == out]
    arriving = np.array([known[stage, before] for stage, before in known if before == out], float)
    arriving /= arriving.sum()
    daily = answer["arrivals"]["weekly"] / 7
    for _ in range(replicates):
        where = np.array([own for own, _ in now])
        age = np.array([own for _, own in now])
        for day in range(1, horizon + 1):
            age += 1
            fresh = np.arange(len(where))
            new = rng.choice(firsts, p=arriving, size=rng.poisson(daily))
            for again in range(50):
                live = fresh[where[fresh] != gone]
                if len(live) == 0:
                    break
                ways = cumulative[where[live], np.minimum(age[live], size - 1)]
                to_state = (rng.random(len(live))[:, None] >= ways).sum(axis=1)
                hit = to_state <= gone
                back = hit & (to_state == where[live])
                age[live[back]] = 0
                gone_on = hit & ~back
                chosen = live[gone_on]
                where[chosen], age[chosen] = to_state[gone_on], 0
                fresh = chosen
                if again == 0:
                    fresh = np.concatenate([fresh, np.arange(len(where), len(where) + len(new))])
                    where, age = np.concatenate([where, new]), np.concatenate([age, np.zeros(len(new), int)])
            for stage in range(count):
                number = np.isin(where, [s for s in range(gone) if states[s] == stage]).sum() if day % 7 == 0 else 0
                sums.setdefault((stage, day), []).append(number)

    worst, failed = 0.0, False
    for row in answer["stages"]:
        drawn = np.array(sums.get((place[row["stage"]], row["days"]), []), float)
        if row["days"] % 7 or len(drawn) == 0:
            continue
        error = drawn.std(ddof=1) / len(drawn) ** 0.5
        apart = row["mean"] - drawn.mean()
        bad = abs(apart) > max(0.01 * drawn.mean(), 4 * error)
        failed |= bad
        worst = max(worst, abs(apart) / max(drawn.mean(), 1))
        if row["days"] in (28, horizon) or bad:
            print(f"{row['stage']:>12} {row['days']:4} days: ours {row['mean']:9.1f}, drawn {drawn.mean():9.1f} +- {error:.1f}{'  APART' if bad else ''}")
    print(f"farthest apart: {100 * worst:.2f} % of a stage, {replicates} drawn futures of {len(now)} customers")
    sys.exit(1 if failed else 0)


main()
