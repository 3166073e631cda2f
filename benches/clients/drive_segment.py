"""Sends calls through segment-analytics-python, one every so often, and prints their message ids.

    python drive_segment.py URL KEY CALLS.json PAUSE_MS ROUNDS
"""
import datetime
import json
import sys
import time
import uuid

from segment.analytics.client import Client

host, write_key, path, pause, rounds = sys.argv[1:]
client = Client(write_key, host=host, upload_size=3, upload_interval=0.2, max_retries=10)
names = {"userId": "user_id", "anonymousId": "anonymous_id", "groupId": "group_id", "previousId": "previous_id"}
for _ in range(int(rounds)):
    for call in json.load(open(path))["calls"]:
        arguments = {names.get(name, name): value for name, value in call.items() if name != "type"}
        arguments["timestamp"] = datetime.datetime.fromisoformat(call["timestamp"].replace("Z", "+00:00"))
        arguments["message_id"] = str(uuid.uuid4())
        print(arguments["message_id"], flush=True)
        getattr(client, call["type"])(**arguments)
        time.sleep(int(pause) / 1000)
client.shutdown()
