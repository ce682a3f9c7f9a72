// What a mixture says of the shown points and of the picture's plane; pure functions of what was recorded.

import { covariance, logJoint, responsibilitiesOf } from "./mixture.js";

/** @typedef {import("./mixture.js").Mixture} Mixture */
/** @typedef {import("./unpack.js").Data} Data */
/** @typedef {import("./unpack.js").Frame} Frame */
/** @typedef {[number, number, number]} Spread  variances across and up, with the covariance between them: xx, xy, yy */

const KEPT = 4; // half-steps whose responsibilities are not computed again

/** @type {Map<Mixture, Float64Array>} */
const kept = new Map();

/** The responsibility of each component for every shown point, as recorded or computed; null where neither can be.
 * @param {Data} data @param {Frame} frame @returns {Float64Array|null}  m x k */
export function responsibilitiesIn(data, { responsibilities: recorded, deciding: mixture }) {
  if (recorded || !mixture || mixture.plane) return recorded;
  let found = kept.get(mixture);
  if (!found) {
    found = responsibilitiesOf(logJoint(data.points, data.d, mixture), mixture.weights.length);
    kept.set(mixture, found);
    if (kept.size > KEPT) kept.delete(/** @type {Mixture} */ (kept.keys().next().value));
  }
  return found;
}

/** What a log density in the units of the table gains in those of the fit, where a unit is so many times larger.
 * @param {Data} data */
export function logUnits({ scale }) {
  return scale.reduce((sum, s) => sum + Math.log(s), 0);
}

/** The certainty of each point, from 0 where all components are as likely to 1. @param {Data} data @param {Frame} frame @returns {(i: number) => number} */
export function certainty(data, frame) {
  const { labels, certain } = frame, found = responsibilitiesIn(data, frame);
  if (certain) return (i) => certain[i] / 255;
  if (!found || !labels) return () => 1;
  const k = found.length / data.m;
  return (i) => (k > 1 ? (found[i * k + labels[i]] * k - 1) / (k - 1) : 1);
}

/** A component's spread in the picture, in fractions of the limits. @param {Data} data @param {Mixture} mixture @param {number} j @returns {Spread} */
export function spreadInPicture(data, mixture, j) {
  const { limits, projection: how } = data.told, { d } = data;
  const width = limits.x[1] - limits.x[0], height = limits.y[1] - limits.y[0];
  const between = (/** @type {number} */ a, /** @type {number} */ b) => {
    if (mixture.plane) return mixture.plane[3 * j + a + b];
    const entry = (/** @type {number} */ f, /** @type {number} */ g) => covariance(mixture, d, j, f, g);
    if (how.columns) return how.columns.length > Math.max(a, b) ? entry(how.columns[a], how.columns[b]) : 0;
    let total = 0;
    for (let f = 0; f < d; f++) for (let g = 0; g < d; g++) total += data.axes[2 * f + a] * data.axes[2 * g + b] * entry(f, g);
    return total;
  };
  return [between(0, 0) / width ** 2, between(0, 1) / (width * height), between(1, 1) / height ** 2];
}

/** The same mixture in other units, each feature multiplied by its factor. @param {Mixture} mixture @param {Float64Array} factors @returns {Mixture} */
export function inUnitsOf(mixture, factors) {
  const d = factors.length, { structure, means, weights } = mixture, k = weights.length;
  const times = (/** @type {Float64Array} */ rows) => rows.map((x, at) => x * factors[at % d]);
  const square = structure === "full" || structure === "tied";
  const covariances = square
    ? mixture.covariances.map((c, at) => c * factors[at % d] * factors[Math.floor(at / d) % d])
    : Float64Array.from({ length: k * d }, (_, at) => covariance(mixture, d, Math.floor(at / d), at % d, at % d) * factors[at % d] ** 2);
  return { structure: square ? structure : "diag", means: times(means), covariances, weights };
}
