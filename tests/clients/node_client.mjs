// Published JavaScript: Node's own fetch and HTTP/2, axios, and jsonwebtoken.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import { createRequire } from "node:module";

// Modules that are not beside this file are found where NODE_PATH says, and only by `require`.
const require = createRequire(import.meta.url);
const axios = require("axios");
const jsonwebtoken = require("jsonwebtoken");

const url = process.argv[2];
const secret = process.env.AUTH_SECRET;
const publicKey = readFileSync(process.env.AUTH_PUBLIC_PEM);
const password = "correct horse";

async function check(what, body) {
  try {
    await body();
    console.log(`ok: ${what}`);
  } catch (error) {
    console.log(`FAILED: ${what}`);
    throw error;
  }
}

const json = (fields) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(fields) });
const urlencoded = (fields) => ({ method: "POST", body: new URLSearchParams(fields) });
const multipart = (fields) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return { method: "POST", body };
};

const contracts = [
  ["auth_local", "/auth/local", "identifier", 200, "jwt"],
  ["login", "/login", "username", 200, "token"],
  ["tokens", "/tokens", "login", 201, "token"],
];
for (const [contract, path, name, status, member] of contracts) {
  for (const form of [json, urlencoded, multipart]) {
    await check(`fetch: ${contract}, ${form.name}, verified by jsonwebtoken`, async () => {
      const answer = await fetch(url + path, form({ [name]: "ada", password }));
      assert.equal(answer.status, status);
      const { [member]: token, user } = await answer.json();
      assert.equal(user.username, "ada");
      const claims = jsonwebtoken.verify(token, secret, { algorithms: ["HS256"] });
      assert.equal(claims.id ?? claims.sub, 1);
      const me = await fetch(`${url}/users/me`, { headers: { authorization: `Bearer ${token}` } });
      assert.deepEqual([me.status, (await me.json()).id], [200, 1]);
    });
  }
}

const client = axios.create({ baseURL: url });
let token;
await check("axios: auth_token by its own Basic, verified by jsonwebtoken with the public key", async () => {
  const { data } = await client.post("/api/auth/token", null, { auth: { username: "ada", password } });
  token = data.token;
  assert.equal(jsonwebtoken.verify(token, publicKey, { algorithms: ["RS256"] }).sub, "1");
});
await check("axios: auth_token renewed", async () => {
  const { data } = await client.post("/api/auth/token", null, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(data.isSuccess, true);
});
await check("axios: login and refresh", async () => {
  const { data } = await client.post("/tokens", { login: "ada", password });
  const { status, data: renewed } = await client.patch(`/tokens/${data.token}`);
  assert.deepEqual([status, renewed.ttl], [201, 5]);
  const me = await client.get("/users/me", { headers: { Authorization: `Bearer ${renewed.token}` } });
  assert.equal(me.data.username, "ada");
});
await check("axios: parallel refreshes get one successor", async () => {
  const { data } = await client.post("/tokens", { login: "ada", password });
  const answers = await Promise.all(Array.from({ length: 8 }, () => client.patch(`/tokens/${data.token}`)));
  assert.equal(new Set(answers.map((answer) => answer.data.token)).size, 1);
});
await check("axios: a wrong password is its error", async () => {
  const refused = client.post("/login", { username: "ada", password: "wrong" });
  await assert.rejects(refused, (error) => error.response.status === 404 && /not correct/.test(error.response.data.message));
});

const call = (signed) => fetch(`${url}/users/me`, { headers: { authorization: `Bearer ${signed}` } });
await check("jsonwebtoken signs: admitted", async () => {
  assert.equal((await call(jsonwebtoken.sign({ id: 1 }, secret, { expiresIn: 60 }))).status, 200);
});
await check("jsonwebtoken signs an expired one: refused", async () => {
  assert.equal((await call(jsonwebtoken.sign({ id: 1 }, secret, { expiresIn: -60 }))).status, 401);
});
await check("jsonwebtoken signs with HS256 and the public key: refused", async () => {
  const parts = [{ alg: "HS256", typ: "JWT" }, { id: 1, exp: Math.floor(Date.now() / 1000) + 60 }];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const { createHmac } = await import("node:crypto");
  assert.equal((await call(`${text}.${createHmac("sha256", publicKey).update(text).digest("base64url")}`)).status, 401);
});

// One connection over h2c for all that follows.
const session = http2.connect(url);
function request(headers, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status, text = "";
    stream.on("response", (head) => { status = head[":status"]; });
    stream.on("data", (bytes) => { text += bytes; });
    stream.on("error", reject);
    stream.on("close", () => resolve({ status, text, code: stream.rstCode }));
    stream.end(body);
  });
}
const form = { ":method": "POST", ":path": "/login", "content-type": "application/x-www-form-urlencoded" };
await check("h2c: streams beside each other on one connection", async () => {
  const login = request(form, new URLSearchParams({ username: "ada", password }).toString());
  const refused = request({ ":path": "/users/me" });
  const basic = request({ ":path": "/users/me", authorization: `Basic ${btoa(`ada:${password}`)}` });
  const answers = await Promise.all([login, refused, basic]);
  assert.deepEqual(answers.map((answer) => answer.status), [200, 401, 200]);
});
await check("h2c: a body too large is answered, and the connection goes on", async () => {
  const answer = await request(form, `username=ada&password=${"x".repeat(66_000)}`);
  assert.deepEqual([answer.status, answer.code], [413, http2.constants.NGHTTP2_NO_ERROR]);
  assert.match(answer.text, /"message"/);
  assert.equal((await request({ ":path": "/health" })).status, 200);
});
session.close();
