// What can be copied: the centers as CSV, and the call that repeats a run.

import { covariance } from "../em/mixture.js";
import { settingsOf, unusual } from "../em/rules.js";

/** @typedef {import("../em/mixture.js").Mixture} Mixture */
/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Card} Card */
/** @typedef {import("../em/data.js").Frame} Frame */
/** @typedef {import("../em/data.js").Run} Run */

/** @param {Data} data @param {Run} run @param {Frame} frame */
export function centersCsv(data, { card }, frame) {
  const { d, told: { features } } = data, { mixture, counts } = frame;
  const pairs = mixture && !mixture.plane ? Array.from({ length: d * d }, (_, at) => [Math.floor(at / d), at % d]).filter(([f, g]) => g <= f) : [];
  const weights = mixture?.weights;
  const header = [card.noun, ...(counts ? ["size"] : []), ...(weights ? ["weight"] : []), ...features,
    ...pairs.map(([f, g]) => `covariance of ${features[f]} and ${features[g]}`)].map(quoted).join(",");
  const rows = Array.from({ length: frame.centers.length / d }, (_, j) =>
    [j, ...(counts ? [counts[j]] : []), ...(weights ? [weights[j]] : []), ...frame.centers.subarray(j * d, (j + 1) * d),
      ...pairs.map(([f, g]) => covariance(/** @type {Mixture} */ (mixture), d, j, f, g))].join(","),
  );
  return `${[header, ...rows].join("\n")}\n`;
}

/** @param {string} text */
function quoted(text) {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Starts that a seed repeats. */
const STARTS_DRAWN = ["k-means++", "random", "farthest", "random-partition", "random_from_data", "kmeans"];
const LOADED = 'Trace.load("trace.npz")';
const MOST_WRITTEN = 400; // numbers of a start that is not written out

/** The call that repeats the recorded run. @param {Data} data */
export function recordedCode(data) {
  const { settings, nClusters, card } = data.told;
  if (!card.estimator) return `# a run of ${card.title}\n`;
  const lines = rowsOf(data), start = startOf(card);
  if (data.told.private) lines.push("# numbers here are rounded");
  if (settings.weighted) lines.push("# w: the weight of every row");
  const parts = ["means", "weights", "precisions"].some((part) => settings[`${part}_init`]);
  /** @type {[string, string][]} */
  const settled = [];
  if (STARTS_DRAWN.includes(settings[start]) && Number.isInteger(settings.random_state) && !parts) {
    settled.push([start, JSON.stringify(settings[start])], ["random_state", String(settings.random_state)]);
    if (settings.n_init !== "auto") settled.push(["n_init", JSON.stringify(settings.n_init)]);
  } else if (!card.soft || (settings.init_params === "given" && !parts)) {
    const { centers } = data.recorded.frames[0];
    lines.push(...(centers.length > MOST_WRITTEN ? [`start = ${LOADED}.steps[0].${card.location}`] : written(data, centers)), ...inUnits(data, "start"));
    settled.push([start, "start"]);
  } else settled.push(...startedFully(data, lines));
  if (settings.accelerate) settled.push(["accelerate", JSON.stringify(settings.accelerate)]);
  return call(lines, card, nClusters, [...settled, ...unusual(settings, card.update)], settings.weighted ? "X, sample_weight=w" : "X");
}

/** The parameter that says where a run begins. @param {Card} card */
function startOf({ soft }) {
  return soft ? "init_params" : "init";
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
  const { nSamples, drawn } = data.told, { card } = run, update = /** @type {import("../em/data.js").Update} */ (card.update);
  let lines = rowsOf(data);
  if (data.m < drawn) lines[0] = `# X: the ${data.m.toLocaleString("en-US")} rows that the page shows`;
  else if (drawn < nSamples || data.told.private) lines = [`X = ${LOADED}.points  # the shown ${data.noun}s`, ...inUnits(data, "X")];
  lines.push(...written(data, run.frames[0].centers), ...inUnits(data, "start"));
  return call(lines, card, run.palette.length, [[startOf(card), "start"], ...unusual(settingsOf(data, update), update)], "X");
}

/** What X is, in the units of the fit. @param {Data} data */
function rowsOf(data) {
  const { nSamples, title, features, card: { points } } = data.told;
  const rows = `# X: the ${nSamples.toLocaleString("en-US")} rows of ${title}: ${features.slice(0, 8).join(", ")}`;
  return [rows, ...(points ? [`# what is clustered: ${points}`] : []), ...inUnits(data, "X")];
}

/** @param {Data} data @param {string} name */
function inUnits({ scaled, scale }, name) {
  return scaled ? [`${name} = ${name} / np.array(${list(scale)})`] : [];
}

/** @param {string[]} lines @param {Card} card @param {number} k @param {[string, string][]} settled @param {string} rows */
function call(lines, { estimator: name, noun }, k, settled, rows) {
  const named = settled.map(([one, value]) => `${one}=${value}`).join(", ");
  const body = [...lines, `model = ${name}(n_${noun}s=${k}, ${named}).fit(${rows})`, "model.trace_"].join("\n");
  const numpy = body.includes("np.") ? "import numpy as np\n" : "";
  return `${numpy}from emscope import ${name}${body.includes("Trace.load") ? ", Trace" : ""}\n\n${body}\n`;
}

/** @param {Data} data @param {Float64Array} centers */
function written({ d, scaled }, centers) {
  // in the units of the table the last digits are rounding: 5.000000000000001
  const told = scaled ? centers.map((c) => Number(c.toPrecision(15))) : centers;
  const rows = Array.from({ length: told.length / d }, (_, j) => `    ${list(told.subarray(j * d, (j + 1) * d))},`);
  return ["start = [", ...rows, "]"];
}

/** @param {ArrayLike<number>} values */
function list(values) {
  return `[${Array.from(values, String).join(", ")}]`;
}
