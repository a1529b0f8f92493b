// The panel beside the code: an explanation that grows, its sources, and further questions about it.

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { message } from "./connection";
import { insertDocstring } from "./insertDocstring";
import { pageHtml } from "./page";
import type { FromPanel, ToPanel } from "./panelMessages";
import type { Answer, Explanation, Span } from "./protocol";
import { openSource } from "./sources";
import { streamed, wasCancelled } from "./stream";

export interface Subject {
  uri: vscode.Uri;
  /** What to explain; null is the whole file. */
  place: Span | null;
}

interface Turn {
  id: string;
  question: string;
  markdown: string;
  explanation: Explanation | null;
}

const NOTHING = "Nothing here can be explained. Put the cursor on a name, or select some code.";

export class ExplainPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private subject: Subject | undefined;
  private turns: Turn[] = [];
  private running: vscode.CancellationTokenSource | undefined;
  private ready: Promise<void> = Promise.resolve();
  private again: () => void = () => undefined;
  private numbered = 0;
  private renderer: typeof import("./markdown.js") | undefined; // loaded with the first explanation
  /** What the page was told: it loads anew where its tab is moved to another window. */
  private shown: ToPanel[] = [];

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly client: () => LanguageClient | undefined,
  ) {}

  /** Explain a place from the start; `fresh` whatever is remembered. */
  async explain(subject: Subject, fresh = false): Promise<void> {
    this.subject = subject;
    this.turns = [];
    this.again = () => void this.explain(subject, fresh);
    this.renderer ??= await import("./markdown.js");
    await this.open();
    const { title, where } = named(subject);
    const command = fresh ? "glossator.regenerate" : "glossator.explain";
    await this.turn("", title, where, command, [subject.uri.toString(), subject.place]);
  }

  dispose(): void {
    this.running?.cancel();
    this.panel?.dispose();
  }

  /** Ask further; `search` looks for sources beyond those of the explanation. */
  private async ask(question: string, search = false): Promise<void> {
    const id = this.turns.filter((turn) => turn.explanation?.id).at(-1)?.explanation?.id; // others were cancelled
    if (id) {
      this.again = () => void this.ask(question, search);
      await this.turn(question, "", "", "glossator.followUp", [id, question], search);
    }
  }

  private async turn(question: string, title: string, place: string, command: string, given: unknown[], search = false): Promise<void> {
    this.running?.cancel();
    const running = (this.running = new vscode.CancellationTokenSource());
    const turn: Turn = { id: `turn${++this.numbered}`, question, markdown: "", explanation: null };
    this.turns.push(turn);
    this.post({ type: "begin", turn: turn.id, title, place, question, fresh: !question });
    try {
      const client = this.client();
      if (!client) {
        throw new Error("The server does not run. Its state is in the status bar.");
      }
      const answer = await streamed(client, command, given, question ? { search } : {}, running.token, (part) => {
        turn.markdown = part.markdown;
        const said = part.sentence ? "Writing …" : "Reading what is known …";
        this.post({ type: "part", turn: turn.id, html: this.body(turn), said });
      });
      this.finish(turn, answer, Boolean(question) && !search);
    } catch (error) {
      this.fail(turn, error, running);
    } finally {
      if (this.running === running) {
        this.running = undefined;
      }
      running.dispose();
    }
  }

  private finish(turn: Turn, answer: Answer | null, maySearch: boolean): void {
    if (answer === null) {
      throw new Error("The file is not open any more.");
    }
    turn.markdown = answer.markdown || NOTHING;
    turn.explanation = answer.explanation;
    const { sources, synthesis, meta, id } = answer.explanation;
    const who = meta.model ? `written by ${meta.model}` : "taken from the documentation";
    const said = `${who}${meta.cached ? ", remembered" : ""}, ${Math.max(1, Math.round(meta.duration_ms))} ms`;
    const cited = new Set(synthesis.flatMap((sentence) => sentence.citations));
    const listed = turn.question ? sources.filter((source) => cited.has(source.id)) : sources; // all of them stand above
    const sourceList = this.renderer?.sourcesHtml(listed, turn.id) ?? "";
    const definition = this.subject?.uri.path.endsWith(".py") ?? false;
    const canSearch = maySearch && synthesis.length === 0;
    this.post({ type: "done", turn: turn.id, html: this.body(turn), sources: sourceList, said, canAsk: Boolean(id), canSearch, definition });
  }

  private fail(turn: Turn, error: unknown, running: vscode.CancellationTokenSource): void {
    const cancelled = running.token.isCancellationRequested || wasCancelled(error);
    if (cancelled && this.running !== running) {
      return; // another one took its place
    }
    const said = cancelled ? "Cancelled. What had come by then stands." : `It was not answered: ${message(error)}`;
    this.post({ type: "failed", turn: turn.id, said, cancelled });
  }

  private body(turn: Turn): string {
    // The question stands above already.
    const markdown = turn.question ? turn.markdown.replace(/^\*\*.*\*\*\n\n/, "") : turn.markdown;
    return this.renderer?.bodyHtml(markdown, turn.id) ?? "";
  }

  private async open(): Promise<void> {
    if (this.panel) {
      this.panel.reveal(undefined, true);
      return this.ready;
    }
    const media = vscode.Uri.joinPath(this.context.extensionUri, "media");
    const dist = vscode.Uri.joinPath(this.context.extensionUri, "dist");
    const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel("glossator.explanation", "Explanation", beside, {
      enableScripts: true,
      retainContextWhenHidden: true,
      localResourceRoots: [media, dist],
    });
    this.panel = panel;
    this.shown = [];
    panel.iconPath = vscode.Uri.joinPath(media, "icon.svg");
    panel.onDidDispose(() => {
      this.panel = undefined;
      this.running?.cancel();
    });
    this.ready = new Promise((resolve) => {
      panel.webview.onDidReceiveMessage((told: FromPanel) => {
        if (told.type !== "ready") {
          return void this.receive(told);
        }
        this.shown.forEach((one) => void panel.webview.postMessage(one));
        resolve();
      });
    });
    panel.webview.html = pageHtml({
      nonce: randomBytes(16).toString("hex"),
      cspSource: panel.webview.cspSource,
      style: panel.webview.asWebviewUri(vscode.Uri.joinPath(media, "panel.css")).toString(),
      script: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, "view.js")).toString(),
    });
    return this.ready;
  }

  private async receive(told: FromPanel): Promise<void> {
    switch (told.type) {
      case "cancel":
        return this.running?.cancel();
      case "retry":
        this.dropLast();
        return this.again();
      case "regenerate":
        return this.subject && this.explain(this.subject, true);
      case "ask":
        return this.ask(told.question);
      case "search":
        return this.search();
      case "copy":
        await vscode.env.clipboard.writeText(this.turns.map((turn) => turn.markdown).join("\n\n"));
        return this.post({ type: "said", said: "Copied." });
      case "docstring":
        return this.docstring();
      case "open": {
        const turn = this.turns.find((one) => one.id === told.turn);
        const source = turn?.explanation?.sources.find((one) => one.id === told.id);
        return source && openSource(source);
      }
    }
  }

  private async docstring(): Promise<void> {
    const explanation = this.turns[0]?.explanation;
    if (this.subject && explanation) {
      const line = this.subject.place?.start.line ?? 0;
      await insertDocstring(this.subject.uri, line, explanation, (said) => this.post({ type: "said", said }));
    }
  }

  /** The last question once more, which the sources at hand did not answer. */
  private async search(): Promise<void> {
    const last = this.turns.pop();
    if (last) {
      this.post({ type: "drop", turn: last.id });
      await this.ask(last.question, true);
    }
  }

  /** What failed makes room for what comes of another try. */
  private dropLast(): void {
    const last = this.turns.at(-1);
    if (last && !last.explanation) {
      this.turns.pop();
      this.post({ type: "drop", turn: last.id });
    }
  }

  private post(told: ToPanel): void {
    if (told.type === "begin" && told.fresh) {
      this.shown = [];
    }
    if (told.type !== "part") {
      this.shown.push(told); // of the parts, the last or a later one comes in any case
    }
    void this.panel?.webview.postMessage(told);
  }
}

function named({ uri, place }: Subject): { title: string; where: string } {
  const file = uri.path.split("/").at(-1) ?? "";
  if (place === null) {
    return { title: file, where: "the whole file" };
  }
  const whole = place.end.character === 0 && place.end.line > place.start.line; // whole lines: the last has nothing
  const [first, last] = [place.start.line + 1, place.end.line + (whole ? 0 : 1)];
  return { title: file, where: first === last ? `line ${first}` : `lines ${first} to ${last}` };
}
