// Whether names may be sent to web sources: asked once, when an explanation is first asked for, and never in a folder
// that is not trusted. The answer is a setting of the user's, so that it holds everywhere and can be changed there.

import * as vscode from "vscode";

const ASKED = "askedForWebSources";
const QUESTION =
  "May Glossator ask web sources (Stack Overflow, Read the Docs) about the public packages that you use? " +
  "It would send names: of packages, functions, parameters. Never your code, and nothing of your own project.";

/** Ask, unless it was asked before or is decided by a setting; does not wait for the answer. */
export function askOnce(memory: vscode.Memento): void {
  const decided = inspected()?.globalValue;
  if (decided === "on" || decided === "off" || memory.get(ASKED) || !vscode.workspace.isTrusted) {
    return;
  }
  void memory.update(ASKED, true);
  void ask();
}

export async function ask(): Promise<void> {
  const chosen = await vscode.window.showInformationMessage(QUESTION, "Allow", "Keep Everything Here");
  if (chosen) {
    const consent = chosen === "Allow" ? "on" : "off";
    await vscode.workspace.getConfiguration("glossator").update("search.consent", consent, vscode.ConfigurationTarget.Global);
  }
}

function inspected() {
  return vscode.workspace.getConfiguration("glossator").inspect<string>("search.consent");
}
