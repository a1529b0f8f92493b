// One question to the server whose answer comes in parts.

import type * as vscode from "vscode";
import { LSPErrorCodes, type LanguageClient, ProgressType, ResponseError } from "vscode-languageclient/node";
import type { Answer, Part } from "./protocol";

const PARTS = new ProgressType<Part>();
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
  const listening = client.onProgress(PARTS, partialResultToken, take);
  try {
    const wish = { command, arguments: [...given, { ...options, partialResultToken }] };
    return await client.sendRequest<Answer | null>("workspace/executeCommand", wish, token);
  } finally {
    listening.dispose();
  }
}

export function wasCancelled(error: unknown): boolean {
  return error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled;
}
