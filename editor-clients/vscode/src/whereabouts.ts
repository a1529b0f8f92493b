// Where a source is, in words.

import type { Source } from "./protocol";

export function whereabouts(source: Source): string {
  try {
    const url = new URL(source.url);
    const line = /^#L(\d+)$/.exec(url.hash)?.[1];
    const name = decodeURIComponent(url.pathname.split("/").at(-1) ?? "");
    return url.protocol === "file:" ? `${name}${line ? `, line ${line}` : ""}` : url.host;
  } catch {
    return "";
  }
}
