// What the status bar says of a state. Pure: the bar itself is in `statusBar`.

import type { ServerStatus } from "./protocol";

export type Phase = "starting" | "running" | "stopped" | "missing" | "failed";

export interface State {
  phase: Phase;
  /** One line on a phase that needs an explanation. */
  detail: string;
  server: ServerStatus;
  snoozedMinutes: number;
  completions: boolean;
  /** Whether suggestions are wanted in the language of the active editor. */
  language: boolean;
  trusted: boolean;
  version: string;
}

export const AT_REST: ServerStatus = { busy: false, kind: "Normal", message: "", command: "" };

export interface Shown {
  text: string;
  tooltip: string;
  accessible: string;
  severity: "none" | "warning" | "error";
}

const NAME = "Glossator";

export function shown(state: State): Shown {
  switch (state.phase) {
    case "starting":
      return plain("loading~spin", "starting", "The server starts.");
    case "stopped":
      return plain("circle-slash", "stopped", "The server was stopped. Click for the menu.");
    case "missing":
      return { ...plain("cloud-download", "not installed", state.detail, true), severity: "warning" };
    case "failed":
      return { ...plain("error", "failed", state.detail, true), severity: "error" };
    case "running":
      return running(state);
  }
}

function running(state: State): Shown {
  const { server } = state;
  if (server.busy) {
    return plain("loading~spin", brief(server.message), server.message);
  }
  if (server.kind !== "Normal") {
    const severity = server.kind === "Error" ? "error" : "warning";
    return { ...plain("warning", "", server.message), severity };
  }
  if (state.snoozedMinutes > 0) {
    return plain("bell-slash", "snoozing", `No suggestions for ${minutes(state.snoozedMinutes)}. Explanations work.`);
  }
  if (!state.completions || !state.language) {
    const where = state.completions ? " in this language" : "";
    return plain("book", "", `Explanations work; suggestions are off${where}.`);
  }
  return plain("book", "", state.trusted ? "Ready." : "Ready. This folder is not trusted: local sources only.");
}

function plain(icon: string, words: string, tooltip: string, both = false): Shown {
  const text = `$(${icon}) ${NAME}${words ? `: ${words}` : ""}`;
  const read = both ? `${words}. ${tooltip}` : words || tooltip;
  return { text, tooltip, accessible: `${NAME}: ${read}`, severity: "none" };
}

/** A message as it fits the bar: "Loading the model (43 %)" is short enough, a sentence is not. */
function brief(message: string): string {
  const words = message.charAt(0).toLowerCase() + message.slice(1);
  return words.length > 40 ? `${words.slice(0, 39)}…` : words;
}

export function minutes(count: number): string {
  const whole = Math.max(1, Math.ceil(count));
  return whole === 1 ? "one minute" : `${whole} minutes`;
}
