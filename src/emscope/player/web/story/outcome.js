// What a run is of, and what came of one that began elsewhere.

import { groupedAlike } from "../em/matching.js";
import { settingsOf } from "../em/rules.js";
import { asSentence } from "./events.js";
import { counted, filled, grouped, number } from "../wording.js";

/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Run} Run */

/** The model of a run, and how many points, features and clusters it has. @param {Data} data @param {Run} run */
export function factsOf(data, run) {
  const { told, m } = data, { title, covariances, noun, update } = run.card, recorded = run === data.recorded;
  const kind = recorded ? told.settings.covariance_type ?? covariances : settingsOf(data, /** @type {any} */ (update)).covariance_type;
  const points = counted(told.nSamples, "point");
  return [
    covariances ? `${title}, ${kind} covariances` : title,
    recorded || m === told.nSamples ? points : `${grouped(String(m))} of ${points}`,
    counted(told.features.length, "feature"), counted(run.palette.length, noun),
  ].join(" · ");
}

/** How a run in the page ended, beside the recorded one.
 * @param {Data} data @param {Run} run @param {import("../em/data.js").Mark[]} marks  of the recorded run on the same points */
export function outcomeOf(data, run, marks) {
  const { recorded, told: { outcome } } = data, mine = run.curve.at(-1)?.value, theirs = marks.at(-1)?.value;
  if (mine === undefined) return run.events.map((event) => asSentence(event.message)).join(" ");
  const { card, palette: { length: k }, frames } = run, other = recorded.card, k0 = recorded.palette.length;
  const iterations = counted(frames.filter((frame) => frame.phase === "maximization").length, "iteration");
  const words = { objective: card.objective, other: other.objective, mine: number(mine, 5), iterations, nouns: card.soft ? "components" : "centers" };
  const told = (/** @type {string} */ name, /** @type {any} */ more = {}) => filled(outcome[name], { ...words, ...more });
  const end = told("end");
  if (card.update !== other.update) return `${end}. ${told("models")} ${agreement(data, run)}`;
  if (theirs === undefined) return `${end}.`;
  const ended = { theirs: number(theirs, 5), k0: counted(k0, card.soft ? "component" : "center") };
  if (k !== k0) return `${end}; ${told("counts", ended)} ${agreement(data, run)}`;
  if (Math.abs(mine - theirs) <= data.told.thresholds.rounding * Math.max(Math.abs(mine), Math.abs(theirs))) return `${end}, ${told("same")}`;
  return `${end}; ${told(theirs > mine ? "higher" : "lower", ended)} ${agreement(data, run)}`;
}

/** How alike the two runs leave the points. @param {Data} data @param {Run} run */
function agreement({ m, recorded, told: { outcome } }, run) {
  const mine = run.frames.at(-1)?.labels, theirs = recorded.frames.at(-1)?.labels;
  if (!mine || !theirs) return "";
  const same = groupedAlike(mine, theirs);
  return filled(outcome.agreement[same === 1 ? 0 : 1], { same: grouped(String(same)), points: counted(m, "point") });
}
