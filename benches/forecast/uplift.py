"""Compares `perennial uplift` with scikit-uplift, scikit-learn, scipy and statsmodels on seeded experiments.

    uplift.py PERENNIAL [FOLDER] [CUSTOMERS,...]

PERENNIAL is the binary; tables are written to FOLDER (a temporary one by default); learners are compared on
experiments of so many customers (4000,20000; none where empty). Needs numpy, pandas, scipy,
scikit-learn, scikit-uplift and statsmodels. Fails where a figure differs.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from sklift.metrics import qini_auc_score, qini_curve, uplift_at_k, uplift_auc_score
from statsmodels.stats.proportion import confint_proportions_2indep

binary = sys.argv[1]
folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
sizes = [int(size) for size in (sys.argv[3] if len(sys.argv) > 3 else "4000,20000").split(",") if size]


def asked(*words):
    out = subprocess.run([binary, "uplift", *map(str, words), "--output", "json"], capture_output=True, text=True)
    if out.returncode:
        raise SystemExit(out.stderr)
    return json.loads(out.stdout)


def close(name, ours, theirs, tolerance=1e-9):
    ok = abs(ours - theirs) <= tolerance * max(1, abs(theirs))
    print(f"{'ok ' if ok else 'BAD'} {name}: {ours:.10g} against {theirs:.10g}")
    if not ok:
        close.failed = True


close.failed = False


def experiment(seed, customers, share=0.5, signal=1.0):
    """Uplift depends on visits and region; the rate without treatment on spend and visits."""
    draw = np.random.default_rng(seed)
    visits, spend = draw.normal(size=(2, customers))
    region = draw.choice(["north", "south", "west"], customers)
    treated = (draw.random(customers) < share).astype(int)
    truth = 0.08 + signal * (0.08 * np.tanh(2 * visits) * (spend > 0) + 0.06 * (region == "south"))
    rate = 0.25 + 0.08 * np.tanh(spend) - 0.05 * np.sin(2 * visits)
    bought = (draw.random(customers) < rate + treated * truth).astype(int)
    money = np.where(bought == 1, np.exp(draw.normal(3, 0.8, customers)), 0.0)
    before = np.exp(0.5 * spend + draw.normal(3, 0.3, customers))
    table = pd.DataFrame(
        {
            "customer": [f"c{row:07d}" for row in range(customers)],
            "treated": treated,
            "bought": bought,
            "money": money.round(2),
            "visits": visits.round(5),
            "spend": spend.round(5),
            "region": region,
        }
    )
    table["paid"] = (table.money + before).round(2)
    table["paid_before"] = before.round(2)
    return table, truth


def metrics():
    """The same scores give the same figures."""
    table, _ = experiment(1, 5_000, 0.4)
    file = folder / "metrics.csv"
    table.to_csv(file, index=False)
    common = ["--input", file, "--customer", "customer", "--treatment", "treated", "--outcome", "bought",
              "--features", "visits,spend,region"]
    whole = asked(*common)
    scores = pd.DataFrame(asked(*common, "--scores")["scores"])
    y, t, rank = scores.outcome.astype(int), (scores.arm == "1").astype(int), scores["rank"]
    told = whole["targeting"]
    close("Qini coefficient", told["qini"]["value"], qini_auc_score(y, rank, t))
    close("AUUC", told["auuc"]["value"], uplift_auc_score(y, rank, t))
    for top in told["tops"]:
        close(f"uplift@{top['share']}", top["uplift"]["value"], uplift_at_k(y, rank, t, "overall", top["share"]))
    x, curve = qini_curve(y, rank, t)
    area = np.trapezoid(curve, x) - 0.5 * x[-1] * curve[-1]
    close("gain a treated customer", told["gain"]["value"], area / (len(y) * t.sum()))
    points = [(point["share"], point["extra"]) for point in whole["curve"]]
    on = np.interp([share * len(y) for share, _ in points], x, curve)
    close("curve, greatest difference", max(abs(extra - at / t.sum()) for (_, extra), at in zip(points, on)), 0, 1e-9)

    effect = whole["effects"][0]
    test = stats.ttest_ind(y[t == 1], y[t == 0], equal_var=False)
    interval = test.confidence_interval()
    close("effect", effect["effect"], y[t == 1].mean() - y[t == 0].mean())
    close("low", effect["low"], interval.low, 1e-7)
    close("high", effect["high"], interval.high, 1e-7)
    close("p-value", effect["p_value"], test.pvalue, 1e-7)

    few = table.sample(120, random_state=3)
    few.loc[few.index[10:], "bought"] = 0
    file = folder / "few.csv"
    few.to_csv(file, index=False)
    effect = asked("--input", file, "--customer", "customer", "--treatment", "treated", "--outcome", "bought")["effects"][0]
    counts = [(few.bought[few.treated == arm].sum(), (few.treated == arm).sum()) for arm in (1, 0)]
    low, high = confint_proportions_2indep(*counts[0], *counts[1], method="agresti-caffo")
    close("rare rates, low", effect["low"], low, 1e-7)
    close("rare rates, high", effect["high"], high, 1e-7)

    # CUPED as its paper has it: one slope within arms.
    file = folder / "metrics.csv"
    effect = asked("--input", file, "--customer", "customer", "--treatment", "treated", "--outcome", "paid",
                   "--before", "paid_before", "--features", "visits")["effects"][0]
    x = table.paid_before - table.groupby("treated").paid_before.transform("mean")
    z = table.paid - table.groupby("treated").paid.transform("mean")
    paid = table.paid - (x * z).sum() / (x * x).sum() * (table.paid_before - table.paid_before.mean())
    test = stats.ttest_ind(paid[table.treated == 1], paid[table.treated == 0], equal_var=False)
    interval = test.confidence_interval()
    close("CUPED, low", effect["low"], interval.low, 1e-7)
    close("CUPED, high", effect["high"], interval.high, 1e-7)
    raw = stats.ttest_ind(table.paid[table.treated == 1], table.paid[table.treated == 0], equal_var=False).confidence_interval()
    share = ((interval.high - interval.low) / (raw.high - raw.low)) ** 2
    close("CUPED, variance explained", effect["variance_explained"], 1 - share, 1e-4)


def t_learner(table, seed):
    """A T-learner of scikit-learn's boosted trees, out of fold, ranked within folds."""
    x = pd.get_dummies(table[["visits", "spend", "region"]])
    rank = pd.Series(0.0, index=table.index)
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    for train, test in folds.split(x, table.treated):
        score = np.zeros(len(test))
        for arm, sign in ((1, 1), (0, -1)):
            rows = train[table.treated.to_numpy()[train] == arm]
            model = HistGradientBoostingClassifier(
                max_iter=200, learning_rate=0.05, max_leaf_nodes=8, early_stopping=True, random_state=seed
            )
            model.fit(x.iloc[rows], table.bought.iloc[rows])
            score += sign * model.predict_proba(x.iloc[test])[:, 1]
        rank.iloc[test] = stats.rankdata(score) / len(test)
    return rank


def learners():
    """The same experiments, learned by both; truth is known."""
    rows = []
    for customers, signal in ((size, signal) for size in sizes for signal in (1.0, 0.0)):
        for seed in range(5):
            table, truth = experiment(100 + seed, customers, 0.5, signal)
            file = folder / "learn.csv"
            table.drop(columns=["money", "paid", "paid_before"]).to_csv(file, index=False)
            common = ["--input", file, "--customer", "customer", "--treatment", "treated", "--outcome", "bought"]
            row = {"customers": customers, "signal": signal, "seed": seed}
            for learner in ("t", "r", "auto"):
                scores = pd.DataFrame(asked(*common, "--learner", learner, "--scores")["scores"])
                rank = scores.set_index("customer")["rank"].loc[table.customer].to_numpy()
                row[f"{learner} qini"] = qini_auc_score(table.bought, rank, table.treated)
                row[f"{learner} truth"] = stats.spearmanr(rank, truth).statistic if signal else np.nan
            rank = t_learner(table, seed)
            row["sklearn t qini"] = qini_auc_score(table.bought, rank, table.treated)
            row["sklearn t truth"] = stats.spearmanr(rank, truth).statistic if signal else np.nan
            rows.append(row)
            print(row, flush=True)
    if not rows:
        return
    found = pd.DataFrame(rows).drop(columns="seed")
    print(found.groupby(["customers", "signal"]).mean().round(4).T.to_string())


metrics()
learners()
if close.failed:
    raise SystemExit("a figure differs")
