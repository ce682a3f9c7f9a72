// Why a point is where it is, in numbers: the distances that decided, or a mixture's responsibilities.

import { inFitUnits } from "../em/data.js";
import { squaredDistance } from "../em/kmeans.js";
import { softReasons } from "./soft_reasons.js";
import { number, signed, subscript } from "../wording.js";

/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Frame} Frame */
/** @typedef {import("../em/data.js").Run} Run */

/**
 * @typedef {object} Reasons
 * @property {string} name  of the row
 * @property {number|null} owner
 * @property {string} noun  what the owner is called
 * @property {string} measure  what the bars are
 * @property {{cluster: number, length: number, value: string, detail?: string}[]} bars  what decides comes first; lengths up to 1
 * @property {string} more  about bars that are not shown
 * @property {string} brief  a few words
 * @property {string} verdict
 * @property {string} formula  with the numbers filled in
 * @property {string} changed  what happens to a label
 * @property {{iteration: number, from: number|null, to: number}[]} history  changes of label up to this half-step
 */

/** @param {Data} data @param {Run} run @param {number} step @param {number} i  shown point @returns {Reasons} */
export function reasons(data, run, step, i) {
  const frame = run.frames[step];
  const owner = frame.labels ? frame.labels[i] : null;
  const history = [];
  /** @type {number|null} */
  let before = null;
  for (const one of run.frames.slice(0, step + 1)) {
    if (one.phase !== "expectation" || !one.labels) continue;
    const now = one.labels[i];
    if (now !== before) history.push({ iteration: one.iteration, from: before, to: now });
    before = now;
  }
  const why = run.card.soft ? softReasons(data, run, frame, i) : hardReasons(data, run, frame, i);
  return { name: `${data.noun === "row" ? "Row" : "Point"} ${data.rows[i]}${data.ids ? ` (${data.ids[i]})` : ""}`, owner, noun: run.card.noun, history, ...why };
}

/** @param {Data} data @param {Run} run @param {Frame} frame @param {number} i */
function hardReasons(data, run, frame, i) {
  if (run.card.owners !== "nearest") return recordedOwner(frame, i);
  const after = frame.phase === "maximization" && frame.old !== null, deciding = (after && frame.old) || frame.centers;
  const distances = distancesFrom(data, i, deciding), owner = frame.labels ? frame.labels[i] : null;
  const longest = distances[distances.length - 1].distance || 1, nearestNow = distancesFrom(data, i, frame.centers)[0].cluster;
  return {
    measure: "Distance to each center",
    bars: distances.map(({ cluster, distance }) => ({ cluster, length: distance / longest, value: number(distance, 5) })),
    more: "are farther away",
    brief: distances.slice(0, 2).map(({ cluster, distance }) => `${number(distance, 3)} from center ${cluster}`).join(", "),
    verdict: verdict(distances, owner, after, nearestNow),
    formula: formula(data, i, deciding, owner ?? distances[0].cluster),
    changed: "It changed cluster",
  };
}

/** @param {Data} data @param {number} i @param {Float64Array} centers */
function distancesFrom(data, i, centers) {
  const { d } = data;
  const x = inFitUnits(data, data.points.subarray(i * d, (i + 1) * d)), c = inFitUnits(data, centers);
  return Array.from({ length: centers.length / d }, (_, cluster) => ({
    cluster, distance: Math.sqrt(squaredDistance(x, 0, c, cluster, d)),
  })).sort((a, b) => a.distance - b.distance || a.cluster - b.cluster);
}

/** @param {{cluster: number, distance: number}[]} distances @param {number|null} owner @param {boolean} moved @param {number} now */
function verdict(distances, owner, moved, now) {
  const [first, second] = distances;
  if (owner === null) return `It has no owner yet. Center ${first.cluster} is nearest, so the first expectation step will give it to cluster ${first.cluster}.`;
  if (!second) return `Cluster ${owner} owns it, as there is no other; center ${owner} ${moved ? "was" : "is"} ${number(first.distance)} away.`;
  const told = `Cluster ${owner} owns it, because center ${owner} is the nearest, ${number(first.distance)} away; the next is center ${second.cluster}, ${number(second.distance)} away.`;
  if (!moved) return told;
  const later = now === owner
    ? `Center ${owner} is still the nearest after its move.`
    : `After the move center ${now} is nearer, so the next expectation step will give it to cluster ${now}.`;
  return `${told.replace(" is the nearest", " was the nearest").replace("the next is", "the next was")} ${later}`;
}

/** All that can be said where no formula for labels is known. @param {Frame} frame @param {number} i */
function recordedOwner({ labels }, i) {
  const verdict = labels ? `Cluster ${labels[i]} owns it.` : "It has no owner yet.";
  return { measure: "", bars: [], more: "", brief: labels ? `in cluster ${labels[i]}` : "", verdict, formula: "", changed: "It changed cluster" };
}

const TERMS = 3;

/** The distance with its numbers filled in, largest terms first where there are many.
 * @param {Data} data @param {number} i @param {Float64Array} centers @param {number} j */
function formula(data, i, centers, j) {
  const { d, points, scale, scaled } = data;
  const terms = Array.from({ length: d }, (_, f) => {
    const x = points[i * d + f], c = centers[j * d + f];
    const difference = `${signed(x)} − ${c < 0 ? `(${signed(c)})` : signed(c)}`;
    return { size: ((x - c) / scale[f]) ** 2, text: scaled ? `((${difference}) / ${number(scale[f])})²` : `(${difference})²` };
  });
  const shown = d <= TERMS ? terms : [...terms].sort((a, b) => b.size - a.size).slice(0, TERMS);
  const rest = terms.filter((term) => !shown.includes(term)).reduce((sum, term) => sum + term.size, 0);
  const told = shown.map((term) => term.text);
  if (d > TERMS) told.push(`${number(rest)} from ${d - TERMS} more`);
  const total = Math.sqrt(terms.reduce((sum, term) => sum + term.size, 0));
  return `|x − c${subscript(j)}| = √( ${told.join(" + ")} ) = ${number(total, 5)}`;
}
