"""requests logs in, PyJWT verifies the tokens on its own and signs some that the server admits."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import jwt
import requests
from checks import check, same

URL = sys.argv[1]
SECRET = os.environ["AUTH_SECRET"]
PUBLIC_KEY = Path(os.environ["AUTH_PUBLIC_PEM"]).read_text()
ADA = {"id": 1, "username": "ada", "email": "ada@example.com", "phone": "13812345678", "role": {"name": "author"}}
PASSWORD = "correct horse"
# Contract `tokens` has in `sub` the id as it is, a number, and RFC 7519 a string: PyJWT has to be told.
OPTIONS = {"require": ["iat", "exp"], "verify_sub": False}
HEADER_ORDER = {"auth_local": ["alg", "typ"], "login": ["alg", "typ"], "tokens": ["typ", "alg"]}
# Contract: path, name of the user-id, status, member with the token, claims, seconds.
FORMS = {
    "auth_local": ("/auth/local", "identifier", 200, "jwt", ["id", "iat", "exp"], 30 * 86400),
    "login": ("/login", "username", 200, "token", ["id", "username", "iat", "exp"], 388_800),
    "tokens": ("/tokens", "login", 201, "token", ["sub", "iss", "iat", "exp", "nbf", "jti"], 5 * 60),
}
session = requests.Session()


class Bearer(requests.auth.AuthBase):
    def __init__(self, token):
        self.token = token

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def me(auth):
    return session.get(f"{URL}/users/me", auth=auth)


def form(contract, user="ada", password=PASSWORD, body="json"):
    path, name, *_ = FORMS[contract]
    fields = {name: user, "password": password}
    how = {
        "json": {"json": fields},
        "urlencoded": {"data": fields},
        "multipart": {"files": {name: (None, value) for name, value in fields.items()}},
    }
    return session.post(URL + path, **how[body])


def exchange(auth):
    return session.post(f"{URL}/api/auth/token", auth=auth)


def refresh(token):
    return session.patch(f"{URL}/tokens/{token}")


def forms():
    for contract, (_, _, status, member, names, seconds) in FORMS.items():
        for body in ["json", "urlencoded", "multipart"]:
            answer = form(contract, body=body)
            same(f"{contract}: logs in with {body}", answer.status_code, status)
        token = answer.json()[member]
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options=OPTIONS)
        same(f"{contract}: PyJWT verifies the token, and its claims are the documented", list(claims), names)
        same(f"{contract}: the header too", list(jwt.get_unverified_header(token)), HEADER_ORDER[contract])
        same(f"{contract}: it lives as long as documented", claims["exp"] - claims["iat"], seconds)
        same(f"{contract}: it is the user's", claims.get("id", claims.get("sub")), 1)
        try:
            jwt.decode(token, SECRET + "x", algorithms=["HS256"])
            check(f"{contract}: another secret does not verify it", False)
        except jwt.InvalidSignatureError:
            check(f"{contract}: another secret does not verify it", True)
        same(f"{contract}: the token opens the guarded route", me(Bearer(token)).json(), ADA)


def form_answers():
    same("auth_local: the user comes along, without secrets", form("auth_local").json()["user"], ADA)
    body = form("login").json()
    claims = jwt.decode(body["token"], SECRET, algorithms=["HS256"])
    same("login: the times are the claims'", [body["tokenExpire"], body["tokenIssuedAt"]], [claims["exp"], claims["iat"]])
    same("login: the password is null", body["user"], ADA | {"password": None})
    body = form("tokens").json()
    same("tokens: the times are minutes", [body["ttl"], body["refresh_ttl"]], [5, 10])
    for contract, status in [("auth_local", 400), ("login", 404), ("tokens", 422)]:
        wrong, nobody = form(contract, password="wrong"), form(contract, user="nobody")
        same(f"{contract}: a wrong password is refused", wrong.status_code, status)
        same(f"{contract}: nobody is refused alike", nobody.content, wrong.content)
    for contract, status in [("auth_local", 400), ("login", 403), ("tokens", 422)]:
        same(f"{contract}: a blocked user is refused", form(contract, user="barred").status_code, status)
    for contract in FORMS:
        same(f"{contract}: a failing lookup is no wrong password", form(contract, user="errs").status_code, 500)


def auth_token():
    answer = exchange(("ada", PASSWORD))
    same("auth_token: Basic is exchanged", [answer.status_code, answer.json()["isSuccess"]], [200, True])
    token = answer.json()["token"]
    claims = jwt.decode(token, PUBLIC_KEY, algorithms=["RS256"])
    same("auth_token: PyJWT verifies it by the public key", claims["sub"], "1")
    same("auth_token: two hours", claims["exp"] - claims["iat"], 7200)
    same("auth_token: the header", jwt.get_unverified_header(token), {"typ": "JWT", "alg": "RS256"})
    same("auth_token: the token opens the guarded route", me(Bearer(token)).json(), ADA)
    same("auth_token: Bearer renews", exchange(Bearer(token)).status_code, 200)
    same("auth_token: a wrong password", [exchange(("ada", "no")).status_code, exchange(("ada", "no")).content], [403, b""])
    same("auth_token: a failing lookup", exchange(("errs", PASSWORD)).status_code, 500)


def signed_by_pyjwt():
    now = int(time.time())
    admitted = {
        "the claims of auth_local": {"id": 1, "iat": now, "exp": now + 60},
        "the claims of login": {"id": 1, "username": "ada", "iat": now, "exp": now + 60},
        "the claims of tokens": {"sub": 1, "iss": "old", "iat": now, "nbf": now, "exp": now + 60, "jti": "a1b2c3d4e5f6g7h8"},
        "a subject that is text": {"sub": "1", "iat": now, "exp": now + 60},
        "an end inside the leeway": {"id": 1, "iat": now - 60, "exp": now - 5},
    }
    for what, claims in admitted.items():
        same(f"PyJWT signs {what}: admitted", me(Bearer(jwt.encode(claims, SECRET, "HS256"))).status_code, 200)
    good = {"id": 1, "iat": now, "exp": now + 60}
    hostile = {
        "expired_by_a_minute": jwt.encode(good | {"iat": now - 120, "exp": now - 60}, SECRET, "HS256"),
        "not_yet_valid": jwt.encode(good | {"nbf": now + 60}, SECRET, "HS256"),
        "another_secret": jwt.encode(good, SECRET[::-1], "HS256"),
        "no_signature": jwt.encode(good, None, "none"),
        "no_expiry": jwt.encode({"id": 1, "iat": now}, SECRET, "HS256"),
        "nobody": jwt.encode(good | {"id": 99}, SECRET, "HS256"),
        "blocked": jwt.encode(good | {"id": 3}, SECRET, "HS256"),
    }
    for what, token in hostile.items():
        answer = me(Bearer(token))
        same(f"PyJWT signs {what}: refused", answer.status_code, 401)
        check(f"PyJWT signs {what}: the challenge says so", 'error="invalid_token"' in answer.headers["www-authenticate"])
    failing = jwt.encode(good | {"id": 4}, SECRET, "HS256")
    same("a token of a user whose lookup fails: 503", me(Bearer(failing)).status_code, 503)


def refreshing():
    first = form("tokens").json()["token"]
    answer = refresh(first)
    same("tokens: refreshes", answer.status_code, 201)
    before, after = (jwt.decode(token, SECRET, algorithms=["HS256"], options=OPTIONS) for token in (first, answer.json()["token"]))
    same("tokens: the same login and user", [after["iat"], after["sub"]], [before["iat"], before["sub"]])
    check("tokens: another number", after["jti"] != before["jti"])
    same("tokens: a retry gets the same successor", refresh(first).json(), answer.json())
    same("tokens: the successor opens the guarded route", me(Bearer(answer.json()["token"])).json(), ADA)

    # Eight threads with a connection each, let go at once.
    token, ready = form("tokens").json()["token"], Barrier(8)

    def parallel(_):
        with requests.Session() as own:
            own.get(f"{URL}/health")
            ready.wait(10)
            return own.patch(f"{URL}/tokens/{token}")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(parallel, range(8)))
    same("tokens: parallel refreshes are all granted", {answer.status_code for answer in answers}, {201})
    same("tokens: and get one successor", len({answer.json()["token"] for answer in answers}), 1)

    # Issued by the old back end, expired since, and inside its window of ten minutes.
    now = int(time.time())
    old = {"sub": 1, "iss": "old", "iat": now - 500, "nbf": now - 500, "exp": now - 200, "jti": "q1w2e3r4t5z6u7i8"}
    expired = jwt.encode(old, SECRET, "HS256")
    same("tokens: an expired token is refused on a guarded route", me(Bearer(expired)).status_code, 401)
    renewed = refresh(expired)
    same("tokens: and refreshed", renewed.status_code, 201)
    same("tokens: into one that is good", me(Bearer(renewed.json()["token"])).json(), ADA)
    late = jwt.encode(old | {"iat": now - 700, "nbf": now - 700, "jti": "y1x2c3v4b5n6m7a8"}, SECRET, "HS256")
    answer = refresh(late)
    same("tokens: not after the window", [answer.status_code, answer.json()],
         [401, {"message": ["Token has expired and can no longer be refreshed"]}])
    foreign = refresh(form("login").json()["token"])
    same("tokens: a token of another contract is refused", foreign.status_code, 401)


def guarded():
    same("Basic opens the guarded route", me(("alan", "pass:wörd:".encode())).json()["city"], "Zürich")
    same("Basic with a wrong password", me(("ada", "wrong")).status_code, 401)
    nothing = session.get(f"{URL}/users/me")
    same("nothing: 401", nothing.status_code, 401)
    same("nothing: a challenge without an error", nothing.headers["www-authenticate"].count("error="), 0)
    same("nothing: a problem", nothing.headers["content-type"], "application/problem+json")
    same("a failing lookup: 503, and when to come again",
         [me(("errs", PASSWORD)).status_code, me(("errs", PASSWORD)).headers["retry-after"]], [503, "1"])


for part in [forms, form_answers, auth_token, signed_by_pyjwt, refreshing, guarded]:
    part()
