// What Python packed, as arrays that the page works with.

import { differences } from "../em/data.js";

/** @typedef {import("../em/mixture.js").Mixture} Mixture */
/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Frame} Frame */
/** @typedef {import("../em/data.js").Look} Look */
/** @typedef {import("../em/data.js").Run} Run */

const KINDS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array };

/** @param {string} text @returns {ArrayBuffer} */
function bytes(text) {
  const binary = atob(text);
  const found = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) found[i] = binary.charCodeAt(i);
  return found.buffer;
}

/** @param {Record<string, string>} one @returns {any} */
function numbers(one) {
  const [kind, text] = Object.entries(one)[0];
  return new KINDS[/** @type {keyof typeof KINDS} */ (kind)](bytes(text));
}

/** @param {any} told @returns {Data} */
export function unpack(told) {
  const d = told.features.length;
  const points = Float64Array.from(numbers(told.points));
  const m = points.length / d;
  const scale = told.scale ? Float64Array.from(numbers(told.scale)) : new Float64Array(d).fill(1);
  const rows = new Uint32Array(bytes(told.rows));
  const fractions = new Uint16Array(bytes(told.positions));
  return {
    told,
    m,
    d,
    k: told.nClusters,
    points,
    scale,
    scaled: Boolean(told.scale),
    noun: told.private ? "point" : "row",
    rows,
    firstRow: told.firstRow,
    ids: told.rowNames?.[0] === `table row ${rows[0]}` ? null : told.rowNames,
    positions: Float32Array.from(fractions, (f) => f / 65535),
    density: told.density ? new Uint8ClampedArray(bytes(told.density.cells)) : null,
    profile: told.profile ? new Uint16Array(bytes(told.profile)) : null,
    looks: Object.fromEntries(Object.entries(told.looks).map(([name, look]) => [name, unpackedLook(look)])),
    markers: told.markers,
    recorded: recordedRun(told, d),
    restarts: told.restarts.map((/** @type {any} */ one) => Float64Array.from(numbers(one))),
    ends: (told.ends?.listed ?? []).map((/** @type {any} */ { centers }) => centers && Float64Array.from(numbers(centers))),
    contrasts: told.contrasts && unpackedContrasts(told.contrasts, told.nClusters),
    axes: told.projection.columns ? new Float64Array(0) : numbers(told.projection.components),
    project: projection(told, d),
  };
}

/** @param {any} told @param {number} k @returns {import("../em/contrasts.js").Contrast[][]} */
function unpackedContrasts({ most, ...told }, k) {
  const [feature, mean, overall, deviations] = ["features", "mean", "overall", "deviations"].map((name) => numbers(told[name]));
  const one = (/** @type {number} */ at) => ({ feature: feature[at], mean: mean[at], overall: overall[at], deviations: deviations[at] });
  return Array.from({ length: k }, (_, j) => Array.from({ length: most }, (__, rank) => one(j * most + rank)).filter((found) => found.mean === found.mean));
}

/** @param {any} look @returns {Look} */
function unpackedLook(look) {
  const [fill, rim, tint, outline] = ["fill", "rim", "tint", "outline"].map((part) => look.clusters[part].split(" "));
  const clusters = fill.map((/** @type {string} */ _, /** @type {number} */ i) => ({ fill: fill[i], rim: rim[i], tint: tint[i], outline: outline[i] }));
  return { ...look, clusters };
}

/** @param {any} told @param {number} d @returns {Run} */
function recordedRun(told, d) {
  const all = Float64Array.from(numbers(told.centers));
  const size = told.nClusters * d;
  const centers = (/** @type {number} */ i) => all.subarray(i * size, (i + 1) * size);
  const mixtures = told.mixture ? recordedMixtures(told, d, centers) : [], { card } = told;
  const recorded = (told.responsibilities ?? []).map((/** @type {any} */ one) => Float64Array.from(numbers(one))), computes = card.owners === "gaussian";
  /** @type {Frame[]} */
  const frames = [];
  /** @type {any} */
  let labels = null;
  for (const one of told.frames) {
    const before = frames.at(-1);
    const follows = before !== undefined && before.index === one.index - 1;
    const now = labelsAfter(one.labels, labels);
    const twoBefore = frames.at(-2);
    const earlier = one.phase === "maximization" && follows ? before : null;
    const compared = one.phase === "expectation" && follows && twoBefore?.index === one.index - 2 && before.labels;
    frames.push({
      ...one,
      centers: centers(one.centers),
      old: earlier && earlier.centers,
      mixture: mixtures[one.centers] ?? null,
      before: earlier && earlier.mixture,
      deciding: (computes && (one.phase === "expectation" ? mixtures[one.centers] : earlier?.mixture)) || null,
      responsibilities: recorded[one.responsibilities] ?? null,
      certain: one.certain ? numbers({ u8: one.certain }) : null,
      labels: now,
      changed: compared && now ? differences(before.labels, now) : [],
    });
    labels = now;
  }
  const curve = told.curve.steps.map((/** @type {number} */ step, /** @type {number} */ i) => ({
    step,
    x: told.curve.iterations[i] + (told.curve.expectation[i] ? 0 : 0.5),
    expectation: told.curve.expectation[i],
    value: told.curve.values[i],
  }));
  const palette = Array.from({ length: told.nClusters }, (_, j) => j);
  return { name: "recorded", card, frames, curve, events: told.events, palette };
}

/** @param {any} told @param {number} d @param {(i: number) => Float64Array} means @returns {Mixture[]} */
function recordedMixtures(told, d, means) {
  const { covariances, planes } = told.mixture, structure = told.card.covariances, k = told.nClusters;
  const weights = told.mixture.weights && numbers(told.mixture.weights), all = numbers(covariances ?? planes);
  const count = numbers(told.centers).length / (k * d);
  const triangle = (d * (d + 1)) / 2, matrices = structure === "full" ? k : structure === "tied" ? 1 : 0;
  return Array.from({ length: count }, (_, i) => {
    const one = { structure, means: means(i), weights: weights && weights.subarray(i * k, (i + 1) * k) };
    const own = all.subarray((i * all.length) / count, ((i + 1) * all.length) / count);
    if (planes) return { ...one, covariances: own, plane: own };
    if (!matrices) return { ...one, covariances: own };
    const square = (/** @type {number} */ at) => { // from lower triangles, row by row
      const f = Math.floor(at / d) % d, g = at % d, high = Math.max(f, g);
      return own[Math.floor(at / (d * d)) * triangle + (high * (high + 1)) / 2 + Math.min(f, g)];
    };
    return { ...one, covariances: Float64Array.from({ length: matrices * d * d }, (__, at) => square(at)) };
  });
}

/** @param {any} change @param {any} before */
function labelsAfter(change, before) {
  if (change === null) return null;
  if (change.all) return numbers(change.all);
  if (!change.at) return before;
  const at = numbers(change.at), to = numbers(change.to);
  const now = before.slice();
  for (let i = 0; i < at.length; i++) now[at[i]] = to[i];
  return now;
}

/** @param {any} told @param {number} d @returns {Data["project"]} */
function projection(told, d) {
  const [x0, x1] = told.limits.x, [y0, y1] = told.limits.y;
  const columns = told.projection.columns;
  if (columns) {
    const height = (0.25 - y0) / (y1 - y0); // centers of a strip stand at a quarter of its height
    return (centers, j) => [
      (centers[j * d + columns[0]] - x0) / (x1 - x0),
      columns.length > 1 ? (centers[j * d + columns[1]] - y0) / (y1 - y0) : height,
    ];
  }
  const origin = numbers(told.projection.origin), components = numbers(told.projection.components);
  return (centers, j) => {
    let x = 0, y = 0;
    for (let f = 0; f < d; f++) {
      const away = centers[j * d + f] - origin[f];
      x += away * components[2 * f];
      y += away * components[2 * f + 1];
    }
    return [(x - x0) / (x1 - x0), (y - y0) / (y1 - y0)];
  };
}

/**
 * Move a center by a way in the picture: in principal components by the least that shows so.
 * @param {Data} data @param {Float64Array} centers @param {number} j
 * @param {number} dx @param {number} dy  as fractions of the limits
 */
export function moveInPicture(data, centers, j, dx, dy) {
  const { limits, projection: how } = data.told;
  const x = dx * (limits.x[1] - limits.x[0]), y = dy * (limits.y[1] - limits.y[0]);
  if (how.columns) {
    centers[j * data.d + how.columns[0]] += x;
    if (how.columns.length > 1) centers[j * data.d + how.columns[1]] += y;
    return;
  }
  const components = numbers(how.components);
  for (let f = 0; f < data.d; f++) {
    const unit = data.scale[f] ** 2;
    centers[j * data.d + f] += unit * (components[2 * f] * x + components[2 * f + 1] * y);
  }
}
