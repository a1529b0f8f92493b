// What passes between the editor and the server: settings, links under tooltips, suggestions that are not wanted.

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { projectEnvironment } from "./discovery";
import { sectionFor, settingNames } from "./configuration";
import type { Hovers } from "./hovers";
import type { Quiet } from "./quietEditor";

export interface Observers {
  /** The server's own commands that a code action runs; true if it was taken care of. */
  command(name: string, given: unknown[]): boolean;
  suggested(count: number, milliseconds: number): void;
}

export function middlewareFor(manifest: Parameters<typeof settingNames>[0], hovers: Hovers, quiet: Quiet, observers: Observers): Middleware {
  const names = settingNames(manifest);
  return {
    provideHover: (document, position, token, next) =>
      hovers.first(document, position, () => Promise.resolve(next(document, position, token))),
    provideInlineCompletionItems: async (document, position, context, token, next) => {
      const automatic = context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
      if (automatic && !quiet.wanted(document)) {
        return [];
      }
      const began = Date.now();
      const answer = (await next(document, position, context, token)) ?? [];
      observers.suggested(Array.isArray(answer) ? answer.length : answer.items.length, Date.now() - began);
      return answer;
    },
    executeCommand: (command, given, next) => (observers.command(command, given) ? undefined : next(command, given)),
    workspace: {
      configuration: async (params, token, next) =>
        Promise.all(
          params.items.map(async (item) => {
            if (item.section !== "glossator") {
              const [other] = (await next({ items: [item] }, token)) as unknown[];
              return other as object;
            }
            return section(names, item.scopeUri);
          }),
        ),
    },
  };
}

async function section(names: readonly string[], scope: string | undefined): Promise<object> {
  const settings = vscode.workspace.getConfiguration("glossator", scope ? vscode.Uri.parse(scope) : null);
  const found = sectionFor(names, (name) => settings.inspect(name), vscode.workspace.isTrusted);
  if (vscode.workspace.isTrusted && found["python"]?.["environment"] === undefined) {
    const project = await projectEnvironment();
    if (project) {
      found["python"] = { ...found["python"], environment: project.prefix };
    }
  }
  return found;
}
