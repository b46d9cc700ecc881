// Codes in pasted messages, and the time until another code.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { codeIn, secondsUntil, waitingTime } from "../../../../authapp/ui/browser/codes/code_text.js";

for (const [text, code] of [
  ["123456", "123456"],
  ["Your code is 123 456.", "123456"],
  ["123-456", "123456"],
  ["1 2 3 4 5 6", "123456"],
  ["Order 1234567, code 654321", "654321"],
  ["12345", undefined],
  ["1234567", undefined],
  ["", undefined],
]) {
  test(`the code in “${text}” is ${code}`, () => {
    assert.equal(codeIn(text), code);
  });
}

test("seconds are counted down to zero, and a part of a second counts as one", () => {
  mock.timers.enable({ apis: ["Date"], now: 10_000 });

  assert.deepEqual([12_000, 11_001, 10_001, 10_000, 9000].map(secondsUntil), [2, 2, 1, 0, 0]);
  mock.timers.reset();
});

test("a long wait is shown in minutes", () => {
  assert.equal(waitingTime(120), "Resend in 120 s");
  assert.equal(waitingTime(121), "Resend in 3 min");
});
