// "Why no suggestion?" as sentences. Pure.

import type { Outcome } from "./protocol";
import { minutes, type State } from "./statusText";

const NOTHING = "The model had nothing to add here.";

export interface Why {
  title: string;
  lines: string[];
}

/** What the editor itself knows before the server is asked; null if nothing keeps it from asking. */
export function editorsReason(state: State): string | null {
  if (state.phase !== "running") {
    return `The server does not run: ${state.detail || state.phase}.`;
  }
  if (!state.completions) {
    return "Suggestions are switched off in the settings.";
  }
  if (state.snoozedMinutes > 0) {
    return `Suggestions are snoozed for ${minutes(state.snoozedMinutes)}.`;
  }
  return state.language ? null : "Suggestions while typing are off in this language. By hand they come all the same.";
}

/** What became of the last request. */
export function serversReason(outcome: Outcome | null): Why {
  if (outcome === null) {
    return { title: "Nothing was asked yet in this file.", lines: ["Type, or run “Suggest Here”."] };
  }
  const title = outcome.items > 0 ? "The last answer had a suggestion." : (outcome.problem ?? (outcome.sentence || NOTHING));
  return { title, lines: details(outcome) };
}

function details({ meta }: Outcome): string[] {
  const lines: string[] = [];
  const who = [meta.backend, meta.model].filter(Boolean).join(" ");
  if (who) {
    lines.push(`Asked: ${who}${meta.cached ? ", answered from memory" : ""}`);
  }
  if (meta.prompt_tokens) {
    lines.push(`Read ${meta.prompt_tokens} tokens (${meta.reused_tokens ?? 0} known already), wrote ${meta.completion_tokens ?? 0}`);
  }
  for (const [stage, time] of Object.entries(meta.timings_ms ?? {})) {
    lines.push(`${stage.replaceAll("_", " ")}: ${Math.round(time)} ms`);
  }
  return lines;
}
