// What half-steps of a mixture do, worded as the package words it.

import { counted, grouped, number } from "../wording.js";

/** @typedef {import("../em/kmeans.js").HalfStep} HalfStep */
/** @typedef {import("./captions.js").Telling} Telling */

/** @type {Record<string, string>} */
const MEANS = {
  "k-means++": "means chosen by k-means++",
  random: "means drawn at random from the points",
  farthest: "means that are each the farthest point from those before it",
  "random-partition": "the means of a random partition",
  own: "means placed by hand",
  recorded: "the means that the recorded run began with",
};
const CERTAIN = 0.9; // largest responsibility from which on a point is called certain
const LISTED = 6; // components that are named at most
const FEW_MASSES = 4; // components whose effective numbers of points are told

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
export function softBegan(steps, index, { d, origin }) {
  const k = steps[index].centers.length / d;
  if (k === 1) return "1 component, responsible for every point to come";
  return `${grouped(String(k))} components with ${MEANS[origin] ?? "given means"}; no point has responsibilities yet`;
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
export function softShared(steps, index, { m, d }) {
  const { moved, centers } = steps[index];
  if (centers.length === d) return `the one component is responsible for ${counted(m, "point")}`;
  const told = moved === null ? `${counted(m, "point")} ${m === 1 ? "gets its" : "get their"} responsibilities` : softMovedPart(moved, m);
  return told + uncertainPart(steps[index]);
}

/** @param {number} moved @param {number} m */
function softMovedPart(moved, m) {
  if (moved === 0) return "no point changes its most likely component";
  return `${grouped(String(moved))} of ${counted(m, "point")} ${moved === 1 ? "changes its" : "change their"} most likely component`;
}

/** @param {HalfStep} step */
function uncertainPart({ sureness }) {
  const count = sureness ? sureness.reduce((sum, r) => sum + Number(r < CERTAIN), 0) : 0;
  return count ? `, ${grouped(String(count))} ${count === 1 ? "is" : "are"} less than 90 % certain` : "";
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
export function softRefitted(steps, index, telling) {
  const weights = steps[index].mixture?.weights ?? [], k = weights.length;
  const means = meansPart(steps[index].shift ?? [], telling);
  if (k < 2 || k > FEW_MASSES) return means;
  const masses = Array.from(weights, (weight) => number(weight * telling.m));
  return `${means}; the components stand for ${masses.slice(0, -1).join(", ")} and ${masses[k - 1]} points`;
}

/** @param {number[]} shift @param {Telling} telling */
function meansPart(shift, { scaled, d }) {
  const largest = Math.max(...shift), k = shift.length;
  if (largest === 0) return k > 1 ? "no mean moves" : "the mean does not move";
  const by = wayPart(largest, scaled, d);
  if (k === 1) return `the mean moves by ${by} to that of all points`;
  const moving = shift.filter((s) => s > 1e-9 * largest).length;
  let who = `${moving} of ${k} means`;
  if (moving === k) who = k === 2 ? "both means" : `all ${k} means`;
  const where = moving === 1 ? "moves to the weighted mean of the points, by" : "move to the weighted means of the points, at most by";
  return `${who} ${where} ${by} (component ${shift.indexOf(largest)})`;
}

/** How far a center moved, in the units and features that distances are taken in.
 * @param {number} way @param {boolean} scaled @param {number} d */
export function wayPart(way, scaled, d) {
  const unit = scaled ? ` standard deviation${way === 1 ? "" : "s"}` : "";
  return `${number(way, 3)}${unit}${d > 2 ? ` in all ${grouped(String(d))} features` : ""}`;
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
export function softEnded(steps, index, { m, d, maxIter, tol }) {
  const { moved, ending: kind, centers } = steps[index];
  const maximizations = steps.filter((step) => step.phase === "maximization").length;
  const end = kind === "max_iter"
    ? `stopped at max_iter = ${maxIter} before it converged`
    : `converged after ${counted(maximizations, "maximization step")} because the log-likelihood gained less than tol = ${tol}`;
  return moved === null || centers.length === d ? end : `${end}; ${softMovedPart(moved, m)}${uncertainPart(steps[index])}`;
}

/** In few words, which components were lost before the end, and when it began. @param {HalfStep[]} steps @param {Telling} telling */
export function softLost(steps, { kinds }) {
  const tied = steps[0].mixture?.structure === "tied";
  return [
    ...lostPart(steps, kinds.collapsed_component.lost, (step) => step.flattened, tied ? "The shared covariance" : ""),
    ...lostPart(steps, kinds.empty_component.lost, (step) => step.emptied, ""),
  ];
}

/** @param {HalfStep[]} steps @param {string} how @param {(step: HalfStep) => number[]|undefined} those @param {string} shared */
function lostPart(steps, how, those, shared) {
  const found = steps.slice(0, -1).filter((step) => those(step)?.length);
  if (!found.length) return [];
  const components = [...new Set(found.flatMap((step) => those(step) ?? []))].sort((a, b) => a - b);
  const when = `${found[0].phase} step ${found[0].iteration}`;
  return [`${shared || namedPart(components)} ${how} (${found.length === 1 ? when : `from ${when} on`}).`];
}

/** @param {number[]} components */
function namedPart(components) {
  if (components.length > LISTED) return `Components ${components.slice(0, LISTED).join(", ")}, …`;
  if (components.length === 1) return `Component ${components[0]}`;
  return `Components ${components.slice(0, -1).join(", ")} and ${components[components.length - 1]}`;
}
