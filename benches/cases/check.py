#!/usr/bin/env python3
"""Asks the binary every case of a folder and compares the answers with those expected.

    benches/cases/check.py FOLDER [--binary PATH] [--only TEXT]

A case is a folder with case.json (what is asked, what is expected) and events.csv. The exit code is 1 if
any case differs. Python's standard library only."""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOLERANCE = 1e-9


class Differs(Exception):
    """An answer is not what the case expects."""


def binary():
    """The binary built last."""
    import os

    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = [target / kind / "perennial" for kind in ("release", "debug")]
    built = [path for path in built if path.exists()]
    if not built:
        sys.exit("there is no binary; build it with `cargo build`")
    return max(built, key=lambda path: path.stat().st_mtime)


def same(found, expected, tolerance, what):
    """Compares two values, numbers within the tolerance."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            same(found.get(key), value, tolerance, f"{what}.{key}")
    elif isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            raise Differs(f"{what}: {found} instead of {expected}")
        for number, (a, b) in enumerate(zip(found, expected)):
            same(a, b, tolerance, f"{what}[{number}]")
    elif isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        if abs(found - expected) > tolerance:
            raise Differs(f"{what}: {found} instead of {expected}")
    elif found != expected:
        raise Differs(f"{what}: {found!r} instead of {expected!r}")


class Case:
    """A case, and how to ask it."""

    def __init__(self, folder, program, scratch):
        self.folder, self.program, self.scratch = folder, program, scratch
        self.case = json.loads((folder / "case.json").read_text())
        self.params, self.expected = self.case["params"], self.case["expected"]
        self.tolerance = self.case.get("tolerance", {}).get("abs", TOLERANCE)
        self.events = folder / "events.csv"

    def ask(self, *args):
        args = [str(arg) for arg in args] + ["--output", "json"]
        done = subprocess.run([self.program, *args], capture_output=True, text=True)
        if done.returncode:
            raise Differs(f"exit code {done.returncode} of {' '.join(args)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def same(self, found, expected, what):
        same(found, expected, self.tolerance, what)

    def file(self):
        """The events; aliases are said on rows of theirs that are there anyhow."""
        identity = self.params.get("identity")
        if not identity:
            return self.events
        path = self.scratch / "events.csv"
        rows = list(csv.DictReader(self.events.open()))
        said = {own: alias for alias, own in identity.items()}
        with path.open("w", newline="") as out:
            writer = csv.DictWriter(out, [*rows[0], "previous_id"])
            writer.writeheader()
            for row in rows:
                writer.writerow({**row, "previous_id": said.pop(row["user_id"], "")})
        return path

    def calendar(self):
        """Options of zone, week and range."""
        names = {"timezone": "--timezone", "week_start": "--week-start", "date_from": "--from", "date_to": "--to"}
        given = [(option, self.params[name]) for name, option in names.items() if self.params.get(name)]
        return [part for pair in given for part in pair]

    # What is asked, by the case's word for it.

    def lifecycle(self):
        params = self.params
        answer = self.ask(
            "lifecycle", "--input", self.events, "--event", params.get("event") or "any",
            "--interval", params["interval"], "--model", params.get("model", "flow"), *self.calendar(),
        )
        periods = answer["periods"]
        self.same([period["period"] for period in periods], self.expected["intervals"], "intervals")
        for state in ("new", "returning", "resurrecting", "dormant"):
            self.same([period[state] for period in periods], self.expected[state], state)

    def retention(self):
        params = self.params
        membership = {"recurring": "recurring", "first_time": "first"}
        args = [
            "retention", "--input", self.file(), "--start", params["start_event"] or "any",
            "--return", params["return_event"] or "any", "--period", params["period"],
            "--periods", params["total_intervals"],
            "--membership", membership.get(params["type"], "first-ever"),
            "--measure", "on-or-after" if params["cumulative"] else "on",
            "--min-count", params["minimum_occurrences"], *self.calendar(),
        ]
        tables = {None: self.expected.get("matrix")}
        if "breakdown" in params:
            args += ["--by", params["breakdown"]]
            tables = self.expected["matrices"]
        cohorts = self.ask(*args)["cohorts"]
        for by, table in tables.items():
            own = [row for row in cohorts if row.get("by") == by]
            self.same([row["cohort"] for row in own], self.expected["periods"], "periods")
            # The first column of the case is the cohort's size; what is not over is 0 there.
            found = [[row["size"]] + [cell or 0 for cell in row["returned"][1:]] for row in own]
            self.same(found, table, f"matrix of {by}")

    def ch_retention(self):
        import datetime

        for query in self.params["queries"]:
            days = [datetime.date.fromisoformat(day) for day in query["days"]]
            answer = self.ask(
                "retention", "--input", self.events, "--period", "day",
                "--from", min(days), "--to", max(days),
            )
            first = answer["cohorts"][0]
            found = [first["size"]] + [first["returned"][(day - days[0]).days] for day in days[1:]]
            self.same(found, query["expected"], f"{query['days']}")

    def funnel(self):
        params = self.params
        args = [
            "funnel", "--input", self.events, "--steps", ",".join(params["steps"]),
            "--order", params["order"], "--window", f"{params['window_seconds']}s",
            "--dialect", "posthog",
        ]
        for one in params.get("exclusions", []):
            args += ["--exclude", f"{one['event']}:{one['from_step'] + 1}-{one['to_step'] + 1}"]
        answer = self.ask(*args, "--list")
        steps = answer["steps"]
        self.same([step["customers"] for step in steps], self.expected["counts"], "counts")
        for name, field in (("average_step_seconds", "mean_seconds"), ("median_step_seconds", "median_seconds")):
            if name in self.expected:
                self.same([step[field] for step in steps], self.expected[name], name)
        for number, people in self.expected.get("users_at_step", {}).items():
            reached = [one["user_id"] for one in answer["reached"] if one["step"] >= int(number)]
            self.same(sorted(reached), sorted(people), f"people at step {number}")

    def window_funnel(self):
        for query in self.params["queries"]:
            args = ["funnel", "--input", self.events, "--window", f"{query['window_seconds']}s", "--dialect", "clickhouse"]
            for step in query["steps"]:
                args += ["--step", step]
            if query["mode"]:
                args += ["--mode", ",".join(query["mode"])]
            answer = self.ask(*args, "--list")
            levels = {one["user_id"]: one["step"] for one in answer["reached"]}
            expected = query["expected"]
            found = levels if isinstance(expected, dict) else max(levels.values(), default=0)
            self.same(found, expected, f"{query['steps']} {query['mode']}")

    def paths(self):
        params = self.params
        args = ["paths", "--input", self.events, *self.calendar()]
        if "session_gap_seconds" in params:
            args += ["--gap", f"{params['session_gap_seconds']}s"]
        if "max_steps" in params:
            args += ["--max-steps", params["max_steps"]]
        if not params.get("drop_repeats", True):
            args.append("--keep-repeats")
        found = {}
        for edge in self.ask(*args)["edges"]:
            position = edge["position"]
            found[f"{position}_{edge['source']}", f"{position + 1}_{edge['target']}"] = edge["count"]
        expected = {(edge["source"], edge["target"]): edge["value"] for edge in self.expected["edges"]}
        self.same(found, expected, "edges")
        self.same(len(found), len(expected), "number of edges")

    def transitions(self):
        answer = self.ask("dfg", "--input", self.events, "--customer", self.params["subject"])
        found = {(edge["source"], edge["target"]): edge["count"] for edge in answer["edges"]}
        found |= {("path_start", item): count for item, count in answer["start"].items()}
        found |= {(item, "path_end"): count for item, count in answer["end"].items()}
        for source, row in self.expected["counts"].items():
            for target, count in row.items():
                self.same(found.get((source, target), 0), count, f"{source} > {target}")
        self.same(sum(found.values()), self.expected["total"], "total")

    def sessions(self):
        params = self.params
        if params["mode"] == "timeout":
            cut = ["--gap", f"{params['timeout_seconds']}s"]
        else:
            cut = ["--start", params["separator"]]
        sessions = self.ask("sessions", "--input", self.events, *cut)["sessions"]
        index = [one["session"] for one in sessions for _ in range(one["events"])]
        self.same(index, self.expected["session_index"], "session_index")
        if "sessions" in self.expected:
            self.same(len(sessions), self.expected["sessions"], "sessions")

    def stickiness(self):
        params = self.params
        answer = self.ask(
            "stickiness", "--input", self.events, "--event", params["event"] or "any",
            "--interval", params["interval"], *self.calendar(),
        )
        found = {str(one["periods"]): one["customers"] for one in answer["buckets"] if one["customers"]}
        expected = self.expected["people_by_active_intervals"]
        self.same(found, expected, "people by active intervals")
        self.same(len(found), len(expected), "number of buckets")

    def ch_sequence(self):
        for query in self.params["queries"]:
            args = ["sequence", "--input", self.events, "--pattern", query["pattern"], "--chains"]
            for condition in query["conditions"]:
                args += ["--step", condition]
            answer = self.ask(*args)
            what = query["pattern"]
            self.same(answer["customers"], query["match"], f"{what}: match")
            self.same(answer["matches"], query["count"], f"{what}: count")
            at = [stamp for chain in answer["chains"] for stamp in chain["at"]]
            self.same([seconds(stamp) for stamp in at], query["events"], f"{what}: events")

    def summary(self):
        params = self.params
        names = list(self.case["input"]["columns"])
        args = ["rfm", "--input", self.events, "--customer", names[0], "--date", names[1]]
        if len(names) > 2:
            args += ["--amount", names[2]]
        answer = self.ask(*args, "--as-of", params["end"], "--period", params["period"])
        fields = {"frequency": "x", "recency": "t_x", "T": "T", "monetary": "zbar"}
        found = {
            one["customer"]: [one[fields[column]] for column in self.expected["columns"]]
            for one in answer["customers"]
        }
        self.same(found, self.expected["rows"], "rows")

    def rfm_segments(self):
        params = self.params
        orders = self.folder.parents[2] / "data" / "rfm_orders.csv"
        ranges = self.scratch / "segments.csv"
        keys = ["recency_lower", "recency_upper", "frequency_lower", "frequency_upper", "monetary_lower", "monetary_upper"]
        with ranges.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["segment", "r_min", "r_max", "f_min", "f_max", "m_min", "m_max"])
            writer.writerows(zip(params["segments"], *(params[key] for key in keys)))
        answer = self.ask(
            "rfm", "--input", orders, "--customer", "customer_id", "--date", "order_date",
            "--amount", "revenue", "--as-of", params["analysis_date"], "--tiles", params["bins"],
            "--cuts", "quantile", "--segments", ranges,
        )
        found = {one["segment"]: one for one in answer["segments"]}
        counts = {name: one["customers"] for name, one in found.items()}
        self.same(counts, self.expected["all_segments"], "all segments")
        for name, expected in self.expected.items():
            if name != "all_segments":
                own = {**found[name], "revenue": found[name]["monetary"]}
                self.same(own, expected, name)

    def credit(self, model, *more):
        return self.ask("attribution", "--paths", self.events, "--model", model, *more)

    def attribution_weighted(self):
        for model, expected in self.expected.items():
            weights = ",".join(str(weight) for weight in self.params["position_weights"])
            more = ["--position-weights", weights] if model == "position" else []
            channels = self.credit(model, "--keep-repeats", *more)["channels"]
            found = {one["channel"]: one["conversions"] for one in channels}
            self.same(found, expected, model)

    def shapley(self):
        channels = self.credit("shapley")["channels"]
        found = {one["channel"]: one["conversions"] for one in channels}
        self.same(found, self.expected["shapley"], "shapley")

    def markov(self):
        answer = self.credit("markov")
        found = {f"{step['source']}>{step['target']}": step["probability"] for step in answer["transitions"]}
        self.same(found, self.expected["transitions"], "transitions")
        effects = {one["channel"]: one["removal_effect"] for one in answer["channels"]}
        self.same(effects, self.expected["removal_effect"], "removal effect")


def seconds(stamp):
    """Seconds since 1970 of an instant in UTC."""
    import datetime

    at = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    return at.timestamp()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--binary", type=pathlib.Path)
    parser.add_argument("--only", default="", help="cases whose id holds this text")
    args = parser.parse_args()
    program = args.binary or binary()
    failed, passed = [], 0
    for path in sorted(args.folder.resolve().rglob("case.json")):
        with tempfile.TemporaryDirectory() as scratch:
            case = Case(path.parent, program, pathlib.Path(scratch))
            name = case.case["id"]
            if args.only not in name:
                continue
            try:
                getattr(case, case.case["op"])()
            except (Differs, KeyError, IndexError, AttributeError) as error:
                failed.append(name)
                print(f"FAIL {name}: {error!r}" if not isinstance(error, Differs) else f"FAIL {name}: {error}")
            else:
                passed += 1
                print(f"ok   {name}")
    print(f"{passed} of {passed + len(failed)} cases agree")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
