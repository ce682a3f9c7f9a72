// A few words beside the chosen point, where the panel with the whole explanation is out of sight.

import { h } from "../picture/dom.js";

const AWAY = 14; // pixels from the point

export class Tip {
  constructor() {
    this.name = h("strong");
    this.text = h("span");
    this.element = h("div", { class: "tip", "aria-hidden": "true", hidden: true }, this.name, this.text);
  }

  /**
   * @param {import("../story/explain.js").Reasons} why @param {[number, number]} place  of the point
   * @param {[number, number]} center  the nearest one, which stays in sight @param {[number, number]} room  size of the picture
   */
  tell(why, [x, y], center, [width, height]) {
    this.element.hidden = false;
    this.name.textContent = why.owner === null ? why.name : `${why.name}: ${why.noun} ${why.owner}`;
    this.text.textContent = why.brief.split(", ")[0];
    const { offsetWidth, offsetHeight } = this.element;
    const left = Math.max(0, Math.min(width - offsetWidth, x - offsetWidth / 2));
    const above = y - AWAY - offsetHeight, below = y + AWAY;
    const top = (center[1] < y && below + offsetHeight < height) || above < 0 ? below : above;
    this.element.style.left = `${left}px`;
    this.element.style.top = `${top}px`;
  }
}
