// Which model and which adapter answer: chosen from a list, kept in the settings, so that it holds tomorrow.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { absent, adapterItems, type Item, modelItems, PURPOSES, type Purpose } from "./choices";
import { message } from "./connection";
import type { Adapters, Models } from "./protocol";

export async function chooseAdapter(client: LanguageClient | undefined): Promise<void> {
  const told = await asked<Adapters>(client, "glossator.selectAdapter");
  if (!told) {
    return;
  }
  if (told.adapters.length === 0) {
    void vscode.window.showInformationMessage("There is no adapter yet. `glossator adapters add FOLDER` on the command line registers one.");
    return;
  }
  const purposes = Object.entries(PURPOSES).map(([purpose, words]) => ({
    label: `For ${words}`,
    description: told.chosen[purpose as Purpose] || "the model itself",
    purpose: purpose as Purpose,
  }));
  const wanted = await vscode.window.showQuickPick(purposes, { title: "Choose an adapter" });
  const chosen = wanted && (await pick(adapterItems(told, wanted.purpose), `An adapter for ${PURPOSES[wanted.purpose]}`));
  if (wanted && chosen?.value !== undefined) {
    await set(`adapters.${wanted.purpose}`, chosen.value);
  }
}

/** Choose the model; `pull` fetches one that is not here and says whether it came. */
export async function chooseModel(client: LanguageClient | undefined, pull: (name: string) => Promise<boolean>): Promise<void> {
  const told = await asked<Models>(client, "glossator.models");
  const chosen = told && (await pick(modelItems(told), "Choose the model", "What each needs of this machine's memory"));
  if (!told || !chosen) {
    return;
  }
  const name = chosen.value ?? (await vscode.window.showInputBox({ title: "Choose the model", prompt: "A name of the hub, such as bigcode/starcoderbase-1b, a folder, or a GGUF file", value: told.chosen }));
  if (!name || name === told.chosen || (absent(told, name) && !(await pull(name)))) {
    return;
  }
  await set("model.name", name);
}

async function pick(items: Item[], title: string, placeHolder = ""): Promise<Item | undefined> {
  return vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true });
}

async function asked<Told>(client: LanguageClient | undefined, command: string): Promise<Told | undefined> {
  try {
    return await client?.sendRequest<Told>("workspace/executeCommand", { command, arguments: [] });
  } catch (error) {
    void vscode.window.showWarningMessage(`Glossator: ${message(error)}`);
    return undefined;
  }
}

/** Where it was decided last: in the workspace if that says something of it, else for the user. */
async function set(name: string, value: string): Promise<void> {
  const settings = vscode.workspace.getConfiguration("glossator");
  const workspace = vscode.workspace.isTrusted && settings.inspect(name)?.workspaceValue !== undefined;
  await settings.update(name, value, workspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
}
