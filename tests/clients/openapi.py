"""Requests that no document would think of, at every operation that the document has: `bodies`, and `credentials` of each of
its security schemes.

Each answer has to be one that the document knows: its status, its type, its headers, its body. Prints how many there
were of each status, and fails with the first answer that is not documented.
"""

import base64
import sys
from collections import Counter
from itertools import combinations
from urllib.parse import urlencode

import requests
import schemathesis
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PASSWORD = "correct horse"


def part(name, value, more=""):
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'


def bodies(names):
    """(what, content type, body) for a form of these members: who, and the password."""
    who, word = names
    good = f'{{"{who}":"ada","{word}":"{PASSWORD}"}}'
    yield "as it should be", JSON, good
    for media_type in [
        None, "", "json", "text/plain", "text/json", "application/xml", "application/problem+json", "*/*", "\xff",
        "application/json; charset=latin1", "application/json; charset=utf-16", "multipart/form-data",
        "multipart/form-data; boundary=", "multipart/mixed; boundary=b", "application/json, text/plain", "x" * 4096,
    ]:
        yield f"as {media_type!r}", media_type, good
    for text in [
        "", " ", "{", "}", "[]", "null", "1", '"x"', good[:-1], good + "x", good + good, f"[{good}]", "\ufeff" + good,
        f'{{"{who}":NaN}}', f'{{"{who}":1e999,"{word}":"x"}}', f'{{"{who}":"\\ud800","{word}":"x"}}',
        f'{{"{who}":"ada","{who}":"ada","{word}":"x"}}', f'{{"{who}":"\\u0000","{word}":"\\u0000"}}', "[" * 5000,
        f'{{"{who}":' + '{"a":' * 5000, f'{{"{who}":["ada"],"{word}":{{}}}}', f'{{"{who}":"{"a" * 70000}"}}',
    ]:
        yield f"JSON {text[:40]!r}", JSON, text
    yield "JSON that is no UTF-8", JSON, b'{"' + who.encode() + b'":"\xff"}'
    yield "any bytes", JSON, bytes(range(256))
    for text in [
        "", "=", "&", "&&=&", "%", f"{who}=%zz", f"{who}=%ff&{word}=%00", f"{who}", f"{who}=ada&{who}=ada&{word}=x",
        f"{who}[]=ada&{word}[a]=x", f"{who}=ada;{word}=x", "a=" + "b" * 70000, good,
    ]:
        yield f"form {text[:40]!r}", FORM, text
    for text in [
        "", "--", "--b", "--b--", "--b\r\n\r\n", part(who, "ada"), part(who, "ada") + "--c--",
        part(who, "ada") + part(who, "ada") + part(word, "x") + "--b--\r\n",
        part(who, "ada", '; filename="a.txt"') + part(word, "x") + "--b--\r\n",
        "--b\r\n\r\nnameless\r\n--b--\r\n", "--b\r\n" + "X: y\r\n" * 500 + "\r\n--b--\r\n", "\n" * 1000,
        part(who, "a" * 70000) + "--b--\r\n",
    ]:
        yield f"multipart {text[:40]!r}", MULTIPART, text
    for name in ["barred", "new", "nobody", "errs", "panics", " ", "\t", "%", "🦀", "a" * 60000]:
        yield f"who is {name[:10]!r}", JSON, f'{{"{who}":"{name}","{word}":"{PASSWORD}"}}'.replace("\t", "\\t")


AUTHORIZATIONS = [
    "", "x", "Basic", "Basic ", "Basic =", "Basic YQ==", "Basic YTpi", "Basic /w==", "basic YWRhOmNvcnJlY3QgaG9yc2U=",
    "Bearer", "Bearer a b", "Bearer a.b.c", "Bearer ..", "Bearer e30.e30.", "Bearer " + "a" * 20000, "Digest a=b",
    "Basic YTpi, Bearer a.b.c", "Basic ZXJyczpjb3JyZWN0IGhvcnNl", "Basic YmFycmVkOmNvcnJlY3QgaG9yc2U=", "\xff",
]

TOKENS = ["a", "a.b.c", "...", "%00", "%2F", "%2e%2e", "%ff", "%zz", "e30.e30.e30", "a" * 20000, "{token}", "🦀"]


# What a browser says of the page that sends a request, and that it asks for a WebSocket.
CIRCUMSTANCES = [
    {}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Connection": "Upgrade", "Upgrade": "websocket"},
]


def sent(scheme, credential):
    """(headers, query) of a credential that is sent as a security scheme of the document says."""
    match scheme:
        case {"type": "http", "scheme": "basic"}:
            return {"Authorization": "Basic " + base64.b64encode(f"ada:{PASSWORD}".encode()).decode()}, {}
        case {"type": "http"}:
            return {"Authorization": f"Bearer {credential}"}, {}
        case {"in": "query", "name": name}:
            return {}, {name: credential}
        case {"in": "cookie", "name": name}:
            return {"Cookie": f"{name}={credential}"}, {}
        case {"in": "header", "name": "Sec-WebSocket-Protocol" as name}:
            return {name: f"chat.v1, bearer, {credential}"}, {}
        case {"in": "header", "name": name}:
            return {name: credential}, {}


def credentials(schemes, token):
    """(what, headers, query) for credentials of every scheme and of every two, good ones and bad ones."""
    for name, scheme in schemes.items():
        for circumstances in CIRCUMSTANCES:
            headers, query = sent(scheme, token())
            yield f"{name} {circumstances}", headers | circumstances, query
        yield f"a bad {name}", *sent(scheme, "a.b.c")
        yield f"no {name}", *sent(scheme, "")
    for (one, first), (other, second) in combinations(schemes.items(), 2):
        (headers, query), (more, queries) = sent(first, "a.b.c"), sent(second, "a.b.c")
        yield f"{one} and {other}", headers | more, query | queries


def with_credentials(path, operation, document, token):
    """(what, path, headers, body, whether a fault is provoked) for an operation of the document."""
    # A logout ends a token, so there is one each.
    ends = "logout" in operation["operationId"]
    known, schemes = token(), document["components"]["securitySchemes"]
    for what, headers, query in credentials(schemes, token if ends else lambda: known):
        yield what, f"{path.replace('{token}', 'a.b.c')}?{urlencode(query)}", headers, "", False


def with_bodies(path, operation, document, _):
    """The same, with bodies, fields and paths that are none."""
    takes_basic = any("basic" in scheme for scheme in operation.get("security", document["security"]))
    form = operation.get("requestBody", {}).get("content", {}).get(JSON)
    if form:
        names = sorted(form["schema"]["required"], key=lambda name: name == "password")
        for what, media_type, body in bodies(names):
            headers = {} if media_type is None else {"Content-Type": media_type}
            yield what, path, headers, body, "errs" in what or "panics" in what
            if what == "as it should be":
                yield "gzip that is none", path, headers | {"Content-Encoding": "gzip"}, body, False
    for text in AUTHORIZATIONS:
        fault = takes_basic and text.startswith("Basic ZXJyczp")
        yield f"Authorization {text[:40]!r}", path.replace("{token}", "a.b.c"), {"Authorization": text}, "", fault
    if "{token}" in path:
        for token in TOKENS:
            yield f"token {token[:40]!r}", path.replace("{token}", token), {}, "", False


def main(url, which):
    load_all_checks()
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    document = schema.raw_schema
    cases = {"bodies": with_bodies, "credentials": with_credentials}[which]

    def token():
        return requests.post(f"{url}/tokens", json={"login": "ada", "password": PASSWORD}, timeout=20).json()["token"]

    counts, statuses = Counter(), Counter()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            described = schema[path][method.upper()]
            for what, target, headers, body, fault in cases(path, operation, document, token):
                body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
                # A connection each: after an answer to a body that was not read, the server may close it (RFC 9112 §9.6).
                session = requests.Session()
                # `requests` turns text into latin-1, as HTTP has it.
                headers = {name: text.encode("latin-1") for name, text in headers.items()}
                request = session.prepare_request(requests.Request(method, url + target, headers=headers, data=body))
                response = session.send(request, timeout=20)
                session.close()
                place = f"{method.upper()} {path}, {what}: {response.status_code} {response.text[:200]}"
                if (response.status_code >= 500) != fault:
                    raise SystemExit(f"{'no fault' if fault else 'a fault'}: {place}")
                try:
                    described.Case(path_parameters={"token": "a"}).validate_response(response, checks=CHECKS)
                except FailureGroup as failure:
                    raise SystemExit(f"not as documented: {place}\n{failure}") from None
                counts[f"{method.upper()} {path}"] += 1
                statuses[response.status_code] += 1
    for place, count in counts.items():
        print(f"{place}: {count} answers")
    print("statuses: " + ", ".join(f"{status} {count}" for status, count in sorted(statuses.items())))


main(*sys.argv[1:])
