// Code that runs on every page: stray clicks, and the URL after a redirect to the public host.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "../../../javascript/browser.js";

const { document, location, window } = openPage("https://app.example/login?authapp-host=1&next=%2Fa#b");
await import("../../../../authapp/ui/browser/shared/start.js");

const click = (detail, target) => {
  const event = new Event("click", { cancelable: true });
  Object.defineProperties(event, { detail: { value: detail }, target: { value: target } });
  document.dispatchEvent(event);
  return event.defaultPrevented;
};

test("the parameter of the redirect leaves the URL, and the rest stays", () => {
  assert.equal(location.href, "https://app.example/login?next=%2Fa#b");
});

test("the page is marked as loaded", () => {
  assert.equal(window.authappLoaded, true);
});

test("the second half of a double click is ignored when the first half replaced its element", () => {
  const removed = { isConnected: true };
  assert.equal(click(1, removed), false);
  removed.isConnected = false;

  assert.equal(click(2, { isConnected: true }), true);
});

test("a double click on an element that stayed counts", () => {
  const button = { isConnected: true };
  click(1, button);

  assert.equal(click(2, button), false);
});
