// What the page works with: the shown points and the runs on them.

/** @typedef {import("./mixture.js").Mixture} Mixture */
/** @typedef {"mean"|"gaussian"} Update  by which formula a run can be made anew here */

/**
 * What a model says of itself; what it does not promise is not computed, but taken from what was recorded.
 * @typedef {object} Card
 * @property {string} title
 * @property {string} noun  what one of the clusters is called
 * @property {string} location  the parameter that says where they lie
 * @property {string} objective  what it is called
 * @property {boolean} fromZero  whether zero and ratios of the objective mean something
 * @property {boolean} soft  whether points have responsibilities
 * @property {import("./mixture.js").Structure|null} covariances  how they are laid out
 * @property {"nearest"|"gaussian"|null} owners  by which formula labels or responsibilities can be computed
 * @property {Update|null} update
 * @property {string} points  what it makes of rows before it fits them; empty where points are the rows
 * @property {string} estimator  that fits it, if there is one
 */

/**
 * One half-step, of the recorded run or of one run in the page.
 * @typedef {object} Frame
 * @property {number} index  half-step of the run
 * @property {"initialization"|"expectation"|"maximization"} phase
 * @property {number} iteration
 * @property {boolean} final
 * @property {string} title
 * @property {string} short
 * @property {string} caption
 * @property {number|null} objective
 * @property {number|null} moved  rows whose label changed
 * @property {Float64Array} centers  k x d, after the half-step
 * @property {Float64Array|null} old  before it (maximization steps)
 * @property {Mixture|null} mixture  whose means the centers are
 * @property {Mixture|null} before  the mixture before it (maximization steps)
 * @property {Mixture|null} deciding  the mixture that responsibilities can be computed from: before it, in a maximization step
 * @property {Float64Array|null} responsibilities  recorded ones, where the page has no formula for them
 * @property {ArrayLike<number>|null} certain  certainty of 255, where the page cannot compute it
 * @property {ArrayLike<number>|null} labels  clusters of the shown points
 * @property {ArrayLike<number>} changed  shown points whose label changed in this expectation step
 * @property {number[]|null} counts
 * @property {number[]|null} shift
 */

/**
 * @typedef {object} Mark
 * @property {number} step  half-step of the run
 * @property {number} x  iteration; a maximization step stands half-way to the next
 * @property {boolean} expectation
 * @property {number} value
 */

/**
 * @typedef {object} Run
 * @property {string} name
 * @property {Card} card
 * @property {Frame[]} frames
 * @property {Mark[]} curve
 * @property {{step: number, message: string, routine: boolean, ends: boolean}[]} events  routine ones are worth no flag; others end the run by a rule
 * @property {number[]} palette  the color of every cluster, by its place among the colors
 */

/** @typedef {{paper: string, ink: string, muted: string, line: string, unowned: string, unowned_rim: string,
 *   border: string, clusters: {fill: string, rim: string, tint: string, outline: string}[]}} Look */

/**
 * @typedef {object} Data
 * @property {any} told  what is taken as it was told
 * @property {number} m
 * @property {number} d
 * @property {number} k
 * @property {Float64Array} points  m x d, in the units of the table
 * @property {Float64Array} scale  what features are divided by before distances are taken
 * @property {boolean} scaled  whether that is anything but 1
 * @property {string} noun  what a shown point is called: a row, or a point where it is none
 * @property {Uint32Array} rows  number of every shown point in the data, in rising order
 * @property {number} firstRow  from which rows are counted
 * @property {string[]|null} ids  names of the shown points, where they have any but their numbers
 * @property {Float32Array} positions  m x 2, as fractions of the limits
 * @property {Uint8ClampedArray|null} density
 * @property {Uint16Array|null} profile
 * @property {Record<string, Look>} looks
 * @property {number[]|null} markers
 * @property {Run} recorded
 * @property {Float64Array[]} restarts  where the other starts began
 * @property {(Float64Array|null)[]} ends  centers that the starts of the fit came to, where there is room for them
 * @property {import("./contrasts.js").Contrast[][]|null} contrasts  of the recorded run's clusters over all rows
 * @property {Float64Array} axes  d x 2, principal components
 * @property {(centers: ArrayLike<number>, j: number) => [number, number]} project  to fractions of the limits
 */

/** Rows in the units that distances are taken in. @param {Data} data @param {Float64Array} rows */
export function inFitUnits(data, rows) {
  return data.scaled ? rows.map((x, at) => x / data.scale[at % data.d]) : rows;
}

/** And back. @param {Data} data @param {Float64Array} rows */
export function inTableUnits(data, rows) {
  return data.scaled ? rows.map((x, at) => x * data.scale[at % data.d]) : rows;
}

/** Whether the recorded run's objective is that of the shown points. @param {Data} data */
export function isComparable(data) {
  return data.m === data.told.nSamples && !data.told.settings.weighted && !data.told.private;
}

/** @param {any} one @param {any} other @returns {number[]} */
export function differences(one, other) {
  const found = [];
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) found.push(i);
  return found;
}

/** Frames at which something happened that is worth a flag. @param {Run} run @returns {number[]} */
export function eventFrames(run) {
  const steps = new Set(run.events.filter(({ routine }) => !routine).map(({ step }) => step));
  return run.frames.flatMap((frame, i) => (steps.has(frame.index) ? [i] : []));
}
