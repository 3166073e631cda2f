"""The built server as a process: started, asked, killed. Python's standard library only."""
import http.client
import json
import os
import pathlib
import socket
import subprocess
import time

WRITE_KEY, ADMIN_KEY = "wk_test_123", "admin_test_123"
ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    """The binary that PERENNIAL names, or the one that the tests have built."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return os.environ.get("PERENNIAL", str(target / "debug" / "perennial"))


class Server:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        project = self.folder / "project"
        project.mkdir()
        preset = (ROOT / "presets" / "retail.yaml").read_text()
        (project / "perennial.yaml").write_text(preset)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        log = open(self.folder / "serve.log", "a")
        command = [binary(), "serve", "--project", self.folder / "project", "--data", self.folder / "data",
                   "--listen", f"127.0.0.1:{self.port}"]
        keys = {"PERENNIAL_WRITE_KEY": WRITE_KEY, "PERENNIAL_ADMIN_KEY": ADMIN_KEY}
        self.process = subprocess.Popen(command, env={**os.environ, **keys}, stdout=log, stderr=log)
        while True:
            try:
                if self.send("GET", "/readyz")[0] == 200:
                    return self
            except OSError:
                pass
            if self.process.poll() is not None:
                raise SystemExit((self.folder / "serve.log").read_text())
            time.sleep(0.02)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    __enter__ = start

    def __exit__(self, *_):
        self.kill()

    def send(self, method, path, headers=(), body=b""):
        """Sends a request as it is; gives the status and the body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in [("Host", "localhost"), *headers, ("Content-Length", str(len(body)))]:
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        result = answer.status, answer.read()
        connection.close()
        return result

    def ask(self, path):
        status, body = self.send("GET", path, [("Authorization", f"Bearer {ADMIN_KEY}")])
        if status != 200:
            raise SystemExit(f"{path}: {status} {body.decode()}")
        return body

    def ids(self):
        """The message ids of stored events; one that is stored twice is listed twice."""
        return [json.loads(line)["message_id"] for line in self.ask("/v1/events/ids").splitlines()]

    def json(self, path):
        return json.loads(self.ask(path))


def must(holds, otherwise):
    if not holds:
        raise SystemExit(f"FAILED: {otherwise}")


def once(server, expected):
    """Every expected id is stored exactly once, nothing else is, and the counters add up."""
    stored = server.ids()
    must(len(stored) == len(set(stored)), "ids are stored twice")
    must(set(stored) == set(expected), f"not the ids that were sent: {sorted(set(stored) ^ set(expected))[:5]}")
    stats = server.json("/v1/stats")
    must(stats["received"] == stats["events"] + stats["duplicates"] + stats["failed"], f"{stats}")
    must(stats["events"] == len(stored) and stats["failed"] == 0, f"{stats}")


def one_customer(server, *ids):
    """All these identifiers are one customer; gives her profile."""
    profiles = [server.json(f"/v1/customers/{name}") for name in ids]
    must(len({profile["customer"] for profile in profiles}) == 1, f"{ids} are more than one customer")
    return profiles[0]
