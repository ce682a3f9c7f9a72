// What a run is of, and what came of one that began elsewhere.

import { isComparable } from "../em/data.js";
import { groupedAlike } from "../em/matching.js";
import { settingsOf } from "../em/rules.js";
import { asSentence } from "./events.js";
import { counted, filled, grouped, signed } from "../wording.js";

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
  const fair = card.update === other.update, [one, another] = fair && theirs !== undefined ? apart(mine, theirs) : [signed(mine, 5), ""];
  const basis = isComparable(data) || !fair ? "" : data.told.settings.weighted ? "unweighted" : "shown";
  const objective = basis ? filled(outcome[basis], card) : card.objective;
  const words = { objective, other: other.objective, mine: one, iterations, nouns: card.soft ? "components" : "centers" };
  const told = (/** @type {string} */ name, /** @type {any} */ more = {}) => filled(outcome[name], { ...words, ...more });
  const end = told("end");
  if (!fair) return `${end}. ${told("models")} ${agreement(data, run)}`;
  if (theirs === undefined) return `${end}.`;
  const ended = { theirs: another, k0: counted(k0, card.soft ? "component" : "center") };
  if (k !== k0) return `${end}; ${told("counts", ended)} ${agreement(data, run)}`;
  if (Math.abs(mine - theirs) <= data.told.thresholds.rounding * Math.max(Math.abs(mine), Math.abs(theirs))) return `${end}, ${told("same")}`;
  const { thresholds: { negligible } } = data.told;
  if (Math.abs(mine - theirs) <= negligible * (card.fromZero ? theirs : 1)) return `${end}: ${told("close", ended)} ${agreement(data, run)}`;
  return `${end}; ${told(theirs > mine ? "higher" : "lower", ended)} ${agreement(data, run)}`;
}

/** Two numbers with five digits, or as many as tell them apart. @param {number} one @param {number} other @returns {string[]} */
function apart(one, other) {
  const written = (/** @type {number} */ digits) => [signed(one, digits), signed(other, digits)];
  return [5, 6, 7, 8, 9].map(written).find(([a, b]) => a !== b) ?? written(5);
}

/** How alike the two runs leave the points. @param {Data} data @param {Run} run */
function agreement({ m, recorded, told: { outcome } }, run) {
  const mine = run.frames.at(-1)?.labels, theirs = recorded.frames.at(-1)?.labels;
  if (!mine || !theirs) return "";
  const same = groupedAlike(mine, theirs);
  return filled(outcome.agreement[same === 1 ? 0 : 1], { same: grouped(String(same)), points: counted(m, "point") });
}
