#!/usr/bin/env python3
"""Fold an order list into stages in plain SQL, as an independent check of the engine's answer.

    crosscheck_orders.py ORDERS --customer COL --date COL --amount COL --until TIME
                         [--transitions OUT.parquet] [--scores OUT.parquet]

ORDERS is CSV or Parquet, one row an order; rows without a customer are left out. Times are UTC, and
`--until` is exclusive. The lifecycle knows orders and silence only:

    first    at the first order               repeat  at the second
    loyal    at the fifth                     lapsed  90 days after the last order, if that is before `--until`

An order exactly 90 days after the last one is in time. A lapsed customer who orders comes back to
repeat, or to loyal when it is her fifth order or a later one; orders are counted for life. Every order
moves at most one step, so several orders at one instant may move a customer several times.

Prints JSON: the stage counts at `--until`, the moves by `from->to` (`none` on entry), and the customers
in each RFM cell (three quintiles by ntile, 5 is best, ties by customer id as bytes).
"""

import argparse
import json

import duckdb

LAPSE_MS = 90 * 86_400_000
COLUMNS = ("customer", "date", "amount")

# Where a customer stands right after her n-th order depends on n alone, whether she had lapsed or not.
STAGE_AFTER = "CASE WHEN n = 1 THEN 'first' WHEN n < 5 THEN 'repeat' ELSE 'loyal' END"

# An amount is cents; `n` numbers a customer's orders, and orders of one instant are alike for every rule.
ORDERS = f"""
CREATE TEMP TABLE orders AS
WITH read AS (
    SELECT {{customer}}::VARCHAR AS customer_id,
           epoch_ms({{date}}::TIMESTAMP) AS t,
           ({{amount}}::DECIMAL(18, 2) * 100)::BIGINT AS cents
    FROM {{source}} WHERE {{customer}}::VARCHAR <> ''
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY t) AS n FROM read WHERE t < {{until}}
)
SELECT *, {STAGE_AFTER} AS stage,
       lag(t) OVER visits AS t_before, lag(stage) OVER visits AS stage_before, lead(t) OVER visits AS t_next
FROM numbered WINDOW visits AS (PARTITION BY customer_id ORDER BY n)
"""

# A move by order belongs to the order that made it, a lapse to the order that was not followed in time.
TRANSITIONS = f"""
CREATE TEMP TABLE transitions AS
WITH by_order AS (
    SELECT customer_id, t, n, stage AS g,
           CASE WHEN t > t_before + {LAPSE_MS} THEN 'lapsed' ELSE stage_before END AS f
    FROM orders
)
SELECT customer_id, t, f, g, n FROM by_order WHERE f IS DISTINCT FROM g
UNION ALL
SELECT customer_id, t + {LAPSE_MS}, stage, 'lapsed', n FROM orders
WHERE t + {LAPSE_MS} < least(coalesce(t_next, {{until}}), {{until}})
"""

SCORES = f"""
CREATE TEMP TABLE scores AS
WITH totals AS (
    SELECT customer_id, max(t) AS last, count(*) AS frequency, sum(cents)::BIGINT AS monetary FROM orders GROUP BY ALL
)
SELECT customer_id, ({{until}} - last) // 86_400_000 AS recency_days, frequency, monetary,
       ntile(5) OVER (ORDER BY last, customer_id) AS r,
       ntile(5) OVER (ORDER BY frequency, customer_id) AS f,
       ntile(5) OVER (ORDER BY monetary, customer_id) AS m
FROM totals
"""

COUNTS = {
    "stages": "SELECT g, count(*) FROM (SELECT arg_max(g, (t, n)) g FROM transitions GROUP BY customer_id) GROUP BY 1",
    "transitions": "SELECT coalesce(f, 'none') || '->' || g, count(*) FROM transitions GROUP BY 1",
    "rfm": "SELECT concat(r, f, m), count(*) FROM scores GROUP BY 1",
}


def quoted(name: str) -> str:
    """A column name, safe inside SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string, safe inside SQL."""
    return "'" + text.replace("'", "''") + "'"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("orders", help="CSV or Parquet, one row an order")
    for column in COLUMNS:
        parser.add_argument(f"--{column}", required=True, metavar="COL")
    parser.add_argument("--until", required=True, metavar="TIME", help="exclusive, UTC")
    parser.add_argument("--transitions", metavar="OUT.parquet", help="write customer_id, t (ms), f, g")
    parser.add_argument("--scores", metavar="OUT.parquet", help="write every customer's RFM values and quintiles")
    args = parser.parse_args()

    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    reader = "read_parquet({})" if args.orders.endswith(".parquet") else "read_csv({}, all_varchar = true)"
    ((until,),) = db.execute("SELECT epoch_ms(?::TIMESTAMP)", [args.until]).fetchall()
    columns = {name: quoted(getattr(args, name)) for name in COLUMNS}
    for statement in (ORDERS, TRANSITIONS, SCORES):
        db.execute(statement.format(source=reader.format(literal(args.orders)), until=until, **columns))
    if args.transitions:
        db.execute(f"COPY (SELECT * EXCLUDE n FROM transitions) TO {literal(args.transitions)} (FORMAT parquet)")
    if args.scores:
        db.execute(f"COPY scores TO {literal(args.scores)} (FORMAT parquet)")

    answer = {name: dict(sorted(db.execute(query).fetchall())) for name, query in COUNTS.items()}
    print(json.dumps({"until_ms": until} | answer, indent=2))


if __name__ == "__main__":
    main()
