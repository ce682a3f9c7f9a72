// Pointer on the picture: hover and tap to ask, take hold of a center where the run begins.

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */

const LONG = 500; // milliseconds of a long press
const STILL = 6; // pixels that a pointer may move and still press

export class Pointing {
  /** @param {import("../picture/stage.js").Stage} stage @param {import("./asking.js").WhatIf} asking
   * @param {() => State} read @param {(action: Action) => void} act */
  constructor(stage, asking, read, act) {
    this.stage = stage;
    this.asking = asking;
    this.read = read;
    this.act = act;
    /** @type {{id: number, center: number|null, x: number, y: number, far: boolean, timer: number}|null} */
    this.held = null;
  }

  /** @param {{signal: AbortSignal}} how */
  listen(how) {
    const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ listener) =>
      this.stage.element.addEventListener(name, listener, how);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", () => this.release());
    on("pointerleave", () => this.held || this.act({ type: "hover", point: null }));
    on("dblclick", (event) => this.asking.movable && this.asking.add(this.place(event)));
    on("contextmenu", (event) => this.held && event.preventDefault());
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  place(event) {
    const box = this.stage.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button) return;
    const [x, y] = this.place(event);
    const center = this.stage.badgeAt([x, y], event.pointerType === "touch" ? 26 : 16);
    const timer = event.pointerType === "touch" && center === null
      ? setTimeout(() => this.longPress([x, y]), LONG) : 0;
    this.held = { id: event.pointerId, center, x, y, far: false, timer };
    if (center !== null && this.asking.movable) {
      this.stage.element.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.asking.focusCenter(center);
    }
  }

  /** @param {PointerEvent} event */
  move(event) {
    const [x, y] = this.place(event), { held, asking } = this;
    if (held && held.id === event.pointerId) {
      if (Math.hypot(x - held.x, y - held.y) > STILL && !held.far) {
        held.far = true;
        clearTimeout(held.timer);
      }
      if (held.center !== null && asking.movable) {
        if (held.far) {
          asking.drag(held.center, x - held.x, y - held.y);
          held.x = x;
          held.y = y;
        }
        return;
      }
    }
    const center = this.stage.badgeAt([x, y], 14);
    this.stage.element.classList.toggle("grab", center !== null && asking.movable);
    if (event.pointerType === "mouse") {
      const point = center === null ? this.stage.points.at(x, y, 14) : null;
      if (point !== this.read().hovered) this.act({ type: "hover", point });
    }
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { held } = this;
    this.release();
    if (!held || held.far) {
      if (held?.center !== null && held) this.asking.settle();
      return;
    }
    if (held.center !== null) {
      this.act({ type: "cluster", cluster: held.center });
      return;
    }
    const [x, y] = this.place(event);
    const point = this.stage.points.at(x, y, event.pointerType === "touch" ? 22 : 14);
    this.act({ type: "pin", point: point === this.read().pinned ? null : point });
  }

  /** @param {[number, number]} place */
  longPress(place) {
    if (!this.held || this.held.far) return;
    this.held = null;
    if (this.asking.movable) this.asking.add(place);
  }

  release() {
    if (this.held) clearTimeout(this.held.timer);
    this.held = null;
  }
}
