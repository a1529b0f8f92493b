// The extension's start: parts are made, wired and registered here, and nowhere else. Nothing is waited for.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { Articles } from "./article";
import { registerCommands } from "./commands";
import { Connection } from "./connection";
import { watchProjectEnvironment } from "./discovery";
import { ExplainPanel } from "./explainPanel";
import { Hovers } from "./hovers";
import { middlewareFor } from "./middleware";
import type { ServerStatus, Span } from "./protocol";
import { Quiet } from "./quietEditor";
import { Statistics } from "./statistics";
import { StatusBar } from "./statusBar";
import { AT_REST, type State } from "./statusText";

let connection: Connection | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Glossator", { log: true });
  const client = (): LanguageClient | undefined => connection?.client;
  const hovers = new Hovers(client);
  const quiet = new Quiet();
  const bar = new StatusBar();
  const panel = new ExplainPanel(context, client);
  const articles = new Articles(client);
  const statistics = new Statistics(client);
  const manifest = context.extension.packageJSON as Parameters<typeof middlewareFor>[0];
  const middleware = middlewareFor(manifest, hovers, quiet, {
    command: (name, given) => {
      const ours = name === "glossator.explain" && given.length === 2; // the code action; our own requests go past it
      if (ours) {
        void panel.explain({ uri: vscode.Uri.parse(given[0] as string), place: given[1] as Span });
      }
      return ours;
    },
    suggested: (count, milliseconds) => {
      log.debug(`suggested ${count} in ${milliseconds} ms`);
      if (count > 0) {
        void vscode.commands.executeCommand("setContext", "glossator.suggested", true);
      }
    },
  });
  const started = (connection = new Connection(context, log, middleware));

  let server: ServerStatus = AT_REST;
  const state = (): State => stateOf(started, server, quiet);
  const refresh = () => bar.show(state());
  started.onClient((made) => {
    hovers.listen(made);
    made.onNotification("glossator/status", (told: ServerStatus) => {
      server = told;
      refresh();
    });
  });
  started.onChange(() => {
    server = AT_REST;
    refresh();
  });
  context.subscriptions.push(
    log,
    hovers,
    quiet,
    bar,
    panel,
    articles,
    statistics,
    quiet.onChange(refresh),
    vscode.window.onDidChangeActiveTextEditor(refresh),
    vscode.workspace.onDidChangeConfiguration((event) => {
      refresh();
      if (event.affectsConfiguration("glossator.server.interpreter")) {
        void started.restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void started.restart()),
    ...registerCommands({ context, log, connection: started, panel, articles, statistics, quiet, state }),
  );
  refresh();
  setImmediate(() => {
    // A process is started: other extensions need not wait for that.
    void started.start();
    void watchProjectEnvironment(() => void started.restart()).then((watch) => watch && context.subscriptions.push(watch));
  });
}

export async function deactivate(): Promise<void> {
  await connection?.dispose();
}

function stateOf({ doing }: Connection, server: ServerStatus, quiet: Quiet): State {
  const settings = vscode.workspace.getConfiguration("glossator");
  const language = vscode.window.activeTextEditor?.document.languageId;
  return {
    ...doing,
    server,
    snoozedMinutes: quiet.minutesLeft,
    completions: settings.get("completion.enabled", true),
    language: language === undefined || quiet.language(language),
    trusted: vscode.workspace.isTrusted,
  };
}
