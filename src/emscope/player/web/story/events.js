// What happens in a half-step of a run in the page, as data; sentences for it come with the run.

import { doubtsOf } from "../em/doubt.js";
import { counted, filled, listed } from "../wording.js";

/** @typedef {import("../em/kmeans.js").HalfStep} HalfStep */
/** @typedef {import("./captions.js").Telling} Telling */
/** @typedef {{kind: string, case: string, words: Record<string, any>}} Event */
/** @typedef {Record<string, {sentences: Record<string, string>, ends: boolean, lost: string, doubt?: boolean}>} Kinds */

const DIGITS = 12; // decimals of a change of the log-likelihood per point that are not rounding

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling @returns {Event[]} */
export function eventsOf(steps, index, telling) {
  const { emptied = [], twins = [], falls = [], collapsed, relocations } = steps[index];
  return [
    ...falls.map((fall) => ({ kind: "collapsed_component", case: fall.case, words: wordsOfACollapse(fall, telling) })),
    ...emptied.map((cluster) => ({ kind: "empty_component", case: "", words: { cluster } })),
    ...twins.map(([other, cluster]) => ({ kind: "duplicate_components", case: "", words: { other, cluster } })),
    ...relocations.map((one) => ({ kind: "empty_cluster", case: one.row < 0 ? "left" : "moved", words: { ...one, rows: telling.rows([one.row], 1) } })),
    ...(collapsed === undefined ? [] : [{ kind: "collapsed_component", case: "last", words: { cluster: collapsed } }]),
    ...endsOf(steps, index, telling),
    ...(index === steps.length - 1 ? doubtsOf(steps, telling.card, telling.thresholds, telling.rows) : []),
  ];
}

/** @param {import("../em/collapse.js").Fall} fall @param {Telling} telling */
function wordsOfACollapse({ cluster, count, identical, shared, rows, features }, { collapse, regCovar, features: names, rows: told }) {
  const words = { cluster, count, amount: regCovar, rows: told(rows, count) }, several = features.length > 1;
  const part = (/** @type {string} */ name) => filled(collapse[name], words);
  return {
    cluster, who: part(`who ${shared ? "shared" : "own"}`),
    points: part(`points ${count > 1 ? (identical ? "same" : "several") : count ? "one" : "none"}`),
    kept: part(`kept ${regCovar ? "some" : "nothing"}`), raising: part(`raising ${regCovar ? "some" : "nothing"}`),
    sharing: part(`sharing ${shared ? "shared" : "own"}`), leaving: part(`leaving ${several ? "several" : "one"}`),
    features: several ? filled(collapse["features several"], { features: listed(features.map((f) => names[f])) }) : names[features[0]],
  };
}

/** Why a run ends here, and with what. @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function endsOf(steps, index, { card: { soft }, maxIter, tol }) {
  const { ending, moved, shift } = steps[index];
  /** @type {Event[]} */
  const found = [];
  if (ending === "tolerance") found.push({ kind: "converged", case: "shift", words: { shift: Math.hypot(...(shift ?? [])) } });
  if (ending === "converged" && !soft) found.push({ kind: "converged", case: "labels", words: {} });
  if (ending === "converged" && soft) found.push({ kind: "converged", case: "gain", words: { change: lastGain(steps), tol } });
  if (ending === "max_iter") {
    found.push({ kind: ending, case: moved ? "moved" : "", words: { max_iter: maxIter, points: counted(moved ?? 0, "point") } });
  }
  return found;
}

/** How much the objective changed before the rule said stop. @param {HalfStep[]} steps */
function lastGain(steps) {
  const values = steps.filter(({ phase }) => phase === "expectation").map(({ objective }) => objective ?? NaN);
  return Number(Math.abs(values[values.length - 3] - values[values.length - 2]).toFixed(DIGITS));
}

/** @param {Event} event @param {Kinds} kinds */
export function wordedEvent(event, kinds) {
  return filled(kinds[event.kind].sentences[event.case], event.words);
}

/** What else happened: a sentence for each kind of event, and which others it holds for.
 * @param {HalfStep[]} steps @param {number} index @param {Telling} telling @returns {string[]} */
export function eventSentences(steps, index, telling) {
  /** @type {Map<string, Event[]>} */
  const byKind = new Map();
  for (const event of eventsOf(steps, index, telling)) {
    if (!telling.kinds[event.kind].ends && !telling.kinds[event.kind].doubt) byKind.set(event.kind, [...(byKind.get(event.kind) ?? []), event]);
  }
  return [...byKind.values()].flatMap(([first, ...others]) => {
    const told = [asSentence(wordedEvent(first, telling.kinds))];
    if (!others.length) return told;
    const noun = `${telling.card.noun}${others.length === 1 ? "" : "s"}`;
    const { listed: most } = telling.thresholds;
    const listed = others.slice(0, most).map(({ words }) => words.cluster).join(", ") + (others.length > most ? ", …" : "");
    return [...told, telling.same.replace("{clusters}", `${noun} ${listed}`)];
  });
}

/** Why the run deserves doubt, if it does. @param {HalfStep[]} steps @param {number} index @param {Telling} telling @returns {string[]} */
export function doubtSentences(steps, index, telling) {
  const told = eventsOf(steps, index, telling).filter(({ kind }) => telling.kinds[kind].doubt).map((event) => asSentence(wordedEvent(event, telling.kinds)));
  return told.length ? [telling.doubts[Number(told.length > 1)], ...told] : [];
}

/** @param {string} message */
export function asSentence(message) {
  return `${message[0].toUpperCase()}${message.slice(1)}.`;
}
