// The client at the server's end, and the library that it is made of: loaded when the server is started, since reading
// it takes longer than all else that the start of the extension does.

import {
  CloseAction,
  type DynamicFeature,
  ErrorAction,
  type ExecuteCommandRegistrationOptions,
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  State,
} from "vscode-languageclient/node";
import { byTheEditor } from "./protocol";

export { ProgressType } from "vscode-languageclient/node";

type Feature = Parameters<LanguageClient["registerFeature"]>[0];
type Commands = DynamicFeature<ExecuteCommandRegistrationOptions>;

/** What the one who started it wants to know. */
export interface Watcher {
  running(client: LanguageClient): void;
  starting(client: LanguageClient): void;
  /** The server ended; whether it shall be started again. */
  ended(): boolean;
}

/** A client that is not started yet. */
export function makeClient(server: ServerOptions, options: LanguageClientOptions, watcher: Watcher): LanguageClient {
  const errorHandler = {
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    closed: () => ({ action: watcher.ended() ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true }),
  };
  const client = new QuietClient("glossator", "Glossator", server, { ...options, errorHandler });
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) {
      watcher.running(client);
    } else if (newState === State.Starting) {
      watcher.starting(client);
    }
  });
  return client;
}

/** A client that says its troubles in the log: what the user has to know, we say, once. */
class QuietClient extends LanguageClient {
  override registerFeature(feature: Feature): void {
    super.registerFeature(registersCommands(feature) ? fewer(feature) : feature);
  }

  override error(told: string, data?: unknown): void {
    super.error(told, data, false);
  }

  override warn(told: string, data?: unknown): void {
    super.warn(told, data, false);
  }
}

/** The editor has one register of commands: a server's command under a name of our own would end the start. */
function fewer(feature: Commands): Commands {
  const register = feature.register.bind(feature);
  feature.register = ({ id, registerOptions }) => register({ id, registerOptions: { ...registerOptions, commands: byTheEditor(registerOptions.commands) } });
  return feature;
}

function registersCommands(feature: Feature): feature is Commands {
  return "registrationType" in feature && feature.registrationType.method === "workspace/executeCommand";
}
