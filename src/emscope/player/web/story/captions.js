// One sentence about every half-step of a run in the page, worded as the package words it.

import { doubtSentences, eventSentences } from "./events.js";
import { softBegan, softEnded, softLost, softRefitted, softShared, wayPart } from "./soft_captions.js";
import { change, counted, grouped, number } from "../wording.js";

/** @typedef {import("../em/kmeans.js").HalfStep} HalfStep */

/**
 * What sentences need to know besides the half-step.
 * @typedef {object} Telling
 * @property {import("../em/data.js").Card} card
 * @property {string} origin  where the run begins, "given" for centers that were given
 * @property {boolean} scaled  whether distances are in standard deviations
 * @property {number} d
 * @property {number} m
 * @property {number} maxIter
 * @property {number} tol
 * @property {(i: number) => string} row  how a shown point is called
 * @property {import("./events.js").Kinds} kinds  how events are told
 * @property {string} same  that the same holds for others
 * @property {string[]} doubts  what stands before a reason to doubt a run, and before several
 * @property {import("../em/doubt.js").Thresholds} thresholds
 */

/** @type {Record<string, string>} */
const ORIGINS = {
  own: "placed by hand",
  recorded: "as in the recorded run",
  "k-means++": "chosen by k-means++",
  random: "drawn at random from the points",
  farthest: "each the farthest point from those before it",
  "random-partition": "those of a random partition",
};

const OF_CENTERS = { initialization, expectation: expectationStep, maximization: maximizationStep, final: ending };
const OF_MIXTURES = { initialization: softBegan, expectation: softShared, maximization: softRefitted, final: softEnded };

/** @param {HalfStep} step @param {boolean} final */
export function titleOf(step, final) {
  if (final) return "Final clustering";
  if (step.phase === "initialization") return "Initialization";
  return `${step.phase === "expectation" ? "Expectation" : "Maximization"} step ${step.iteration}`;
}

/** @param {HalfStep} step @param {boolean} final */
export function shortTitle(step, final) {
  if (final) return "final";
  return step.phase === "initialization" ? "start" : `${step.phase === "expectation" ? "E" : "M"} ${step.iteration}`;
}

/** One sentence about a half-step. @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
export function caption(steps, index, telling) {
  const step = steps[index];
  const final = index === steps.length - 1 && step.collapsed === undefined;
  const tellers = telling.card.soft ? OF_MIXTURES : OF_CENTERS;
  const tell = tellers[final ? "final" : step.phase];
  const parts = [tell(steps, index, telling), objectivePart(steps, index, telling)].filter(Boolean);
  const lost = final && tellers === OF_MIXTURES ? softLost(steps, telling) : [];
  return [`${titleOf(step, final)}: ${parts.join("; ")}.`, ...eventSentences(steps, index, telling), ...lost, ...doubtSentences(steps, index, telling)].join(" ");
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function initialization(steps, index, telling) {
  const k = steps[index].centers.length / telling.d;
  if (k === 1) return "1 center, the only owner of every point to come";
  const origin = ORIGINS[telling.origin];
  const centers = origin ? `${counted(k, "center")}, ${origin}` : `${grouped(String(k))} given centers`;
  return `${centers}; no point has an owner yet`;
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function expectationStep(steps, index, telling) {
  const { moved, centers } = steps[index];
  if (moved !== null) return movedPart(moved, telling.m);
  if (centers.length === telling.d) return `${counted(telling.m, "point")} can only join the one center`;
  return `${counted(telling.m, "point")} ${telling.m === 1 ? "joins its" : "join their"} nearest center`;
}

/** @param {number} moved @param {number} m */
function movedPart(moved, m) {
  if (moved === 0) return "no point changes cluster";
  return `${grouped(String(moved))} of ${counted(m, "point")} ${moved === 1 ? "changes" : "change"} cluster`;
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function maximizationStep(steps, index, { scaled, d }) {
  const shift = steps[index].shift ?? [];
  const largest = Math.max(...shift), k = shift.length;
  if (largest === 0) return k > 1 ? "no center moves" : "the center does not move";
  const distance = wayPart(largest, scaled, d);
  if (k === 1) return `the center moves by ${distance} to the mean of its points`;
  const moving = shift.filter((s) => s > 1e-9 * largest).length;
  let who = `${moving} of ${k} centers`;
  if (moving === k) who = k === 2 ? "both centers" : `all ${k} centers`;
  const [verb, whose] = moving === 1 ? ["moves", "its"] : ["move", "their"];
  const by = moving === 1 ? `by ${distance}` : `at most by ${distance}`;
  return `${who} ${verb} to the mean of ${whose} points, ${by} (center ${shift.indexOf(largest)})`;
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function ending(steps, index, { m, maxIter }) {
  const { moved, ending: kind } = steps[index];
  const maximizations = steps.filter((step) => step.phase === "maximization").length;
  let end = kind === "max_iter"
    ? `stopped at max_iter = ${maxIter} before it converged`
    : `converged after ${counted(maximizations, "maximization step")}`;
  if (kind === "stopped" && moved) end += " because the centers hardly moved";
  return moved === null ? end : `${end}, ${movedPart(moved, m)}`;
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function objectivePart(steps, index, { card: { objective: name, fromZero } }) {
  const now = steps[index].objective;
  if (now === null) return "";
  const before = index > 0 ? steps[index - 1].objective : null;
  const same = before !== null && Math.abs(before - now) <= 1e-9 * Math.max(Math.abs(before), Math.abs(now));
  const stands = same || !fromZero;
  if (before === null || (index === steps.length - 1 && stands)) return `${name} ${number(now)}`;
  return `${name} ${change(before, now)}`;
}
