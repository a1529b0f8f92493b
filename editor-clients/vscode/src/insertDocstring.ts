// A docstring goes into the file only after the editor's own preview of the change.

import * as vscode from "vscode";
import { insertion, sentencesOf } from "./docstring";
import type { Explanation } from "./protocol";

/** Preview it, which ends when the user has applied or discarded it; `say` tells what is to be done, or why not. */
export async function insertDocstring(uri: vscode.Uri, line: number, explanation: Explanation, say: (words: string) => void): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const lines = document.getText().split(/\r?\n/);
  const found = insertion(lines, line, sentencesOf(explanation));
  if (typeof found === "string") {
    say(found);
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  const text = document.eol === vscode.EndOfLine.CRLF ? found.text.replaceAll("\n", "\r\n") : found.text;
  edit.insert(uri, new vscode.Position(found.line, 0), text, { needsConfirmation: true, label: "Insert the docstring" });
  say("Look at the preview below, then apply it.");
  const applied = await vscode.workspace.applyEdit(edit, { isRefactoring: true });
  say(applied ? "The docstring is inserted." : "Nothing was inserted.");
}
