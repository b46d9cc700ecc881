// Advice while a new password is typed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENOUGH, advice } from "../../../../authapp/ui/browser/forms/advice.js";

for (const [typed, expected] of [
  ["", "At least 8 characters. A few words in a row are easy to remember."],
  ["seven77", "1 more character"],
  ["six666", "2 more characters"],
  ["🦊🦊🦊🦊", "4 more characters"],
  ["aaaabbbb", "Too repetitive"],
  ["aaabbbcd", ENOUGH],
  ["abcd".repeat(64), ENOUGH],
  [`${"abcd".repeat(64)}e`, "This is longer than 256 characters."],
]) {
  test(`${[...typed].length} characters: ${expected}`, () => {
    assert.equal(advice(typed, 8), expected);
  });
}
