#!/usr/bin/env python3
"""Replays what real clients were recorded to send, and checks that all of it arrives once.

    benches/clients/check.py SHARED

SHARED/clients/*/recorded.json hold the requests of three clients under 13 behaviours of a server. They are
sent again as they were, head and body, all of them twice and the second time after a kill -9. Needs nothing
but the built binary (PERENNIAL names another than the tests').
"""
import json
import pathlib
import sys
import tempfile

from server import Server, must, once, one_customer

# Whose life was recorded.
CUSTOMER = "u-1001"
# What our own connection says.
OWN_HEADERS = {"host", "content-length", "connection"}


def requests(path):
    """The requests of a recording, whose bodies were kept as parsed JSON."""
    for scenario in json.loads(path.read_text())["scenarios"].values():
        for one in scenario["requests"]:
            headers = [(name, value) for name, value in one["headers"] if name.lower() not in OWN_HEADERS]
            body = json.dumps(one["json"], ensure_ascii=False, separators=(",", ":")).encode()
            yield one["method"], one["path"], headers, body, one["json"]


def replay(server, path):
    ids, own = [], {CUSTOMER}
    for method, where, headers, body, parsed in requests(path):
        status, answer = server.send(method, where, headers, body)
        said = json.loads(answer)
        must(status == 200 and (said.get("success") or said.get("ok")), f"{path}: {status} {answer}")
        for event in parsed.get("batch", [parsed]):
            ids.append(event["messageId"])
            if event["type"] == "identify" and event.get("userId") == CUSTOMER:
                own.add(event["anonymousId"])
    return ids, own


def main():
    recordings = sorted(pathlib.Path(sys.argv[1], "clients").glob("*/recorded.json"))
    must(recordings, f"no recordings in {sys.argv[1]}")
    for path in recordings:
        with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
            sent, own = replay(server, path)
            server.kill()
            server.start()
            sent += replay(server, path)[0]
            once(server, sent)
            profile = one_customer(server, *own)
            print(f"{path.parent.name}: {len(sent)} events sent, {len(set(sent))} stored once; "
                  f"{CUSTOMER} has {profile['event_count']} events and {len(profile['identifiers'])} identifiers")


main()
