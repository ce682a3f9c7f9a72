// A run of a Gaussian mixture, half-step by half-step.

import { fallOf, lostOf, news, troubleOf } from "./collapse.js";
import { halfStep, squaredDistance } from "./kmeans.js";
import { bound, Collapse, likeliest, logJoint, remade, responsibilitiesOf, totalsOf } from "./mixture.js";

/** @typedef {import("./kmeans.js").HalfStep} HalfStep */
/** @typedef {import("./mixture.js").Mixture} Mixture */
/** @typedef {{regCovar: number, tol: number, maxIter: number}} Rules */

/**
 * Run from a start to the end; the last half-step is an expectation step, unless a component collapses.
 * @param {Float64Array} points @param {number} d @param {Mixture} start @param {Rules} rules @returns {HalfStep[]}
 */
export function mixtureSteps(points, d, start, { regCovar, tol, maxIter }) {
  const k = start.weights.length;
  const steps = [halfStep("initialization", 0, start.means, { mixture: start })];
  try {
    let mixture = start, joint = logJoint(points, d, mixture), last = Infinity, converged = false;
    /** @type {import("./collapse.js").Trouble|null} */
    let known = null;
    for (let iteration = 0; ; iteration++) {
      const responsibilities = responsibilitiesOf(joint, k), e = shared(mixture, joint, responsibilities, iteration, steps.at(-1)?.labels ?? null);
      const { labels, counts, objective } = e;
      e.ending = converged ? "stopped" : iteration === maxIter ? "max_iter" : "";
      steps.push(e);
      if (e.ending) {
        e.lost = lostOf(known);
        return steps;
      }
      const after = remade(points, d, responsibilities, mixture, regCovar);
      const shift = Array.from({ length: k }, (_, j) => Math.sqrt(squaredDistance(after.means, j, mixture.means, j, d)));
      joint = logJoint(points, d, after);
      const trouble = troubleOf(after, d, points.length / d, regCovar), { collapsed, emptied, twins } = news(trouble, known, after.structure === "tied");
      converged = Math.abs(/** @type {number} */ (objective) - last) < tol;
      steps.push(halfStep("maximization", iteration, after.means, {
        mixture: after, objective: bound(responsibilities, joint, k), labels, counts, shift,
        falls: collapsed.map((j) => fallOf(after, points, d, /** @type {Int32Array} */ (labels), regCovar, j)), emptied, twins,
        ending: converged ? "converged" : "",
      }));
      known = trouble;
      last = /** @type {number} */ (objective);
      mixture = after;
    }
  } catch (error) {
    if (!(error instanceof Collapse)) throw error;
    steps[steps.length - 1].collapsed = error.component;
    steps[steps.length - 1].ending = "collapsed";
    return steps;
  }
}

/** The expectation step. @param {Mixture} mixture @param {Float64Array} joint @param {Float64Array} responsibilities @param {number} iteration
 * @param {Int32Array|null} before  labels */
function shared(mixture, joint, responsibilities, iteration, before) {
  const k = mixture.weights.length, labels = likeliest(joint, k), counts = new Array(k).fill(0);
  for (const j of labels) counts[j] += 1;
  return halfStep("expectation", iteration, mixture.means, {
    mixture, labels, counts, objective: bound(responsibilities, joint, k),
    moved: before && labels.reduce((count, j, i) => count + Number(j !== before[i]), 0),
    masses: totalsOf(responsibilities, k), sureness: Float64Array.from(labels, (j, i) => responsibilities[i * k + j]),
  });
}
