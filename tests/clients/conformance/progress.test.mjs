// Progress, whoever begins it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FILE, PATIENCE, codeOf, execute, long, lsp, open, session, until } from './client.mjs';

const ON_DUMPS = { line: 2, character: 14 };
const tokens = ({ notes }) => notes.filter(({ method }) => method === '$/progress').map(({ params }) => params);

function isWhole(kinds) {
  const middle = kinds.slice(1, -1);
  return kinds[0] === 'begin' && kinds.at(-1) === 'end' && middle.length > 0 && middle.every((kind) => kind === 'report');
}

for (const token of ['mine', 7]) {
  test(`under the client's token ${JSON.stringify(token)}`, PATIENCE, () =>
    session({}, async (client) => {
      await open(client);
      assert.ok(await execute(client, 'glossator.explain', [FILE, ON_DUMPS], { workDoneToken: token }));
      assert.ok(tokens(client).every((one) => one.token === token));
      assert.ok(isWhole(tokens(client).map(({ value }) => value.kind)), JSON.stringify(tokens(client)));
      assert.equal(typeof tokens(client)[0].value.title, 'string');
    }));
}

test('under a token that the server makes, where the client shows such', PATIENCE, () =>
  session({ window: { workDoneProgress: true } }, async (client) => {
    await open(client);
    assert.ok(await execute(client, 'glossator.explain', [FILE, ON_DUMPS]));
    const [created] = client.asked.filter(({ method }) => method === 'window/workDoneProgress/create');
    assert.ok(tokens(client).every((one) => one.token === created.params.token));
    assert.ok(isWhole(tokens(client).map(({ value }) => value.kind)), JSON.stringify(tokens(client)));
  }));

test('none where the client shows none', PATIENCE, () =>
  session({}, async (client) => {
    await open(client);
    assert.ok(await execute(client, 'glossator.explain', [FILE, ON_DUMPS]));
    assert.deepEqual([tokens(client), client.asked], [[], []]);
  }));

test('the user ends the work where it is shown', PATIENCE, () =>
  session({ window: { workDoneProgress: true } }, async (client) => {
    await open(client, long());
    const asked = codeOf(execute(client, 'glossator.article', [FILE]));
    await until(() => tokens(client).some(({ value }) => value.kind === 'report'));
    await client.connection.sendNotification(lsp.WorkDoneProgressCancelNotification.type, { token: tokens(client)[0].token });
    assert.equal(await asked, lsp.LSPErrorCodes.RequestCancelled);
    assert.equal(tokens(client).at(-1).value.kind, 'end');
  }));
