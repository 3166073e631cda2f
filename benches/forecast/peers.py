"""Fits and scores one base of customers side by side, each engine in a process of its own.

    peers.py make CUSTOMERS FILE.parquet            a seeded base by CDNOW's Pareto/NBD and Gamma-Gamma: x, t_x, T, zbar in weeks
    peers.py compare PERENNIAL FILE.parquet [PART]  CPU seconds, parameters, who is alive, purchases ahead and worth

PART is of «perennial», «lifetimes», «pymc», «duckdb» and of «bgnbd», «paretonbd», «gammagamma»; without it all are run. DuckDB
fits nothing: it is what reading the file and adding up its columns takes. Needs numpy, pyarrow and duckdb; lifetimes 0.11.3 and
pymc-marketing in virtual environments that LIFETIMES_PYTHON and PYMC_PYTHON name, else in this one. lifetimes takes minutes
for Pareto/NBD from 100,000 customers on.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile

SEED, WEEKS = 7, 39
# By CDNOW, in weeks; first purchases lie within a quarter, 27 to 39 weeks before the end.
RATE, LEAVING, WORTH = (0.553, 10.58), (0.606, 11.67), (6.25, 3.74, 15.44)
ENGINES, MODELS = ["perennial", "lifetimes", "pymc", "duckdb"], ["bgnbd", "paretonbd", "gammagamma"]


def make(customers, path):
    import numpy
    import pyarrow
    import pyarrow.parquet

    customers = int(customers)
    random = numpy.random.default_rng(SEED)
    age = random.integers(27 * 7, 39 * 7 + 1, customers)
    rate = random.gamma(RATE[0], 1 / RATE[1], customers)
    life = random.exponential(1.0, customers) / random.gamma(LEAVING[0], 1 / LEAVING[1], customers)
    until = numpy.minimum(life, age / 7)
    x = random.poisson(rate * until)
    # The last of x evenly spread purchases, to the day.
    t_x = numpy.where(x > 0, until * random.random(customers) ** (1 / numpy.maximum(x, 1)), 0.0)
    t_x = numpy.minimum(numpy.ceil(t_x * 7), age)
    own = random.gamma(WORTH[1], 1 / WORTH[2], customers)
    zbar = random.gamma(WORTH[0] * numpy.maximum(x, 1), 1.0) / (numpy.maximum(x, 1) * own)
    zbar = numpy.where(x > 0, numpy.maximum(numpy.round(zbar, 2), 0.01), 0.0)
    table = {"x": x.astype(numpy.int64), "t_x": t_x / 7, "T": age / 7, "zbar": zbar}
    pyarrow.parquet.write_table(pyarrow.table(table), path, compression="zstd")
    print(f"{customers} customers, {int((x > 0).sum())} of them bought again, seed {SEED}")


def cpu(who=resource.RUSAGE_SELF):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def perennial(binary, path, model):
    with tempfile.TemporaryDirectory() as folder:
        kept, scores = f"{folder}/model.json", f"{folder}/scores.parquet"
        asked = ["--summary", path, "--unit", "week"]
        before = cpu(resource.RUSAGE_CHILDREN)
        fitted = subprocess.run(
            [binary, "forecast", "fit", *asked, "--model", model, "--save", kept, "--output", "json"],
            check=True,
            capture_output=True,
        )
        fit = cpu(resource.RUSAGE_CHILDREN) - before
        answer = json.loads(fitted.stdout)
        told = {"parameters": answer["parameters"], "log_likelihood": answer["log_likelihood"]}
        if model == "gammagamma":
            return {"fit": fit, **told}
        before = cpu(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [binary, "forecast", "score", *asked, "--model-file", kept, "--horizon", str(WEEKS), "--output", "parquet"]
            + ["--save", scores],
            check=True,
            capture_output=True,
        )
        score = cpu(resource.RUSAGE_CHILDREN) - before
        import duckdb

        sums = duckdb.sql(f"select sum(p_alive), sum(expected_purchases) from read_parquet('{scores}')").fetchall()[0]
        return {"fit": fit, "score": score, "alive": sums[0], "ahead": sums[1], **told}


def lifetimes(path, model):
    import warnings

    import pandas
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

    warnings.filterwarnings("ignore")
    before = cpu()
    base = pandas.read_parquet(path)
    fitter = {"bgnbd": BetaGeoFitter, "paretonbd": ParetoNBDFitter, "gammagamma": GammaGammaFitter}[model]()
    if model == "gammagamma":
        again = base[(base["x"] > 0) & (base["zbar"] > 0)]
        fitter.fit(again["x"], again["zbar"])
        return {"fit": cpu() - before, "parameters": {name: float(one) for name, one in fitter.params_.items()}}
    columns = base["x"], base["t_x"], base["T"]
    fitter.fit(*columns)
    fit = cpu() - before
    before = cpu()
    alive = float(fitter.conditional_probability_alive(*columns).sum())
    ahead = float(fitter.conditional_expected_number_of_purchases_up_to_time(WEEKS, *columns).sum())
    told = {name: float(one) for name, one in fitter.params_.items()}
    return {"fit": fit, "score": cpu() - before, "alive": alive, "ahead": ahead, "parameters": told}


def pymc(path, model):
    import logging
    import warnings

    import pandas
    from pymc_marketing.clv import BetaGeoModel, GammaGammaModel, ParetoNBDModel

    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    base = pandas.read_parquet(path)
    base = base.rename(columns={"x": "frequency", "t_x": "recency", "zbar": "monetary_value"})
    base["customer_id"] = range(len(base))
    before = cpu()
    kind = {"bgnbd": BetaGeoModel, "paretonbd": ParetoNBDModel, "gammagamma": GammaGammaModel}[model]
    if model == "gammagamma":
        base = base[(base["frequency"] > 0) & (base["monetary_value"] > 0)]
    fitter = kind(data=base)
    fitter.fit(method="map", progressbar=False)
    summary = fitter.fit_result.posterior if hasattr(fitter.fit_result, "posterior") else fitter.fit_result
    told = {name: float(one.mean()) for name, one in summary.data_vars.items() if one.ndim <= 2}
    fit = cpu() - before
    if model == "gammagamma":
        return {"fit": fit, "parameters": told}
    before = cpu()
    alive = float(fitter.expected_probability_alive(base).mean(("chain", "draw")).sum())
    ahead = float(fitter.expected_purchases(base, future_t=WEEKS).mean(("chain", "draw")).sum())
    return {"fit": fit, "score": cpu() - before, "alive": alive, "ahead": ahead, "parameters": told}


def duckdb_(path):
    import duckdb

    before = cpu()
    duckdb.sql("set threads = 2")
    duckdb.sql(f"select sum(x), sum(t_x), sum(\"T\"), sum(zbar) from read_parquet('{path}')").fetchall()
    return {"fit": cpu() - before, "parameters": {}}


def one(engine, model, *arguments):
    run = {"perennial": perennial, "lifetimes": lifetimes, "pymc": pymc}
    told = duckdb_(*arguments) if engine == "duckdb" else run[engine](*arguments, model)
    print(json.dumps(told))


def compare(binary, path, *parts):
    pythons = {"lifetimes": os.environ.get("LIFETIMES_PYTHON"), "pymc": os.environ.get("PYMC_PYTHON")}
    engines = [engine for engine in ENGINES if engine in parts] or ENGINES
    models = [model for model in MODELS if model in parts] or MODELS
    for model in models:
        for engine in engines:
            arguments = [binary, path] if engine == "perennial" else [path]
            command = [pythons.get(engine) or sys.executable, __file__, "one", engine, model, *arguments]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                print(f"{model:10} {engine:10} failed: {done.stderr.strip().splitlines()[-1:]}")
                continue
            told = json.loads(done.stdout.splitlines()[-1])
            shown = {name: round(value, 4) for name, value in told.pop("parameters").items()}
            figures = "  ".join(f"{name} {value:,.2f}" for name, value in told.items())
            print(f"{model:10} {engine:10} {figures}  {shown}", flush=True)


if __name__ == "__main__":
    {"make": make, "compare": compare, "one": one}[sys.argv[1]](*sys.argv[2:])
