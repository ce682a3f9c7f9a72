// What can be copied: the centers as CSV, and the call that repeats a run.

import { covariance } from "./mixture.js";
import { settingsOf, unusual } from "./rules.js";

/** @typedef {import("./mixture.js").Mixture} Mixture */
/** @typedef {import("./unpack.js").Data} Data */
/** @typedef {import("./unpack.js").Model} Model */
/** @typedef {import("./unpack.js").Frame} Frame */
/** @typedef {import("./unpack.js").Run} Run */

/** @param {Data} data @param {Frame} frame */
export function centersCsv(data, frame) {
  const { d, told: { features } } = data, { mixture, counts } = frame;
  const pairs = mixture && !mixture.plane ? Array.from({ length: d * d }, (_, at) => [Math.floor(at / d), at % d]).filter(([f, g]) => g <= f) : [];
  const header = [mixture ? "component" : "cluster", ...(counts ? ["size"] : []), ...(mixture ? ["weight"] : []), ...features,
    ...pairs.map(([f, g]) => `covariance of ${features[f]} and ${features[g]}`)].map(quoted).join(",");
  const rows = Array.from({ length: frame.centers.length / d }, (_, j) =>
    [j, ...(counts ? [counts[j]] : []), ...(mixture ? [mixture.weights[j]] : []), ...frame.centers.subarray(j * d, (j + 1) * d),
      ...pairs.map(([f, g]) => covariance(/** @type {Mixture} */ (mixture), d, j, f, g))].join(","),
  );
  return `${[header, ...rows].join("\n")}\n`;
}

/** @param {string} text */
function quoted(text) {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Starts that a seed repeats. @type {Record<string, string[]>} */
const DRAWN = {
  kmeans: ["k-means++", "random", "farthest", "random-partition"],
  gaussian_mixture: ["kmeans", "k-means++", "random", "random_from_data"],
};
const NAMES = { kmeans: ["KMeans", "n_clusters", "init"], gaussian_mixture: ["GaussianMixture", "n_components", "init_params"] };
const LOADED = 'Trace.load("trace.npz")';
const MOST_WRITTEN = 400; // numbers of a start that is not written out

/** The call that repeats the recorded run. @param {Data} data */
export function recordedCode(data) {
  const { settings, nClusters, model } = data.told;
  if (!(model in NAMES)) return `# a run of ${model}\n`;
  const lines = rowsOf(data), start = NAMES[/** @type {Model} */ (model)][2];
  if (settings.weighted) lines.push("# w: the weight of every row");
  const parts = ["means", "weights", "precisions"].some((part) => settings[`${part}_init`]);
  /** @type {[string, string][]} */
  const settled = [];
  if (DRAWN[model].includes(settings[start]) && Number.isInteger(settings.random_state) && !parts) {
    settled.push([start, JSON.stringify(settings[start])], ["random_state", String(settings.random_state)]);
    if (settings.n_init !== "auto") settled.push(["n_init", JSON.stringify(settings.n_init)]);
  } else if (model === "kmeans" || (settings.init_params === "given" && !parts)) {
    const { centers } = data.recorded.frames[0];
    lines.push(...(centers.length > MOST_WRITTEN ? [`start = ${LOADED}.steps[0].${model === "kmeans" ? "centers" : "means"}`] : written(data, centers)), ...inUnits(data, "start"));
    settled.push([start, "start"]);
  } else settled.push(...startedFully(data, lines));
  if (settings.accelerate) settled.push(["accelerate", JSON.stringify(settings.accelerate)]);
  return call(lines, model, nClusters, [...settled, ...unusual(settings, model)], settings.weighted ? "X, sample_weight=w" : "X");
}

/** A mixture's start that only all of its parameters tell. @param {Data} data @param {string[]} lines  added to @returns {[string, string][]} */
function startedFully({ scaled, scale, told }, lines) {
  const kind = told.settings.covariance_type, matrices = kind === "full" || kind === "tied";
  lines.push(`first = ${LOADED}.steps[0]`);
  if (scaled) lines.push(`scale = np.array(${list(scale)})`);
  /** @type {Record<string, string>} */
  const inFit = { full: " / np.outer(scale, scale)", tied: " / np.outer(scale, scale)", diag: " / scale**2", spherical: "[:, 0] / scale[0] ** 2" };
  const covariances = `first.covariances${scaled ? inFit[kind] : ""}`;
  const precisions = matrices ? `np.linalg.inv(${covariances})` : `1 / (${covariances})`;
  return [["means_init", `first.means${scaled ? " / scale" : ""}`], ["weights_init", "first.weights"], ["precisions_init", precisions]];
}

/** The call that repeats the run in the page. @param {Data} data @param {Run} run */
export function whatIfCode(data, run) {
  const { nSamples, drawn } = data.told, model = /** @type {Model} */ (run.model);
  let lines = rowsOf(data);
  if (data.m < drawn) lines[0] = `# X: the ${data.m.toLocaleString("en-US")} rows that the page shows`;
  else if (drawn < nSamples) lines = [`X = ${LOADED}.points  # the shown rows`, ...inUnits(data, "X")];
  lines.push(...written(data, run.frames[0].centers), ...inUnits(data, "start"));
  return call(lines, model, run.palette.length, [[NAMES[model][2], "start"], ...unusual(settingsOf(data, model), model)], "X");
}

/** What X is, in the units of the fit. @param {Data} data */
function rowsOf(data) {
  const { nSamples, title, features } = data.told;
  return [`# X: the ${nSamples.toLocaleString("en-US")} rows of ${title}: ${features.slice(0, 8).join(", ")}`, ...inUnits(data, "X")];
}

/** @param {Data} data @param {string} name */
function inUnits({ scaled, scale }, name) {
  return scaled ? [`${name} = ${name} / np.array(${list(scale)})`] : [];
}

/** @param {string[]} lines @param {Model} model @param {number} k @param {[string, string][]} settled @param {string} rows */
function call(lines, model, k, settled, rows) {
  const [name, count] = NAMES[model];
  const named = settled.map(([one, value]) => `${one}=${value}`).join(", ");
  const body = [...lines, `model = ${name}(${count}=${k}, ${named}).fit(${rows})`, "model.trace_"].join("\n");
  const numpy = body.includes("np.") ? "import numpy as np\n" : "";
  return `${numpy}from emscope import ${name}${body.includes("Trace.load") ? ", Trace" : ""}\n\n${body}\n`;
}

/** @param {Data} data @param {Float64Array} centers */
function written({ d }, centers) {
  const rows = Array.from({ length: centers.length / d }, (_, j) => `    ${list(centers.subarray(j * d, (j + 1) * d))},`);
  return ["start = [", ...rows, "]"];
}

/** @param {ArrayLike<number>} values */
function list(values) {
  return `[${Array.from(values, String).join(", ")}]`;
}
