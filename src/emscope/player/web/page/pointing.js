// Pointer on the picture: hover and tap to ask, take hold of a center where the run begins.

/** @typedef {import("./player.js").Player} Player */

const LONG = 500; // milliseconds of a long press
const STILL = 6; // pixels that a pointer may move and still press

export class Pointing {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.stage = player.stage;
    /** @type {{id: number, center: number|null, x: number, y: number, far: boolean, timer: number}|null} */
    this.held = null;
  }

  /** @param {{signal: AbortSignal}} how */
  listen(how) {
    const { player } = this;
    const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ listener) =>
      this.stage.element.addEventListener(name, listener, how);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", () => this.release());
    on("pointerleave", () => this.held || player.do({ type: "hover", point: null }));
    on("dblclick", (event) => player.movable && player.asking.add(this.place(event)));
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
    if (center !== null && this.player.movable) {
      this.stage.element.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.player.asking.focusCenter(center);
    }
  }

  /** @param {PointerEvent} event */
  move(event) {
    const [x, y] = this.place(event), { held, player } = this;
    if (held && held.id === event.pointerId) {
      if (Math.hypot(x - held.x, y - held.y) > STILL && !held.far) {
        held.far = true;
        clearTimeout(held.timer);
      }
      if (held.center !== null && player.movable) {
        if (held.far) {
          player.asking.drag(held.center, x - held.x, y - held.y);
          held.x = x;
          held.y = y;
        }
        return;
      }
    }
    const center = this.stage.badgeAt([x, y], 14);
    this.stage.element.classList.toggle("grab", center !== null && player.movable);
    if (event.pointerType === "mouse") {
      const point = center === null ? this.stage.points.at(x, y, 14) : null;
      if (point !== player.state.hovered) player.do({ type: "hover", point });
    }
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { held, player } = this;
    this.release();
    if (!held || held.far) {
      if (held?.center !== null && held) player.asking.settle();
      return;
    }
    if (held.center !== null) {
      player.do({ type: "cluster", cluster: held.center });
      return;
    }
    const [x, y] = this.place(event);
    const point = this.stage.points.at(x, y, event.pointerType === "touch" ? 22 : 14);
    player.do({ type: "pin", point: point === player.state.pinned ? null : point });
  }

  /** @param {[number, number]} place */
  longPress(place) {
    if (!this.held || this.held.far) return;
    this.held = null;
    if (this.player.movable) this.player.asking.add(place);
  }

  release() {
    if (this.held) clearTimeout(this.held.timer);
    this.held = null;
  }
}
