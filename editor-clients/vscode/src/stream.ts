// One question to the server whose answer comes in parts.

import type * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Answer, Part } from "./protocol";

const REQUEST_CANCELLED = -32800; // the protocol's number, sparing its library at the start of the extension
let count = 0;

/** Run a command; `given` are its arguments without the options, which get the token of the parts. Null: no document. */
export async function streamed(
  client: LanguageClient,
  command: string,
  given: readonly unknown[],
  options: object,
  token: vscode.CancellationToken,
  take: (part: Part) => void,
): Promise<Answer | null> {
  const partialResultToken = `glossator-${++count}`;
  const { ProgressType } = await import("./languageClient.js");
  const listening = client.onProgress(new ProgressType<Part>(), partialResultToken, take);
  try {
    const wish = { command, arguments: [...given, { ...options, partialResultToken }] };
    return await client.sendRequest<Answer | null>("workspace/executeCommand", wish, token);
  } finally {
    listening.dispose();
  }
}

export function wasCancelled(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === REQUEST_CANCELLED;
}
