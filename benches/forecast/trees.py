"""Fits LightGBM to what the example `hold_out` wrote, with the same folds and options as its «trees alone».

    target/release/examples/hold_out FOLDER 7 all PREFIX
    VENV/bin/python benches/forecast/trees.py PREFIX

Needs lightgbm, numpy, pandas, scipy and scikit-learn in a virtual environment outside the clone. One thread; figures
are of customers that the trees had not seen.
"""
import sys
import time
import warnings

import lightgbm
import numpy as np
import pandas
from scipy.stats import rankdata
from sklearn import metrics

warnings.filterwarnings("ignore")
options = dict(
    objective="poisson", learning_rate=0.03, num_leaves=15, min_data_in_leaf=20, lambda_l2=1, max_bin=255,
    num_threads=1, verbose=-1, deterministic=True, force_col_wise=True,
)


def gini(order, held):
    of = lambda ranks: 2 * (held * ranks).sum() / held.sum() - len(held) - 1
    return of(rankdata(order)) / of(rankdata(held))


for name in sys.argv[2:] or ["grocery", "apparel", "cdnow"]:
    table = pandas.read_csv(f"{sys.argv[1]}{name}.csv")
    came, fold = table["came"].to_numpy(float), table["fold"].to_numpy()
    rows = table.drop(columns=["came", "fold"]).to_numpy()
    said = np.zeros(len(came))
    start = time.process_time()
    for out in range(5):
        data = lightgbm.Dataset(rows[fold != out], came[fold != out], params=options)
        said[fold == out] = lightgbm.train(options, data, 150).predict(rows[fold == out], num_threads=1)
    took = time.process_time() - start
    off = np.abs(said - came)
    print(
        f"{name}: bias {said.sum() / came.sum() - 1:.4f} mae {off.mean():.4f} wmape {off.sum() / came.sum():.4f} "
        f"rmse {metrics.root_mean_squared_error(came, said):.4f} gini {gini(said, came):.4f} "
        f"deviance {metrics.mean_poisson_deviance(came, said):.4f} auc {metrics.roc_auc_score(came > 0, said):.4f}; "
        f"{took:.1f} s of CPU"
    )
