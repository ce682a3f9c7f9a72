// Gaussian mixtures in double precision, half-step by half-step as the package runs them: responsibilities
// from logarithms of densities by Cholesky factors, covariances about the new means.

import { expectation } from "./kmeans.js";

/** @typedef {"full"|"tied"|"diag"|"spherical"} Structure */

/**
 * @typedef {object} Mixture
 * @property {Structure} structure
 * @property {Float64Array} means  k x d
 * @property {Float64Array} covariances  full: k x d x d, tied: d x d, diag: k x d, spherical: k
 * @property {Float64Array} weights  null of a recorded model that has none
 * @property {Float64Array} [plane]  where covariances are not kept: xx, xy, yy of each component as drawn
 */

const HALF_LOG_TAU = 0.5 * Math.log(2 * Math.PI);
const FARTHEST = 1e300; // squared standard deviations
const SINGULAR = 1e-14; // of a variance, per feature: what is left is nothing but rounding
const NOTHING = 10 * 2 ** -52; // of weight, below which a component stays as it is

/** A component whose covariance has no inverse. */
export class Collapse extends Error {
  /** @param {number} component */
  constructor(component) {
    super(`component ${component} has collapsed`);
    this.component = component;
  }
}

/** An entry of a component's covariance. @param {Mixture} mixture @param {number} d @param {number} j @param {number} f @param {number} g */
export function covariance({ structure, covariances }, d, j, f, g) {
  if (structure === "full") return covariances[(j * d + f) * d + g];
  if (structure === "tied") return covariances[f * d + g];
  if (f !== g) return 0;
  return covariances[structure === "diag" ? j * d + f : j];
}

/** Whether features are independent within a component. @param {Mixture} mixture */
function isDiagonal({ structure }) {
  return structure === "diag" || structure === "spherical";
}

/** The lower triangular L with L L^T the covariance, less so much of every variance.
 * @param {Mixture} mixture @param {number} d @param {number} j @param {number} [less] */
export function cholesky(mixture, d, j, less = 0) {
  const lower = new Float64Array(d * d);
  for (let f = 0; f < d; f++) {
    for (let g = isDiagonal(mixture) ? f : 0; g <= f; g++) {
      let rest = covariance(mixture, d, j, f, g) - (f === g ? less : 0);
      for (let h = 0; h < g; h++) rest -= lower[f * d + h] * lower[g * d + h];
      if (f === g && !(rest > SINGULAR * d * covariance(mixture, d, j, f, f) && rest < Infinity)) throw new Collapse(j);
      lower[f * d + g] = f === g ? Math.sqrt(rest) : rest / lower[g * d + g];
    }
  }
  return lower;
}

/**
 * Logarithm of weight times density, of every point (rows) under every component.
 * @param {Float64Array} points @param {number} d @param {Mixture} mixture @returns {Float64Array}  m x k
 */
export function logJoint(points, d, mixture) {
  const { means, weights } = mixture, k = weights.length, m = points.length / d;
  const found = new Float64Array(m * k), z = new Float64Array(d), diagonal = isDiagonal(mixture);
  for (let j = 0; j < k; j++) {
    const lower = cholesky(mixture, d, j);
    let top = Math.log(weights[j]) - d * HALF_LOG_TAU;
    for (let f = 0; f < d; f++) top -= Math.log(lower[f * d + f]);
    for (let i = 0; i < m; i++) {
      let squared = 0;
      for (let f = 0; f < d; f++) {
        let rest = points[i * d + f] - means[j * d + f];
        for (let g = diagonal ? f : 0; g < f; g++) rest -= lower[f * d + g] * z[g];
        z[f] = rest / lower[f * d + f];
        squared += z[f] * z[f];
      }
      found[i * k + j] = top - 0.5 * Math.min(FARTHEST, squared);
    }
  }
  return found;
}

/** The responsibility of each component for every point. @param {Float64Array} joint @param {number} k @returns {Float64Array}  m x k */
export function responsibilitiesOf(joint, k) {
  const responsibilities = new Float64Array(joint.length);
  for (let at = 0; at < joint.length; at += k) {
    let top = -Infinity, total = 0;
    for (let j = at; j < at + k; j++) top = Math.max(top, joint[j]);
    for (let j = at; j < at + k; j++) total += responsibilities[j] = Math.exp(joint[j] - top);
    for (let j = at; j < at + k; j++) responsibilities[j] /= total;
  }
  return responsibilities;
}

/** The component that most likely made each point; of equal ones the first. @param {Float64Array} joint @param {number} k */
export function likeliest(joint, k) {
  return Int32Array.from({ length: joint.length / k }, (_, i) => {
    let first = 0;
    for (let j = 1; j < k; j++) if (joint[i * k + j] > joint[i * k + first]) first = j;
    return first;
  });
}

/**
 * The negative log-likelihood per point, or a bound of it where the responsibilities are those of other parameters:
 * mean of sum over j of r (log r - log joint).
 * @param {Float64Array} responsibilities @param {Float64Array} joint @param {number} k
 */
export function bound(responsibilities, joint, k) {
  let total = 0;
  responsibilities.forEach((r, at) => {
    if (r > 0) total += r * (Math.log(r) - joint[at]);
  });
  return (total * k) / responsibilities.length;
}

/** Sum of the responsibilities of each component. @param {Float64Array} responsibilities @param {number} k */
export function totalsOf(responsibilities, k) {
  const totals = new Float64Array(k);
  responsibilities.forEach((r, at) => (totals[at % k] += r));
  return totals;
}

/**
 * Parameters that fit the responsibilities best; a component with next to no weight stays as it is.
 * @param {Float64Array} points @param {number} d @param {Float64Array} responsibilities @param {Mixture} before @param {number} regCovar
 * @returns {Mixture}
 */
export function remade(points, d, responsibilities, before, regCovar) {
  const k = before.weights.length, totals = totalsOf(responsibilities, k), sums = new Float64Array(k * d);
  responsibilities.forEach((r, at) => {
    const i = Math.floor(at / k), j = at % k;
    for (let f = 0; r > 0 && f < d; f++) sums[j * d + f] += r * (points[i * d + f] - before.means[j * d + f]);
  });
  const still = totals.map((total) => Number(total < NOTHING));
  const means = before.means.map((c, at) => c + (still[Math.floor(at / d)] ? 0 : sums[at] / totals[Math.floor(at / d)]));
  const covariances = about(means, points, d, responsibilities, totals, before.structure, regCovar);
  const size = covariances.length / k;
  if (before.structure !== "tied") still.forEach((kept, j) => kept && covariances.set(before.covariances.subarray(j * size, (j + 1) * size), j * size));
  return { structure: before.structure, means, covariances, weights: normalized(totals.map((total, j) => total + still[j] * NOTHING)) };
}

/** @param {Float64Array} values */
function normalized(values) {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}

/**
 * Covariances about means that are given.
 * @param {Float64Array} means @param {Float64Array} points @param {number} d @param {Float64Array} responsibilities
 * @param {Float64Array} totals @param {Structure} structure @param {number} regCovar @returns {Float64Array}
 */
function about(means, points, d, responsibilities, totals, structure, regCovar) {
  const k = totals.length, tied = structure === "tied", width = tied || structure === "full" ? d : 1, size = d * width;
  const found = new Float64Array((tied ? 1 : k) * size), x = new Float64Array(d);
  responsibilities.forEach((r, at) => {
    if (r === 0) return;
    const i = Math.floor(at / k), j = at % k, base = tied ? 0 : j * size;
    for (let f = 0; f < d; f++) {
      x[f] = points[i * d + f] - means[j * d + f];
      if (width === 1) found[base + f] += r * x[f] * x[f];
      for (let g = 0; width > 1 && g <= f; g++) found[base + f * d + g] += r * x[f] * x[g];
    }
  });
  const all = totals.reduce((a, b) => a + b, 0);
  const total = (/** @type {number} */ at) => (tied ? all : totals[Math.floor(at / size)]);
  const scaled = found.map((sum, at) => (width === 1 || at % size % (d + 1) === 0 ? regCovar : 0) + sum / total(at));
  for (let at = 0; width > 1 && at < scaled.length; at++) { // the upper triangle mirrors the lower
    const f = Math.floor((at % size) / d), g = at % d;
    if (g > f) scaled[at] = scaled[at - (at % size) + g * d + f];
  }
  return structure === "spherical" ? Float64Array.from(totals, (_, j) => scaled.subarray(j * d, (j + 1) * d).reduce((a, b) => a + b, 0) / d) : scaled;
}

/**
 * The mixture that begins at centers: each with the points nearest to it, whose covariance is taken about
 * the center itself. A center with no points counts as one point and is as wide as all of them.
 * @param {Float64Array} points @param {number} d @param {Float64Array} centers @param {Structure} structure
 * @param {number} regCovar @returns {Mixture}
 */
export function fromCenters(points, d, centers, structure, regCovar) {
  const m = points.length / d, k = centers.length / d, labels = new Int32Array(m), responsibilities = new Float64Array(m * k);
  expectation(points, d, centers, labels);
  labels.forEach((j, i) => (responsibilities[i * k + j] = 1));
  const means = Float64Array.from(centers), counts = totalsOf(responsibilities, k);
  const shared = structure === "tied" ? about(means, points, d, responsibilities, counts, structure, regCovar) : null;
  counts.forEach((total, j) => {
    for (let i = 0; total === 0 && i < m; i++) responsibilities[i * k + j] = 1 / m;
  });
  const totals = totalsOf(responsibilities, k), covariances = shared ?? about(means, points, d, responsibilities, totals, structure, regCovar);
  return { structure, means, covariances, weights: normalized(totals) };
}
