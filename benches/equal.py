#!/usr/bin/env python3
"""Tell whether two Parquet files hold the same rows, as multisets and by value.

    equal.py A.parquet B.parquet

Row and column order mean nothing; the names of the columns must be the same. Numbers are equal by
value whatever their width, text whether plain or from a dictionary, and times as milliseconds since
1970, so a timestamp equals the integer column that counts the same instants. Text never equals a number.
Prints `equal: N rows` and exits 0, or prints the differences with examples and exits 1;
a file that cannot be read is exit 2.
"""

import argparse
import sys
import tempfile

import duckdb

EXAMPLES = 5
MEMORY = "4GB"  # past this the comparison goes to disk
SURPLUS = '"row surplus"'  # how many more times a row is in A than in B
TIMES = ("TIMESTAMP", "DATE")
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
NUMBERS += ("UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")

Columns = dict[str, str]


def columns(db: duckdb.DuckDBPyConnection, file: str) -> Columns:
    """The names of a file's columns, with their types."""
    return {name: kind for name, kind, *_ in db.execute("DESCRIBE FROM read_parquet(?)", [file]).fetchall()}


def family(kind: str) -> str:
    """What a type is compared as; columns of two families never hold equal values."""
    if kind.startswith(TIMES + NUMBERS):
        return "number"
    return "text" if kind.startswith(("VARCHAR", "ENUM")) else kind


def canonical(name: str, kind: str) -> str:
    """The SQL for a column in the form in which it is compared."""
    quoted = '"' + name.replace('"', '""') + '"'
    if kind.startswith(TIMES):
        return f"epoch_ms({quoted}) AS {quoted}"
    return f"{quoted}::VARCHAR AS {quoted}" if family(kind) == "text" else quoted


def column_differences(a: Columns, b: Columns) -> list[str]:
    """Every way in which the columns of A cannot be those of B."""
    lines = [f"column {name}: only in A" for name in a if name not in b]
    lines += [f"column {name}: only in B" for name in b if name not in a]
    for name in a.keys() & b.keys():
        if family(a[name]) != family(b[name]):
            lines.append(f"column {name}: {a[name]} in A, {b[name]} in B")
    return sorted(lines)


def row_differences(db: duckdb.DuckDBPyConnection, files: tuple[str, str], kinds: tuple[Columns, Columns]) -> list[str]:
    """What each file has beyond the other, in counts and examples; nothing when they are equal."""
    sides = []
    for side, sign in zip(kinds, (1, -1)):
        compared = ", ".join(canonical(name, side[name]) for name in kinds[0])
        sides.append(f"SELECT {compared}, {sign} AS {SURPLUS} FROM read_parquet(?)")
    db.execute(
        f"""CREATE TEMP TABLE difference AS
            SELECT * EXCLUDE {SURPLUS}, sum({SURPLUS}) AS {SURPLUS}
            FROM ({sides[0]} UNION ALL {sides[1]}) GROUP BY ALL HAVING sum({SURPLUS}) <> 0""",
        list(files),
    )
    lines: list[str] = []
    for side, test in (("A", "> 0"), ("B", "< 0")):
        beyond = f"FROM difference WHERE {SURPLUS} {test}"
        ((rows,),) = db.execute(f"SELECT coalesce(sum(abs({SURPLUS})), 0)::BIGINT {beyond}").fetchall()
        if rows:
            lines.append(f"rows only in {side}: {rows}")
            examples = db.execute(f"SELECT * EXCLUDE {SURPLUS} {beyond} ORDER BY ALL LIMIT {EXAMPLES}").fetchall()
            lines += [f"  {dict(zip(kinds[0], row))}" for row in examples]
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare two Parquet files as multisets of rows.")
    parser.add_argument("a", metavar="A.parquet")
    parser.add_argument("b", metavar="B.parquet")
    arguments = parser.parse_args()
    files = (arguments.a, arguments.b)
    with tempfile.TemporaryDirectory() as scratch:
        db = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": scratch})
        db.execute("SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
        kinds = (columns(db, files[0]), columns(db, files[1]))
        counts = [db.execute("SELECT count(*) FROM read_parquet(?)", [file]).fetchall()[0][0] for file in files]
        lines = column_differences(*kinds) or row_differences(db, files, kinds)
    if not lines:
        print(f"equal: {counts[0]} rows")
        return 0
    print(f"different: {counts[0]} rows in A, {counts[1]} in B", *lines, sep="\n")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except duckdb.Error as error:
        print(f"equal.py: {error}", file=sys.stderr)
        sys.exit(2)
