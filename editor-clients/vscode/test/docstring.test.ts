import assert from "node:assert/strict";
import { test } from "node:test";
import { insertion } from "../src/docstring";

const SAID = ["Sorts a list.", "It changes the list itself."];
const CASES: [name: string, code: string, line: number, expected: string | RegExp][] = [
  ["the definition at the cursor", "def f(a):\n    return a", 0, /^1: {5}"""Sorts a list\.\n\n {4}It changes the list itself\.\n {4}"""\n$/],
  ["a definition in another", "class A:\n    async def f(self):\n        pass", 1, /^2: {9}"""Sorts/],
  ["a definition below its decorators", "@cache\n@wraps(g)\ndef f(a):\n    return a", 0, /^3: {5}"""Sorts/],
  ["a head at the end of the file", "def f(a):", 0, /^1: \n {4}"""Sorts[^]*"""$/],
  ["a line inside of a definition", "def f(a):\n    return sorted(a)", 1, "A docstring needs a function or class. Explain from its first line, then insert."],
  ["a body that is indented by tabs", "class A:\n\tdef f(self):\n\t\tpass", 1, /^2: \t\t"""Sorts/],
  ["a body that is indented by two", "def f(a):\n  return a", 0, /^1: {3}"""Sorts/],
  ["a head with annotations and a hash", 'def f(a: str = "#", *, b: dict[str, int]) -> list[int]:  # it\'s so\n    return a', 0, /^1: {5}"""Sorts/],
  ["a header of several lines", "def f(\n    a: int = (1),\n) -> int:\n    return a", 0, /^3: {5}"""/],
  ["a docstring that is there", 'def f():\n    # Why.\n    """Old."""', 0, "It has a docstring already."],
  ["no definition", "x = 1", 0, "A docstring needs a function or class. Explain from its first line, then insert."],
  ["an unfinished header", "def f(a\n", 0, "The definition is not finished: its colon is missing."],
  ["a body on the same line", "def f(a: int): pass", 0, "Its body stands on the same line. Move that to a line of its own first."],
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
