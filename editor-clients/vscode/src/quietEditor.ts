// Snooze and languages, as this window's settings have them.

import * as vscode from "vscode";
import { type Languages, Snooze, wantedIn } from "./quiet";

const CHOICES = [5, 15, 30, 60];

export class Quiet implements vscode.Disposable {
  private readonly snooze = new Snooze();
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;
  private timer: NodeJS.Timeout | undefined;

  /** Whether to suggest while typing in the document. */
  wanted(document: vscode.TextDocument): boolean {
    return this.snooze.left(Date.now()) === 0 && this.language(document.languageId);
  }

  language(name: string): boolean {
    return wantedIn(this.languages(), name);
  }

  get minutesLeft(): number {
    return this.snooze.left(Date.now()) / 60_000;
  }

  async ask(): Promise<void> {
    const items = CHOICES.map((minutes) => ({ label: `${minutes} minutes`, minutes }));
    const chosen = await vscode.window.showQuickPick(items, { title: "No suggestions for …" });
    if (chosen) {
      this.snooze.start(chosen.minutes, Date.now());
      await vscode.commands.executeCommand("editor.action.inlineSuggest.hide");
      this.tick();
    }
  }

  wake(): void {
    this.snooze.end();
    this.tick();
  }

  async toggleLanguage(name: string): Promise<void> {
    const next = { ...this.languages(), [name]: !this.language(name) };
    await vscode.workspace.getConfiguration("glossator").update("editor.languages", next, vscode.ConfigurationTarget.Global);
    this.changed.fire();
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private languages(): Languages {
    return vscode.workspace.getConfiguration("glossator").get<Languages>("editor.languages") ?? {};
  }

  private tick(): void {
    clearTimeout(this.timer);
    const left = this.snooze.left(Date.now());
    void vscode.commands.executeCommand("setContext", "glossator.snoozing", left > 0);
    this.changed.fire();
    if (left > 0) {
      this.timer = setTimeout(() => this.tick(), Math.min(left, 30_000));
    }
  }
}
