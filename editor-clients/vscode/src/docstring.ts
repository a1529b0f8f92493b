// An explanation as the docstring of a function or class. Pure: lines in, an insertion out.

import type { Explanation } from "./protocol";

const DEFINITION = /^(\s*)(?:async\s+def|def|class)\s+\w/;
const WIDTH = 88;
const UNFINISHED = "The definition is not finished: its colon is missing.";
const ON_ONE_LINE = "Its body stands on the same line. Move that to a line of its own first.";

export interface Insertion {
  line: number;
  text: string;
}

/** Where the docstring of the definition that begins at `line` goes, with its text; a string says why there is no place. */
export function insertion(lines: readonly string[], line: number, sentences: readonly string[]): Insertion | string {
  const first = definitionAt(lines, line);
  if (first === null) {
    return "A docstring needs a function or class. Explain from its first line, then insert.";
  }
  const last = headerEnd(lines, first);
  if (typeof last === "string") {
    return last;
  }
  const body = lines.slice(last + 1).find((each) => /^\s*[^#\s]/.test(each)) ?? "";
  if (/^\s*[rRuU]?("""|'''|"|')/.test(body)) {
    return "It has a docstring already.";
  }
  if (sentences.length === 0) {
    return "The explanation says nothing that could stand in a docstring. A larger model could write one.";
  }
  const text = docstring(sentences, indentationOf(lines[first] ?? "", body));
  const atEnd = last + 1 >= lines.length; // no line begins there yet
  return { line: last + 1, text: atEnd ? `\n${text.trimEnd()}` : text };
}

/** The words worth keeping: the model's if it wrote, else those of the documentation; without citations. */
export function sentencesOf(explanation: Explanation): string[] {
  const chosen = explanation.synthesis.length > 0 ? explanation.synthesis : explanation.summary;
  const words = chosen.map((sentence) => sentence.text.trim());
  return words.filter((one) => one && !/ without documentation\.$/.test(one)); // that would be no documentation
}

/** The line of the definition that begins at `line`, perhaps with decorators; what merely stands inside of one is another's. */
function definitionAt(lines: readonly string[], line: number): number | null {
  let each = line;
  while (/^\s*(@|$)/.test(lines[each] ?? "end")) {
    each++;
  }
  return DEFINITION.test(lines[each] ?? "") ? each : null;
}

/** The last line of the definition's head, or why a docstring cannot follow it. */
function headerEnd(lines: readonly string[], first: number): number | string {
  let depth = 0;
  for (let each = first; each < lines.length; each++) {
    const code = (lines[each] ?? "").replace(/(["']).*?\1/g, "").replace(/#.*$/, ""); // a "#" in a text begins no comment
    for (const [at, sign] of [...code].entries()) {
      depth += "([{".includes(sign) ? 1 : ")]}".includes(sign) ? -1 : 0;
      if (sign === ":" && depth <= 0) {
        return [...code].slice(at + 1).join("").trim() ? ON_ONE_LINE : each;
      }
    }
    if (depth <= 0) {
      break;
    }
  }
  return UNFINISHED;
}

/** As the body is indented; where there is none yet, a step deeper than its head. */
function indentationOf(head: string, body: string): string {
  const outer = /^\s*/.exec(head)?.[0] ?? "";
  const inner = /^\s*/.exec(body)?.[0] ?? "";
  const deeper = inner.length > outer.length && inner.startsWith(outer);
  return deeper ? inner : outer + (outer.includes("\t") ? "\t" : "    ");
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
