// What travels between the editor and `glossator serve` beyond the Language Server Protocol. The server's
// `lsp/commands.py`, `lsp/report.py` and `explain/render.py` describe the same values.

export interface Place {
  line: number;
  character: number;
}

export interface Span {
  start: Place;
  end: Place;
}

export interface Sentence {
  text: string;
  citations: string[];
  support: "extracted" | "supported" | "weak";
}

export interface Source {
  id: string;
  title: string;
  url: string;
  kind: string;
  snippet: string;
  retrieved_at: string;
}

export interface Explanation {
  id?: string;
  symbol: { name: string; kind: string; qualified_name: string; distribution: string; version: string } | null;
  summary: Sentence[];
  synthesis: Sentence[];
  sources: Source[];
  meta: { backend: string; model: string | null; cached: boolean; duration_ms: number };
}

export interface Answer {
  markdown: string;
  explanation: Explanation;
}

/** A part of an answer, under its partial result token. */
export interface Part {
  markdown: string;
  sentence: Sentence | null;
}

export interface Article {
  markdown: string;
  html: string | null;
}

/** `glossator/status`. */
export interface ServerStatus {
  busy: boolean;
  kind: "Normal" | "Warning" | "Error";
  message: string;
  command: string;
}

/** `glossator/explanationReady`, and with `pending` `glossator/explanationPending`. */
export interface ExplainedPlace {
  uri: string;
  position: Place;
  pending?: boolean;
}

/** `glossator.selectAdapter`. */
export interface Adapters {
  adapters: { name: string; type: string; base: string; purpose: string; effect: string }[];
  chosen: Readonly<Record<string, string>>;
}

/** A model of `glossator.models`; memory in bytes. */
export interface ModelChoice {
  name: string;
  state: string;
  license: string;
  quantization: string;
  memory: number | null;
  free: number | null;
  trouble: string;
}

export interface Models {
  models: ModelChoice[];
  chosen: string;
}

/** What `glossator.why` tells of the last suggestion. */
export interface Outcome {
  items: number;
  reason: string | null;
  /** The reason, spelled out. */
  sentence?: string;
  problem: string | null;
  meta: {
    backend: string;
    model: string | null;
    cached?: boolean;
    prompt_tokens?: number;
    reused_tokens?: number;
    completion_tokens?: number;
    timings_ms?: Record<string, number>;
    context?: unknown[];
  };
}

/** The server's commands that its answers name, for the editor to run; all others we ask for ourselves. */
const IN_ANSWERS = ["glossator.explain", "glossator.accepted"];

export function byTheEditor(offered: readonly string[]): string[] {
  return offered.filter((name) => IN_ANSWERS.includes(name));
}
