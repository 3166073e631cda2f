"""Times the summary of a purchase log (x, t_x, T, zbar of each customer) side by side, each engine in a process of its own.

    summary.py make LOG.parquet               a seeded log: 10,446,849 rows of 2,906,976 customers
    summary.py compare PERENNIAL LOG.parquet  this project, DuckDB and Polars: CPU seconds, peak MiB, check sums

All read the same file and give the same table: days, same-day orders together, refunds absent, until the last day.
"""

import json
import os
import resource
import subprocess
import sys

ROWS, CUSTOMERS, SEED = 10_446_849, 2_906_976, 7
DAYS = 730
UNTIL = "2024-12-31"


def make(path):
    import numpy
    import pyarrow
    import pyarrow.parquet

    random = numpy.random.default_rng(SEED)
    rate = random.gamma(0.5, 1.0, CUSTOMERS)
    first = random.integers(0, DAYS - 30, CUSTOMERS)
    owner = random.choice(CUSTOMERS, ROWS - CUSTOMERS, p=rate / rate.sum())
    owner = numpy.concatenate([numpy.arange(CUSTOMERS), owner])
    later = (random.random(ROWS - CUSTOMERS) ** 2 * (DAYS - first[owner[CUSTOMERS:]])).astype(numpy.int64)
    day = numpy.concatenate([first, first[owner[CUSTOMERS:]] + later])
    order = numpy.argsort(day, kind="stable")
    amount = numpy.round(random.gamma(3.0, 12.0, ROWS) + 0.01, 2)
    days = (numpy.datetime64("2023-01-02") + day[order]).astype("datetime64[s]")
    table = pyarrow.table({"customer": owner[order], "date": days, "amount": amount})
    pyarrow.parquet.write_table(table, path, compression="zstd")
    print(f"{ROWS} rows, {CUSTOMERS} customers, seed {SEED}, {os.path.getsize(path) >> 20} MiB")


SQL = f"""
with daily as (select customer, date::date as day, sum(amount) as value from read_parquet('{{path}}')
               where date::date <= date '{UNTIL}' group by all),
firsts as (select *, min(day) over (partition by customer) as first from daily)
select customer, count(*) - 1 as x, max(day) - min(day) as t_x, date '{UNTIL}' - min(day) as T,
       coalesce(avg(value) filter (where day > first and value > 0), 0) as zbar
from firsts group by customer"""


def duckdb_(path):
    import duckdb

    duckdb.sql("set threads = 2")
    made = duckdb.sql(SQL.format(path=path))
    return duckdb.sql("select count(*), sum(x), sum(t_x), sum(T), sum(zbar) from made").fetchall()[0]


def polars_(path):
    import polars as pl
    from datetime import date

    until = date.fromisoformat(UNTIL)
    daily = (
        pl.scan_parquet(path)
        .with_columns(day=pl.col("date").dt.date())
        .filter(pl.col("day") <= until)
        .group_by("customer", "day")
        .agg(value=pl.col("amount").sum())
    )
    later = (pl.col("day") > pl.col("day").min()) & (pl.col("value") > 0)
    made = daily.group_by("customer").agg(
        x=pl.len() - 1,
        t_x=(pl.col("day").max() - pl.col("day").min()).dt.total_days(),
        T=(pl.lit(until) - pl.col("day").min()).dt.total_days(),
        zbar=pl.col("value").filter(later).mean().fill_null(0.0),
    )
    sums = made.select(pl.len(), pl.col("x").sum(), pl.col("t_x").sum(), pl.col("T").sum(), pl.col("zbar").sum())
    return sums.collect().row(0)


def perennial(binary, path):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/summary.parquet"
        options = ["--customer", "customer", "--date", "date", "--amount", "amount", "--until", UNTIL, "--unit", "day"]
        subprocess.run(
            [binary, "forecast", "summary", "--input", path, *options, "--output", "parquet", "--save", out], check=True
        )
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        import duckdb

        sums = duckdb.sql(f'select count(*), sum(x), sum(t_x), sum("T"), sum(zbar) from read_parquet(\'{out}\')')
        return sums.fetchall()[0], used


def one(engine, *arguments):
    """In a process of its own: prints the check sums, CPU seconds and peak MiB."""
    if engine == "perennial":
        sums, used = perennial(*arguments)
    else:
        sums = {"duckdb": duckdb_, "polars": polars_}[engine](*arguments)
        used = resource.getrusage(resource.RUSAGE_SELF)
    sums = [round(float(value), 2) for value in sums]
    print(json.dumps([sums, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))


def compare(binary, path):
    for engine, arguments in [("perennial", [binary, path]), ("duckdb", [path]), ("polars", [path])]:
        done = subprocess.run(
            [sys.executable, __file__, "one", engine, *arguments], check=True, capture_output=True, text=True
        )
        sums, cpu, peak = json.loads(done.stdout.splitlines()[-1])
        print(f"{engine:10} {cpu:6.2f} CPU s {peak:7.0f} MiB  {sums}")


if __name__ == "__main__":
    {"make": make, "compare": compare, "one": one}[sys.argv[1]](*sys.argv[2:])
