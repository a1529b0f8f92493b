// The server's own environment, made on request: venv, pip, a look whether it works. Also the embedded model's download.

import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import * as vscode from "vscode";
import { message } from "./connection";
import { ownEnvironment } from "./discovery";
import { oldEnough, OLDEST_PYTHON, probe, pythonOf, withProxy } from "./interpreter";

const CANDIDATES = process.platform === "win32" ? ["py", "python"] : ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/** Make the environment anew and install into it; true if the server can now be started. */
export async function install(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<boolean> {
  const wanted = vscode.workspace.getConfiguration("glossator").get<string>("server.package") || "glossator[local]";
  return withSteps("Installing Glossator's server", log, ["glossator.install"], async (step, token) => {
    const folder = context.globalStorageUri.fsPath;
    await mkdir(folder, { recursive: true });
    const python = await newestPython(folder);
    if (!python) {
      throw new Error(`There is no Python ${OLDEST_PYTHON.join(".")} or newer. Install one, then try again.`);
    }
    const environment = ownEnvironment(context);
    step("making an environment");
    await rm(environment, { recursive: true, force: true });
    await run(python, ["-m", "venv", environment], folder, log, token, step);
    const pip = ["-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off", wanted];
    await run(pythonOf(environment), pip, folder, log, token, step).catch((error: unknown) => {
      throw new Error(`pip could not install ${wanted} (${message(error).replace(/^ERROR: /, "")}). Without a network it cannot; behind a proxy it needs the setting http.proxy.`);
    });
    const made = await probe(pythonOf(environment), folder);
    if (!made?.glossator) {
      throw new Error("It was installed and does not start. The log has what pip said.");
    }
  });
}

/** Download a model, the embedded one if none is named, with the server's own command. */
export async function pullModel(interpreter: string, name: string, context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<boolean> {
  const folder = context.globalStorageUri.fsPath;
  const again: Again = ["glossator.pullModel", name];
  return withSteps(`Downloading ${name || "the embedded model"}`, log, again, async (step, token) => {
    await run(interpreter, ["-m", "glossator", "models", "pull", ...(name ? [name] : [])], folder, log, token, step);
  });
}

async function newestPython(folder: string): Promise<string | null> {
  for (const candidate of CANDIDATES) {
    const found = await probe(candidate, folder);
    if (found && oldEnough(found.python)) {
      return candidate;
    }
  }
  return null;
}

type Step = (words: string) => void;
/** The command that tries once more, with what it is given. */
type Again = [command: string, ...given: string[]];

async function withSteps(
  title: string,
  log: vscode.LogOutputChannel,
  again: Again,
  work: (step: Step, token: vscode.CancellationToken) => Promise<void>,
): Promise<boolean> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    try {
      await work((words) => progress.report({ message: words }), token);
      return true;
    } catch (error) {
      if (!token.isCancellationRequested) {
        log.error(message(error));
        offer(message(error), again);
      }
      return false;
    }
  });
}

function offer(told: string, [command, ...given]: Again): void {
  void vscode.window.showErrorMessage(`Glossator: ${told}`, "Try Again", "Show the Log").then((chosen) => {
    return chosen && (chosen === "Try Again" ? vscode.commands.executeCommand(command, ...given) : vscode.commands.executeCommand("glossator.showLog"));
  });
}

/** Run a program to its end, its words in the log and its last one as the step. */
function run(
  command: string,
  parameters: string[],
  cwd: string,
  log: vscode.LogOutputChannel,
  token: vscode.CancellationToken,
  step: Step,
): Promise<void> {
  const proxy = vscode.workspace.getConfiguration("http").get<string>("proxy");
  log.info([command, ...parameters].join(" "));
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { cwd, env: withProxy(process.env, proxy) });
    const cancelled = token.onCancellationRequested(() => child.kill());
    let last = "";
    const take = (data: Buffer) => {
      for (const line of data.toString().split(/[\r\n]+/).filter(Boolean)) {
        log.info(line);
        last = line;
        step(line.length > 70 ? `${line.slice(0, 69)}…` : line);
      }
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", reject);
    child.on("close", (code) => {
      cancelled.dispose();
      return code === 0 ? resolve() : reject(new Error(last || `${command} ended with ${code ?? "a signal"}.`));
    });
  });
}
