// A docstring goes into the file only after its difference was shown and agreed to. Not by the editor's own preview of
// refactorings: there, what needs a confirmation is not ticked, and "Apply" does nothing.

import * as vscode from "vscode";
import { type Insertion, insertion, sentencesOf } from "./docstring";
import type { Explanation } from "./protocol";

const SCHEME = "glossator-docstring";
const INSERT = "Insert";

/** Show the difference, ask, insert; `say` tells what is to be done, or why not. */
export async function insertDocstring(uri: vscode.Uri, line: number, explanation: Explanation, say: (words: string) => void): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  if (explanation.symbol?.kind === "keyword") {
    return say("This explains a keyword. Explain the definition's name, then insert.");
  }
  const sentences = sentencesOf(explanation);
  const shown = insertion(linesOf(document), line, sentences);
  if (typeof shown === "string") {
    return say(shown);
  }
  say("Look at the difference, then insert it.");
  const found = (await agreed(document, shown)) ? insertion(linesOf(document), line, sentences) : "Nothing was inserted.";
  if (typeof found === "string") {
    return say(found); // the text may have changed meanwhile
  }
  const edit = new vscode.WorkspaceEdit();
  edit.insert(uri, new vscode.Position(found.line, 0), found.text);
  say((await vscode.workspace.applyEdit(edit)) ? "The docstring is inserted." : "The editor did not allow the change.");
}

async function agreed(document: vscode.TextDocument, { line, text }: Insertion): Promise<boolean> {
  const after = document.uri.with({ scheme: SCHEME });
  const lines = linesOf(document);
  lines.splice(line, 0, ...text.replace(/^\n|\n$/g, "").split("\n"));
  const content = lines.join("\n");
  const provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, { provideTextDocumentContent: () => content });
  try {
    const name = document.uri.path.split("/").at(-1) ?? "";
    await vscode.commands.executeCommand("vscode.diff", document.uri, after, `${name} with its docstring`, { viewColumn: vscode.ViewColumn.One, preview: true });
    return (await vscode.window.showInformationMessage("Insert the docstring that the difference shows?", INSERT, "Discard")) === INSERT;
  } finally {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    await vscode.window.tabGroups.close(tabs.filter(({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.scheme === SCHEME));
    provider.dispose();
  }
}

function linesOf(document: vscode.TextDocument): string[] {
  return document.getText().split(/\r?\n/);
}
