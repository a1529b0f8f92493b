// What the pickers offer, of what the server told. Pure: the lists themselves are in `pickers`.

import type { Adapters, ModelChoice, Models } from "./protocol";

export interface Item {
  label: string;
  description: string;
  detail: string;
  /** What to set; undefined asks for something else. */
  value: string | undefined;
}

const CHOSEN = "$(check) ";
export const PURPOSES = { complete: "suggestions", explain: "explanations" } as const;
export type Purpose = keyof typeof PURPOSES;

/** The model, with no adapter, and each adapter that answers for a purpose. */
export function adapterItems({ adapters, chosen }: Adapters, purpose: Purpose): Item[] {
  const now = chosen[purpose] ?? "";
  const none = { label: mark("The model itself", now === ""), description: "no adapter", detail: "", value: "" };
  const fitting = adapters.filter((one) => !one.purpose || one.purpose === purpose);
  const rows = fitting.map((one) => ({
    label: mark(one.name, one.name === now),
    description: [one.type, one.base && `made for ${one.base.split("/").at(-1)}`].filter(Boolean).join(", "),
    detail: one.effect,
    value: one.name,
  }));
  return [none, ...rows];
}

/** Each model with what it needs, and the way to any other. */
export function modelItems({ models, chosen }: Models): Item[] {
  const rows = models.map((one) => ({
    label: mark(one.name, one.name === chosen),
    description: [needs(one), one.state === "ready" ? "" : one.state.replace("pulled", "downloaded")].filter(Boolean).join(", "),
    detail: one.trouble || one.license,
    value: one.name,
  }));
  const other = { label: "$(edit) Another …", description: "a name of the hub, a folder, a GGUF file", detail: "", value: undefined };
  return [...rows, other];
}

/** Whether something has to be fetched before the model can answer. */
export function absent({ models }: Models, name: string): boolean {
  return models.find((one) => one.name === name)?.state === "not pulled";
}

export function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function needs({ memory, free, quantization, trouble }: ModelChoice): string {
  if (memory === null) {
    return "";
  }
  const as = quantization && quantization !== "none" ? ` in ${quantization}` : "";
  const room = free === null ? "" : trouble ? `, only ${gigabytes(free)} free` : ` of ${gigabytes(free)} free`;
  return `${gigabytes(memory)}${as}${room}`;
}

function mark(name: string, chosen: boolean): string {
  return chosen ? CHOSEN + name : name;
}
