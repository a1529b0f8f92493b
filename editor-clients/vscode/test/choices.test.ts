import assert from "node:assert/strict";
import { test } from "node:test";
import { absent, adapterItems, gigabytes, modelItems } from "../src/choices";

const ADAPTERS = {
  adapters: [
    { name: "mine", type: "lora", base: "bigcode/starcoderbase-1b", purpose: "", effect: "It changes 12 layers." },
    { name: "teacher", type: "ia3", base: "", purpose: "explain", effect: "" },
  ],
  chosen: { complete: "mine", explain: "" },
};
const MODEL = { name: "small", state: "ready", license: "MIT", quantization: "none", memory: 5e8, free: 4e9, trouble: "" };
const LARGE = { ...MODEL, name: "large", state: "not pulled", quantization: "nf4", memory: 5e9, trouble: "It needs 5.0 GB. What fits: small." };
const UNKNOWN = { ...MODEL, name: "/my/model", memory: null, free: null, license: "" };

test("an adapter is offered for what it was made for, and none at all is a choice", () => {
  assert.deepEqual(adapterItems(ADAPTERS, "complete").map((one) => one.label), ["The model itself", "$(check) mine"]);
  assert.deepEqual(adapterItems(ADAPTERS, "explain").map((one) => one.label), ["$(check) The model itself", "mine", "teacher"]);
  assert.equal(adapterItems(ADAPTERS, "complete")[0]?.value, "");
  assert.equal(adapterItems(ADAPTERS, "complete")[1]?.description, "lora, made for starcoderbase-1b");
});

test("a model is offered with what it needs, and why it cannot be", () => {
  const items = modelItems({ models: [MODEL, LARGE, UNKNOWN], chosen: "small" });
  assert.deepEqual(items.map((one) => one.label), ["$(check) small", "large", "/my/model", "$(edit) Another …"]);
  assert.equal(items[0]?.description, "500 MB of 4.0 GB free");
  assert.equal(items[1]?.description, "5.0 GB in nf4, only 4.0 GB free, not downloaded");
  assert.equal(items[1]?.detail, LARGE.trouble);
  assert.equal(items[2]?.description, "");
  assert.equal(items[3]?.value, undefined);
});

test("what is not here is fetched first", () => {
  const told = { models: [MODEL, LARGE], chosen: "small" };
  assert.deepEqual(["small", "large", "somebody/else"].map((name) => absent(told, name)), [false, true, false]);
});

test("sizes are read easily", () => {
  assert.deepEqual([98_000_000, 1_200_000_000].map(gigabytes), ["98 MB", "1.2 GB"]);
});
