// The same player as a notebook widget (anywidget).

import { Player } from "./player.js";

/** @param {{model: any, el: HTMLElement}} shown */
function render({ model, el }) {
  const root = el.ownerDocument.createElement("div");
  root.tabIndex = -1;
  root.dataset.run = model.get("key");
  el.append(root);
  const player = new Player(root, JSON.parse(model.get("run")), {
    onStep: (step) => {
      if (model.get("step") === step) return;
      model.set("step", step);
      model.save_changes();
    },
  });
  const follow = () => player.do({ type: "recorded", step: model.get("step") });
  follow();
  model.on("change:step", follow);
  return () => {
    model.off("change:step", follow);
    player.destroy();
  };
}

export default { render };
