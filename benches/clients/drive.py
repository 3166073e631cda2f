"""Runs a client's own program against a server that is killed with -9 while it sends.

    drive.py NAME CALLS.json COMMAND...

COMMAND is given the URL, the key, the calls, a pause and a number of rounds; it prints the message ids of what
it sent, or of what was taken where it cannot try again under the same id.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

from server import WRITE_KEY, Server, must, once, one_customer

PAUSE_MS, ROUNDS, KILLS = 40, 12, 4


def main():
    name, calls, *command = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        whole = [*command, server.url, WRITE_KEY, calls, str(PAUSE_MS), str(ROUNDS)]
        client = subprocess.Popen(whole, stdout=subprocess.PIPE, text=True)
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(line.strip() for line in client.stdout))
        reader.start()
        for _ in range(KILLS):
            time.sleep(0.6)
            server.kill()
            time.sleep(0.15)
            server.start()
        client.wait(timeout=120)
        reader.join()
        must(client.returncode == 0, f"{name} ended with {client.returncode}")
        must(lines, f"{name} sent nothing")
        if name == "jitsu-js":
            taken(server, lines)
        else:
            once(server, lines)
        first = json.loads(pathlib.Path(calls).read_text())["calls"]
        user = next(call["userId"] for call in first if call["type"] == "identify")
        device = next(call["anonymousId"] for call in first if "anonymousId" in call)
        own = [user] if name == "jitsu-js" else [user, device]
        profile = one_customer(server, *own)
        stats = server.json("/v1/stats")
        must(stats["customers"] == 1, f"{name}: {stats['customers']} customers instead of one")
        must(profile["event_count"] == stats["events"], f"{name}: some of {stats['events']} events are not hers")
        print(f"{name}: {stats['events']} events stored once over {KILLS} kills, {stats['duplicates']} sent again; one customer")


def taken(server, ids):
    """What was taken is stored once. A try whose answer was cut off may be stored too, under its own id."""
    stored = server.ids()
    must(len(stored) == len(set(stored)), "ids are stored twice")
    must(set(ids) <= set(stored), f"lost: {sorted(set(ids) - set(stored))[:5]}")
    must(len(stored) <= len(ids) + KILLS, f"{len(ids)} were taken, {len(stored)} are stored")


main()
