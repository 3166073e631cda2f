"""Writes the table that the judge of forecasts is tested against: scikit-learn's and numpy's figures.

    VENV/bin/python benches/forecast/judge.py crates/forecast/tests/it/tables

Needs numpy, scipy and scikit-learn in a virtual environment outside the clone. `judge.csv` holds 300 made-up
customers (forecast, outcome, chance to buy, chance of the outcome or more, and of more), `judge_figures.csv` what
is to be found. The Gini coefficient is worked out from all pairs of customers, ties as 0.
"""
import pathlib
import sys

import numpy as np
from scipy import stats
from sklearn import metrics

folder = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(11)
n = 300
mean = np.round(rng.gamma(0.6, 2.5, n), 1)  # Rounded, so that there are ties and zeros.
shape = 0.9
rate = rng.gamma(shape, np.maximum(mean, 0.02) / shape)
came = rng.poisson(rate)
law = stats.nbinom(shape, shape / (shape + np.maximum(mean, 0.02)))
chance = np.round(law.sf(0), 4)
at_least, more = law.sf(came - 1), law.sf(came)
with open(folder / "judge.csv", "w") as out:
    out.write("forecast,came,chance,at_least,more\n")
    for row in zip(mean, came, chance, at_least, more):
        out.write(",".join(repr(float(cell)) for cell in row) + "\n")


def gini(order, held):
    signs = np.sign(order[:, None] - order[None, :])
    return (held[:, None] * signs).sum() / (len(held) * held.sum())


figures = {
    "bias": mean.sum() / came.sum() - 1,
    "mae": metrics.mean_absolute_error(came, mean),
    "wmape": np.abs(mean - came).sum() / came.sum(),
    "rmse": metrics.root_mean_squared_error(came, mean),
    "gini": gini(mean, came.astype(float)) / gini(came.astype(float), came.astype(float)),
    "deviance": metrics.mean_poisson_deviance(came, np.maximum(mean, 1e-6)),
    "auc": metrics.roc_auc_score(came > 0, chance),
    "auc_by_forecast": metrics.roc_auc_score(came > 0, mean),
    "log_loss": metrics.log_loss(came > 0, chance),
}
pooled = np.array([came[mean == one].mean() for one in mean])
order = np.argsort(mean, kind="stable")
for part, at in enumerate(np.split(order, 10)):
    figures[f"decile_{part}_forecast"] = mean[at].mean()
    figures[f"decile_{part}_came"] = pooled[at].mean()
low, high = law.ppf(0.05), law.ppf(0.95)
figures["closed"] = ((low <= came) & (came <= high)).mean()
middle = 1 - (at_least + more) / 2
figures["half"] = ((middle >= 0.05) & (middle <= 0.95)).mean()
# Drawn 6 million times in all instead of worked out.
drawn = 1 - at_least + (at_least - more) * rng.random((20_000, n))
figures["by_chance"] = ((drawn >= 0.05) & (drawn <= 0.95)).mean()
off = np.abs(mean - came) - np.abs(0.8 * mean - came)
figures["difference"] = off.mean()
rounds = rng.choice(off, (20_000, n)).mean(axis=1)
figures["difference_low"], figures["difference_high"] = np.quantile(rounds, [0.05, 0.95])
with open(folder / "judge_figures.csv", "w") as out:
    out.write("figure,value\n")
    for name, value in figures.items():
        out.write(f"{name},{float(value)!r}\n")
