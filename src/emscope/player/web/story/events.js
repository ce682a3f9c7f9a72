// What happens in a half-step of a run in the page, as data; sentences for it come with the run.

import { counted, filled } from "../wording.js";

/** @typedef {import("../em/kmeans.js").HalfStep} HalfStep */
/** @typedef {import("./captions.js").Telling} Telling */
/** @typedef {{kind: string, case: string, words: Record<string, any>}} Event */
/** @typedef {Record<string, {sentences: Record<string, string>, ends: boolean, lost: string}>} Kinds */

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling @returns {Event[]} */
export function eventsOf(steps, index, telling) {
  const { emptied = [], flattened = [], collapsed, relocations } = steps[index];
  return [
    ...flattened.map((cluster) => ({ kind: "collapsed_component", case: "unseen", words: { cluster } })),
    ...emptied.map((cluster) => ({ kind: "empty_component", case: "", words: { cluster } })),
    ...relocations.map((one) => ({ kind: "empty_cluster", case: one.row < 0 ? "left" : "moved", words: { ...one, rows: telling.row(one.row) } })),
    ...(collapsed === undefined ? [] : [{ kind: "collapsed_component", case: "last", words: { cluster: collapsed } }]),
    ...endsOf(steps, index, telling),
  ];
}

/** Why a run ends here, and with what. @param {HalfStep[]} steps @param {number} index @param {Telling} telling */
function endsOf(steps, index, { card: { soft }, maxIter, tol }) {
  const { phase, ending, moved, shift, counts } = steps[index];
  const owning = counts ? counts.filter((count) => count > 0).length : 0;
  /** @type {Event[]} */
  const found = [];
  if (ending === "tolerance") found.push({ kind: "converged", case: "shift", words: { shift: Math.hypot(...(shift ?? [])) } });
  if (ending === "converged" && !soft) found.push({ kind: "converged", case: "labels", words: {} });
  if (ending === "converged" && soft) found.push({ kind: "converged", case: "gain", words: { change: lastGain(steps), tol } });
  if (ending === "max_iter") {
    found.push({ kind: ending, case: moved ? "moved" : "", words: { max_iter: maxIter, points: counted(moved ?? 0, "point") } });
  }
  if (ending && !soft && phase === "expectation" && counts && owning < counts.length) {
    found.push({ kind: "fewer_distinct_points", case: "", words: { owning, clusters: counts.length } });
  }
  return found;
}

/** How much the objective changed before the rule said stop. @param {HalfStep[]} steps */
function lastGain(steps) {
  const values = steps.filter(({ phase }) => phase === "expectation").map(({ objective }) => objective ?? NaN);
  return Math.abs(values[values.length - 3] - values[values.length - 2]);
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
    if (!telling.kinds[event.kind].ends) byKind.set(event.kind, [...(byKind.get(event.kind) ?? []), event]);
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

/** @param {string} message */
export function asSentence(message) {
  return `${message[0].toUpperCase()}${message.slice(1)}.`;
}
