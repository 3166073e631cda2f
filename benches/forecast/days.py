"""What days hide of young bases, and what a likelihood of days does about it.

    VENV/bin/python benches/forecast/days.py [SEEDS] [CUSTOMERS]

Needs numpy and scipy. Customers buy at random at rates up to one purchase every two days and are followed for 60 to 120
days; a log tells the day alone, and all purchases of a day are one. Models are fitted by Nelder and Mead's search in four
ways, and asked for the days with a purchase in as long a time ahead:

as told     x, t_x and T in whole days, as in the papers
half a day  T + 1/2: from the mean moment of the first day to the end of the last
a day       the likelihood integrated over the moment of the last purchase within its day, T + 1/2
merged      a day has a purchase with chance 1 - exp(-rate): over the days that were seen, to the third order of the rate,
            that is the likelihood of T - x/2 and t_x - x/2 for the clock of buying; forecasts are thinned likewise
"""
import sys
import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, logsumexp
from scipy.stats import beta, gamma

NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)
PARETO_NODES, PARETO_WEIGHTS = np.polynomial.legendre.leggauss(24)
# The last purchase at the time told.
ONE = [(0.0, 0.0)]


def simulate(model, seed, count):
    """Days since the first one with a purchase, and how many come in as many days after `age`; who is still there."""
    random = np.random.default_rng(seed)
    told = []
    while len(told) < count:
        rate, leaves = random.gamma(model["r"]) / model["alpha"], None
        if rate > 0.5:
            continue
        age = int(random.integers(60, 121))
        start = random.random()
        end = np.inf
        if model["name"] == "pareto":
            end = random.exponential() / (random.gamma(model["s"]) / model["beta"])
        else:
            leaves = random.beta(model["a"], model["b"])
        at, days = 0.0, set()
        while True:
            at += random.exponential() / rate
            if at > end or at + start >= 2 * age + 1:
                break
            days.add(int(at + start))
            if leaves is not None and random.random() < leaves:
                end = at
                break
        days.discard(0)
        seen = [day for day in days if day <= age]
        told.append((len(seen), max(seen, default=0), age, len(days) - len(seen), end + start > age + 1))
    return np.array(told, dtype=float).T


def bg(params, x, t_x, age, forms):
    """ln of both terms of BG/NBD's likelihood: still there, and left with the last purchase."""
    r, alpha, a, b = np.exp(params)
    own = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    here = own + betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
    last = [weight - (r + x) * np.log(alpha + np.maximum(t_x + off, 1e-9)) for off, weight in forms]
    gone = own + betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) + logsumexp(last, axis=0)
    return here, np.where(x > 0, gone, -np.inf)


def pareto(params, x, t_x, age, forms, dead):
    """The same of Pareto/NBD; `dead` is taken off the clock of buying alone. Leaving by quadrature over its time."""
    r, alpha, s, beta_ = np.exp(params)
    own = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta_)
    here = own - (r + x) * np.log(alpha + age - dead) - s * np.log(beta_ + age)
    ways = []
    for off, weight in forms:
        low = np.where(x > 0, np.minimum(t_x + off, age), 0.0)
        half = 0.5 * (age - low)
        for node, share in zip(PARETO_NODES, PARETO_WEIGHTS):
            at = low + half * (1 + node)
            ways.append(weight + np.log(np.maximum(half * share, 1e-300)) + np.log(s) - (r + x) * np.log(alpha + at - dead)
                        - (s + 1) * np.log(beta_ + at))
    return here, own + logsumexp(ways, axis=0)


def day(x):
    """The last purchase anywhere in its day, told from the middle of the first one."""
    return [(0.5 * node, np.log(0.5 * weight)) for node, weight in zip(NODES, WEIGHTS)]


def fit(name, way, x, t_x, age):
    dead = 0.5 * x if way == "merged" else 0.0
    late = 0.5 if way in ("half a day", "a day") else 0.0
    forms = day(x) if way == "a day" else ONE
    rows, counts = np.unique(np.array([x, t_x, age]), axis=1, return_counts=True)

    def terms(params, x, t_x, age, dead):
        if name == "pareto":
            return pareto(params, x, t_x, age + late, forms, dead)
        return bg(params, x, t_x - dead, age + late - dead, forms)

    def cost(params):
        if np.any(np.abs(params) > 12):
            return 1e12
        return -float(np.sum(counts * np.logaddexp(*terms(params, *rows, 0.5 * rows[0] if way == "merged" else 0.0))))

    best = None
    for start in ([0.0, 2.0, 0.0, 1.5], [0.5, 3.0, -1.0, 2.0]):
        if name == "pareto":
            start = start[:2] + [start[2], 4.0]
        found = minimize(cost, start, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-5, "fatol": 1e-5})
        best = found if best is None or found.fun < best.fun else best
    here, gone = terms(best.x, x, t_x, age, dead)
    return best.x, np.exp(here - np.logaddexp(here, gone)), age + late - dead


def ahead(name, way, params, x, clock, span, real):
    """Days with a purchase within the span of whoever is there: over her rate, and until she leaves."""
    r, alpha, third, fourth = np.exp(params)
    shape = r + x
    quantiles = (np.arange(40) + 0.5) / 40
    sums = np.zeros_like(x)
    rates = [gamma.ppf(quantile, shape) / (alpha + clock) for quantile in quantiles]
    for rate in rates:
        each = 1 - np.exp(-rate) if way == "merged" else rate
        if name == "pareto":
            time = np.where(abs(third - 1) < 1e-9, 0, (fourth + real) / (third - 1)
                            * (1 - ((fourth + real) / (fourth + real + span)) ** (third - 1)))
            sums += each * time / 40
        else:
            inner = np.zeros_like(x)
            for quantile in (np.arange(24) + 0.5) / 24:
                leaves = np.maximum(beta.ppf(quantile, third, fourth + x), 1e-9)
                inner += (1 - np.exp(-each * leaves * span)) / leaves / 24
            sums += inner / 40
    return sums


MODELS = [
    {"name": "bg", "r": 1.2, "alpha": 8.0, "a": 0.6, "b": 3.0},
    {"name": "bg", "r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5},
    {"name": "pareto", "r": 1.2, "alpha": 8.0, "s": 0.8, "beta": 60.0},
]

if __name__ == "__main__":
    seeds, count = (int(sys.argv[at]) if len(sys.argv) > at else other for at, other in ((1, 5), (2, 4000)))
    for model in MODELS:
        figures = {}
        for seed in range(1, seeds + 1):
            x, t_x, age, later, there = simulate(model, seed, count)
            for way in ["as told", "half a day", "a day", "merged"]:
                params, alive, clock = fit(model["name"], way, x, t_x, age)
                real = age + (0.5 if way in ("half a day", "a day") else 0.0)
                mean = alive * ahead(model["name"], way, params, x, clock, age, real)
                figures.setdefault(way, []).append((mean.sum() / later.sum() - 1, alive.sum() / there.sum() - 1))
        for way, pairs in figures.items():
            means, errors = np.mean(pairs, axis=0), np.std(pairs, axis=0) / np.sqrt(max(len(pairs) - 1, 1))
            print(f"{model}: {way:10s} ahead {means[0]:+.1%} ± {errors[0]:.1%}, alive {means[1]:+.1%} ± {errors[1]:.1%}", flush=True)
