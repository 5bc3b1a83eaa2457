"""Stub servers of Sourcify and Etherscan that reject every request that the real ones don't take. No test uses a chain."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import pytest

from peculium.deployments.artifacts import packaged_suite
from peculium.deployments.explorers import Etherscan, Pace, Sourcify, Web
from peculium.deployments.planned import plan_suite
from peculium.deployments.sources import contract_source
from peculium.operations import ENTRY_POINT

CHAIN = 84532
KEY = "TESTKEY0123456789ABCDEFGHIJKLMNOPQ"
JOB = "72d12273-0723-448e-a9f6-f7957128ef{:02x}"
HEX = {"type": "string", "pattern": "^0x[0-9a-f]{64}$"}
STANDARD_JSON = {
    "type": "object",
    "required": ["language", "sources", "settings"],
    "additionalProperties": False,
    "properties": {
        "language": {"const": "Solidity"},
        "sources": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "required": ["content"],
                "additionalProperties": False,
                "properties": {"content": {"type": "string", "minLength": 1}},
            },
        },
        "settings": {"type": "object"},
    },
}
SUBMISSION = {
    "type": "object",
    "required": ["stdJsonInput", "compilerVersion", "contractIdentifier"],
    "additionalProperties": False,
    "properties": {
        "stdJsonInput": STANDARD_JSON,
        "compilerVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+\+commit\.[0-9a-f]{8}$"},
        "contractIdentifier": {"type": "string", "pattern": r"^[^:]+\.sol:\w+$"},
        "creationTransactionHash": HEX,
    },
}
FORM = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "contractaddress": {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"},
        "sourceCode": {"type": "string"},
        "codeformat": {"const": "solidity-standard-json-input"},
        "contractname": {"type": "string", "pattern": r"^[^:]+\.sol:\w+$"},
        "compilerversion": {"type": "string", "pattern": r"^v\d+\.\d+\.\d+\+commit\.[0-9a-f]{8}$"},
        "constructorArguments": {"type": "string", "pattern": "^([0-9a-f]{64})*$"},
        "constructorArguements": {"type": "string", "pattern": "^([0-9a-f]{64})*$"},
    },
}
FORM["required"] = list(FORM["properties"])


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """Replaces that of the shared chain."""


@pytest.fixture(autouse=True)
def isolation():
    """Likewise."""


@dataclass(frozen=True)
class Received:
    """A request."""

    kind: str
    path: str
    query: dict
    content: dict


@dataclass
class Stub:
    """A server. What it finds wrong with requests fails the test at its end."""

    received: list = field(default_factory=list)
    faults: deque = field(default_factory=deque)
    """Answers, with the kind of request that they are for, instead of the right ones. Each is given once."""
    wrong: list = field(default_factory=list)
    polls: int = 0
    """How often a job is still pending before it has a result; below zero forever."""

    def asked(self, kind):
        return [each for each in self.received if each.kind == kind]

    def fail(self, kind, status, body, times=1, **headers):
        """Gives this answer to the next requests of a kind."""
        self.faults.extend([(kind, (status, body, headers))] * times)

    def serve(self, method, target, headers, body):
        split = urlsplit(target)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        try:
            request = self.read(method, split.path, query, headers, body)
        except Exception as error:
            self.wrong.append(f"{method} {target}: {error!r}")
            return 400, {"customCode": "invalid_parameter", "message": str(error)}, {}
        self.received.append(request)
        if self.faults and self.faults[0][0] == request.kind:
            return self.faults.popleft()[1]
        return self.answer(request)

    def pending(self, job):
        asked = [each for each in self.asked("status") if job in (each.path.split("/")[-1], each.query.get("guid"))]
        return self.polls < 0 or len(asked) <= self.polls


@dataclass
class SourcifyStub(Stub):
    """The API v2 of Sourcify."""

    match: str = "match"
    verified: dict = field(default_factory=dict)
    jobs: dict = field(default_factory=dict)
    error: dict | None = None
    """What is wrong with every source."""

    def read(self, method, path, query, headers, body):
        assert query == {}
        if method == "POST":
            assert re.fullmatch(rf"/v2/verify/{CHAIN}/0x[0-9a-fA-F]{{40}}", path), path
            assert headers["Content-Type"] == "application/json"
            content = json.loads(body)
            jsonschema.validate(content, SUBMISSION)
            check_source(content["stdJsonInput"], content["contractIdentifier"], content["compilerVersion"])
            return Received("submit", path, query, content)
        assert method == "GET"
        assert not body
        if re.fullmatch(rf"/v2/contract/{CHAIN}/0x[0-9a-fA-F]{{40}}", path):
            return Received("look up", path, query, {})
        assert re.fullmatch("/v2/verify/" + JOB.format(0)[:-2] + "[0-9a-f]{2}", path), path
        return Received("status", path, query, {})

    def answer(self, request):
        last = request.path.split("/")[-1]
        if request.kind == "look up":
            match = self.verified.get(last)
            return (200 if match else 404), self.contract(last, match), {}
        if request.kind == "submit":
            job = JOB.format(len(self.jobs))
            self.jobs[job] = last
            return 202, {"verificationId": job}, {}
        address = self.jobs[last]
        done = {"isJobCompleted": True, "verificationId": last, "jobStartTime": "2026-01-01T00:00:00Z"}
        if self.pending(last):
            return 200, {**done, "isJobCompleted": False, "contract": self.contract(address, None)}, {}
        if self.error:
            return 200, {**done, "error": self.error, "contract": self.contract(address, None)}, {}
        self.verified[address] = self.match
        return 200, {**done, "contract": self.contract(address, self.match)}, {}

    def contract(self, address, match):
        same = {"match": match, "creationMatch": match, "runtimeMatch": match}
        return {**same, "chainId": str(CHAIN), "address": address}


@dataclass
class EtherscanStub(Stub):
    """The API v2 of Etherscan."""

    guids: dict = field(default_factory=dict)
    result: tuple = ("1", "OK", "Pass - Verified")

    def read(self, method, path, query, headers, body):
        assert path == "/v2/api"
        shared = {"chainid": str(CHAIN), "module": "contract", "apikey": KEY}
        if method == "POST":
            assert query == {**shared, "action": "verifysourcecode"}
            assert headers["Content-Type"] == "application/x-www-form-urlencoded"
            form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
            jsonschema.validate(form, FORM)
            assert form["constructorArguments"] == form["constructorArguements"]
            task = json.loads(form["sourceCode"])
            jsonschema.validate(task, STANDARD_JSON)
            check_source(task, form["contractname"], form["compilerversion"].removeprefix("v"))
            return Received("submit", path, query, form)
        assert method == "GET"
        guid = query["guid"]
        assert query == {**shared, "action": "checkverifystatus", "guid": guid}
        assert guid in self.guids
        return Received("status", path, query, {})

    def answer(self, request):
        if request.kind == "submit":
            guid = f"guid{len(self.guids)}"
            self.guids[guid] = request.content["contractaddress"]
            return said("1", "OK", guid)
        return said("0", "NOTOK", "Pending in queue") if self.pending(request.query["guid"]) else said(*self.result)


def said(status, message, result):
    """An answer of Etherscan."""
    return 200, {"status": status, "message": message, "result": result}, {}


def check_source(task, identifier, compiler):
    """A source is what the package carries for this contract."""
    source = contract_source(identifier.split(":")[1])
    assert identifier == source.identifier
    assert compiler == source.compiler
    assert task == source.standard_json
    assert source.path in task["sources"]
    assert "remappings" not in task["settings"]


class Handler(BaseHTTPRequestHandler):
    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, content, headers = self.server.stub.serve(self.command, self.path, self.headers, body)
        if status == 0:
            # Closes the connection without an answer.
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(raw)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = handle_any  # noqa: N815

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Prints nothing: a client that has given up closes its connection."""


def running(stub):
    server = Server(("127.0.0.1", 0), Handler)
    server.stub = stub
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield stub
    server.shutdown()
    server.server_close()
    thread.join()
    assert stub.wrong == []


@pytest.fixture
def sourcify_stub():
    yield from running(SourcifyStub())


@pytest.fixture
def etherscan_stub():
    yield from running(EtherscanStub())


@dataclass
class Time:
    """A clock that waits for nobody."""

    now: float = 0.0
    waits: list = field(default_factory=list)

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def pace(time):
    return Pace(patience=60, pause=3, sleep=time.sleep, clock=time.clock)


@pytest.fixture
def sourcify(sourcify_stub, time):
    return Sourcify(Web("Sourcify", sourcify_stub.url, timeout=2, sleep=time.sleep))


@pytest.fixture
def etherscan(etherscan_stub, time):
    web = Web("Etherscan", etherscan_stub.url, secret=KEY, timeout=2, sleep=time.sleep)
    return Etherscan(KEY, web=web)


@pytest.fixture(scope="session")
def suite_contracts():
    """The contracts of the suite, with the addresses that they have on every chain."""
    return {each.name: each for each in plan_suite(packaged_suite(), ENTRY_POINT)}


@pytest.fixture
def registry(suite_contracts):
    return suite_contracts["AgentRegistry"]


@pytest.fixture
def factory(suite_contracts):
    """A contract whose constructor has arguments."""
    return suite_contracts["AgentWalletFactory"]
