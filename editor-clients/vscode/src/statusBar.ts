// The item in the status bar, and the language status: one state, shown.

import * as vscode from "vscode";
import { shown, type State } from "./statusText";

const BACKGROUNDS = {
  none: undefined,
  warning: new vscode.ThemeColor("statusBarItem.warningBackground"),
  error: new vscode.ThemeColor("statusBarItem.errorBackground"),
};

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("glossator.status", vscode.StatusBarAlignment.Right, 100);

  constructor() {
    this.item.name = "Glossator";
    this.item.command = "glossator.menu";
    this.item.show();
  }

  show(state: State): void {
    const { text, tooltip, accessible, severity } = shown(state);
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.backgroundColor = BACKGROUNDS[severity];
    this.item.accessibilityInformation = { label: accessible };
  }

  dispose(): void {
    this.item.dispose();
  }
}
