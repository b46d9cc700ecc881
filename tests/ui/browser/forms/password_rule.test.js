// The password rule of the page. The table is also that of `tests/core/credentials/test_password_table.py`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import packed from "../../../../authapp/ui/browser/forms/common_passwords.js";
import { judge, unpack } from "../../../../authapp/ui/browser/forms/password_rule.js";

const table = JSON.parse(readFileSync(new URL("passwords.json", import.meta.url)));
const common = unpack(packed);
const { least, own, passwords } = table;

test("the page judges each password of the table as the server does", () => {
  const judged = passwords.map(({ password }) => [password, judge(password, { least, own, common })]);
  assert.deepEqual(
    judged,
    passwords.map(({ password, verdict }) => [password, verdict]),
  );
});

test("the page never refuses more than the server", () => {
  assert.ok(passwords.length >= 200);
  for (const { password, server, verdict } of passwords) assert.notEqual(server, "good", `${password}: ${verdict}`);
});

test("length alone is no praise", () => {
  for (const password of ["password12345", "qwertyuiopasdf", "aaaabbbbaaaabbbb", "abdc efhg ".repeat(9)]) {
    assert.notEqual(judge(password, { least, own, common }), "strong", password);
  }
});

test("before the list is loaded, the rest of the rule applies", () => {
  assert.equal(judge("abcdefghijkl", { least }), "pattern");
  assert.equal(judge("passwordpassword", { least }), "good");
});

test("the packed list is read as it was written", () => {
  assert.deepEqual([...unpack("AabcCdeBx1")], ["abc", "abde", "ax1"]);
  for (const word of ["password", "qwertyuiop", "123456", "letmein"]) assert.ok(common.has(word), word);
});
