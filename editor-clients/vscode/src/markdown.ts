// The server's markdown as HTML for the panel. No HTML passes through, no image is loaded, and links go nowhere by
// themselves: the panel sends what was clicked back, and the extension decides.

import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import python from "highlight.js/lib/languages/python";
import MarkdownIt from "markdown-it";
import type { Source } from "./protocol";
import { whereabouts } from "./whereabouts";

hljs.registerLanguage("python", python);
hljs.registerLanguage("bash", bash);

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
// Citations stand right after a sentence; after a digit or a lone letter it is a power: 10², x².
const CITATION = /(?<=[^\s\w⁰¹²³⁴⁵⁶⁷⁸⁹]|\p{L}{2})[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?:,[⁰¹²³⁴⁵⁶⁷⁸⁹]+)*/gu;
const SOURCES = "\n\n---\n";

const renderer = new MarkdownIt({ html: false, linkify: false, highlight }).disable("image");

/** The text of an answer: without its heading's and its sources' part, which the panel shows in its own way. */
export function bodyHtml(markdown: string, turn: string): string {
  return cited(renderer.render(withoutSources(markdown)), turn);
}

/** The list of sources, folded. Each is a button: where it leads is the extension's to know. */
export function sourcesHtml(sources: readonly Source[], turn: string): string {
  if (sources.length === 0) {
    return "";
  }
  const rows = sources.map((source) => sourceHtml(source, turn)).join("");
  const count = sources.length === 1 ? "1 source" : `${sources.length} sources`;
  return `<details class="sources"><summary>${count}</summary><ol>${rows}</ol></details>`;
}

export function withoutSources(markdown: string): string {
  const start = markdown.lastIndexOf(SOURCES);
  return markdown.startsWith("---\n") ? "" : start < 0 ? markdown : markdown.slice(0, start);
}

export function escaped(text: string): string {
  return renderer.utils.escapeHtml(text);
}

function sourceHtml(source: Source, turn: string): string {
  const place = whereabouts(source);
  const id = escaped(source.id);
  const title = `<button type="button" class="source" data-open="${id}">${escaped(source.title)}</button>`;
  const snippet = source.snippet ? `<blockquote>${escaped(source.snippet)}</blockquote>` : "";
  const where = place ? ` <span class="place">${escaped(place)}</span>` : "";
  return `<li id="${turn}-source-${id}" value="${id}" tabindex="-1">${title}${where}${snippet}</li>`;
}

function cited(html: string, turn: string): string {
  // Not inside tags or code: the parts between them alone.
  const parts = html.split(/(<pre[\s\S]*?<\/pre>|<code[\s\S]*?<\/code>|<[^>]*>)/);
  const after = (index: number) => parts[index - 1]?.endsWith("</code>") ?? false;
  return parts.map((part, index) => (index % 2 ? part : citations(part, after(index), turn))).join("");
}

function citations(text: string, afterCode: boolean, turn: string): string {
  const linked = (marks: string) => marks.split(",").map((mark) => citation(mark, turn)).join("");
  const rest = text.replace(CITATION, linked);
  return afterCode ? rest.replace(/^[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?:,[⁰¹²³⁴⁵⁶⁷⁸⁹]+)*/u, linked) : rest;
}

function citation(mark: string, turn: string): string {
  const id = [...mark].map((sign) => SUPERSCRIPTS.indexOf(sign)).join("");
  return `<a class="citation" role="button" href="#${turn}-source-${id}" data-cite="${id}" aria-label="source ${id}">${id}</a>`;
}

function highlight(code: string, language: string): string {
  const known = hljs.getLanguage(language) ? language : "python";
  return hljs.highlight(code, { language: known, ignoreIllegals: true }).value;
}

// A link in the text is one of the listed sources; the panel cannot navigate, so it is shown as its words.
renderer.renderer.rules["link_open"] = () => '<span class="link">';
renderer.renderer.rules["link_close"] = () => "</span>";
