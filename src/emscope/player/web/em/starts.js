// Where a run in the page begins.

import { squaredDistance } from "./kmeans.js";

/** Random numbers between 0 and 1, the same for the same seed (T. Ettinger's mulberry32).
 * @param {number} seed */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Rows of the points to begin at, or labels for the means of a random partition.
 * @param {string} name @param {Float64Array} points @param {number} d @param {number} k @param {number} seed
 * @returns {Float64Array}  k x d
 */
export function startFrom(name, points, d, k, seed) {
  const random = randomNumbers(seed);
  if (name === "random-partition") return randomPartition(points, d, k, random);
  if (name === "random") return taken(points, d, randomRows(points.length / d, k, random));
  return taken(points, d, spread(points, d, k, random, name === "k-means++"));
}

/** @param {Float64Array} points @param {number} d @param {number[]} rows */
function taken(points, d, rows) {
  return Float64Array.from(rows.flatMap((i) => Array.from(points.subarray(i * d, (i + 1) * d))));
}

/** Different rows. @param {number} m @param {number} k @param {() => number} random */
function randomRows(m, k, random) {
  const chosen = new Set();
  for (let last = m - k; last < m; last++) { // Floyd's way to draw without replacement
    const i = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(i) ? last : i);
  }
  return [...chosen];
}

/** k-means++ (with one trial), or always the farthest point (Gonzalez 1985).
 * @param {Float64Array} points @param {number} d @param {number} k @param {() => number} random @param {boolean} drawn */
function spread(points, d, k, random, drawn) {
  const m = points.length / d;
  const rows = [Math.floor(random() * m)];
  const closest = new Float64Array(m).fill(Infinity);
  while (rows.length < k) {
    let total = 0;
    for (let i = 0; i < m; i++) {
      closest[i] = Math.min(closest[i], squaredDistance(points, i, points, rows[rows.length - 1], d));
      total += closest[i];
    }
    rows.push(drawn && total > 0 ? drawnRow(closest, random() * total) : closest.indexOf(Math.max(...chunkMax(closest))));
  }
  return rows;
}

/** Largest values of parts that are small enough to be arguments. @param {Float64Array} values */
function chunkMax(values) {
  const found = [];
  for (let i = 0; i < values.length; i += 4096) found.push(Math.max(...values.subarray(i, i + 4096)));
  return found;
}

/** @param {Float64Array} weights @param {number} mark */
function drawnRow(weights, mark) {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i];
    if (sum > mark) return i;
  }
  return weights.length - 1;
}

/** @param {Float64Array} points @param {number} d @param {number} k @param {() => number} random */
function randomPartition(points, d, k, random) {
  const m = points.length / d;
  const centers = taken(points, d, randomRows(m, k, random));
  const sums = new Float64Array(k * d), counts = new Float64Array(k);
  for (let i = 0; i < m; i++) {
    const j = Math.floor(random() * k);
    counts[j] += 1;
    for (let f = 0; f < d; f++) sums[j * d + f] += points[i * d + f] - centers[j * d + f];
  }
  return centers.map((c, at) => c + (counts[Math.floor(at / d)] ? sums[at] / counts[Math.floor(at / d)] : 0));
}

/** The shown point farthest from all centers. @param {Float64Array} points @param {number} d @param {Float64Array} centers */
export function farthestPoint(points, d, centers) {
  const k = centers.length / d;
  let farthest = 0, most = -1;
  for (let i = 0; i < points.length / d; i++) {
    let least = Infinity;
    for (let j = 0; j < k; j++) least = Math.min(least, squaredDistance(points, i, centers, j, d));
    if (least > most) {
      most = least;
      farthest = i;
    }
  }
  return farthest;
}
