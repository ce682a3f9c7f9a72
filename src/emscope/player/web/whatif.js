// The run in the page: another start on the shown points, told as the recorded run is.

import { caption, shortTitle, titleOf } from "./captions.js";
import { eventsOf, wordedEvent } from "./events.js";
import { lloyd, sumUp } from "./kmeans.js";
import { bound, fromCenters, logJoint, mixtureSteps } from "./mixture.js";
import { settingsOf, toleranceOf } from "./rules.js";
import { inUnitsOf, logUnits, responsibilitiesIn } from "./soft.js";
import { differences, inFitUnits, inTableUnits, isComparable } from "./unpack.js";

/** @typedef {import("./unpack.js").Data} Data */
/** @typedef {import("./unpack.js").Run} Run */
/** @typedef {import("./unpack.js").Frame} Frame */
/** @typedef {import("./kmeans.js").HalfStep} HalfStep */
/** @typedef {import("./mixture.js").Structure} Structure */
/** @typedef {{centers: Float64Array, origin: string, palette: number[], update: import("./unpack.js").Update}} Start */

/** @param {Data} data @param {Start} start @returns {HalfStep[]} */
function stepsFrom(data, { centers, update }) {
  const points = inFitUnits(data, data.points), begun = inFitUnits(data, centers), { d } = data;
  const { max_iter: maxIter, tol, reg_covar: regCovar, covariance_type } = settingsOf(data, update);
  if (update === "gaussian") {
    const structure = /** @type {Structure} */ (covariance_type);
    return mixtureSteps(points, d, fromCenters(points, d, begun, structure, regCovar), { regCovar, tol, maxIter });
  }
  const single = data.told.settings.dtype === "float32";
  return lloyd(points, d, begun, { maxIter, tolerance: toleranceOf(data), single });
}

/** @param {Data} data @param {Start} start @returns {Run} */
export function whatIf(data, start) {
  const card = data.told.cards[start.update], steps = stepsFrom(data, start), settings = settingsOf(data, start.update);
  const telling = {
    card, origin: start.origin, scaled: data.scaled, d: data.d, m: data.m,
    maxIter: settings.max_iter, tol: settings.tol, kinds: data.told.kinds, same: data.told.same,
    row: (/** @type {number} */ i) => (data.told.rowNames ? data.told.rowNames[i] : `row ${data.rows[i]}`),
  };
  const frames = framesOf(data, steps, telling);
  const events = steps.flatMap((_, step) =>
    eventsOf(steps, step, telling).map((event) => ({ step, message: wordedEvent(event, telling.kinds), routine: false })));
  return { name: "what if", card, frames, curve: marks(frames), events, palette: start.palette };
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
      title: titleOf(step, final),
      short: shortTitle(step, final),
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

/** @param {Frame[]} frames @returns {Run["curve"]} */
function marks(frames) {
  return frames.flatMap(({ objective, phase, iteration }, step) =>
    objective === null
      ? []
      : [{ step, x: iteration + (phase === "expectation" ? 0 : 0.5), expectation: phase === "expectation", value: objective }],
  );
}

/** The recorded run's objective, counted on the shown points only. @param {Data} data @returns {Run["curve"]} */
export function recordedOnShown(data) {
  if (isComparable(data)) return data.recorded.curve;
  const value = data.told.card.update === "gaussian" ? mixtureOnShown(data) : inertiaOnShown(data);
  const frames = data.recorded.frames.map((frame) => ({ ...frame, objective: frame.objective === null ? null : value(frame) }));
  return marks(frames).map((mark) => ({ ...mark, step: data.recorded.frames[mark.step].index }));
}

/** @param {Data} data @returns {(frame: Frame) => number|null} */
function inertiaOnShown(data) {
  const points = inFitUnits(data, data.points);
  return ({ labels, centers }) => {
    if (!labels) return null;
    return sumUp(points, data.d, inFitUnits(data, centers), labels).scatter.reduce((a, b) => a + b, 0);
  };
}

/** @param {Data} data @returns {(frame: Frame) => number|null} */
function mixtureOnShown(data) {
  const units = logUnits(data);
  return (frame) => {
    const responsibilities = responsibilitiesIn(data, frame);
    if (!responsibilities || !frame.mixture) return null;
    return bound(responsibilities, logJoint(data.points, data.d, frame.mixture), data.k) - units;
  };
}

/**
 * Colors for clusters that ended near clusters of the recorded run: nearest pairs first.
 * @param {Data} data @param {Float64Array} ended  final centers @returns {number[]}
 */
export function matchedPalette(data, ended) {
  const { d } = data, last = /** @type {Frame} */ (data.recorded.frames.at(-1)).centers;
  const one = inFitUnits(data, ended), other = inFitUnits(data, last);
  const pairs = [];
  for (let i = 0; i < one.length / d; i++) {
    for (let j = 0; j < other.length / d; j++) {
      let squared = 0;
      for (let f = 0; f < d; f++) squared += (one[i * d + f] - other[j * d + f]) ** 2;
      pairs.push({ i, j, squared });
    }
  }
  pairs.sort((a, b) => a.squared - b.squared || a.i - b.i || a.j - b.j);
  /** @type {number[]} */
  const palette = new Array(one.length / d).fill(-1);
  for (const { i, j } of oneToOne(pairs)) palette[i] = j;
  for (let i = 0; i < palette.length; i++) if (palette[i] < 0) palette[i] = freeColor(palette);
  return palette;
}

/**
 * How many points two runs group alike: clusters are matched by the points that they share, most first.
 * @param {ArrayLike<number>} mine  labels @param {ArrayLike<number>} theirs
 */
export function groupedAlike(mine, theirs) {
  /** @type {Map<string, {i: number, j: number, shared: number}>} */
  const pairs = new Map();
  Array.from(mine, (i, row) => {
    const j = theirs[row], name = `${i} ${j}`, pair = pairs.get(name) ?? { i, j, shared: 0 };
    pair.shared += 1;
    pairs.set(name, pair);
  });
  const most = [...pairs.values()].sort((a, b) => b.shared - a.shared || a.i - b.i || a.j - b.j);
  return oneToOne(most).reduce((sum, { shared }) => sum + shared, 0);
}

/** Those pairs, from the first on, that have nothing in common with one before. @template {{i: number, j: number}} Pair
 * @param {Pair[]} pairs @returns {Pair[]} */
function oneToOne(pairs) {
  const first = new Set(), second = new Set();
  return pairs.filter(({ i, j }) => !first.has(i) && !second.has(j) && first.add(i) && second.add(j));
}

/** The first color that no cluster has. @param {number[]} palette */
export function freeColor(palette) {
  let color = 0;
  while (palette.includes(color)) color++;
  return color;
}
