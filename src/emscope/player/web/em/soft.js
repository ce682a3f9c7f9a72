// What a mixture says of the shown points; pure functions of what was recorded.

import { covariance, logJoint, responsibilitiesOf } from "./mixture.js";

/** @typedef {import("./mixture.js").Mixture} Mixture */
/** @typedef {import("./data.js").Data} Data */
/** @typedef {import("./data.js").Frame} Frame */

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
