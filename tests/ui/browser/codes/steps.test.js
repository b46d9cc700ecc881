// The stored step of each flow that waits for a code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "../../../javascript/browser.js";
import { give } from "../../../javascript/reflex.js";

openPage();
const { setCodeDialog, storeStep, storedStep } = await import("../../../../authapp/ui/browser/codes/steps.js");

test("the server opens the dialog of one flow, and its step is stored", () => {
  const shown = [];
  setCodeDialog("phone", (step) => shown.push(["phone", step]));
  const end = setCodeDialog("login", (step) => shown.push(["login", step]));

  give("code", { name: "phone", step: "one" });
  end();
  give("code", { name: "login", step: "two" }); // its page is gone: the step waits for the next one

  assert.deepEqual(shown, [["phone", "one"]]);
  assert.deepEqual([storedStep("phone"), storedStep("login"), storedStep("other")], ["one", "two", ""]);
});

test("the server closes the dialog, and the step is forgotten", () => {
  const shown = [];
  storeStep("phone", "one");
  setCodeDialog("phone", (step) => shown.push(step));

  give("code", { name: "phone", step: "" });

  assert.deepEqual([shown, storedStep("phone")], [[""], ""]);
});

test("a server that lost the step asks the page for it", () => {
  const shown = [];
  storeStep("phone", "one");
  setCodeDialog("phone", (step) => shown.push(step));

  give("code", { name: "phone", again: true });
  storeStep("phone", "");
  give("code", { name: "phone", again: true });

  assert.deepEqual(shown, ["one", ""]);
});
