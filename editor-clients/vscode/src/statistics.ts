// What became of suggestions, as a page with charts: the server's own, which has no script and loads nothing.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { pageInEditor } from "./articlePage";
import { message } from "./connection";
import { isDark } from "./theme";

const DAYS = 30;

export class Statistics implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private html = "";
  private readonly watching = vscode.window.onDidChangeActiveColorTheme(() => this.draw());

  constructor(private readonly client: () => LanguageClient | undefined) {}

  /** Count anew and show. */
  async show(): Promise<void> {
    const client = this.client();
    if (!client) {
      void vscode.window.showWarningMessage("Glossator's server does not run. Its state is in the status bar.");
      return;
    }
    try {
      const wish = { command: "glossator.stats", arguments: [DAYS, { html: true }] };
      this.html = (await client.sendRequest<{ html: string }>("workspace/executeCommand", wish)).html;
    } catch (error) {
      void vscode.window.showErrorMessage(`No statistics: ${message(error)}`);
      return;
    }
    this.open();
    this.draw();
  }

  dispose(): void {
    this.watching.dispose();
    this.panel?.dispose();
  }

  private open(): void {
    if (this.panel) {
      this.panel.reveal();
      return;
    }
    this.panel = vscode.window.createWebviewPanel("glossator.statistics", "Suggestions", vscode.ViewColumn.Active, {});
    this.panel.onDidDispose(() => (this.panel = undefined));
  }

  private draw(): void {
    if (this.panel) {
      this.panel.webview.html = pageInEditor(this.html, isDark(vscode.window.activeColorTheme.kind));
    }
  }
}
