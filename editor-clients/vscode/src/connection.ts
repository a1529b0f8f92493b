// The server's process: started, stopped and restarted one after the other, never at once.

import * as vscode from "vscode";
import type { LanguageClient, LanguageClientOptions, Middleware } from "vscode-languageclient/node";
import { chooseInterpreter } from "./discovery";
import { sameRelease, withProxy } from "./interpreter";
import type { Watcher } from "./languageClient";
import { Restarts } from "./quiet";
import type { Phase } from "./statusText";

export interface Doing {
  phase: Phase;
  detail: string;
  version: string;
}

const WAYS_OUT = ["Restart", "glossator.restart", "Show the Log", "glossator.showLog"];

// Files here, unsaved texts and the cells of notebooks; what another machine serves cannot be read from here.
const SELECTOR = ["file", "untitled", "vscode-notebook-cell"].map((scheme) => ({ scheme }));

export class Connection implements vscode.Disposable, Watcher {
  private readonly changed = new vscode.EventEmitter<Doing>();
  readonly onChange = this.changed.event;
  private readonly connected = new vscode.EventEmitter<LanguageClient>();
  /** A client that is about to start: the place to listen to its notifications. */
  readonly onClient = this.connected.event;
  private readonly restarts = new Restarts();
  private queue: Promise<void> = Promise.resolve();
  private current: LanguageClient | undefined;
  private told = false;
  doing: Doing = { phase: "starting", detail: "", version: "" };

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly middleware: Middleware,
  ) {}

  /** The client, if it can be asked. */
  get client(): LanguageClient | undefined {
    return this.current?.isRunning() ? this.current : undefined;
  }

  start(): Promise<void> {
    return this.enqueue(() => this.begin());
  }

  stop(): Promise<void> {
    return this.enqueue(async () => {
      await this.end();
      this.become("stopped", "It was stopped by hand.");
    });
  }

  restart(): Promise<void> {
    this.restarts.forget();
    return this.enqueue(async () => {
      await this.end();
      await this.begin();
    });
  }

  dispose(): Promise<void> {
    return this.enqueue(() => this.end());
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(work).catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
      this.become("failed", `The server did not start: ${message(error)}`);
      void this.tellOnce(this.doing.detail, ...WAYS_OUT);
    });
    return this.queue;
  }

  private async begin(): Promise<void> {
    if (this.current) {
      return;
    }
    this.become("starting");
    const chosen = await chooseInterpreter(this.context, this.log);
    if (typeof chosen === "string") {
      this.become("missing", chosen);
      await this.tellOnce(chosen, "Install", "glossator.install", "Choose an Interpreter", "glossator.openSettings");
      return;
    }
    this.log.info(`${chosen.path}: Python ${chosen.python.join(".")}, Glossator ${chosen.glossator}`);
    const client = await this.make(chosen.path);
    this.current = client;
    this.connected.fire(client);
    try {
      await client.start();
    } catch (error) {
      this.current = undefined;
      await client.dispose().catch(() => undefined); // it refuses, and ends the process all the same
      throw error;
    }
    this.compareVersions(client);
  }

  private async make(interpreter: string): Promise<LanguageClient> {
    const folder = this.context.globalStorageUri.fsPath;
    const proxy = vscode.workspace.getConfiguration("http").get<string>("proxy");
    const run = {
      command: interpreter,
      args: ["-m", "glossator", "serve"],
      options: { cwd: folder, env: withProxy(process.env, proxy) }, // cwd: see interpreter.ts
    };
    const options: LanguageClientOptions = {
      documentSelector: SELECTOR,
      outputChannel: this.log,
      middleware: this.middleware,
      initializationFailedHandler: () => false,
      markdown: { isTrusted: false, supportHtml: false },
      diagnosticCollectionName: "glossator",
    };
    const { makeClient } = await import("./languageClient.js");
    return makeClient({ run, debug: run }, options, this);
  }

  running(client: LanguageClient): void {
    if (client === this.current) {
      this.told = false;
      this.become("running", "", client.initializeResult?.serverInfo?.version ?? "");
    }
  }

  starting(client: LanguageClient): void {
    if (client === this.current) {
      this.become("starting");
    }
  }

  ended(): boolean {
    const again = this.restarts.again(Date.now());
    this.log.warn(again ? "The server ended; it is started again." : "The server ended too often.");
    if (!again) {
      this.current = undefined;
      this.become("failed", "The server ended five times in three minutes. The log says why.");
      void this.tellOnce(this.doing.detail, ...WAYS_OUT);
    }
    return again;
  }

  private async end(): Promise<void> {
    const client = this.current;
    this.current = undefined;
    await client?.dispose(4000).catch((error: unknown) => this.log.warn(`The server ended badly: ${message(error)}`));
  }

  private compareVersions(client: LanguageClient): void {
    const server = client.initializeResult?.serverInfo?.version;
    const extension = (this.context.extension.packageJSON as { version: string }).version;
    if (server && !sameRelease(server, extension)) {
      const told = `The server is Glossator ${server}, the extension ${extension}: some of it may not work.`;
      void this.tellOnce(told, "Repair", "glossator.install");
    }
  }

  /** One message for a trouble, not one for each try. */
  private async tellOnce(told: string, ...actions: string[]): Promise<void> {
    if (this.told) {
      return;
    }
    this.told = true;
    const labels = actions.filter((_, index) => index % 2 === 0);
    void vscode.window.showWarningMessage(`Glossator: ${told}`, ...labels).then((label) => {
      const command = label && actions[actions.indexOf(label) + 1];
      return command && vscode.commands.executeCommand(command);
    });
  }

  private become(phase: Phase, detail = "", version = ""): void {
    this.doing = { phase, detail, version };
    void vscode.commands.executeCommand("setContext", "glossator.state", phase);
    this.changed.fire(this.doing);
  }
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
