// The data that a login form sends: a reply to a challenge; the password itself only when the user agrees.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { answerWith, openPage } from "../../../javascript/browser.js";

openPage("https://app.example/login");
const { credentials } = await import("../../../../authapp/ui/browser/session/credentials.js");
const { noteProof } = await import("../../../../authapp/ui/browser/shared/client.js");
const { page } = await import("../../../../authapp/ui/browser/shared/page.js");

const DATA = { identifier: "alice@example.com", keep: false };
const never = () => assert.fail("the user was asked");

// A server that extends the nonce of the request.
const answerChallenge = () => {
  const requests = [];
  globalThis.fetch = async (url, { body }) => {
    const { nonce, again } = JSON.parse(body);
    requests.push(again);
    return Response.json({ challenge_id: "c1", challenge: `r=${nonce}more,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096` });
  };
  return requests;
};

beforeEach(() => {
  localStorage.removeItem("authapp-proved https://app.example");
  page.expectSignature("of an earlier login", () => {});
});

test("a login sends a reply instead of the password, and expects a signature", async () => {
  const requests = answerChallenge();

  const sent = await credentials(DATA, "secret", false, never);

  assert.equal(sent.challenge_id, "c1");
  assert.match(sent.reply, /^c=biws,r=.*more,p=/);
  assert.ok(!JSON.stringify(sent).includes("secret"));
  assert.equal(page.expectsSignature, true);
  assert.equal(page.isExpected("of an earlier login"), false);
  assert.deepEqual(requests, [false]);
});

test("a step-up expects no signature", async () => {
  const requests = answerChallenge();

  await credentials(DATA, "secret", true, never);

  assert.equal(page.expectsSignature, false);
  assert.deepEqual(requests, [true]);
});

for (const [why, identifier, password] of [
  ["an empty identifier", " ", "secret"],
  ["a long identifier", "a".repeat(255), "secret"],
  ["a zero byte", "a\0b", "secret"],
  ["an empty password", "alice", ""],
]) {
  test(`the server names what is wrong with ${why}`, async () => {
    const requests = answerWith();

    assert.deepEqual(await credentials({ identifier }, password, false, never), { identifier });

    assert.deepEqual(requests, []);
    assert.equal(page.expectsSignature, false);
  });
}

test("a user who is logged in already sends nothing", async () => {
  answerWith({ login: "alice" });

  assert.equal(await credentials(DATA, "secret", false, never), null);
});

test("the password itself is sent when this browser never proved one", async () => {
  answerWith({ challenge_id: "c1", challenge: "" });

  assert.deepEqual(await credentials(DATA, "secret", false, never), { ...DATA, password: "secret" });
});

test("after a proof, the password itself is sent only when the user agrees", async () => {
  noteProof("https://app.example/api/v1/");
  answerWith({ challenge_id: "c1", challenge: "" }, { challenge_id: "c2", challenge: "" });

  await assert.rejects(
    credentials(DATA, "secret", false, async () => false),
    { code: "PasswordKept" },
  );
  assert.equal((await credentials(DATA, "secret", false, async () => true)).password, "secret");
});
