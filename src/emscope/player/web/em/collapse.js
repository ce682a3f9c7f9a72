// What can go wrong with a component of a mixture, found as the package finds it: it collapses onto few points
// or becomes flat, it has no points any more, or it becomes the same as another.

import { cholesky, Collapse, covariance } from "./mixture.js";

/** @typedef {import("./mixture.js").Mixture} Mixture */
/** @typedef {{collapsed: boolean[], empty: boolean[], twins: [number, number][]}} Trouble */
/** @typedef {{cluster: number, case: string, count: number, identical: boolean, shared: boolean, rows: number[], features: number[]}} Fall */

const REGULARIZED = 2; // a variance of which more than half is reg_covar is its work
const FLAT = 1e-11; // of a variance, per feature: what may have been rounding
const EMPTY = 1e-8; // effective number of points up to which a component counts as empty
const ALIKE = 1e-9, UNIT = 1e-15; // standard deviations, and parts of a mean, by which twins may differ
const MOST_ROWS = 5; // rows
const LEADING = 0.3; // of the largest coordinate of a direction
const TURNS = 400; // until a direction is found

/** @param {Mixture} mixture @param {number} d @param {number} m @param {number} regCovar @returns {Trouble} */
export function troubleOf(mixture, d, m, regCovar) {
  const all = Array.from(mixture.weights, (_, j) => j);
  return {
    collapsed: all.map((j) => isFlat(mixture, d, j, REGULARIZED * regCovar)),
    empty: all.map((j) => mixture.weights[j] * m <= EMPTY),
    twins: twinsOf(mixture, d, all),
  };
}

/** @param {boolean[]} those */
function places(those) {
  return those.flatMap((is, j) => (is ? [j] : []));
}

/** The components that are none at the end. @param {Trouble|null} trouble @returns {Record<string, number[]>} */
export function lostOf(trouble) {
  if (!trouble) return {};
  const { collapsed, empty, twins } = trouble;
  return { "": places(collapsed.map((is, j) => is && !empty[j])), empty: places(empty), twins: [...new Set(twins.flat())].sort((a, b) => a - b) };
}

/** What was not so before. @param {Trouble} now @param {Trouble|null} before @param {boolean} shared */
export function news(now, before, shared) {
  const collapsed = places(now.collapsed.map((is, j) => is && !now.empty[j] && !before?.collapsed[j]));
  return {
    collapsed: shared ? collapsed.slice(0, 1) : collapsed,
    emptied: places(now.empty.map((is, j) => is && !before?.empty[j])),
    twins: now.twins.filter(([a, b]) => !before?.twins.some(([c, e]) => a === c && b === e)),
  };
}

/** Whether a component is flat, within rounding, or has no more variance than a limit in some direction.
 * @param {Mixture} mixture @param {number} d @param {number} j @param {number} limit */
function isFlat(mixture, d, j, limit) {
  const lower = cholesky(mixture, d, j);
  for (let f = 0; f < d; f++) {
    if (lower[f * d + f] ** 2 < FLAT * d * covariance(mixture, d, j, f, f)) return true;
  }
  try {
    cholesky(mixture, d, j, limit);
    return false;
  } catch (error) {
    if (error instanceof Collapse) return true;
    throw error;
  }
}

/** @param {Mixture} mixture @param {number} d @param {number[]} all @returns {[number, number][]} */
function twinsOf(mixture, d, all) {
  const { means } = mixture, entry = (/** @type {number} */ j, /** @type {number} */ at) => covariance(mixture, d, j, Math.floor(at / d), at % d);
  const each = Array.from({ length: d }, (_, f) => f), entries = Array.from({ length: d * d }, (_, at) => at);
  const spread = (/** @type {number} */ j, /** @type {number} */ f) => Math.sqrt(covariance(mixture, d, j, f, f));
  // along a direction in which no two means lie behind each other by chance, twins are neighbors
  const way = each.map((f) => Math.cos(f + 1) / Math.max(...all.map((j) => spread(j, f))));
  const place = all.map((j) => each.reduce((sum, f) => sum + way[f] * (means[j * d + f] - means[f]), 0));
  const order = [...all].sort((a, b) => place[a] - place[b] || a - b);
  const pairs = order.slice(1).map((j, i) => /** @type {[number, number]} */ ([Math.min(j, order[i]), Math.max(j, order[i])]));
  return pairs.filter(([a, b]) => {
    const largest = Math.max(...entries.map((at) => Math.abs(entry(a, at))));
    return each.every((f) => Math.abs(means[a * d + f] - means[b * d + f]) <= ALIKE * spread(a, f) + UNIT * Math.abs(means[a * d + f]))
      && entries.every((at) => Math.abs(entry(a, at) - entry(b, at)) <= ALIKE * largest);
  }).sort((one, other) => one[0] - other[0] || one[1] - other[1]);
}

/** Onto which rows a component has collapsed, or along which features it is flat.
 * @param {Mixture} mixture @param {Float64Array} points @param {number} d @param {Int32Array} labels @param {number} regCovar
 * @param {number} cluster @returns {Fall} */
export function fallOf(mixture, points, d, labels, regCovar, cluster) {
  const shared = mixture.structure === "tied", own = Array.from(labels, (_, i) => i).filter((i) => shared || labels[i] === cluster);
  const identical = own.every((i) => points.subarray(i * d, (i + 1) * d).every((x, f) => x === points[own[0] * d + f]));
  const flat = own.length > d && !identical ? flatFeatures(mixture, d, cluster, regCovar) : null;
  return {
    cluster, case: flat === null ? "points" : flat.length ? "flat" : "small", count: own.length, identical, shared,
    rows: own.slice(0, MOST_ROWS), features: flat ?? [],
  };
}

/** The features along which a component is flattest; none if reg_covar is all it has.
 * @param {Mixture} mixture @param {number} d @param {number} j @param {number} regCovar */
function flatFeatures(mixture, d, j, regCovar) {
  const each = Array.from({ length: d }, (_, f) => f), variances = each.map((f) => covariance(mixture, d, j, f, f));
  const low = each.map((f) => variances[f] <= (REGULARIZED * regCovar || (4 * Number.EPSILON * mixture.means[j * d + f]) ** 2));
  if (regCovar && low.every(Boolean)) return [];
  if (low.some(Boolean) || mixture.structure === "diag" || mixture.structure === "spherical") return [variances.indexOf(Math.min(...variances))];
  // the flattest direction of the correlations, by inverse iteration
  const lower = cholesky(mixture, d, j);
  let x = each.map((f) => Math.cos(f + 1));
  for (let turn = 0; turn < TURNS; turn++) {
    const y = each.map((f) => x[f] * Math.sqrt(variances[f]));
    for (const f of each) {
      for (let g = 0; g < f; g++) y[f] -= lower[f * d + g] * y[g];
      y[f] /= lower[f * d + f];
    }
    for (const f of each.toReversed()) {
      for (let g = f + 1; g < d; g++) y[f] -= lower[g * d + f] * y[g];
      y[f] /= lower[f * d + f];
    }
    x = each.map((f) => y[f] * Math.sqrt(variances[f]));
    const longest = Math.max(...x.map(Math.abs));
    x = x.map((value) => value / longest);
  }
  return each.filter((f) => Math.abs(x[f]) >= LEADING);
}
