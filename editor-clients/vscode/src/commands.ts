// The commands of the palette, the menus and the links, each one line or one short function.

import * as vscode from "vscode";
import { type Articles, SCHEME } from "./article";
import type { Connection } from "./connection";
import { chooseInterpreter } from "./discovery";
import { ask, askOnce } from "./consent";
import { openExample } from "./example";
import type { ExplainPanel } from "./explainPanel";
import { install, pullModel } from "./install";
import { showMenu } from "./menu";
import { chooseAdapter, chooseModel } from "./pickers";
import type { Outcome, Place } from "./protocol";
import type { Quiet } from "./quietEditor";
import { listSources } from "./sources";
import type { Statistics } from "./statistics";
import type { State } from "./statusText";
import { editorsReason, serversReason } from "./why";

export interface Parts {
  context: vscode.ExtensionContext;
  log: vscode.LogOutputChannel;
  connection: Connection;
  panel: ExplainPanel;
  articles: Articles;
  statistics: Statistics;
  quiet: Quiet;
  state: () => State;
}

export function registerCommands(parts: Parts): vscode.Disposable[] {
  const { context, log, connection, panel, articles, quiet, state } = parts;
  const at = (uri: string, place: Place) => ({ uri: vscode.Uri.parse(uri), place: { start: place, end: place } });
  const commands: Record<string, (...given: never[]) => unknown> = {
    explainSelection: () => withEditor(({ document, selection }) => explain(parts, document.uri, selection)),
    explainFile: () => withEditor(({ document }) => explain(parts, document.uri, null)),
    explainAt: (uri: string, place: Place) => panel.explain(at(uri, place)),
    regenerateAt: (uri: string, place: Place) => panel.explain(at(uri, place), true),
    sourcesAt: (uri: string, place: Place) => listSources(connection.client, uri, place),
    articleMarkdown: () => withEditor(({ document }) => articles.write(document, false)),
    articlePage: () => withEditor(({ document }) => articles.write(document, true)),
    suggest: () => vscode.commands.executeCommand("editor.action.inlineSuggest.trigger"),
    whyNothing: () => whyNothing(parts),
    toggleCompletion: () => toggle("completion.enabled"),
    toggleHover: () => toggle("hover.enabled"),
    toggleLanguage: () => withEditor(({ document }) => quiet.toggleLanguage(document.languageId)),
    snooze: () => quiet.ask(),
    wake: () => quiet.wake(),
    menu: () => showMenu(state(), vscode.window.activeTextEditor?.document.languageId ?? ""),
    restart: () => connection.restart(),
    stop: () => connection.stop(),
    showLog: () => log.show(true),
    install: () => installAndStart(parts),
    pullModel: (name?: string) => downloadAndStart(parts, name),
    chooseModel: () => chooseModel(connection.client, (name) => download(parts, name)),
    chooseAdapter: () => chooseAdapter(connection.client),
    webSources: () => ask(),
    statistics: () => parts.statistics.show(),
    parts: () => showParts(parts),
    openSettings: () => vscode.commands.executeCommand("workbench.action.openSettings", "@ext:glossator.glossator"),
    openExample: () => openExample(context),
    walkthrough: () => vscode.commands.executeCommand("workbench.action.openWalkthrough", "glossator.glossator#start", false),
  };
  return Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(`glossator.${name}`, run));
}

async function explain({ context, panel }: Parts, uri: vscode.Uri, place: vscode.Range | null): Promise<void> {
  askOnce(context.globalState);
  await panel.explain({ uri, place });
}

async function withEditor(run: (editor: vscode.TextEditor) => unknown): Promise<void> {
  const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors.find((one) => one.document.uri.scheme !== SCHEME);
  if (editor) {
    await run(editor);
  } else {
    void vscode.window.showInformationMessage("Open a file first.");
  }
}

/** Turn a setting over where it was decided last: in the workspace if that says something of it, else for the user. */
async function toggle(name: string): Promise<void> {
  const settings = vscode.workspace.getConfiguration("glossator");
  const workspace = settings.inspect(name)?.workspaceValue !== undefined;
  const target = workspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await settings.update(name, !settings.get(name, true), target);
}

async function whyNothing({ connection, state }: Parts): Promise<void> {
  await withEditor(async ({ document }) => {
    const ours = editorsReason(state());
    const wish = { command: "glossator.why", arguments: [document.uri.toString()] };
    const outcome = ours ? null : ((await connection.client?.sendRequest<Outcome | null>("workspace/executeCommand", wish)) ?? null);
    const why = ours ? { title: ours, lines: [] } : serversReason(outcome);
    const items = [why.title, ...why.lines].map((label, index) => ({ label: index ? label : `$(info) ${label}` }));
    await vscode.window.showQuickPick(items, { title: "Why no suggestion?", placeHolder: "What became of the last request in this file" });
  });
}

async function showParts({ connection }: Parts): Promise<void> {
  const told = await connection.client?.sendRequest<Record<string, string>>("workspace/executeCommand", { command: "glossator.status", arguments: [] });
  const items = Object.entries(told ?? {}).map(([part, description]) => ({ label: part, description }));
  await vscode.window.showQuickPick(items, { title: "What each part does" });
}

async function installAndStart({ context, log, connection }: Parts): Promise<void> {
  await connection.stop();
  await install(context, log);
  await connection.restart();
}

/** Fetch a model, or the embedded one; whether it came. */
async function download({ context, log }: Parts, name = ""): Promise<boolean> {
  const chosen = await chooseInterpreter(context, log);
  if (typeof chosen === "string") {
    void vscode.window.showWarningMessage(`Glossator: ${chosen}`);
    return false;
  }
  return pullModel(chosen.path, name, context, log);
}

async function downloadAndStart(parts: Parts, name = ""): Promise<void> {
  if (await download(parts, name)) {
    await parts.connection.restart();
    void vscode.window.showInformationMessage("The model is here. Type in a Python file, and press Tab to take a suggestion.");
  }
}
