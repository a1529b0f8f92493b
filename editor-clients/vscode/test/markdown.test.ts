import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyHtml, sourcesHtml, withoutSources } from "../src/markdown";
import { whereabouts } from "../src/whereabouts";

const SOURCE = { id: "1", title: "T", url: "https://docs.org/x", kind: "docstring", snippet: "", retrieved_at: "" };

const HOSTILE: [name: string, markdown: string][] = [
  ["a script", "<script>alert(1)</script>"],
  ["an image that tells somebody", "![x](https://evil.org/p.png)"],
  ["an attribute that runs", '<img src=x onerror="alert(1)">'],
  ["a link to a command", "[x](command:evil)"],
  ["a link with a script", "[x](javascript:alert(1))"],
  ["an address in angle brackets", "<https://evil.org>"],
  ["a form", '<form action="https://evil.org"><input></form>'],
  ["HTML inside code", "`<script>alert(1)</script>`"],
  ["a fence with a name that closes the tag", '```"><script>\nx\n```'],
];
for (const [name, markdown] of HOSTILE) {
  test(`nothing active comes of ${name}`, () => {
    const html = bodyHtml(markdown, "turn1");
    assert.doesNotMatch(html, /<(?:script|img|form|input|iframe|a )|<[^>]*\s(?:href|src|on\w+)=/i);
  });
}

test("citations lead to the sources of their own turn", () => {
  const html = bodyHtml("It encodes.¹,²", "turn7");
  assert.match(html, /href="#turn7-source-1"[^>]*>1<\/a><a[^>]*href="#turn7-source-2"/);
  assert.match(bodyHtml("Same as `x`¹² here", "turn1"), /data-cite="12"/);
});

test("a power is no citation, and code is left alone", () => {
  assert.doesNotMatch(bodyHtml("It takes n² steps, 10² at most, `f(x)²`", "t"), /data-cite/);
  assert.doesNotMatch(bodyHtml("```python\nx = 'end.²'\n```", "t"), /data-cite/);
});

test("code is coloured", () => {
  assert.match(bodyHtml("```python\ndef f(): pass\n```", "t"), /hljs-keyword/);
});

test("the list of sources is cut from the text", () => {
  assert.equal(withoutSources("Text.\n\n---\n1. a\n\n*who*"), "Text.");
  assert.equal(withoutSources("---\n1. a"), "");
  assert.equal(withoutSources("Text."), "Text.");
});

test("sources are inert", () => {
  const html = sourcesHtml([{ ...SOURCE, id: '1"><b>', title: "<b>", snippet: "<script>" }], "turn1");
  assert.doesNotMatch(html, /<b>|<script>/);
  assert.equal(sourcesHtml([], "turn1"), "");
});

test("where a source is", () => {
  assert.equal(whereabouts(SOURCE), "docs.org");
  assert.equal(whereabouts({ ...SOURCE, url: "file:///a/b%20c.py#L20" }), "b c.py, line 20");
  assert.equal(whereabouts({ ...SOURCE, url: "not an address" }), "");
});
