"""grpcio calls the service of examples/tonic by the code that grpcio-tools makes of its .proto file."""

import base64
import os
import sys
import tempfile
import time
from pathlib import Path

import grpc
import jwt
import requests
from checks import check, same
from grpc_tools import protoc

URL = sys.argv[1]
SECRET = os.environ["AUTH_SECRET"]
PROTO = Path(__file__).resolve().parents[2] / "examples/tonic/proto"
PASSWORD = "correct horse"

with tempfile.TemporaryDirectory() as made:
    same("protoc makes the stubs",
         protoc.main(["", f"-I{PROTO}", f"--python_out={made}", f"--grpc_python_out={made}", "whoami.proto"]), 0)
    sys.path.insert(0, made)
    import whoami_pb2 as messages
    import whoami_pb2_grpc as services


def bearer(token):
    return [("authorization", f"Bearer {token}")]


def basic(user, password=PASSWORD):
    return [("authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())]


def signed(**claims):
    return bearer(jwt.encode({"iat": int(time.time())} | claims, SECRET, "HS256"))


def error_of(call):
    try:
        answer = call()
        # A stream has its error where it is read.
        check("an answer that is an error", False, list(answer) if isinstance(answer, grpc.Future) else answer)
    except grpc.RpcError as error:
        return error


def refused(what, code, details, call):
    error = error_of(call)
    same(f"{what}: {code.name}", [error.code(), error.details()], [code, details])


def caller(answer):
    return [answer.id, answer.username, answer.scheme]


with grpc.insecure_channel(URL.removeprefix("http://"), [("grpc.enable_http_proxy", 0)]) as channel:
    whoami = services.WhoamiStub(channel)

    def get(metadata=None):
        return whoami.Get(messages.GetRequest(), metadata=metadata, timeout=10)

    def watch(metadata=None, count=3):
        return whoami.Watch(messages.WatchRequest(count=count), metadata=metadata, timeout=30)

    token = requests.post(f"{URL}/login", json={"username": "ada", "password": PASSWORD}).json()["token"]
    exchanged = requests.post(f"{URL}/api/auth/token", auth=("ada", PASSWORD)).json()["token"]
    same("Get with a token of login", caller(get(bearer(token))), ["1", "ada", "bearer"])
    same("Get with a token of auth_token", caller(get(bearer(exchanged))), ["1", "ada", "bearer"])
    same("Get with Basic", caller(get(basic("alan", "pass:wörd:"))), ["2", "alan", "basic"])
    same("Watch with a token", [caller(one) for one in watch(bearer(token))], [["1", "ada", "bearer"]] * 3)
    endless = watch(bearer(token), count=0)
    same("Watch without an end", caller(next(endless)), ["1", "ada", "bearer"])
    endless.cancel()
    same("Watch, cancelled", error_of(lambda: list(endless)).code(), grpc.StatusCode.CANCELLED)

    now, denied = int(time.time()), grpc.StatusCode.PERMISSION_DENIED

    def count(metadata=None):
        return whoami.Count(messages.CountRequest(), metadata=metadata, timeout=10)

    # The watch of three answers has waited for two.
    check("Count with a token of the scope", count(signed(id=1, exp=now + 60, scope="a ticks")).ticks >= 2)
    for what, metadata in [
        ("a token without a scope", bearer(token)),
        ("a token of another scope", signed(id=1, exp=now + 60, scope="tick ticks:all")),
        ("a password", basic("ada")),
    ]:
        refused(f"Count with {what}", denied, "the credentials do not cover this request", lambda: count(metadata))

    no, away = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNAVAILABLE
    for name, call in [("Get", get), ("Watch", watch), ("Count", count)]:
        refused(f"{name} without credentials", no, "credentials are required", call)
        refused(f"{name} with a wrong password", no, "the user-id or the password is wrong", lambda: call(basic("ada", "wrong")))
        refused(f"{name} as nobody", no, "the user-id or the password is wrong", lambda: call(basic("nobody")))
        refused(f"{name} as a blocked user", no, "the account is blocked", lambda: call(signed(id=3, exp=now + 60)))
        refused(f"{name} with no token", no, "the token is malformed", lambda: call(bearer("none")))
        refused(f"{name} with an expired token", no, "the token has expired", lambda: call(signed(id=1, exp=now - 60)))
        refused(f"{name} with a changed token", no, "the signature of the token does not hold",
                lambda: call(bearer(token[:-8] + "A" * 8)))
        refused(f"{name} while the lookup fails", away, "the credentials cannot be checked at the moment",
                lambda: call(basic("errs")))
        refused(f"{name} while the lookup of a token's user fails", away, "the credentials cannot be checked at the moment",
                lambda: call(signed(id=4, exp=now + 60)))
    same("the channel goes on after the refusals", caller(get(bearer(token))), ["1", "ada", "bearer"])

    other = channel.unary_unary("/whoami.v1.Whoami/Other", lambda _: b"", lambda got: got)
    for metadata, code in [(None, no), (bearer(token), grpc.StatusCode.UNIMPLEMENTED)]:
        error = error_of(lambda: other(b"", metadata=metadata, timeout=10))
        same(f"a method that is not there: {code.name}", error.code(), code)
