// From the first message to the exit code.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE, codeOf, connect, greet, hover, leave, lsp, open, session } from './client.mjs';

const { ErrorCodes } = lsp;

test('shutdown and exit end with 0', PATIENCE, async () => {
  assert.equal(await leave(await greet()), 0);
});

test('exit without shutdown ends with 1', PATIENCE, async () => {
  const { child, connection } = await greet();
  await connection.sendNotification(lsp.ExitNotification.type);
  assert.equal(await child.code, 1);
});

test('exit before initialize ends with 1', PATIENCE, async () => {
  const { child, connection } = connect();
  await connection.sendNotification(lsp.ExitNotification.type);
  assert.equal(await child.code, 1);
});

test('the end of the pipe without a word ends with 1', PATIENCE, async () => {
  const { child } = await greet();
  child.stdin.end();
  assert.equal(await child.code, 1);
});

test('requests before initialize are refused with -32002, notifications are dropped', PATIENCE, async () => {
  const client = connect();
  await open(client);
  assert.equal(await codeOf(hover(client)), ErrorCodes.ServerNotInitialized);
  assert.equal(await codeOf(client.connection.sendRequest('shutdown')), ErrorCodes.ServerNotInitialized);
  const params = { processId: null, rootUri: null, capabilities: {} };
  await client.connection.sendRequest(lsp.InitializeRequest.type, params);
  assert.equal(await hover(client), null);
  assert.equal(await codeOf(client.connection.sendRequest(lsp.InitializeRequest.type, params)), ErrorCodes.InvalidRequest);
  assert.equal(await leave(client), 0);
});

test('requests after shutdown are refused with -32600', PATIENCE, async () => {
  const { child, connection } = await greet();
  await connection.sendRequest(lsp.ShutdownRequest.type);
  assert.equal(await codeOf(hover({ connection })), ErrorCodes.InvalidRequest);
  await connection.sendNotification(lsp.ExitNotification.type);
  assert.equal(await child.code, 0);
});

test('unknown requests are refused with -32601, unknown notifications ignored', PATIENCE, () =>
  session({}, async (client) => {
    const { connection } = client;
    for (const method of ['glossator/unknown', '$/unknown', 'textDocument/rename', 'x']) {
      await connection.sendNotification(method, { some: 'thing' });
      assert.equal(await codeOf(connection.sendRequest(method, { some: 'thing' })), ErrorCodes.MethodNotFound, method);
    }
    await connection.sendNotification('$/setTrace', { value: 'verbose' });
    await connection.sendNotification('$/cancelRequest', { id: 4711 });
    await connection.sendNotification('$/progress', { token: 'nobody', value: { kind: 'end' } });
    await open(client);
    assert.ok(await hover(client));
    assert.deepEqual(client.notes.filter(({ method }) => method === 'window/showMessage'), []);
  }));

test('parameters that do not fit are refused with -32602', PATIENCE, () =>
  session({}, async (client) => {
    for (const params of [{}, [], { textDocument: 7 }, { textDocument: {}, position: { line: 'one' } }]) {
      assert.equal(await codeOf(client.connection.sendRequest('textDocument/hover', params)), ErrorCodes.InvalidParams);
    }
  }));
