// The words of a tooltip: where the links go between them, and how the model's join them. Pure.

import type { Explanation } from "./protocol";
import { whereabouts } from "./whereabouts";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

export interface Joined {
  /** To be shown as it is, without any markup in it. */
  text: string;
  footer: string;
}

/** What the model wrote, and on what it rests; null if it wrote nothing. */
export function joined(explanation: Explanation): Joined | null {
  if (explanation.meta.model === null || explanation.synthesis.length === 0) {
    return null;
  }
  const text = explanation.synthesis.map((one) => one.text + one.citations.map(superscript).join(",")).join(" ");
  const cited = new Set(explanation.synthesis.flatMap((one) => one.citations));
  const sources = explanation.sources.filter((one) => cited.has(one.id));
  const named = sources.map((one) => `${superscript(one.id)} ${[one.title, whereabouts(one)].filter(Boolean).join(", ")}`);
  return { text, footer: [explanation.meta.model, ...named].join(" · ") };
}

// Signature, name and origin, notices: what the server's markdown begins with.
const HEAD = /^(?:```python\n[\s\S]*?\n```\n\n)?(?:\*\*.*\*\*.*(?:\n\n|$))?(?:⚠ .*(?:\n\n|$))*/u;

/** A tooltip's markdown in two: what it is and what is wrong with it; all the rest. */
export function splitHead(markdown: string): [head: string, rest: string] {
  const head = HEAD.exec(markdown)?.[0] ?? "";
  return [head.trimEnd(), markdown.slice(head.length)];
}

function superscript(id: string): string {
  return [...id].map((digit) => SUPERSCRIPTS[Number(digit)] ?? digit).join("");
}
