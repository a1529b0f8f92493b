import assert from "node:assert/strict";
import { test } from "node:test";
import manifest from "../package.json";
import { type Inspected, sectionFor, settingNames } from "../src/configuration";

const section = (settings: Record<string, Inspected>, trusted = true) =>
  sectionFor(Object.keys(settings), (name) => settings[name], trusted);

test("only what somebody set is sent, so that the project's own file still counts", () => {
  assert.deepEqual(section({ "hover.enabled": { defaultValue: true }, "model.name": { defaultValue: "a", globalValue: "b" } }), {
    model: { name: "b" },
  });
});

test("the workspace's setting is stronger than the user's", () => {
  assert.deepEqual(section({ "engine.threads": { globalValue: 1, workspaceValue: 2 } }), { engine: { threads: 2 } });
  assert.deepEqual(section({ "engine.threads": { globalValue: 0, workspaceValue: 0 } }), { engine: { threads: 0 } });
});

test("the extension's own settings stay here", () => {
  assert.deepEqual(section({ "server.interpreter": { globalValue: "/x" }, "trace.server": { globalValue: "verbose" } }), {});
});

test("an untrusted folder chooses neither environment nor model, and no web source is asked", () => {
  const settings = {
    "python.environment": { defaultValue: "", workspaceValue: "/evil" },
    "model.name": { defaultValue: "small", globalValue: "mine", workspaceValue: "/evil" },
    "search.consent": { defaultValue: "off", globalValue: "on" },
    "hover.synthesis": { defaultValue: "auto", workspaceValue: "off" },
  };
  assert.deepEqual(section(settings, false), {
    python: { environment: "" },
    model: { name: "mine" },
    search: { consent: "off" },
    hover: { synthesis: "off" },
  });
});

test("every setting of the manifest has a group", () => {
  const names = settingNames(manifest);
  assert.ok(names.includes("hover.enabled") && names.includes("server.interpreter"));
  assert.deepEqual(names.filter((name) => !name.includes(".")), []);
});
