// A server process with the specification authors' own client in front of it, or with nothing but its pipes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import lsp from 'vscode-languageserver-protocol/node';

export { lsp };

const [PROGRAM, ...ARGUMENTS] = JSON.parse(process.env.CONFORMANCE_SERVER);

// Long: the machine may be busy with other things. Whatever hangs is still found.
export const PATIENCE = { timeout: 300_000 };

export const CODE = 'import json\n\ntext = json.dumps([1], indent=2)\n';
export const ON_DUMPS = { line: 2, character: 14 };
export const FILE = 'file:///work/demo.py';

// A test that failed amid its work leaves its server behind, and Node would wait for it.
const children = [];
after(() => children.forEach((child) => child.kill()));

/** The process, its exit code to come, and what it says on stderr. */
export function launch(environment = {}) {
  const child = spawn(PROGRAM, ARGUMENTS, { env: { ...process.env, ...environment } });
  children.push(child);
  child.log = '';
  child.stderr.on('data', (piece) => { child.log += piece; });
  child.code = once(child, 'exit').then(([code]) => code);
  return child;
}

/** A client that is not yet greeted; it notes every notification of the server and agrees to its requests. */
export function connect(environment) {
  const child = launch(environment);
  const connection = lsp.createProtocolConnection(
    new lsp.StreamMessageReader(child.stdout), new lsp.StreamMessageWriter(child.stdin), console);
  const client = { child, connection, notes: [], asked: [], configuration: null };
  connection.onUnhandledNotification(({ method, params }) => client.notes.push({ method, params }));
  connection.onUnhandledProgress((params) => client.notes.push({ method: '$/progress', params }));
  connection.onRequest(lsp.ConfigurationRequest.type, ({ items }) => {
    client.asked.push({ method: 'workspace/configuration', params: { items } });
    return items.map(() => client.configuration);
  });
  for (const type of [lsp.WorkDoneProgressCreateRequest.type, lsp.RegistrationRequest.type]) {
    connection.onRequest(type, (params) => { client.asked.push({ method: type.method, params }); });
  }
  connection.onError(([error]) => { throw error; });
  connection.listen();
  return client;
}

/** A client that has greeted; `client.greeting` is what the server answered. */
export async function greet(capabilities = {}, { environment, ...more } = {}) {
  const client = connect(environment);
  const params = { processId: process.pid, rootUri: null, capabilities, ...more };
  client.greeting = await client.connection.sendRequest(lsp.InitializeRequest.type, params);
  await client.connection.sendNotification(lsp.InitializedNotification.type, {});
  return client;
}

/** Says goodbye; gives the exit code. */
export async function leave({ child, connection }) {
  await connection.sendRequest(lsp.ShutdownRequest.type);
  await connection.sendNotification(lsp.ExitNotification.type);
  return child.code;
}

/** Runs `work` with a greeted client, and has it end in order. */
export async function session(capabilities, work, more) {
  const client = await greet(capabilities, more);
  await work(client);
  const code = await leave(client);
  if (code !== 0) throw new Error(`it ended with ${code}: ${client.child.log}`);
}

export function open({ connection }, text = CODE, uri = FILE, languageId = 'python') {
  const textDocument = { uri, languageId, version: 1, text };
  return connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, { textDocument });
}

export function hover({ connection }, position = ON_DUMPS, uri = FILE) {
  return connection.sendRequest(lsp.HoverRequest.type, { textDocument: { uri }, position });
}

export function execute({ connection }, command, args, more, token) {
  const params = { command, arguments: args, ...more };
  return connection.sendRequest(lsp.ExecuteCommandRequest.type, params, token);
}

/** The code of the error that a request ends with; "none" if it has a result. */
export function codeOf(request) {
  return request.then(() => 'none', (error) => error.code);
}

/** Waits until something holds; the server sends no event for it. */
export async function until(holds) {
  while (!holds()) await new Promise((done) => setTimeout(done, 5));
}

/** A text that takes the server seconds to explain whole. */
export function long(lines = 400) {
  return 'import json\n' + Array.from({ length: lines }, (_, n) => `a${n} = json.dumps([${n}], indent=${n})\n`).join('');
}
