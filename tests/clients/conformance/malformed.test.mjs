// What no client should send, and one will.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE, FILE, ON_DUMPS, PATIENCE, launch, lsp } from './client.mjs';

const framed = (body, header = 'Content-Length') => `${header}: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const message = (more) => framed(JSON.stringify({ jsonrpc: '2.0', ...more }));
const GREETING = message({ id: 'hello', method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } });
const BAD = lsp.ErrorCodes.ParseError, WRONG = lsp.ErrorCodes.InvalidRequest;
const KNOWN = message({ id: 'probe', method: 'glossator/unknown' });

/** A server greeted over its bare pipes: `say` writes, `heard` has every message, `answers(n)` waits for that many. */
async function bare() {
  const child = launch();
  const heard = [];
  new lsp.StreamMessageReader(child.stdout).listen((one) => heard.push(one));
  const say = (text) => new Promise((done) => child.stdin.write(text, done));
  const answers = async (count) => {
    while (heard.filter((one) => 'id' in one && !('method' in one)).length < count) {
      assert.equal(child.exitCode, null, child.log);
      await new Promise((done) => setTimeout(done, 5));
    }
    return heard.filter((one) => 'id' in one && !('method' in one));
  };
  await say(GREETING);
  await answers(1);
  return { child, say, answers };
}

const CASES = [
  ['what is not JSON', framed('{"jsonrpc": "2.0",'), BAD],
  ['an empty message', framed(''), BAD],
  ['a batch', framed(JSON.stringify([{ jsonrpc: '2.0', id: 1, method: 'shutdown' }])), WRONG],
  ['an empty batch', framed('[]'), WRONG],
  ['another version of JSON-RPC', framed('{"jsonrpc": "1.0", "method": "shutdown"}'), WRONG],
  ['a message without a header', '{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}', BAD],
  ['a length that is no number', 'Content-Length: many\r\n\r\n{}', BAD],
  ['a negative length', 'Content-Length: -2\r\n\r\n{}', BAD],
  ['a length beyond all memory', 'Content-Length: 100000000000000000\r\n\r\n{}', BAD],
  ['a length that is too short', 'Content-Length: 4\r\n\r\n{"jsonrpc": "2.0"}', BAD],
  ['another field alone', 'Content-Type: text/plain\r\n\r\n{}', BAD],
  ['binary', '\u0000\u0001\u0002\r\n', BAD],
];

test('each is answered once or twice, and the next message is served', PATIENCE, async () => {
  const { child, say, answers } = await bare();
  let before = 1;
  for (const [what, bytes, code] of CASES) {
    await say(bytes + KNOWN);
    let all = await answers(before + 2);
    while (all.at(-1).id !== 'probe') all = await answers(all.length + 1);
    const news = all.slice(before);
    assert.ok(news.length <= 3, `${what}: ${JSON.stringify(news)}`);
    for (const one of news.slice(0, -1)) assert.deepEqual([one.id, one.error.code], [null, code], what);
    assert.equal(news.at(-1).error.code, lsp.ErrorCodes.MethodNotFound, what);
    before = all.length;
  }
  child.stdin.end();
  assert.equal(await child.code, 1);
});

test('headers may be spelled otherwise and be in pieces', PATIENCE, async () => {
  const { child, say, answers } = await bare();
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: '$/unknown', params: ['é🎈'] });
  await say(framed(body, 'content-length'));
  await say(`Content-Type: application/vscode-jsonrpc; charset=utf8\r\n${framed(body)}`);
  const bytes = Buffer.from(framed(body));
  for (let at = 0; at < bytes.length; at += 7) await say(bytes.subarray(at, at + 7));
  const all = await answers(4);
  assert.deepEqual(all.slice(1).map((one) => one.error.code), [-32601, -32601, -32601]);
  child.stdin.end();
  await child.code;
});

test('a document of 50 MB is opened and edited, and keeps nobody from the others', PATIENCE, async () => {
  const { child, say, answers } = await bare();
  const text = CODE + '# and more of it, line by line\n'.repeat(1_650_000);
  assert.ok(text.length > 50e6);
  const textDocument = { uri: FILE, languageId: 'python', version: 1, text };
  await say(message({ method: 'textDocument/didOpen', params: { textDocument } }));
  const range = { start: { line: 1_000_000, character: 0 }, end: { line: 1_000_000, character: 0 } };
  const change = { textDocument: { uri: FILE, version: 2 }, contentChanges: [{ range, text: 'x' }] };
  await say(message({ method: 'textDocument/didChange', params: change }));
  const small = { ...textDocument, uri: 'file:///work/small.py', text: CODE };
  await say(message({ method: 'textDocument/didOpen', params: { textDocument: small } }));
  const place = { textDocument: { uri: small.uri }, position: ON_DUMPS };
  await say(message({ id: 'small', method: 'textDocument/hover', params: place }));
  const [, answer] = await answers(2);
  assert.equal(answer.id, 'small');
  assert.match(answer.result.contents.value, /dumps/);
  child.stdin.end();
  await child.code;
});
