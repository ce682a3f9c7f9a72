// One sentence about every half-step of a run in the page; phrases and thresholds are the package's.

import { doubtSentences, eventSentences, eventsOf } from "./events.js";
import { change, counted, filled, grouped, listed, signed } from "../wording.js";

/** @typedef {import("../em/kmeans.js").HalfStep} HalfStep */

/**
 * What sentences need to know besides the half-step.
 * @typedef {object} Telling
 * @property {import("../em/data.js").Card} card
 * @property {Record<string, string|[string, string]>} phrases  with one form, or one for a single thing and one for several
 * @property {import("../em/doubt.js").Thresholds & Record<string, number>} thresholds
 * @property {string} origin  where the run begins, "given" for centers that were given
 * @property {boolean} scaled  whether distances are in standard deviations
 * @property {number} d
 * @property {number} m
 * @property {number} maxIter
 * @property {number} tol
 * @property {number} regCovar
 * @property {string[]} features
 * @property {(points: number[], count: number) => string} rows  how the first of so many shown points are called
 * @property {Record<string, string>} collapse  parts of the sentences about one
 * @property {import("./events.js").Kinds} kinds  how events are told
 * @property {string} same  that the same holds for others
 * @property {string[]} doubts  what stands before a reason to doubt a run, and before several
 */

const TELLERS = { initialization, expectation: expectationStep, maximization: maximizationStep };

/** Fill a phrase, in the form for so many things.
 * @param {Telling} telling @param {string} name @param {Record<string, any>} [words] @param {number} [count] */
function said({ phrases }, name, words = {}, count = 1) {
  const phrase = phrases[name];
  return filled(typeof phrase === "string" ? phrase : phrase[count === 1 ? 0 : 1], words);
}

/** The heading of a half-step, or a few letters for it.
 * @param {"title"|"short"} which @param {HalfStep} step @param {boolean} final @param {Telling} telling */
export function titleOf(which, step, final, telling) {
  return said(telling, `${which} ${final ? "final" : step.phase}`, step);
}

/** One sentence about a half-step. @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
export function caption(steps, index, telling) {
  const step = steps[index];
  const final = index === steps.length - 1 && step.collapsed === undefined;
  const tell = final ? ending : TELLERS[step.phase];
  const parts = [tell(steps, index, telling), objectivePart(steps, index, telling)].filter(Boolean);
  const lost = final && telling.card.soft ? lostParts(steps, telling) : [];
  return [`${titleOf("title", step, final, telling)}: ${parts.join("; ")}.`, ...eventSentences(steps, index, telling), ...lost, ...doubtSentences(steps, index, telling)].join(" ");
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function initialization(steps, index, telling) {
  const k = steps[index].centers.length / telling.d, origin = `from ${telling.origin}`;
  if (k === 1) return said(telling, "alone");
  const centers = said(telling, origin in telling.phrases ? origin : "from given", { k: grouped(String(k)) });
  return said(telling, "began", { centers });
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function expectationStep(steps, index, telling) {
  const { moved, centers } = steps[index], { m, d, card } = telling, points = counted(m, "point");
  if (centers.length === d && (card.soft || moved === null)) return said(telling, "first alone", { points });
  return (moved === null ? said(telling, "first", { points }, m) : movedPart(moved, "moved", telling)) + uncertainPart(steps[index], telling);
}

/** @param {number} moved @param {string} name @param {Telling} telling */
function movedPart(moved, name, telling) {
  if (moved === 0) return said(telling, "moved none");
  return said(telling, name, { moved: grouped(String(moved)), points: counted(telling.m, "point") }, moved);
}

/** @param {HalfStep} step @param {Telling} telling */
function uncertainPart({ sureness }, telling) {
  const count = sureness ? sureness.reduce((sum, r) => sum + Number(r < telling.thresholds.certain), 0) : 0;
  return count ? said(telling, "uncertain", { count: grouped(String(count)) }, count) : "";
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function maximizationStep(steps, index, telling) {
  const weights = steps[index].mixture?.weights ?? [], movement = movementPart(steps[index], telling);
  if (weights.length < 2 || weights.length > telling.thresholds.few) return movement;
  return `${movement}; ${said(telling, "masses", { masses: listed(Array.from(weights, (weight) => signed(weight * telling.m, 4))) })}`;
}

/** How many centers moved, where to, and how far. @param {HalfStep} step @param {Telling} telling */
function movementPart({ shift, centers }, telling) {
  const { d, thresholds, scaled } = telling, ways = shift ?? [], largest = Math.max(...ways), k = ways.length;
  if (largest <= thresholds.still * centers.reduce((most, c) => Math.max(most, Math.abs(c)), 0)) return said(telling, "still", {}, k);
  const by = said(telling, "way", {
    way: signed(largest, 3), unit: scaled ? said(telling, "deviations", {}, largest) : "",
    features: d > 2 ? said(telling, "features", { d: grouped(String(d)) }) : "",
  });
  if (k === 1) return said(telling, "moves alone", { by });
  const moving = ways.filter((s) => s > thresholds.rounding * largest).length;
  const who = said(telling, moving < k ? "some" : k === 2 ? "both" : "all", { moving, k });
  return said(telling, "moves", { who, by, farthest: ways.indexOf(largest) }, moving);
}

/** After how many iterations the run ended, and why. @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function ending(steps, index, telling) {
  const { moved, ending: kind, centers } = steps[index], { card: { soft }, maxIter, tol } = telling;
  const n = steps.filter((step) => step.phase === "maximization").length;
  const iterations = said(telling, "iterations", { n: grouped(String(n)), last: grouped(String(n - 1)) }, n);
  const name = kind === "max_iter" ? "limit" : soft ? "gained" : kind === "stopped" && moved ? "stands still" : "converged";
  const end = said(telling, name, { iterations, max_iter: maxIter, tol: filled("{tol:g}", { tol }) });
  if (moved === null || (soft && centers.length === telling.d)) return end;
  return said(telling, "ended", { end, moved: movedPart(moved, "moved still", telling) + uncertainPart(steps[index], telling) });
}

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function objectivePart(steps, index, { card: { objective: name, fromZero }, thresholds }) {
  const now = steps[index].objective;
  if (now === null) return "";
  const before = index > 0 ? steps[index - 1].objective : null;
  const same = before !== null && Math.abs(before - now) <= thresholds.rounding * Math.max(Math.abs(before), Math.abs(now));
  const stands = same || !fromZero;
  if (before === null || (index === steps.length - 1 && stands)) return `${name} ${signed(now, 4)}`;
  return `${name} ${change(before, now)}`;
}

/** In few words, which components were lost before the end, and when it began.
 * @param {HalfStep[]} steps @param {Telling} telling @returns {string[]} */
function lostParts(steps, telling) {
  const most = telling.thresholds.listed, tied = steps[0].mixture?.structure === "tied", before = steps.slice(0, -1);
  return Object.entries(telling.kinds).flatMap(([kind, { lost: how }]) => {
    const found = !how ? [] : before.flatMap((step, i) => {
      const clusters = eventsOf(steps, i, telling).flatMap((event) => (event.kind === kind ? [event.words.cluster] : []));
      return clusters.length ? [{ step, clusters }] : [];
    });
    if (!found.length) return [];
    const lost = [...new Set(found.flatMap(({ clusters }) => clusters))].sort((a, b) => a - b), { phase, iteration } = found[0].step;
    const who = lost.length > most ? `${lost.slice(0, most).join(", ")}, …` : listed(lost), when = `${phase} step ${iteration}`;
    const name = tied && kind === "collapsed_component" ? "lost shared" : "lost";
    return [said(telling, name, { who, how, when: found.length === 1 ? when : said(telling, "from on", { when }) }, lost.length)];
  });
}
