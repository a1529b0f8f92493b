// An explanation as the docstring of a function or class. Pure: lines in, an insertion out.

import type { Explanation } from "./protocol";

const DEFINITION = /^(\s*)(?:async\s+def|def|class)\s+\w/;
const WIDTH = 88;

export interface Insertion {
  line: number;
  text: string;
}

/** Where the docstring of the definition at or above `line` goes, with its text; a string says why there is no place. */
export function insertion(lines: readonly string[], line: number, sentences: readonly string[]): Insertion | string {
  const first = definitionAt(lines, line);
  if (first === null) {
    return "There is no function or class here to document.";
  }
  const last = headerEnd(lines, first);
  if (last === null) {
    return "The definition is not finished: its colon is missing.";
  }
  if (/^\s*[rRuU]?("""|'''|"|')/.test(lines[last + 1] ?? "")) {
    return "It has a docstring already.";
  }
  if (sentences.length === 0) {
    return "The explanation says nothing that could stand in a docstring.";
  }
  const indentation = `${DEFINITION.exec(lines[first] ?? "")?.[1] ?? ""}    `;
  return { line: last + 1, text: docstring(sentences, indentation) };
}

/** The words worth keeping: the model's if it wrote, else those of the documentation; without citations. */
export function sentencesOf(explanation: Explanation): string[] {
  const chosen = explanation.synthesis.length > 0 ? explanation.synthesis : explanation.summary;
  return chosen.map((sentence) => sentence.text.trim()).filter(Boolean);
}

function definitionAt(lines: readonly string[], line: number): number | null {
  for (let each = Math.min(line, lines.length - 1); each >= 0; each--) {
    if (DEFINITION.test(lines[each] ?? "")) {
      return each;
    }
  }
  return null;
}

function headerEnd(lines: readonly string[], first: number): number | null {
  let depth = 0;
  for (let each = first; each < lines.length; each++) {
    const code = (lines[each] ?? "").replace(/#.*$/, "").replace(/(["']).*?\1/g, "");
    depth += (code.match(/[([{]/g) ?? []).length - (code.match(/[)\]}]/g) ?? []).length;
    if (depth <= 0 && /:\s*$/.test(code)) {
      return each;
    }
    if (depth <= 0) {
      return null; // the body stands on the same line, or the colon is missing
    }
  }
  return null;
}

function docstring(sentences: readonly string[], indentation: string): string {
  const [first, ...rest] = sentences.map((one) => one.replaceAll("\\", "\\\\").replaceAll('"""', "'''"));
  const opening = wrapped(`"""${first}`, indentation);
  if (rest.length === 0) {
    return `${opening.join("\n")}"""\n`;
  }
  return [...opening, "", ...wrapped(rest.join(" "), indentation), `${indentation}"""`, ""].join("\n");
}

function wrapped(text: string, indentation: string): string[] {
  const lines: string[] = [];
  let line = indentation;
  for (const word of text.split(/\s+/)) {
    const longer = line === indentation ? line + word : `${line} ${word}`;
    if (longer.length > WIDTH && line !== indentation) {
      lines.push(line);
      line = indentation + word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
