// Sources, opened: a file at its line, a page in the browser after the editor's own question.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Answer, Place, Source } from "./protocol";
import { whereabouts } from "./whereabouts";

const ICONS: Record<string, string> = { project: "symbol-file", docstring: "book", signature: "symbol-method" };

export async function openSource(source: Source): Promise<void> {
  const uri = vscode.Uri.parse(source.url);
  if (uri.scheme === "file") {
    const line = Number(/^L(\d+)/.exec(uri.fragment)?.[1] ?? 1) - 1;
    const selection = new vscode.Range(line, 0, line, 0);
    await vscode.window.showTextDocument(uri.with({ fragment: "" }), { selection, viewColumn: vscode.ViewColumn.One });
  } else if (uri.scheme === "https") {
    await vscode.env.openExternal(uri);
  } else {
    void vscode.window.showInformationMessage(`“${source.title}” is nothing that can be opened.`);
  }
}

/** The sources of a place, to look at and to open. */
export async function listSources(client: LanguageClient | undefined, uri: string, place: Place): Promise<void> {
  const wish = { command: "glossator.explain", arguments: [uri, place, { synthesis: "cached" }] };
  const answer = await client?.sendRequest<Answer | null>("workspace/executeCommand", wish);
  const sources = answer?.explanation.sources ?? [];
  if (sources.length === 0) {
    void vscode.window.showInformationMessage("Nothing is cited here.");
    return;
  }
  const items = sources.map((source) => ({
    label: `$(${ICONS[source.kind] ?? "references"}) ${source.title}`,
    description: whereabouts(source),
    detail: source.snippet.split("\n").slice(0, 2).join(" "),
    source,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: "Sources of this explanation", matchOnDetail: true });
  if (chosen) {
    await openSource(chosen.source);
  }
}
