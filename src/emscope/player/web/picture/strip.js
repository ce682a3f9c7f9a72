// What is printed: the film strip, one picture for each of the run's main half-steps.

import { h } from "./dom.js";
import { Stage } from "./stage.js";

/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Run} Run */

const WIDTH = 330;

export class Strip {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    this.element = h("section", { class: "strip", "aria-hidden": "true" });
  }

  /** @param {Run} run */
  draw(run) {
    const look = this.data.looks.print;
    const last = run.frames.length - 1;
    const recorded = run === this.data.recorded;
    const chosen = recorded ? this.data.told.panels : run.frames.flatMap((_, i) => (i < 11 || i === last ? [i] : []));
    const show = { regions: true, trails: false, moved: true };
    const head = recorded ? [] : [h("h2", {}, "What if")];
    this.element.replaceChildren(...head, ...chosen.map((/** @type {number} */ step) => {
      const stage = new Stage(this.data);
      stage.resize(WIDTH, 420, 3);
      stage.draw({ run, step, look, show, cluster: null, point: null, movable: false });
      return h("figure", {}, stage.element, h("figcaption", {}, run.frames[step].caption));
    }), h("p", { class: "notes" }, this.data.told.notes.join(" ")));
  }
}
