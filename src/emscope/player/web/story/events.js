// What happens in a half-step of a run in the page, as data; sentences for it come with the run.

import { doubtsOf } from "../em/doubt.js";
import { counted, general, grouped } from "../wording.js";

/** @typedef {import("../em/kmeans.js").HalfStep} HalfStep */
/** @typedef {import("./captions.js").Telling} Telling */
/** @typedef {{kind: string, case: string, words: Record<string, any>}} Event */
/** @typedef {Record<string, {sentences: Record<string, string>, ends: boolean, lost: string, doubt?: boolean}>} Kinds */

const NAMED = 6; // clusters that an event is said to hold for as well

/** @param {HalfStep[]} steps @param {number} index @param {Telling} telling @returns {Event[]} */
export function eventsOf(steps, index, telling) {
  const { emptied = [], flattened = [], collapsed, relocations } = steps[index];
  return [
    ...flattened.map((cluster) => ({ kind: "collapsed_component", case: "unseen", words: { cluster } })),
    ...emptied.map((cluster) => ({ kind: "empty_component", case: "", words: { cluster } })),
    ...relocations.map((one) => ({ kind: "empty_cluster", case: one.row < 0 ? "left" : "moved", words: { ...one, rows: telling.row(one.row) } })),
    ...(collapsed === undefined ? [] : [{ kind: "collapsed_component", case: "last", words: { cluster: collapsed } }]),
    ...endsOf(steps, index, telling),
    ...(index === steps.length - 1 ? doubtsOf(steps, telling.card, telling.thresholds, telling.row) : []),
  ];
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
  return Math.abs(values[values.length - 3] - values[values.length - 2]);
}

/** @param {Event} event @param {Kinds} kinds */
export function wordedEvent(event, kinds) {
  return kinds[event.kind].sentences[event.case].replace(/\{(\w+):?([^}]*)\}/g, (_, name, how) => inFormat(event.words[name], how));
}

/** A value as Python's format writes it. @param {any} value @param {string} how */
function inFormat(value, how) {
  const digits = Number(/^\.(\d)g$/.exec(how)?.[1]);
  if (!digits) return how === "," ? grouped(String(value)) : String(value);
  return general(value, digits);
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
    const listed = others.slice(0, NAMED).map(({ words }) => words.cluster).join(", ") + (others.length > NAMED ? ", …" : "");
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
