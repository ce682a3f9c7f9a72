// Numbers and sentences, worded as the package words them.

/** A number with a few significant digits. @param {number} value @param {number} [digits] */
export function number(value, digits = 4) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 10 ** (digits - 1) && size < 1e9) return grouped(value.toFixed(0));
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  if (Number(exponent) < -4 || Number(exponent) >= digits) return `${mantissa}e${Number(exponent)}`;
  const text = value.toPrecision(digits);
  return size >= 1000 ? grouped(text) : text;
}

/** Thousands with commas. @param {string} text */
function grouped(text) {
  const [whole, decimals] = text.split(".");
  const commas = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return decimals === undefined ? commas : `${commas}.${decimals}`;
}

/** Two numbers with enough digits to tell them apart. @param {number} before @param {number} after */
export function change(before, after) {
  for (let digits = 4; digits < 10; digits++) {
    const [a, b] = [number(before, digits), number(after, digits)];
    if (a !== b) return `${a} → ${b}`;
  }
  return `stays ${number(after)}`;
}

/** @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${grouped(String(count))} ${noun}${count === 1 ? "" : "s"}`;
}

/** @typedef {import("./kmeans.js").HalfStep} HalfStep */

/**
 * What sentences need to know besides the half-step.
 * @typedef {object} Telling
 * @property {string} objective  what it is called
 * @property {string} origin  where the run begins, "given" for centers that were given
 * @property {boolean} scaled  whether distances are in standard deviations
 * @property {number} d
 * @property {number} m
 * @property {number} maxIter
 * @property {ArrayLike<number>} rows
 */

/** @type {Record<string, string>} */
const ORIGINS = {
  "k-means++": "chosen by k-means++",
  random: "drawn at random from the points",
  farthest: "each the farthest point from those before it",
  "random-partition": "the means of a random partition",
};

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
  const final = index === steps.length - 1;
  const tell = final ? ending : { initialization, expectation: expectationStep, maximization: maximizationStep }[step.phase];
  const parts = [tell(steps, index, telling), objectivePart(steps, index, telling)].filter(Boolean);
  return [`${titleOf(step, final)}: ${parts.join("; ")}.`, ...eventSentences(step, telling)].join(" ");
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
  const unit = scaled ? ` standard deviation${largest === 1 ? "" : "s"}` : "";
  const distance = `${number(largest, 3)}${unit}${d > 2 ? ` in all ${grouped(String(d))} features` : ""}`;
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
function objectivePart(steps, index, { objective: name }) {
  const now = steps[index].objective;
  if (now === null) return "";
  const before = index > 0 ? steps[index - 1].objective : null;
  const same = before !== null && Math.abs(before - now) <= 1e-9 * Math.max(Math.abs(before), Math.abs(now));
  if (before === null || (index === steps.length - 1 && same)) return `${name} ${number(now)}`;
  return `${name} ${change(before, now)}`;
}

/** What else happened. @param {HalfStep} step @param {Telling} telling @returns {string[]} */
export function eventSentences({ phase, relocations, ending: kind, counts }, { rows }) {
  const told = [];
  const [first, ...others] = relocations;
  if (first) told.push(relocationSentence(first, rows));
  if (others.length) {
    const listed = others.slice(0, 6).map((one) => one.cluster).join(", ") + (others.length > 6 ? ", …" : "");
    told.push(`The same holds for ${others.length === 1 ? "cluster" : "clusters"} ${listed}.`);
  }
  const empty = kind && counts && phase === "expectation" ? counts.filter((count) => count === 0).length : 0;
  if (empty && counts) {
    const owning = `Only ${counts.length - empty} of ${counts.length} clusters own points`;
    told.push(`${owning}: the data may have fewer distinct points than clusters.`);
  }
  return told;
}

/** @param {import("./kmeans.js").Relocation} one @param {ArrayLike<number>} rows */
function relocationSentence({ cluster, row, donor, distance }, rows) {
  if (row < 0) return `Cluster ${cluster} is empty and no point is left to move its center to.`;
  const how = `which lay ${Number(distance.toPrecision(4))} from the center of cluster ${donor}`;
  return `Cluster ${cluster} was empty, so its center moved to row ${rows[row]}, ${how}.`;
}
