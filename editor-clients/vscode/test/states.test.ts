import assert from "node:assert/strict";
import { test } from "node:test";
import manifest from "../package.json";
import { pageInEditor } from "../src/articlePage";
import { firstWithGlossator, oldEnough, pythonOf, readProbe, sameRelease, unfit, withProxy } from "../src/interpreter";
import { pageHtml } from "../src/page";
import { byTheEditor } from "../src/protocol";
import { Restarts, Snooze, wantedIn } from "../src/quiet";
import { AT_REST, shown, type State } from "../src/statusText";
import { joined, splitHead } from "../src/synthesis";
import { editorsReason, serversReason } from "../src/why";

const READY: State = {
  phase: "running",
  detail: "",
  server: AT_REST,
  snoozedMinutes: 0,
  completions: true,
  language: true,
  trusted: true,
  version: "0.1.0",
};
const busy = (message: string) => ({ ...READY, server: { ...AT_REST, busy: true, message } });

const SHOWN: [state: State, text: string, severity: string][] = [
  [READY, "$(book) Glossator", "none"],
  [{ ...READY, phase: "starting" }, "$(loading~spin) Glossator: starting", "none"],
  [{ ...READY, phase: "missing", detail: "No." }, "$(cloud-download) Glossator: not installed", "warning"],
  [{ ...READY, phase: "failed", detail: "No." }, "$(error) Glossator: failed", "error"],
  [{ ...READY, phase: "stopped" }, "$(circle-slash) Glossator: stopped", "none"],
  [busy("Loading the model (43%)"), "$(loading~spin) Glossator: loading the model (43%)", "none"],
  [{ ...READY, server: { ...AT_REST, kind: "Warning", message: "No model." } }, "$(warning) Glossator", "warning"],
  [{ ...READY, snoozedMinutes: 4.2 }, "$(bell-slash) Glossator: snoozing", "none"],
];
for (const [state, text, severity] of SHOWN) {
  test(`status bar: ${text}`, () => {
    assert.deepEqual([shown(state).text, shown(state).severity], [text, severity]);
    assert.ok(shown(state).tooltip && shown(state).accessible.startsWith("Glossator: "));
  });
}

test("a screen reader hears why there is no server", () => {
  assert.equal(shown({ ...READY, phase: "failed", detail: "It ended." }).accessible, "Glossator: failed. It ended.");
  assert.match(shown({ ...READY, phase: "missing", detail: "Not here." }).accessible, /Not here\.$/);
});

test("no command of the server's takes a name of ours", () => {
  const offered = ["glossator.explain", "glossator.snooze", "glossator.stats", "glossator.accepted", "glossator.of_tomorrow"];
  const ours: string[] = manifest.contributes.commands.map((one) => one.command);
  assert.deepEqual(byTheEditor(offered), ["glossator.explain", "glossator.accepted"]);
  assert.deepEqual(byTheEditor(ours), []);
});

test("the tooltip says what is off, and where", () => {
  assert.match(shown({ ...READY, completions: false }).tooltip, /suggestions are off\.$/);
  assert.match(shown({ ...READY, language: false }).tooltip, /off in this language/);
  assert.match(shown({ ...READY, trusted: false }).tooltip, /not trusted/);
});

test("a snooze ends by itself", () => {
  const snooze = new Snooze();
  assert.equal(snooze.left(0), 0);
  snooze.start(5, 1000);
  assert.equal(snooze.left(1000), 300_000);
  assert.equal(snooze.left(301_000), 0);
  snooze.start(5, 1000);
  snooze.end();
  assert.equal(snooze.left(1000), 0);
});

test("a language that is not named is like every other", () => {
  assert.ok(wantedIn({}, "python") && wantedIn({ "*": false, python: true }, "python"));
  assert.ok(!wantedIn({ "*": false }, "go") && !wantedIn({ go: false }, "go"));
});

test("a server that cannot live is not started for ever", () => {
  const restarts = new Restarts(2, 1000);
  assert.deepEqual([0, 1, 2].map((now) => restarts.again(now)), [true, true, false]);
  assert.ok(restarts.again(5000));
});

test("interpreters are asked in order until one has Glossator", async () => {
  const known: Record<string, string> = { b: '[[3, 11], null]', c: 'noise\n[[3, 12], "0.1.0"]\n', d: '[[3, 13], "0.2.0"]' };
  const probing = async (path: string) => (path in known ? readProbe(path, known[path] ?? "") : null);
  assert.equal((await firstWithGlossator(["a", "b", "c", "d"], probing))?.path, "c");
  assert.equal(await firstWithGlossator(["a", "b"], probing), null);
});

test("why an interpreter cannot serve", () => {
  assert.match(unfit(null, "/x") ?? "", /no Python interpreter/);
  assert.match(unfit({ path: "/x", python: [3, 9], glossator: "1" }, "/x") ?? "", /3\.9; Glossator needs 3\.10/);
  assert.match(unfit({ path: "/x", python: [3, 10], glossator: null }, "/x") ?? "", /no Glossator/);
  assert.equal(unfit({ path: "/x", python: [3, 10], glossator: "0.1.0" }, "/x"), null);
  assert.ok(oldEnough([4, 0]) && !oldEnough([2, 7]));
});

test("a release is major and minor", () => {
  assert.ok(sameRelease("0.1.0", "0.1.7") && !sameRelease("0.1.0", "0.2.0"));
});

test("the editor's proxy is used where the environment names none", () => {
  assert.equal(withProxy({}, "http://p:1")["HTTPS_PROXY"], "http://p:1");
  assert.equal(withProxy({ https_proxy: "http://q:2" }, "http://p:1")["HTTPS_PROXY"], undefined);
  assert.deepEqual(withProxy({ A: "b" }, ""), { A: "b" });
});

test("where an environment keeps its interpreter", () => {
  assert.equal(pythonOf("/e", "linux"), "/e/bin/python");
  assert.match(pythonOf("/e", "win32"), /Scripts.python\.exe$/);
});

test("why there is no suggestion", () => {
  assert.equal(editorsReason(READY), null);
  assert.match(editorsReason({ ...READY, phase: "missing", detail: "gone" }) ?? "", /does not run: gone/);
  assert.match(editorsReason({ ...READY, snoozedMinutes: 1 }) ?? "", /one minute/);
  assert.match(serversReason(null).title, /Nothing was asked/);
  const meta = { backend: "engine", model: "m", prompt_tokens: 700, reused_tokens: 690, timings_ms: { first_token: 140.4 } };
  const sentence = "It only repeated what stands below.";
  const why = serversReason({ items: 0, reason: "repeats_following", sentence, problem: null, meta });
  assert.equal(why.title, sentence);
  assert.deepEqual(why.lines, ["Asked: engine m", "Read 700 tokens (690 known already), wrote 0", "first token: 140 ms"]);
  assert.equal(serversReason({ items: 0, reason: "problem", problem: "No model.", meta }).title, "No model.");
  assert.match(serversReason({ items: 0, reason: null, sentence: "", problem: null, meta }).title, /nothing to add/);
});

test("the page runs nothing but its own script and loads nothing else", () => {
  const html = pageHtml({ nonce: "abc", cspSource: "vscode:", style: "s.css", script: "v.js" });
  assert.match(html, /default-src 'none'; style-src vscode:; script-src 'nonce-abc'/);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.doesNotMatch(html, /https?:|unsafe/);
  for (const [, id] of html.matchAll(/<(?:button|textarea)[^>]*id="(\w+)"/g)) {
    assert.match(html, new RegExp(`id="${id}"[^>]*>[^<]+<|for="${id}"`), `${id} has a name`);
  }
});

test("links stand under what it is and what is wrong", () => {
  const head = "```python\nf(x)\n```\n\n**m.f** · m 1.0\n\n⚠ **Line 2:** Bad.";
  assert.deepEqual(splitHead(`${head}\n\nIt does.¹\n\n---\n1. a`), [head, "It does.¹\n\n---\n1. a"]);
  assert.deepEqual(splitHead("Only words."), ["", "Only words."]);
  assert.deepEqual(splitHead("**m.f**"), ["**m.f**", ""]);
});

test("the model's words join a tooltip with the sources that they cite", () => {
  const source = (id: string) => ({ id, title: `t${id}`, url: "https://d.org", kind: "", snippet: "", retrieved_at: "" });
  const explanation = {
    symbol: null,
    summary: [],
    synthesis: [{ text: "It *sorts*.", citations: ["2"], support: "supported" as const }],
    sources: [source("1"), source("2")],
    meta: { backend: "engine", model: "m" as string | null, cached: true, duration_ms: 1 },
  };
  assert.deepEqual(joined(explanation), { text: "It *sorts*.²", footer: "m · ² t2, d.org" });
  assert.equal(joined({ ...explanation, meta: { ...explanation.meta, model: null } }), null);
});

test("an article's page follows the editor's theme and may load nothing", () => {
  const html = "<!doctype html><html><head><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\"><style>@media (prefers-color-scheme: dark) { a { b: c } } @media(prefers-color-scheme:light){d{e:f}}</style></head><body></body></html>";
  assert.match(pageInEditor(html, true), /@media all \{/);
  const light = pageInEditor(html, false);
  assert.match(light, /@media not all \{.*@media all\{/);
  assert.equal(light.match(/'sha256-/g)?.length, 2);
  assert.equal(light.match(/Content-Security-Policy/g)?.length, 1);
  assert.match(light, /<head><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/);
});
