// The client of the API: the proof of a password (RFC 5802, RFC 7677), and the session key.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { answerWith } from "../../../javascript/browser.js";
import * as client from "../../../../authapp/ui/browser/shared/client.js";

// The published example of RFC 7677, section 3.
const NONCE = "rOprNGfwEbeRWgbNEkqO";
const WHOLE = `${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
const SALT = "W22ZaJ0SNY7soEsUEjb6gQ==";
const FIRST = `r=${WHOLE},s=${SALT},i=4096`;
const REPLY = `c=biws,r=${WHOLE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
const SIGNATURE = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
const BASE = "https://app.example/api/v1/";

const bytes = (encoded) => Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
mock.method(crypto, "getRandomValues", () => bytes(NONCE));

const serverThatSends = (challenge) => async () => ({ challenge_id: "c1", challenge });
const isImpostor = { name: "AuthError", code: "Impostor" };

test("the proof is the published one", async () => {
  const asked = [];
  const post = async (path, body) => {
    asked.push([path, body]);
    return { challenge_id: "c1", challenge: FIRST };
  };

  const proof = await client.answer(post, "user", "pencil", false);

  assert.deepEqual(proof, { id: "c1", reply: REPLY, signature: SIGNATURE });
  assert.deepEqual(asked, [["connect", { user: "user", nonce: NONCE, again: false }]]);
});

test("a user who is logged in already gets no challenge", async () => {
  assert.equal(await client.answer(async () => ({ login: "user" }), "user", "pencil"), null);
});

test("an empty challenge means that the server needs the password itself", async () => {
  assert.deepEqual(await client.answer(serverThatSends(""), "user", "pencil"), { id: "c1" });
});

for (const [why, challenge] of [
  ["another nonce", FIRST.replace(NONCE, "AAAAAAAAAAAAAAAAAAAA")],
  ["a nonce that the server did not extend", `r=${NONCE},s=${SALT},i=4096`],
  ["too few iterations", FIRST.replace("i=4096", "i=4095")],
  ["too many iterations", FIRST.replace("i=4096", "i=10000001")],
  ["iterations that are no number", FIRST.replace("i=4096", "i=4096e3")],
  ["no salt", `r=${WHOLE},s=,i=4096`],
  ["an extension", `m=x,${FIRST}`],
  ["something after it", `${FIRST},x=y`],
  ["another text", "hello"],
]) {
  test(`a challenge with ${why} is refused`, async () => {
    await assert.rejects(client.answer(serverThatSends(challenge), "user", "pencil"), isImpostor);
  });
}

test("a new record contains the keys and no password", async () => {
  const sent = [];
  const post = async (path, body) => sent.push([path, body]);

  await client.renew(post, "pencil", { token: "t", salt: SALT, iterations: 4096 });

  const [[path, body]] = sent;
  assert.equal(path, "renewal");
  assert.equal(body.token, "t");
  assert.deepEqual([bytes(body.stored_key).length, bytes(body.server_key).length], [32, 32]);
  assert.ok(!JSON.stringify(body).includes("pencil"));
});

test("a record with too few iterations is not sent, and the login goes on", async () => {
  const post = async () => assert.fail("sent");

  await client.renew(post, "pencil", { token: "t", salt: SALT, iterations: 1 });
});

test("a refusal has a code, a message, a field and a wait", async () => {
  answerWith([429, { error: "TooManyRequests", message: "Wait.", field: "user", left: 0 }]);

  const error = await client.request(`${BASE}login`, { method: "POST" }).catch((caught) => caught);

  assert.equal(error.code, "TooManyRequests");
  assert.equal(error.told, "Wait.");
  assert.equal(error.field, "user");
  assert.deepEqual(error.details, { left: 0 });
});

test("a lost connection and an answer of something else are no refusals", async () => {
  answerWith(new TypeError("network"), [502, "Bad gateway"]);

  for (const code of ["Unreachable", "NotOurs"]) {
    const error = await client.request(`${BASE}data`, { method: "GET" }).catch((caught) => caught);
    assert.equal(error.code, code);
    assert.equal(error.told, undefined);
  }
});

test("a login adopts the key of the session and sends it from then on", async () => {
  const requests = answerWith(
    { challenge_id: "c1", challenge: FIRST },
    { login: "user", token: "session.key", signature: SIGNATURE },
    {},
  );
  const user = new client.Client(BASE);

  await user.login("user", "pencil");
  await user.call("GET", "data");

  assert.deepEqual(requests[1].body, { user: "user", keep: false, challenge_id: "c1", challenge_reply: REPLY });
  assert.equal(requests[1].options.credentials, "include");
  assert.equal(requests[2].options.headers["X-Csrf-Token"], "session.key");
  assert.equal(requests[2].options.credentials, "omit");
});

test("a login whose answer has the wrong signature is refused, and its key is not adopted", async () => {
  const requests = answerWith(
    { challenge_id: "c1", challenge: FIRST },
    { login: "user", token: "session.key", signature: "forged" },
    {},
  );
  const user = new client.Client(BASE);

  await assert.rejects(user.login("user", "pencil"), isImpostor);
  await user.call("GET", "data");

  assert.equal(requests[2].options.headers["X-Csrf-Token"], undefined);
});

test("the password itself is sent only when it is allowed", async () => {
  const requests = answerWith({ challenge_id: "c1", challenge: "" });
  const user = new client.Client(BASE);

  await assert.rejects(user.login("user", "pencil", { plain: false }), { code: "PasswordKept" });

  assert.equal(requests.length, 1);
});

test("a step-up whose answer was lost is sent a second time, and a login is not", async () => {
  const lost = () => new TypeError("network");
  const requests = answerWith(lost(), { token: "new.key" }, lost());
  const user = new client.Client(BASE);

  await user.call("POST", "step-up", {});
  await assert.rejects(user.call("POST", "login", {}), { code: "Unreachable" });

  assert.deepEqual(
    requests.map((request) => request.path),
    ["step-up", "step-up", "login"],
  );
});

// A challenge with the number 0, made with the server's library.
const WORK = btoa(
  JSON.stringify({
    parameters: {
      algorithm: "SHA-256",
      cost: 1,
      keyLength: 32,
      keyPrefix: "6db65fd59fd356f6729140571b5bcd6b",
      nonce: "00".repeat(16),
      salt: "00".repeat(16),
    },
    signature: "signed",
  }),
);
const needsWork = (challenge) => [403, { error: "ProofOfWorkNeeded", message: "Prove it.", field: "", challenge }];

test("a proof of work is computed, and the call is sent a second time", async () => {
  const requests = answerWith(needsWork(WORK), { message: "sent" });

  assert.deepEqual(await new client.Client(BASE).call("POST", "signup", { email: "a@b.example" }), { message: "sent" });

  const proof = JSON.parse(atob(requests[1].options.headers["X-Proof-Of-Work"]));
  assert.equal(proof.solution.counter, 0);
  assert.deepEqual(requests[1].body, { email: "a@b.example" });
});

test("a server that accepts no proof is asked twice and no more", async () => {
  const requests = answerWith(needsWork(WORK), needsWork(WORK));

  const call = new client.Client(BASE).call("POST", "signup", {});
  await assert.rejects(call, { code: "ProofOfWorkNeeded", message: "Prove it." });

  assert.equal(requests.length, 2);
});

test("a challenge that cannot be solved is the refusal of the server", async () => {
  const requests = answerWith(needsWork("e30="));

  await assert.rejects(new client.Client(BASE).call("POST", "signup", {}), { code: "ProofOfWorkNeeded" });

  assert.equal(requests.length, 1);
});
