"""Fits MBG/CNBD-k to the grocery log by another route, and tells what comes ahead: `regular.py FOLDER`.

    VENV/bin/python benches/forecast/regular.py FOLDER

Needs numpy and scipy. The likelihood is BTYDplus's formula, customer by customer and without slopes, under Nelder and
Mead's search; what is ahead is worked out by quadrature over each customer's rate and chance to leave, with the
Poisson chances of events, where the crate sums negative binomials.
"""
import csv, sys
from datetime import date
from math import factorial
from pathlib import Path
import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, roots_legendre
from scipy.stats import beta as beta_law, gamma as gamma_law, poisson

UNTIL, WEEKS = date(2006, 12, 31), 52


def base(folder):
    days = {}
    with open(Path(folder) / "data/grocery_log.csv") as rows:
        for row in csv.DictReader(rows):
            days.setdefault(row["cust"], set()).add(date.fromisoformat(row["date"]))
    out = []
    for own in days.values():
        seen = sorted(day for day in own if day <= UNTIL)
        gaps = [(b - a).days / 7 for a, b in zip(seen, seen[1:])]
        out.append((len(gaps), (seen[-1] - seen[0]).days / 7, (UNTIL - seen[0]).days / 7, sum(np.log(gaps)),
                    sum(1 for day in own if UNTIL < day and (day - UNTIL).days <= 7 * WEEKS)))
    return np.array(out).T


def likelihood(k, logs, x, t_x, age, litt):
    r, alpha, a, b = np.exp(logs)
    power = r + k * x
    front = ((k - 1) * litt - x * np.log(factorial(k - 1)) + betaln(a, b + x + 1) - betaln(a, b)
             + gammaln(power) - gammaln(r) + r * np.log(alpha) - power * np.log(alpha + age))
    left = a / (b + x) * ((alpha + age) / (alpha + t_x)) ** power
    quiet, term = np.ones_like(x), np.ones_like(x)
    for j in range(1, k):
        term = term * (power + j - 1) / j * (age - t_x) / (alpha + age)
        quiet = quiet + term
    return front + np.log(left + quiet), quiet / (left + quiet)


def ahead(k, r, alpha, a, b, x, t_x, age, points=601):
    """Mean purchases ahead, if she is there: over her rate, her chance to leave, the events since and to come.
    Sums at equal distances in the logarithm of the rate and the logit of the chance."""
    idle, shape = age - t_x, r + k * x
    middle = np.log((shape + k) / (alpha + age))
    y = middle + np.linspace(-35 / min(shape, 6), 4 + 6 / np.sqrt(shape), points)
    rate = np.exp(y)
    # Chances of j events since the last purchase, and the rate's density given all that was seen.
    density = np.exp(shape * y - rate * (alpha + t_x) - (shape * middle - np.exp(middle) * (alpha + t_x)))
    phases = np.array([poisson.pmf(j, rate * idle) for j in range(k)]) * density
    phases /= phases.sum()
    logit = np.log(a / (b + x + 1)) + np.linspace(-35 / a, 40 / min(b + x + 1, 10), points)
    chances = 1 / (1 + np.exp(-logit))
    chance_weight = np.exp(a * np.log(chances) + (b + x + 1) * -np.log1p(np.exp(logit)))
    chance_weight /= chance_weight.sum()
    used = rate[phases.sum(axis=0) > 1e-16].max()
    most = int(poisson.ppf(1 - 1e-13, used * WEEKS)) + 2
    events = np.arange(most)
    pmf = poisson.pmf(events[:, None], rate[None, :] * WEEKS)
    total = 0.0
    for j in range(k):
        come = (events + j) // k
        made = (-np.expm1(come[:, None] * np.log1p(-chances[None, :])) / chances[None, :]) @ chance_weight
        total += (made @ pmf) @ phases[j]
    return total


if __name__ == "__main__":
    x, t_x, age, litt, later = base(sys.argv[1])
    print(f"{len(x)} customers, {x.sum():.0f} repeat purchases, litt {litt.sum():.3f}, {later.sum():.0f} later")
    for k in [1, 2, 3, 4]:
        best = min((minimize(lambda at: -likelihood(k, at, x, t_x, age, litt)[0].sum(), np.log(start), method="Nelder-Mead",
                             options=dict(maxiter=4000, xatol=1e-7, fatol=1e-8)) for start in ([1, 3, 1, 3], [1, 10, .5, 3])),
                   key=lambda found: found.fun)
        _, alive = likelihood(k, best.x, x, t_x, age, litt)
        few = [0, 1, 2, 5, 40, 700]
        each = [ahead(k, *np.exp(best.x), x[at], t_x[at], age[at]) for at in few]
        print(f"k {k}: ln L {-best.fun:.4f}, r alpha a b {np.exp(best.x).round(5)}, alive {alive.sum():.3f}")
        print("  ahead of", [(int(x[at]), round(t_x[at], 4), round(age[at], 4)) for at in few], np.array(each).round(6))
        if k == 2:
            one = lambda at: ahead(k, *np.exp(best.x), x[at], t_x[at], age[at], 201)
            total = sum(alive[at] * one(at) for at in range(len(x)))
            print(f"  total ahead {total:.3f}")
