// The proof of work: SHA-256 of ours is that of the platform, and the search finds the number and nothing else.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { hashBlock, solve } from "../../../../authapp/ui/browser/shared/proof.js";

const SALT = "ee7d36f53235d18d1e0478a0d1152b4a";
const NONCE = "e03262213a2a468fcceaaf29fff512b2";
const numbered = (counter) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(counter);
  return createHash("sha256")
    .update(Buffer.from(SALT + NONCE, "hex"))
    .update(bytes)
    .digest("hex");
};
const challengeOf = (counter, more = {}) => {
  const keyPrefix = numbered(counter).slice(0, 32);
  const data = { purpose: "sign_up", until: 1 };
  const parameters = {
    algorithm: "SHA-256",
    cost: 1,
    keyLength: 32,
    keyPrefix,
    nonce: NONCE,
    salt: SALT,
    data,
    ...more,
  };
  return { parameters, signature: "signed" };
};
const encoded = (challenge) => btoa(JSON.stringify(challenge));

test("a block is hashed as the platform does", () => {
  for (const text of ["", "abc", "x".repeat(55)]) {
    const block = Buffer.alloc(64);
    block.write(text);
    block[text.length] = 0x80;
    block.writeUInt32BE(text.length * 8, 60);
    const words = new Int32Array(64);
    for (let i = 0; i < 16; i++) words[i] = block.readInt32BE(4 * i);
    const state = new Int32Array(8);
    hashBlock(words, state);
    const hex = [...state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
    assert.equal(hex, createHash("sha256").update(text).digest("hex"));
  }
});

for (const counter of [0, 1, 4999, 5000, 12_345]) {
  test(`the search finds ${counter}`, async () => {
    const challenge = challengeOf(counter);

    const proof = JSON.parse(atob(await solve(encoded(challenge))));

    assert.deepEqual(proof, { challenge, solution: { counter, derivedKey: numbered(counter) } });
  });
}

test("other work goes on during the search", async () => {
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 0);
  await solve(encoded(challengeOf(100_000)));
  clearInterval(ticking);

  assert.ok(ticks > 0);
});

for (const [why, more] of [
  ["of another algorithm", { algorithm: "SCRYPT" }],
  ["of many rounds", { cost: 1_000_000 }],
  ["with a short prefix", { keyPrefix: "00" }],
  ["with a long salt", { salt: SALT + SALT }],
]) {
  test(`a challenge ${why} is not solved`, async () => {
    await assert.rejects(solve(encoded(challengeOf(1, more))), RangeError);
  });
}
