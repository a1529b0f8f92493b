// What the server is told of the editor's settings: those that somebody set. Were defaults sent along, they would
// override the project's glossator.toml, since the editor's settings are the stronger ones.

/** One setting as `WorkspaceConfiguration.inspect` shows it. */
export interface Inspected {
  defaultValue?: unknown;
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/** Groups that are the extension's own; the server does not know them. */
const EDITORS_OWN = new Set(["server", "editor", "trace"]);

/** What holds in a folder that is not trusted, whatever it says: nothing that it could choose leads anywhere. */
const UNTRUSTED: Record<string, unknown> = { "search.consent": "off", "backends.consent": "off" };
const ONLY_FROM_USER = ["python.environment", "model.name"];

/** The section for the server: `{group: {name: value}}`, without anything that has only its default. */
export function sectionFor(
  names: readonly string[],
  inspect: (name: string) => Inspected | undefined,
  trusted: boolean,
): Record<string, Record<string, unknown>> {
  const section: Record<string, Record<string, unknown>> = {};
  for (const name of names) {
    const value = chosen(name, inspect(name), trusted);
    const [group, key] = split(name);
    if (value !== undefined && !EDITORS_OWN.has(group)) {
      (section[group] ??= {})[key] = value;
    }
  }
  return section;
}

function chosen(name: string, found: Inspected | undefined, trusted: boolean): unknown {
  if (!trusted && name in UNTRUSTED) {
    return UNTRUSTED[name];
  }
  if (!trusted && ONLY_FROM_USER.includes(name)) {
    return found?.globalValue ?? found?.defaultValue; // named even if it is the default: the folder's file may differ
  }
  return found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
}

function split(name: string): [string, string] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

/** Names of all settings in a manifest, without the leading `glossator.`. */
export function settingNames(manifest: { contributes: { configuration: { properties: object }[] } }): string[] {
  return manifest.contributes.configuration
    .flatMap((group) => Object.keys(group.properties))
    .map((name) => name.replace(/^glossator\./, ""));
}
