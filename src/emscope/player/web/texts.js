// What can be copied: the centers as CSV, and the call that repeats a run.

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
const MOST_WRITTEN = 400; // numbers of a start that is not written out

/** The call that repeats the recorded run. @param {Data} data */
export function recordedCode(data) {
  const { settings, nClusters, nSamples, model, title } = data.told;
  if (model !== "kmeans") return `# a run of ${model}\n`;
  const seeded = DRAWN.includes(settings.init) && Number.isInteger(settings.random_state);
  const start = /** @type {Frame} */ (data.recorded.frames[0]);
  const lines = ["from emscope import KMeans", ""];
  lines.push(`# X: the ${nSamples.toLocaleString("en-US")} rows of ${title}: ${data.told.features.slice(0, 8).join(", ")}`);
  if (data.scaled) lines.push(`X = X / ${list(data.scale)}`);
  if (settings.weighted) lines.push("# w: the weight of every row");
  /** @type {[string, string][]} */
  const settled = [];
  if (seeded) {
    settled.push(["init", JSON.stringify(settings.init)], ["random_state", String(settings.random_state)]);
    if (settings.n_init !== "auto") settled.push(["n_init", JSON.stringify(settings.n_init)]);
  } else {
    lines.push(...startLines(data, start.centers, true));
    settled.push(["init", "start"]);
  }
  return call(data, lines, nClusters, settled, settings.weighted ? "X, sample_weight=w" : "X");
}

/** The call that repeats the run in the page. @param {Data} data @param {Run} run */
export function whatIfCode(data, run) {
  const sampled = data.m < data.told.nSamples;
  const lines = ["from emscope import KMeans", ""];
  lines.push(`# X: the ${data.told.nSamples.toLocaleString("en-US")} rows of ${data.told.title}: ${data.told.features.slice(0, 8).join(", ")}`);
  if (sampled) lines.push(`# this run was on the ${data.m.toLocaleString("en-US")} shown rows: with trace = Trace.load("trace.npz"),`, "X = trace.points");
  if (data.scaled) lines.push(`X = X / ${list(data.scale)}`);
  lines.push(...startLines(data, run.frames[0].centers, false));
  return call(data, lines, run.palette.length, [["init", "start"]], "X");
}

/** @param {Data} data @param {string[]} lines @param {number} k @param {[string, string][]} settled @param {string} rows */
function call(data, lines, k, settled, rows) {
  const { max_iter: maxIter, tol } = data.told.settings;
  if (maxIter !== null && maxIter !== 300) settled.push(["max_iter", String(maxIter)]);
  if (tol !== null && tol !== 1e-4) settled.push(["tol", String(tol)]);
  const named = settled.map(([name, value]) => `${name}=${value}`).join(", ");
  return `${[...lines, `model = KMeans(n_clusters=${k}, ${named}).fit(${rows})`, "model.trace_"].join("\n")}\n`;
}

/** @param {Data} data @param {Float64Array} centers @param {boolean} recorded */
function startLines(data, centers, recorded) {
  const { d, scale, scaled } = data;
  if (recorded && centers.length > MOST_WRITTEN) {
    return ['start = Trace.load("trace.npz").steps[0].centers', ...(scaled ? [`start = start / ${list(scale)}`] : [])];
  }
  const rows = Array.from({ length: centers.length / d }, (_, j) => `    ${list(centers.subarray(j * d, (j + 1) * d))},`);
  const text = ["start = [", ...rows, "]"];
  if (!scaled) return text;
  return ["import numpy as np", ...text, `start = np.array(start) / ${list(scale)}`];
}

/** @param {ArrayLike<number>} values */
function list(values) {
  return `[${Array.from(values, String).join(", ")}]`;
}
