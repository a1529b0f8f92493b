// Documents by all the names that clients give them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE, PATIENCE, execute, hover, lsp, open, session } from './client.mjs';

const close = ({ connection }, uri) =>
  connection.sendNotification(lsp.DidCloseTextDocumentNotification.type, { textDocument: { uri } });

test('whatever the URI, an open document is explained', PATIENCE, () =>
  session({}, async (client) => {
    for (const uri of [
      'untitled:Untitled-1', 'untitled:/project/new%20file.py', 'file:///work/with%20space%20and%20%F0%9F%8E%88.py',
      'file:///work/raw é 🎈.py', 'file:///c%3A/code/demo.py', 'file://server/share/demo.py', 'file:///work/50%25.py',
      'file:///work/bytes%FF.py', 'vscode-notebook-cell:/project/book.ipynb#W0sZmlsZQ%3D%3D', 'git:/project/demo.py?%7B%7D', 'x:y',
    ]) {
      await open(client, CODE, uri);
      const found = await hover(client, undefined, uri);
      assert.match(found?.contents.value ?? '', /dumps/, uri);
      assert.ok(await execute(client, 'glossator.explain', [uri, { line: 2, character: 14 }]), uri);
      await close(client, uri);
      assert.equal(await hover(client, undefined, uri), null, uri);
    }
  }));

test('two spellings of one URI are one document', PATIENCE, () =>
  session({}, async (client) => {
    for (const [one, other] of [
      ['file:///c%3A/demo.py', 'file:///c:/demo.py'],
      ['file:///work/a%20b%2Bc.py', 'file:///work/a b+c.py'],
      ['file:///work/%C3%A9.py', 'file:///work/%c3%a9.py'],
      ['file:///work/é.py', 'file:///work/%C3%A9.py'],
    ]) {
      await open(client, CODE, one);
      assert.ok(await hover(client, undefined, other), other);
      await close(client, other);
      assert.equal(await hover(client, undefined, one), null, one);
    }
  }));

test('names that differ are two documents', PATIENCE, () =>
  session({}, async (client) => {
    for (const [one, other] of [
      ['file:///work/Demo.py', 'file:///work/demo.py'],
      ['file:///work/%FE.py', 'file:///work/%FF.py'],
      ['file:///work/%2525.py', 'file:///work/%25.py'],
      ['file:///work/e%CC%81.py', 'file:///work/%C3%A9.py'],
    ]) {
      await open(client, CODE, one);
      assert.equal(await hover(client, undefined, other), null, other);
      await open(client, '\n', other);
      assert.ok(await hover(client, undefined, one), one);
      await close(client, one);
      await close(client, other);
    }
  }));

test('notebooks are no trouble, and their cells are documents', PATIENCE, () =>
  session({ notebookDocument: { synchronization: {} } }, async (client) => {
    const notebook = 'file:///work/book.ipynb', cell = 'vscode-notebook-cell:/project/book.ipynb#X1';
    const notebookDocument = { uri: notebook, notebookType: 'jupyter-notebook', version: 1, cells: [{ kind: 2, document: cell }] };
    const item = { uri: cell, languageId: 'python', version: 1, text: CODE };
    const { connection } = client;
    await connection.sendNotification('notebookDocument/didOpen', { notebookDocument, cellTextDocuments: [item] });
    await connection.sendNotification('notebookDocument/didChange', { notebookDocument: { uri: notebook, version: 2 }, change: {} });
    await open(client, CODE, cell);
    assert.ok(await hover(client, undefined, cell));
    await connection.sendNotification('notebookDocument/didClose', { notebookDocument: { uri: notebook }, cellTextDocuments: [] });
    assert.ok(await hover(client, undefined, cell));
  }));

test('half a character in the text is no trouble', PATIENCE, () =>
  session({}, async (client) => {
    await open(client, "import json\ntext = '\ud83d'; json.dumps(1)\n");
    const place = { line: 1, character: 19 };
    assert.match((await hover(client, place)).contents.value, /dumps/);
    assert.ok(await execute(client, 'glossator.explain', ['file:///work/demo.py', place]));
    assert.deepEqual(client.notes.filter(({ method }) => method === 'window/showMessage'), []);
  }));
