// Settings, however they come, and their changes while the server runs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE, hover, lsp, open, session } from './client.mjs';

const PULL = { workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } } };
const changed = ({ connection }, settings) =>
  connection.sendNotification(lsp.DidChangeConfigurationNotification.type, { settings });

test('they are asked for, also after each change', PATIENCE, () =>
  session(PULL, async (client) => {
    client.configuration = { hover: { enabled: false } };
    await open(client);
    assert.equal(await hover(client), null);
    client.configuration = { hover: { enabled: true } };
    await changed(client, null);
    assert.ok(await hover(client));
    const asked = client.asked.filter(({ method }) => method === 'workspace/configuration');
    assert.deepEqual(asked.map(({ params }) => params.items[0].section), ['glossator', 'glossator']);
    const [{ params }] = client.asked.filter(({ method }) => method === 'client/registerCapability');
    assert.deepEqual(params.registrations.map(({ method }) => method), ['workspace/didChangeConfiguration']);
  }));

test('they may be pushed', PATIENCE, () =>
  session({}, async (client) => {
    await open(client);
    assert.ok(await hover(client));
    for (const enabled of [false, true]) {
      await changed(client, { glossator: { hover: { enabled } } });
      assert.equal(Boolean(await hover(client)), enabled);
    }
    assert.deepEqual(client.asked, []);
  }));

test('they may come at the start', PATIENCE, () =>
  session({}, async (client) => {
    await open(client);
    assert.equal(await hover(client), null);
  }, { initializationOptions: { hover: { enabled: false } } }));

test('an unusable one is named and left out', PATIENCE, () =>
  session({}, async (client) => {
    await open(client);
    await changed(client, { glossator: { hover: { enabled: 'perhaps', colour: 'red' }, nonsense: 7 } });
    assert.ok(await hover(client));
    const told = client.notes.filter(({ method }) => method === 'window/showMessage').map(({ params }) => params.message);
    assert.ok(told.some((message) => message.includes('hover.enabled')), JSON.stringify(told));
  }));
