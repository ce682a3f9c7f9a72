// What can be copied: the centers as CSV, and the call that repeats a run.

import { mostIterations } from "./unpack.js";

/** @typedef {import("./unpack.js").Data} Data */
/** @typedef {import("./unpack.js").Frame} Frame */
/** @typedef {import("./unpack.js").Run} Run */

/** @param {Data} data @param {Frame} frame */
export function centersCsv(data, frame) {
  const { d } = data;
  const header = ["cluster", ...(frame.counts ? ["size"] : []), ...data.told.features].map(quoted).join(",");
  const rows = Array.from({ length: frame.centers.length / d }, (_, j) =>
    [j, ...(frame.counts ? [frame.counts[j]] : []), ...frame.centers.subarray(j * d, (j + 1) * d)].join(","),
  );
  return `${[header, ...rows].join("\n")}\n`;
}

/** @param {string} text */
function quoted(text) {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const DRAWN = ["k-means++", "random", "farthest", "random-partition"]; // starts that a seed repeats
const LOADED = 'Trace.load("trace.npz")';
const MOST_WRITTEN = 400; // numbers of a start that is not written out

/** The call that repeats the recorded run. @param {Data} data */
export function recordedCode(data) {
  const { settings, nClusters, model } = data.told;
  if (model !== "kmeans") return `# a run of ${model}\n`;
  const lines = rowsOf(data);
  if (settings.weighted) lines.push("# w: the weight of every row");
  /** @type {[string, string][]} */
  const settled = [];
  if (DRAWN.includes(settings.init) && Number.isInteger(settings.random_state)) {
    settled.push(["init", JSON.stringify(settings.init)], ["random_state", String(settings.random_state)]);
    if (settings.n_init !== "auto") settled.push(["n_init", JSON.stringify(settings.n_init)]);
  } else {
    const { centers } = data.recorded.frames[0];
    lines.push(...(centers.length > MOST_WRITTEN ? [`start = ${LOADED}.steps[0].centers`] : written(data, centers)), ...inUnits(data, "start"));
    settled.push(["init", "start"]);
  }
  return call(data, lines, nClusters, settled, settings.weighted ? "X, sample_weight=w" : "X", settings.max_iter);
}

/** The call that repeats the run in the page. @param {Data} data @param {Run} run */
export function whatIfCode(data, run) {
  const { nSamples, drawn } = data.told;
  let lines = rowsOf(data);
  if (data.m < drawn) lines[0] = `# X: the ${data.m.toLocaleString("en-US")} rows that the page shows`;
  else if (drawn < nSamples) lines = [`X = ${LOADED}.points  # the shown rows`, ...inUnits(data, "X")];
  lines.push(...written(data, run.frames[0].centers), ...inUnits(data, "start"));
  return call(data, lines, run.palette.length, [["init", "start"]], "X", mostIterations(data));
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

/** @param {Data} data @param {string[]} lines @param {number} k @param {[string, string][]} settled @param {string} rows @param {number | null} maxIter */
function call(data, lines, k, settled, rows, maxIter) {
  const { tol } = data.told.settings;
  if (maxIter !== null && maxIter !== 300) settled.push(["max_iter", String(maxIter)]);
  if (tol !== null && tol !== 1e-4) settled.push(["tol", String(tol)]);
  const named = settled.map(([name, value]) => `${name}=${value}`).join(", ");
  const body = [...lines, `model = KMeans(n_clusters=${k}, ${named}).fit(${rows})`, "model.trace_"].join("\n");
  const numpy = body.includes("np.") ? "import numpy as np\n" : "";
  return `${numpy}from emscope import KMeans${body.includes("Trace.load") ? ", Trace" : ""}\n\n${body}\n`;
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
