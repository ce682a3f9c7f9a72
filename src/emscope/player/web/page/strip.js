// What is printed: the film strip of the run's main half-steps, the objective's curve, and the last table.

import { Curve } from "../picture/curve.js";
import { h, setColors } from "../picture/dom.js";
import { Stage } from "../picture/stage.js";
import { printedEnds } from "./ends.js";
import { printedProfile } from "./profile.js";
import { printedTables } from "./table.js";

/** @typedef {import("../em/data.js").Data} Data */

const WIDTH = 330; // of a picture, half that of a page
const SHARPNESS = 3; // pixels of points for each pixel of the page

export class Strip {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    this.element = h("section", { class: "strip", "aria-hidden": "true" });
    setColors(this.element, data.looks.light);
  }

  /** @param {import("../picture/curve.js").Plot} plot  as it is on the screen @param {Node} legend  of its marks */
  draw(plot, legend) {
    const { data } = this, { run } = plot, look = data.looks.light;
    const last = run.frames.length - 1;
    const recorded = run === data.recorded;
    const chosen = recorded ? data.told.panels : run.frames.flatMap((_, i) => (i < 11 || i === last ? [i] : []));
    const show = { regions: true, trails: false, moved: true };
    const head = recorded ? [] : [h("h2", {}, "What if")];
    const curve = new Curve();
    curve.resize(2 * WIDTH, 220);
    curve.draw({ ...plot, look, step: -1 });
    this.element.replaceChildren(...head, ...chosen.map((/** @type {number} */ step) => {
      const stage = new Stage(data);
      stage.resize(WIDTH, 420, SHARPNESS);
      stage.draw({ run, step, look, show, cluster: null, point: null, ghosts: null, movable: false });
      return h("figure", {}, stage.element, h("figcaption", {}, run.frames[step].caption));
    }), h("div", { class: "wide" }, curve.element, legend), ...printedTables(data, run, run.frames[last]), ...printedProfile(data, run), ...(recorded ? printedEnds(data) : []),
      h("p", { class: "notes" }, data.told.notes.join(" ")));
  }
}
