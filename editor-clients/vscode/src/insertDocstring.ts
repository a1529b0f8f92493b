// A docstring goes into the file only after the editor's own preview of the change.

import * as vscode from "vscode";
import { insertion, sentencesOf } from "./docstring";
import type { Explanation } from "./protocol";

/** Preview it; a sentence says why there is nothing to preview. */
export async function insertDocstring(uri: vscode.Uri, line: number, explanation: Explanation): Promise<string | null> {
  const document = await vscode.workspace.openTextDocument(uri);
  const lines = document.getText().split(/\r?\n/);
  const found = insertion(lines, line, sentencesOf(explanation));
  if (typeof found === "string") {
    return found;
  }
  const edit = new vscode.WorkspaceEdit();
  const text = document.eol === vscode.EndOfLine.CRLF ? found.text.replaceAll("\n", "\r\n") : found.text;
  edit.insert(uri, new vscode.Position(found.line, 0), text, { needsConfirmation: true, label: "Insert the docstring" });
  await vscode.workspace.applyEdit(edit, { isRefactoring: true });
  return null;
}
