// What a client says it can decides the shape of the answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE, FILE, ON_DUMPS, PATIENCE, hover, lsp, open, session } from './client.mjs';

const { CodeAction, Command, Hover, MarkupKind, Position, Range } = lsp;
const PLACE = { textDocument: { uri: FILE }, position: ON_DUMPS };
const ACTION = {
  textDocument: { uri: FILE },
  range: { start: { line: 2, character: 7 }, end: { line: 2, character: 17 } },
  context: { diagnostics: [], triggerKind: 1 },
};
const dynamic = { dynamicRegistration: true };

// Everything that 3.18 lets a client say, as far as it concerns a server like this, and what later ones might.
const EVERYTHING = {
  general: {
    positionEncodings: ['utf-8', 'utf-16', 'utf-32', 'utf-7'],
    staleRequestSupport: { cancel: true, retryOnContentModified: ['textDocument/hover'] },
    markdown: { parser: 'marked', version: '15', allowedTags: ['details', 'summary'] },
    regularExpressions: { engine: 'ECMAScript', version: 'ES2020' },
  },
  workspace: {
    applyEdit: true, configuration: true, workspaceFolders: true, didChangeConfiguration: dynamic,
    didChangeWatchedFiles: { ...dynamic, relativePatternSupport: true }, executeCommand: dynamic,
    workspaceEdit: { documentChanges: true, resourceOperations: ['create'], failureHandling: 'abort' },
    textDocumentContent: dynamic, foldingRange: { refreshSupport: true }, tomorrow: { refreshSupport: true },
  },
  textDocument: {
    synchronization: { ...dynamic, willSave: true, willSaveWaitUntil: true, didSave: true },
    hover: { ...dynamic, contentFormat: ['markdown', 'plaintext', 'asciidoc'] },
    completion: { ...dynamic, contextSupport: true, completionItem: { snippetSupport: true, insertReplaceSupport: true },
      completionItemKind: { valueSet: [1, 2, 999] } },
    codeAction: { ...dynamic, dataSupport: true, isPreferredSupport: true, honorsChangeAnnotations: true,
      codeActionLiteralSupport: { codeActionKind: { valueSet: ['', 'quickfix', 'explain', 'tomorrow'] } } },
    inlineCompletion: dynamic, publishDiagnostics: { relatedInformation: true, tagSupport: { valueSet: [1, 9] } },
    semanticTokens: { ...dynamic, requests: { full: { delta: true } }, tokenTypes: [], tokenModifiers: [], formats: [] },
  },
  notebookDocument: { synchronization: { ...dynamic, executionSummarySupport: true } },
  window: { workDoneProgress: true, showMessage: { messageActionItem: { additionalPropertiesSupport: true } },
    showDocument: { support: true } },
  experimental: { anything: [null, { at: 'all' }] },
};

test('a client that can nothing is served', PATIENCE, () =>
  session({}, async (client) => {
    const { capabilities, serverInfo } = client.greeting;
    assert.equal(serverInfo.name, 'glossator');
    assert.ok(capabilities.hoverProvider && capabilities.inlineCompletionProvider && capabilities.codeActionProvider);
    assert.ok(capabilities.executeCommandProvider.commands.includes('glossator.explain'));
    assert.equal(capabilities.textDocumentSync.change, lsp.TextDocumentSyncKind.Incremental);
    assert.equal(capabilities.positionEncoding ?? 'utf-16', 'utf-16');
    await open(client);
    const found = await hover(client);
    assert.ok(Hover.is(found) && Range.is(found.range), JSON.stringify(found));
    assert.match(found.contents.value, /dumps/);
    const actions = await client.connection.sendRequest(lsp.CodeActionRequest.type, ACTION);
    assert.ok(actions.length && actions.every((one) => Command.is(one) && !CodeAction.is(one)));
    const list = await client.connection.sendRequest(lsp.CompletionRequest.type, PLACE);
    assert.ok(list === null || Array.isArray(list.items));
    assert.deepEqual(client.asked, []);
  }));

test('a client that can everything is served', PATIENCE, () =>
  session(EVERYTHING, async (client) => {
    assert.equal(client.greeting.capabilities.positionEncoding, 'utf-8');
    await open(client);
    const found = await hover(client);
    assert.ok(Hover.is(found) && Range.is(found.range), JSON.stringify(found));
    assert.equal(found.contents.kind, MarkupKind.Markdown);
    const actions = await client.connection.sendRequest(lsp.CodeActionRequest.type, ACTION);
    assert.ok(actions.length && actions.every((one) => CodeAction.is(one) && Command.is(one.command)));
    assert.equal(await client.connection.sendRequest(lsp.CompletionRequest.type, PLACE), null);
    const ghost = { ...PLACE, context: { triggerKind: lsp.InlineCompletionTriggerKind.Automatic } };
    const answer = await client.connection.sendRequest(lsp.InlineCompletionRequest.type, ghost);
    assert.ok(answer === null || Array.isArray(answer.items), JSON.stringify(answer));
    const methods = client.asked.map(({ method }) => method);
    assert.ok(methods.includes('workspace/configuration') && methods.includes('client/registerCapability'), methods);
  }, { workspaceFolders: [{ uri: 'file:///work', name: 'work' }], clientInfo: { name: 'all' }, trace: 'verbose', locale: 'xx' }));

test('a client that wants plain text gets it', PATIENCE, () =>
  session({ textDocument: { hover: { contentFormat: ['plaintext'] } } }, async (client) => {
    await open(client);
    const { contents } = await hover(client);
    assert.equal(contents.kind, MarkupKind.PlainText);
    assert.doesNotMatch(contents.value, /```|\]\(/);
  }));

for (const [encoding, before] of [['utf-8', 8], ['utf-16', 6], ['utf-32', 5]]) {
  test(`places are counted in ${encoding}`, PATIENCE, () =>
    session({ general: { positionEncodings: [encoding] } }, async (client) => {
      assert.equal(client.greeting.capabilities.positionEncoding ?? 'utf-16', encoding);
      const start = before;
      await open(client, "import json\n'🎈'; json.dumps(1)\n");
      const found = await hover(client, Position.create(1, start + 7));
      assert.match(found.contents.value, /dumps/);
      assert.equal(found.range.start.line, 1);
      assert.ok([start, start + 5].includes(found.range.start.character), JSON.stringify(found.range));
    }));
}

test('a workspace may be given in any of its historic ways', PATIENCE, async () => {
  for (const more of [{ rootPath: '/project' }, { rootUri: 'file:///work' }, { workspaceFolders: null }, { workspaceFolders: [] }]) {
    await session({}, async (client) => {
      await open(client, CODE);
      assert.ok(await hover(client));
    }, more);
  }
});
