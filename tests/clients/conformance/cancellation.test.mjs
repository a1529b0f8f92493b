// Cancelling: every request has exactly one answer, and what was cancelled stops.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FILE, PATIENCE, codeOf, execute, hover, long, lsp, open, session, until } from './client.mjs';

const CANCELLED = lsp.LSPErrorCodes.RequestCancelled;
const WORK = { window: { workDoneProgress: true }, textDocument: { inlineCompletion: {} } };
const progress = ({ notes }) => notes.filter(({ method }) => method === '$/progress').map(({ params }) => params.value.kind);

test('a command is cancelled amid its work, and stops', PATIENCE, () =>
  session(WORK, async (client) => {
    await open(client, long());
    const source = new lsp.CancellationTokenSource();
    const asked = codeOf(execute(client, 'glossator.article', [FILE], { workDoneToken: 'mine' }, source.token));
    await until(() => progress(client).includes('report'));
    source.cancel();
    assert.equal(await asked, CANCELLED);
    assert.equal(progress(client).at(-1), 'end');
    const reports = progress(client).length;
    assert.ok(await hover(client, { line: 1, character: 12 }));
    assert.equal(progress(client).length, reports, 'it went on');
  }));

test('requests cancelled on their heels are answered once', PATIENCE, () =>
  session(WORK, async (client) => {
    await open(client);
    for (const ask of [
      (token) => client.connection.sendRequest(
        lsp.HoverRequest.type, { textDocument: { uri: FILE }, position: { line: 2, character: 14 } }, token),
      (token) => client.connection.sendRequest(lsp.InlineCompletionRequest.type, {
        textDocument: { uri: FILE }, position: { line: 2, character: 14 }, context: { triggerKind: 2 } }, token),
      (token) => execute(client, 'glossator.explain', [FILE, { line: 2, character: 14 }], {}, token),
      (token) => execute(client, 'glossator.status', [], {}, token),
    ]) {
      for (let round = 0; round < 5; round += 1) {
        const source = new lsp.CancellationTokenSource();
        const asked = codeOf(ask(source.token));
        source.cancel();
        assert.ok([CANCELLED, 'none'].includes(await asked));
      }
    }
    assert.ok(await hover(client));
  }));

test('closing the document during a request leaves it its answer', PATIENCE, () =>
  session(WORK, async (client) => {
    for (let round = 0; round < 10; round += 1) {
      await open(client);
      const asked = [hover(client), execute(client, 'glossator.explain', [FILE, { line: 2, character: 14 }])];
      await client.connection.sendNotification(lsp.DidCloseTextDocumentNotification.type, { textDocument: { uri: FILE } });
      await Promise.all(asked);
      assert.equal(await hover(client), null);
    }
  }));
