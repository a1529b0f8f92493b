// A whole file as an article: a markdown document with its preview, or a page in a panel of its own.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { pageInEditor } from "./articlePage";
import { message } from "./connection";
import type { Article } from "./protocol";
import { wasCancelled } from "./stream";
import { isDark } from "./theme";

export const SCHEME = "glossator-article";

/** Holds the articles of this window under addresses of their own, read-only. */
export class Articles implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  constructor(private readonly client: () => LanguageClient | undefined) {}

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? "This article was written in another session.";
  }

  /** Write about the document; show it as markdown or as a page. */
  async write(document: vscode.TextDocument, page: boolean): Promise<void> {
    const article = await this.ask(document, page);
    if (article?.html && page) {
      showPage(document, article.html);
    } else if (article) {
      await this.showMarkdown(document, article.markdown);
    }
  }

  dispose(): void {
    this.registration.dispose();
  }

  private async ask(document: vscode.TextDocument, html: boolean): Promise<Article | null> {
    const client = this.client();
    if (!client) {
      void vscode.window.showWarningMessage("Glossator's server does not run. Its state is in the status bar.");
      return null;
    }
    const options = { location: vscode.ProgressLocation.Notification, title: `Writing about ${name(document.uri)}`, cancellable: true };
    const wish = { command: "glossator.article", arguments: [document.uri.toString(), { html }] };
    return vscode.window.withProgress(options, async (_progress, token) => {
      try {
        return await client.sendRequest<Article | null>("workspace/executeCommand", wish, token);
      } catch (error) {
        if (!wasCancelled(error)) {
          void vscode.window.showErrorMessage(`No article: ${message(error)}`);
        }
        return null;
      }
    });
  }

  private async showMarkdown(document: vscode.TextDocument, markdown: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name(document.uri)}, explained.md` });
    this.texts.set(uri.path, markdown);
    this.changed.fire(uri);
    await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
  }
}

function showPage(document: vscode.TextDocument, html: string): void {
  const title = `${name(document.uri)}, explained`;
  const panel = vscode.window.createWebviewPanel("glossator.article", title, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true }, {});
  const show = () => (panel.webview.html = pageInEditor(html, isDark(vscode.window.activeColorTheme.kind)));
  const watching = vscode.window.onDidChangeActiveColorTheme(show);
  panel.onDidDispose(() => watching.dispose());
  show();
}

function name(uri: vscode.Uri): string {
  return uri.path.split("/").at(-1) ?? "";
}
