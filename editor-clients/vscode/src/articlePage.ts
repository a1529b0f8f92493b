// A page of the server's (an article, statistics), made fit for a panel of the editor. Pure.

import { createHash } from "node:crypto";

// VS Code gives every page its own style of code, meant for its own background.
const OURS = "code, kbd { color: inherit; background: none; padding: 0; }";

/** The page in the editor's light or dark, and with a policy: it has no script and loads nothing, and cannot begin to. */
export function pageInEditor(html: string, dark: boolean): string {
  const themed = html
    .replace(/<meta[^>]*http-equiv=["']?Content-Security-Policy[^>]*>/i, "") // names the style as it was
    .replace(/\s*\(prefers-color-scheme:\s*dark\)/g, dark ? " all" : " not all")
    .replace(/\s*\(prefers-color-scheme:\s*light\)/g, dark ? " not all" : " all")
    .replace(/<\/head>/i, (end) => `<style>${OURS}</style>${end}`);
  const styles = [...themed.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style]) => hash(style ?? ""));
  const policy = `default-src 'none'; style-src ${styles.map((one) => `'sha256-${one}'`).join(" ")}`;
  return themed.replace(/<head>/i, (head) => `${head}<meta http-equiv="Content-Security-Policy" content="${policy}">`);
}

function hash(style: string): string {
  return createHash("sha256").update(style).digest("base64");
}
