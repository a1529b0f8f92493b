// The menu behind the status bar: what can be done in the state at hand.

import * as vscode from "vscode";
import { minutes, type State } from "./statusText";

interface Entry extends vscode.QuickPickItem {
  command?: string;
}

export async function showMenu(state: State, language: string): Promise<void> {
  const title = `Glossator ${state.version}`.trim();
  const chosen = await vscode.window.showQuickPick(entries(state, language), { title, placeHolder: state.detail || state.server.message || "Ready" });
  if (chosen?.command) {
    await vscode.commands.executeCommand(chosen.command);
  }
}

function entries(state: State, language: string): Entry[] {
  const server = [
    entry("refresh", "Restart the server", "glossator.restart"),
    entry("output", "Show the log", "glossator.showLog"),
    entry("gear", "Settings", "glossator.openSettings"),
  ];
  if (state.phase !== "running") {
    return [entry("cloud-download", "Install or repair the server", "glossator.install"), ...server];
  }
  return [
    separator("Explain"),
    entry("book", "Explain selection", "glossator.explainSelection"),
    entry("file-text", "Explain this file", "glossator.explainFile"),
    entry("notebook", "Write an article about this file", "glossator.articleMarkdown"),
    separator("Suggest"),
    entry("sparkle", "Suggest here", "glossator.suggest"),
    entry("question", "Why no suggestion?", "glossator.whyNothing"),
    entry(state.completions ? "circle-slash" : "check", `Turn suggestions ${state.completions ? "off" : "on"}`, "glossator.toggleCompletion"),
    ...(language ? [entry("code", `Turn suggestions ${state.language ? "off" : "on"} in ${language}`, "glossator.toggleLanguage")] : []),
    state.snoozedMinutes > 0
      ? entry("bell", `End the snooze (${minutes(state.snoozedMinutes)} left)`, "glossator.wake")
      : entry("bell-slash", "Snooze suggestions", "glossator.snooze"),
    entry("graph", "What became of suggestions", "glossator.statistics"),
    separator("Server"),
    entry("pulse", "What each part does", "glossator.parts"),
    entry("circuit-board", "Choose the model", "glossator.chooseModel"),
    entry("layers", "Choose an adapter", "glossator.chooseAdapter"),
    entry("globe", "Web sources", "glossator.webSources"),
    ...server,
  ];
}

function entry(icon: string, words: string, command: string): Entry {
  return { label: `$(${icon}) ${words}`, command };
}

function separator(label: string): Entry {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
