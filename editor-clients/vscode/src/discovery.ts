// Which interpreter runs the server: the setting, the Python extension's, the environment of our own, one on the PATH.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { firstWithGlossator, probe, type Probed, pythonOf, unfit } from "./interpreter";

interface PythonExtension {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(path: { path: string }): Promise<{ executable: { uri?: vscode.Uri; sysPrefix: string } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

const ON_PATH = process.platform === "win32" ? ["python", "py"] : ["python3", "python"];

/** The interpreter to run, or a sentence that says what to do where there is none. */
export async function chooseInterpreter(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<Probed | string> {
  const folder = context.globalStorageUri.fsPath;
  await mkdir(folder, { recursive: true });
  const probing = (path: string) => probe(path, folder);
  const named = vscode.workspace.getConfiguration("glossator").get<string>("server.interpreter");
  if (named) {
    const found = await probing(named);
    return unfit(found, named) ?? found ?? named;
  }
  const project = await projectEnvironment();
  const candidates = [...(project ? [project.interpreter] : []), pythonOf(ownEnvironment(context)), ...ON_PATH];
  const found = await firstWithGlossator(candidates, probing);
  log.debug(`interpreters looked at: ${candidates.join(", ")}`);
  return found ? (unfit(found, found.path) ?? found) : "Its server is not installed yet.";
}

/** Where the extension makes an environment for the server. */
export function ownEnvironment(context: vscode.ExtensionContext): string {
  return join(context.globalStorageUri.fsPath, "server");
}

/** What the Python extension says is the project's environment; nothing in a folder that is not trusted. */
export async function projectEnvironment(): Promise<{ interpreter: string; prefix: string } | null> {
  const python = await pythonExtension();
  if (!python || !vscode.workspace.isTrusted) {
    return null;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const found = await python.environments.resolveEnvironment(python.environments.getActiveEnvironmentPath(folder));
  const interpreter = found?.executable.uri?.fsPath;
  return interpreter && found ? { interpreter, prefix: found.executable.sysPrefix } : null;
}

/** Call back when the user chooses another environment. */
export async function watchProjectEnvironment(changed: () => void): Promise<vscode.Disposable | undefined> {
  return (await pythonExtension())?.environments.onDidChangeActiveEnvironmentPath(changed);
}

async function pythonExtension(): Promise<PythonExtension | undefined> {
  const found = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  return found && (found.isActive ? found.exports : await found.activate());
}
