// Thousands of random edits of random unicode: the server's text is the editor's, in every encoding.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { FILE, PATIENCE, execute, lsp, open, session } from './client.mjs';

const EDITS = 10_000;
const PIECES = [
  'a', 'word', ' ', '    ', '\t', 'é', 'e\u0301', 'ß', '日本', '🎈', '👩‍👩‍👧', '𝒳', '\ufeff', '\u0000', '\u000b', '\u000c', '\u0085',
  '\u2028', '\u2029', '\u001c', '\u200b', '\u202e', '\n', '\r\n', '\r', '\n\n', 'def f(x):\n    return x\n', '"""', '\\',
];
const WIDTHS = { 'utf-8': (text) => Buffer.byteLength(text), 'utf-16': (text) => text.length, 'utf-32': (text) => [...text].length };

/** The same numbers on every machine (mulberry32). */
function numbers(seed) {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

/** The place of an offset, by the words of the specification alone: lines end in LF, CRLF or CR. */
function placeOf(text, offset, width) {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: lines.length - 1, character: width(lines.at(-1)) };
}

/** The nearest offset that is neither inside of a character nor between CR and LF: no position speaks of those. */
function whole(text, offset) {
  const inside = /[\ud800-\udbff]/.test(text[offset - 1] ?? '') && /[\udc00-\udfff]/.test(text[offset] ?? '');
  return inside || text.slice(offset - 1, offset + 1) === '\r\n' ? offset - 1 : offset;
}

function randomChange(text, random, width) {
  const from = whole(text, random(text.length + 1));
  const span = text.length > 2000 ? random(600) : random(4) ? 0 : random(40);
  const to = Math.max(from, whole(text, Math.min(text.length, from + span)));
  const added = Array.from({ length: random(5) }, () => PIECES[random(PIECES.length)]).join('');
  const change = { range: { start: placeOf(text, from, width), end: placeOf(text, to, width) }, text: added };
  return { change, after: text.slice(0, from) + added + text.slice(to) };
}

for (const [encoding, width] of Object.entries(WIDTHS)) {
  test(`${EDITS} edits in ${encoding}`, PATIENCE, () =>
    session({ general: { positionEncodings: [encoding] } }, async (client) => {
      const random = numbers(7), { connection } = client;
      let text = 'first\nsecond\r\nthird 🎈\r', version = 1, edits = 0, compared = 0;
      const second = TextDocument.create(FILE, 'python', version, text);
      await open(client, text);
      while (edits < EDITS) {
        const contentChanges = [];
        for (let count = 1 + random(3); count > 0; count -= 1, edits += 1) {
          const { change, after } = randomChange(text, random, width);
          contentChanges.push(change);
          text = after;
        }
        version += 1;
        if (encoding === 'utf-16') TextDocument.update(second, contentChanges, version);
        const params = { textDocument: { uri: FILE, version }, contentChanges };
        await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, params);
        if (version % 20 === 0 || edits >= EDITS) {
          const theirs = await execute(client, 'tests.text', [FILE]);
          assert.equal(theirs.text, text, `they part before edit ${edits}`);
          assert.equal(theirs.version, version);
          if (encoding === 'utf-16') assert.equal(second.getText(), text, "the authors' own document parts from ours");
          compared += 1;
        }
      }
      assert.ok(compared > 200);
    }));
}

test('halves of characters that edits part and join are counted as the editor counts them', PATIENCE, () =>
  session({}, async (client) => {
    const random = numbers(11), halves = ['\ud83d', '\udc88', '🎈', 'a', 'é'];
    let text = '';
    const second = TextDocument.create(FILE, 'python', 1, text);
    await open(client, text);
    for (let version = 2; version < 1000; version += 1) {
      const from = whole(text, random(text.length + 1)), to = whole(text, Math.min(text.length, from + (random(2) ? 0 : random(4))));
      const added = halves[random(halves.length)];
      const change = { range: { start: { line: 0, character: from }, end: { line: 0, character: Math.max(from, to) } }, text: added };
      text = text.slice(0, from) + added + text.slice(Math.max(from, to));
      TextDocument.update(second, [change], version);
      const params = { textDocument: { uri: FILE, version }, contentChanges: [change] };
      await client.connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, params);
      if (version % 20 === 0) assert.equal((await execute(client, 'tests.text', [FILE])).text, text, `before ${version}`);
    }
    assert.equal(second.getText(), text);
  }));
