// Tooltips. The server's answer comes at once, with our links under it; the model's words join the same tooltip when
// they are ready. VS Code asks every hover provider and shows each answer as it comes: so the second provider here
// waits for the model, and nothing has to be closed, re-opened or focused. When the pointer leaves, it is cancelled.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Answer, ExplainedPlace } from "./protocol";
import { joined, splitHead } from "./synthesis";

const LINKS = ["glossator.explainAt", "glossator.regenerateAt", "glossator.sourcesAt"];
// A model that takes longer writes for the next tooltip.
const LONGEST_WAIT = 60_000;
const READY = "glossator/explanationReady";
const PENDING = "glossator/explanationPending";

export class Hovers implements vscode.Disposable {
  private readonly pending = new Set<string>();
  private readonly ended = new vscode.EventEmitter<string>();
  private readonly firsts = new Map<string, Promise<unknown>>();
  private readonly registration: vscode.Disposable;

  constructor(private readonly client: () => LanguageClient | undefined) {
    const schemes = ["file", "untitled", "vscode-notebook-cell"].map((scheme) => ({ scheme }));
    this.registration = vscode.languages.registerHoverProvider(schemes, {
      provideHover: (document, position, token) => this.second(document, position, token),
    });
  }

  listen(client: LanguageClient): void {
    this.pending.clear();
    client.onNotification(PENDING, (place: ExplainedPlace) => {
      if (place.pending) {
        this.pending.add(keyOf(place));
      } else {
        this.end(keyOf(place));
      }
    });
    client.onNotification(READY, (place: ExplainedPlace) => this.end(keyOf(place)));
  }

  /** The server's own answer, with the links. */
  async first(document: vscode.TextDocument, position: vscode.Position, ask: () => Promise<vscode.Hover | null | undefined>): Promise<vscode.Hover | null> {
    const key = keyAt(document, position);
    const asked = ask();
    this.firsts.set(key, asked);
    try {
      const hover = await asked;
      if (hover) {
        void vscode.commands.executeCommand("setContext", "glossator.hovered", true);
        hover.contents = withLinks(hover.contents, links(document.uri, position));
      }
      return hover ?? null;
    } finally {
      this.firsts.delete(key);
    }
  }

  dispose(): void {
    this.registration.dispose();
  }

  /** The model's words, if it writes about this place: an answer that comes late, or never. */
  private async second(document: vscode.TextDocument, position: vscode.Position, token: vscode.CancellationToken): Promise<vscode.Hover | null> {
    const key = keyAt(document, position);
    await new Promise((resolve) => setTimeout(resolve, 0)); // the first provider's request begins
    await this.firsts.get(key)?.catch(() => undefined);
    const client = this.client();
    if (!client || !this.pending.has(key) || token.isCancellationRequested) {
      return null;
    }
    await this.waitFor(key, token);
    if (token.isCancellationRequested) {
      return null;
    }
    const given = [document.uri.toString(), position, { synthesis: "cached" }];
    const answer = await client.sendRequest<Answer | null>("workspace/executeCommand", { command: "glossator.explain", arguments: given }, token);
    const words = answer && joined(answer.explanation);
    return words ? new vscode.Hover(shown(words.text, words.footer)) : null;
  }

  private waitFor(key: string, token: vscode.CancellationToken): Promise<void> {
    return new Promise((resolve) => {
      const parts = [
        this.ended.event((ended) => ended === key && finish()),
        token.onCancellationRequested(() => finish()),
      ];
      const timer = setTimeout(() => finish(), LONGEST_WAIT);
      const finish = () => {
        clearTimeout(timer);
        parts.forEach((part) => part.dispose());
        resolve();
      };
    });
  }

  private end(key: string): void {
    if (this.pending.delete(key)) {
      this.ended.fire(key);
    }
  }
}

function shown(text: string, footer: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  markdown.appendText(text);
  markdown.appendMarkdown("\n\n*").appendText(footer).appendMarkdown("*");
  return markdown;
}

/** The links stand under what it is and what is wrong with it: a tooltip is low, and its end often out of sight. */
function withLinks(contents: vscode.Hover["contents"], added: vscode.MarkdownString): vscode.Hover["contents"] {
  const [first, ...others] = contents;
  if (!(first instanceof vscode.MarkdownString)) {
    return [...contents, added];
  }
  const [head, rest] = splitHead(first.value);
  return [head, added, rest].flatMap((part) => (typeof part !== "string" ? part : part ? new vscode.MarkdownString(part) : [])).concat(others as vscode.MarkdownString[]);
}

/** Our own markdown, apart from the server's: only here are links to commands followed, and only to these. */
function links(uri: vscode.Uri, position: vscode.Position): vscode.MarkdownString {
  const given = encodeURIComponent(JSON.stringify([uri.toString(), { line: position.line, character: position.character }]));
  const link = (icon: string, words: string, command: string, title: string) => `[$(${icon}) ${words}](command:${command}?${given} "${title}")`;
  const markdown = new vscode.MarkdownString(
    [
      link("book", "Explain in full", "glossator.explainAt", "Open the explanation beside the code"),
      link("refresh", "Regenerate", "glossator.regenerateAt", "Write it anew"),
      link("references", "Sources", "glossator.sourcesAt", "List the sources"),
    ].join(" &nbsp; "),
    true,
  );
  markdown.isTrusted = { enabledCommands: LINKS };
  return markdown;
}

function keyAt(document: vscode.TextDocument, position: vscode.Position): string {
  return keyOf({ uri: document.uri.toString(), position });
}

/** Editor and server spell the same address in different ways: `file:///c%3A/x`. */
function keyOf(place: ExplainedPlace): string {
  return `${decodeURIComponent(place.uri)} ${place.position.line}:${place.position.character}`;
}
