// Typed text that may be a phone number.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode, isNumber } from "../../../../authapp/ui/browser/phones/phone_number.js";

test("text with five digits and the signs of numbers is a number", () => {
  for (const text of [
    "650 253 0000",
    "+1 (650) 253-0000",
    "tel:030/1234567",
    "０３０−１２３４",
    "\u200e12345",
    "06 12 34 56 78.",
  ]) {
    assert.ok(isNumber(text), text);
  }
});

test("an address, a short number and other text are no numbers", () => {
  for (const text of ["", "1234", "alice@example.com", "12345@example.com", "call 12345", "12345 or so"]) {
    assert.ok(!isNumber(text), text);
  }
});

test("a country code begins with + or 00", () => {
  for (const text of ["+49 30", "0049 30", "tel:+4930", " ＋49 30"]) assert.ok(hasCode(text), text);
  for (const text of ["030 1234", "49 30", "0 049"]) assert.ok(!hasCode(text), text);
});
