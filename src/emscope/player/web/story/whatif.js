// The run in the page: another start on the shown points, told as the recorded run is.

import { differences, inTableUnits } from "../em/data.js";
import { marks } from "../em/objectives.js";
import { settingsOf } from "../em/rules.js";
import { inUnitsOf } from "../em/soft.js";
import { stepsFrom } from "../em/steps.js";
import { caption, titleOf } from "./captions.js";
import { eventsOf, wordedEvent } from "./events.js";

/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Run} Run */
/** @typedef {import("../em/data.js").Frame} Frame */
/** @typedef {import("../em/kmeans.js").HalfStep} HalfStep */
/** @typedef {import("../em/steps.js").Start} Start */

/** @param {Data} data @param {Start} start @returns {Run} */
export function whatIf(data, start) {
  const card = data.told.cards[start.update], steps = stepsFrom(data, start), settings = settingsOf(data, start.update);
  const { phrases, thresholds, kinds, same, collapse, doubts, features } = data.told, drawn = start.origin === "random" && card.soft;
  const telling = {
    card, phrases: { ...phrases.both, ...phrases[start.update] }, thresholds, kinds, same, collapse, doubts, scaled: data.scaled, d: data.d, m: data.m,
    origin: drawn ? "random_from_data" : start.origin, features: features.map(shortened),
    maxIter: settings.max_iter, tol: settings.tol, regCovar: settings.reg_covar,
    rows: (/** @type {number[]} */ points, /** @type {number} */ count) => namedRows(data, points, count),
  };
  const frames = framesOf(data, steps, telling);
  const events = steps.flatMap((_, step) =>
    eventsOf(steps, step, telling).map((event) => ({ step, message: wordedEvent(event, telling.kinds), routine: false, ends: telling.kinds[event.kind].ends })));
  return { name: "what if", card, frames, curve: marks(frames), events, palette: start.palette };
}

const LONGEST_NAME = 30; // of a feature in a sentence

/** @param {string} name */
function shortened(name) {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1).trimEnd()}…` : name;
}

/** The first of so many shown points, by the names or numbers of their rows.
 * @param {Data} data @param {number[]} points @param {number} count */
function namedRows(data, points, count) {
  const { ids, rows, firstRow } = data;
  const names = points.map((i) => (ids ? ids[i] : rows[i])), noun = firstRow && !ids ? "table row" : data.noun;
  return `${noun}${names.length > 1 ? "s" : ""} ${names.join(", ")}${count > points.length ? ", ..." : ""}`;
}

/** @param {Data} data @param {HalfStep[]} steps @param {import("./captions.js").Telling} telling @returns {Frame[]} */
function framesOf(data, steps, telling) {
  const inTable = tableUnits(data, steps);
  return steps.map((step, index) => {
    const { phase, iteration, objective, moved, labels, counts, shift } = step;
    const moves = phase === "maximization", before = steps[index - 1], earlier = moves ? before : null;
    const final = index === steps.length - 1 && step.collapsed === undefined;
    return {
      index, phase, iteration, final, objective, moved, labels, counts, shift,
      title: titleOf("title", step, final, telling),
      short: titleOf("short", step, final, telling),
      caption: caption(steps, index, telling),
      centers: inTable.get(step.centers),
      old: earlier && inTable.get(earlier.centers),
      mixture: inTable.get(step.mixture) ?? null,
      before: (earlier && inTable.get(earlier.mixture)) ?? null,
      deciding: (index > 0 && inTable.get((earlier ?? step).mixture)) || null,
      responsibilities: null,
      certain: null,
      changed: phase === "expectation" && iteration > 0 ? differences(before.labels, labels) : [],
    };
  });
}

/** Centers and mixtures as the table has them; half-steps that share them go on sharing them.
 * @param {Data} data @param {HalfStep[]} steps @returns {Map<any, any>} */
function tableUnits(data, steps) {
  const inTable = new Map();
  for (const { centers, mixture } of steps) {
    if (inTable.has(centers)) continue;
    const shown = mixture && data.scaled ? inUnitsOf(mixture, data.scale) : mixture;
    inTable.set(mixture, shown).set(centers, shown ? shown.means : inTableUnits(data, centers));
  }
  return inTable;
}

/** A run that has not begun: its start alone. @param {Data} data @param {Start} start @returns {Run} */
export function onlyStart(data, start) {
  const first = data.recorded.frames[0];
  const frames = [{ ...first, centers: start.centers, mixture: null }];
  return { name: "what if", card: data.told.cards[start.update], frames, curve: [], events: [], palette: start.palette };
}
