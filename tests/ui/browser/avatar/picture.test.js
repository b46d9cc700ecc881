// Pictures that are opened to be cropped.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shrinking } from "../../../../authapp/ui/browser/avatar/picture.js";

test("a small picture keeps its size, and a large one is made small enough", () => {
  assert.equal(shrinking({ width: 640, height: 480 }), 1);
  assert.equal(shrinking({ width: 4096, height: 4096 }), 0.5);
  assert.equal(shrinking({ width: 8192, height: 100 }), 0.5, "a long one too");
});

test("an empty file, a large file and a file that is no picture are refused", async () => {
  globalThis.createImageBitmap = async () => {
    throw new Error("no picture");
  };

  await assert.rejects(open({ size: 0 }), { told: /empty/ });
  await assert.rejects(open({ size: 20 * 1024 * 1024 + 1 }), { told: /larger than 20 MB/ });
  await assert.rejects(open({ size: 10 }), { told: /can’t read this file/ });
});
