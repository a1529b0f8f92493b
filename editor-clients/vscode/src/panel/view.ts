// The script of the panel's page: shows what the extension sends, sends back what was pressed. It decides nothing.

import type { FromPanel, ToPanel } from "../panelMessages";

declare function acquireVsCodeApi(): { postMessage(message: FromPanel): void };

const editor = acquireVsCodeApi();
const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const turns = element<HTMLElement>("turns");
const question = element<HTMLTextAreaElement>("question");
const cancel = element<HTMLButtonElement>("cancel");
let running = false;

window.addEventListener("message", (event: MessageEvent<ToPanel>) => {
  const message = event.data;
  switch (message.type) {
    case "begin":
      begin(message);
      break;
    case "part":
      fill(message.turn, message.html);
      say(message.said, true);
      break;
    case "done":
      fill(message.turn, message.html + message.sources);
      section(message.turn)?.removeAttribute("aria-busy");
      if (message.canSearch) {
        section(message.turn)?.querySelector(".body")?.append(note("", "Search for more", "search"));
      }
      if (turns.childElementCount > 1) {
        section(message.turn)?.scrollIntoView({ block: "start" });
      }
      element("ask").hidden = !message.canAsk;
      element<HTMLButtonElement>("docstring").disabled = !message.definition;
      say(message.said, false);
      break;
    case "failed":
      failed(message);
      break;
    case "drop":
      section(message.turn)?.remove();
      break;
    case "said":
      say(message.said, running);
      break;
  }
});

document.addEventListener("click", (event) => {
  const target = event.target as HTMLElement;
  const opened = target.closest<HTMLElement>("[data-open]");
  const cited = target.closest<HTMLElement>("[data-cite]");
  if (opened) {
    const turn = opened.closest("section")?.id ?? "";
    editor.postMessage({ type: "open", turn, id: opened.dataset["open"] ?? "" });
  } else if (cited) {
    event.preventDefault();
    showSource(cited);
  }
});

for (const name of ["copy", "docstring", "regenerate", "cancel"] as const) {
  element(name).addEventListener("click", () => editor.postMessage({ type: name }));
}

element("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask();
  }
});
question.addEventListener("input", () => {
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight}px`;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && running) {
    editor.postMessage({ type: "cancel" });
  }
});

editor.postMessage({ type: "ready" });

function begin(message: Extract<ToPanel, { type: "begin" }>): void {
  if (message.fresh) {
    turns.replaceChildren();
    element("title").textContent = message.title;
    element("place").textContent = message.place;
    element<HTMLButtonElement>("docstring").disabled = true;
    element("ask").hidden = true;
    window.scrollTo(0, 0);
  }
  turns.querySelectorAll(".note button").forEach((button) => button.remove()); // they would try what is asked now
  const added = document.createElement("section");
  added.id = message.turn;
  added.setAttribute("aria-busy", "true");
  if (message.question) {
    const asked = document.createElement("h2");
    asked.className = "question";
    asked.textContent = message.question;
    added.append(asked);
  }
  const body = document.createElement("div");
  body.className = "body";
  added.append(body);
  turns.append(added);
  if (!message.fresh) {
    added.scrollIntoView({ block: "start" });
  }
  say("Reading …", true);
}

function failed(message: Extract<ToPanel, { type: "failed" }>): void {
  const body = section(message.turn);
  body?.removeAttribute("aria-busy");
  const told = note(`${message.said} `, "Try again", "retry");
  if (!message.cancelled) { // who cancels has met no trouble
    told.classList.add("failure");
    told.role = "alert";
  }
  body?.append(told);
  say(message.cancelled ? "Cancelled." : "Failed.", false);
}

/** A line under an answer, with what can be done about it. */
function note(words: string, label: string, type: "retry" | "search"): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", () => editor.postMessage({ type }));
  const made = document.createElement("p");
  made.className = "note";
  made.append(words, button);
  return made;
}

/** Both come from the extension's own renderer, which lets no HTML through; the page's policy runs no script in it. */
function fill(turn: string, html: string): void {
  const body = section(turn)?.querySelector(".body");
  if (body) {
    const open = body.querySelector<HTMLDetailsElement>("details")?.open ?? false;
    body.innerHTML = html;
    const details = body.querySelector<HTMLDetailsElement>("details");
    if (details) {
      details.open = open;
    }
  }
}

function section(turn: string): HTMLElement | null {
  return document.getElementById(turn);
}

function showSource(citation: HTMLElement): void {
  const id = citation.dataset["cite"] ?? "";
  const turn = citation.closest("section");
  const source = turn && document.getElementById(`${turn.id}-source-${id}`);
  if (source) {
    (source.closest("details") as HTMLDetailsElement).open = true;
    source.focus();
    source.scrollIntoView({ block: "nearest" });
    source.classList.remove("shown");
    requestAnimationFrame(() => source.classList.add("shown"));
  }
}

function ask(): void {
  const asked = question.value.trim();
  if (asked && !running) {
    question.value = "";
    editor.postMessage({ type: "ask", question: asked });
  }
}

function say(words: string, works: boolean): void {
  running = works;
  const place = element("words");
  if (place.textContent !== words) {
    place.textContent = words;
  }
  cancel.hidden = !works;
  element("state").classList.toggle("working", works);
  element<HTMLButtonElement>("send").disabled = works;
}
