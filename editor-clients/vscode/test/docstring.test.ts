import assert from "node:assert/strict";
import { test } from "node:test";
import { insertion } from "../src/docstring";

const SAID = ["Sorts a list.", "It changes the list itself."];
const CASES: [name: string, code: string, line: number, expected: string | RegExp][] = [
  ["the definition at the cursor", "def f(a):\n    return a", 0, /^1: {5}"""Sorts a list\.\n\n {4}It changes the list itself\.\n {4}"""\n$/],
  ["the definition above it", "class A:\n    async def f(self):\n        pass", 2, /^2: {9}"""Sorts/],
  ["a header of several lines", "def f(\n    a: int = (1),\n) -> int:\n    return a", 0, /^3: {5}"""/],
  ["a docstring that is there", 'def f():\n    """Old."""', 1, "It has a docstring already."],
  ["no definition", "x = 1", 0, "There is no function or class here to document."],
  ["an unfinished header", "def f(a\n", 0, "The definition is not finished: its colon is missing."],
  ["a body on the same line", "def f(): pass", 0, "The definition is not finished: its colon is missing."],
];
for (const [name, code, line, expected] of CASES) {
  test(`docstring: ${name}`, () => {
    const found = insertion(code.split("\n"), line, SAID);
    const told = typeof found === "string" ? found : `${found.line}: ${found.text}`;
    assert.match(told, expected instanceof RegExp ? expected : new RegExp(expected.replace(/[.()]/g, "\\$&")));
  });
}

test("quotes and backslashes cannot end the docstring", () => {
  const found = insertion(["def f():", "    pass"], 0, ['Say """no""" to \\n.']);
  assert.ok(typeof found !== "string" && found.text === `    """Say '''no''' to \\\\n."""\n`);
});

test("nothing said is nothing inserted", () => {
  assert.match(insertion(["def f():"], 0, []) as string, /says nothing/);
});
