// Python interpreters: whether one has Glossator, and the environment that the extension makes for it.

import { execFile } from "node:child_process";
import { join } from "node:path";

export const OLDEST_PYTHON: readonly [number, number] = [3, 10];
const PROBE_MS = 15_000;

// Run in a folder of ours: with the current folder a project's `glossator.py` would be imported, and so run.
const PROBE = `
import json, sys
try:
    import glossator
    version = glossator.__version__
except Exception:
    version = None
print(json.dumps([list(sys.version_info[:2]), version]))
`;

export interface Probed {
  path: string;
  python: readonly [number, number];
  /** The version of Glossator in it, or null. */
  glossator: string | null;
}

/** Ask an interpreter what it is; null if it is none. */
export async function probe(path: string, folder: string): Promise<Probed | null> {
  const printed = await output(path, ["-c", PROBE], folder).catch(() => null);
  return printed === null ? null : readProbe(path, printed);
}

export function readProbe(path: string, printed: string): Probed | null {
  try {
    const [python, glossator] = JSON.parse(printed.trim().split("\n").at(-1) ?? "") as [[number, number], string | null];
    return { path, python, glossator };
  } catch {
    return null;
  }
}

/** Which of the candidates to run: the first that has Glossator. */
export async function firstWithGlossator(
  candidates: readonly string[],
  probing: (path: string) => Promise<Probed | null>,
): Promise<Probed | null> {
  for (const candidate of candidates) {
    const found = await probing(candidate);
    if (found?.glossator) {
      return found;
    }
  }
  return null;
}

export function oldEnough(python: readonly [number, number]): boolean {
  return python[0] > OLDEST_PYTHON[0] || (python[0] === OLDEST_PYTHON[0] && python[1] >= OLDEST_PYTHON[1]);
}

/** Why an interpreter cannot serve, as one sentence with the next step; null if it can. */
export function unfit(found: Probed | null, path: string): string | null {
  if (found === null) {
    return `${path} is no Python interpreter that runs. Choose another one in the settings.`;
  }
  if (!oldEnough(found.python)) {
    return `${path} is Python ${found.python.join(".")}; Glossator needs ${OLDEST_PYTHON.join(".")} or newer. Choose another one.`;
  }
  return found.glossator === null ? `${path} has no Glossator. Install it there, or let the editor make an environment.` : null;
}

/** Whether server and extension are of the same release, as far as it matters: major and minor. */
export function sameRelease(server: string, extension: string): boolean {
  const release = (version: string) => version.split(".").slice(0, 2).join(".");
  return release(server) === release(extension);
}

export function pythonOf(environment: string, platform: NodeJS.Platform = process.platform): string {
  return platform === "win32" ? join(environment, "Scripts", "python.exe") : join(environment, "bin", "python");
}

/** The environment variables by which pip and Glossator reach the network, with the editor's proxy if none is set. */
export function withProxy(environment: NodeJS.ProcessEnv, proxy: string | undefined): NodeJS.ProcessEnv {
  const known = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].some((name) => environment[name]);
  return known || !proxy ? environment : { ...environment, HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
}

function output(command: string, parameters: string[], folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: PROBE_MS, encoding: "utf8" as const };
    execFile(command, parameters, options, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}
