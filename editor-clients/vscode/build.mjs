// The extension, what it loads later, the panel's script and (with --tests) the unit tests, each as one file.
import { build } from "esbuild";
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";

const shared = { bundle: true, target: "es2022", logLevel: "warning", legalComments: "none" };
const node = { ...shared, platform: "node", format: "cjs", external: ["vscode"] };

if (process.argv.includes("--tests")) {
  const tests = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
  await build({ ...node, entryPoints: tests.map((name) => `test/${name}`), outdir: "out/test" });
} else {
  const later = ["languageClient", "markdown"]; // big, and not needed to start
  await build({
    ...node,
    minify: true,
    entryPoints: ["extension", ...later].map((name) => `src/${name}.ts`),
    outdir: "dist",
    external: ["vscode", ...later.map((name) => `./${name}.js`)],
    supported: { "dynamic-import": false },
  });
  await build({ ...shared, minify: true, format: "iife", entryPoints: ["src/panel/view.ts"], outfile: "dist/view.js" });
  mkdirSync("dist", { recursive: true });
  copyFileSync("../../server/glossator/examples/hero.py", "dist/example.py");
  copyFileSync("../../LICENSE", "dist/LICENSE");
}
