// Box list: the boxes as rows beside the figure, and as rectangles over it.
const SVG = "http://www.w3.org/2000/svg";

const made = (name, attributes, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

export function layer(state) {
  const { viewer } = state;
  let svg = viewer.sheet.querySelector("svg");
  if (!svg) {
    svg = shape("svg", { viewBox: `0 0 ${viewer.width} ${viewer.height}`, "aria-hidden": "true", class: "overlay", "data-boxes": "" });
    viewer.sheet.append(svg);
    viewer.changed.push(() => layer(state));
  }
  const px = 1 / (viewer.scale || 1); // one px of the screen, in px of the picture
  svg.replaceChildren(...state.boxes.flatMap((each, at) => drawn(each, at, at === state.chosen, px)));
}

function drawn({ box, label }, at, isChosen, px) {
  const [left, top, right, bottom] = box;
  const place = { x: left, y: top, width: right - left, height: bottom - top };
  const kind = isChosen ? " chosen" : "";
  const nodes = [
    shape("rect", { ...place, class: `halo${kind}`, "stroke-width": (isChosen ? 5 : 4) * px }),
    shape("rect", { ...place, class: `box${kind}`, "stroke-width": (isChosen ? 3 : 2) * px, "data-at": at }),
  ];
  const words = label ?? String(at + 1);
  const side = 20 * px; // below, since figures have their letters above
  nodes.push(shape("rect", { x: left, y: bottom - side, width: side * (0.5 + 0.5 * words.length), height: side, class: `flag${kind}` }));
  const text = shape("text", { x: left + 6 * px, y: bottom - 5 * px, "font-size": 14 * px, class: "name" });
  text.textContent = words;
  nodes.push(text);
  if (isChosen) {
    for (const [corner, x, y] of [["lt", left, top], ["rt", right, top], ["lb", left, bottom], ["rb", right, bottom]]) {
      nodes.push(shape("rect", { x: x - 5 * px, y: y - 5 * px, width: 10 * px, height: 10 * px, class: `grip ${corner}`, "data-corner": corner, "data-at": at, "stroke-width": px }));
    }
  }
  return nodes;
}

export function list(state) {
  const place = state.place.querySelector(".boxlist");
  const focused = document.activeElement?.closest?.(".boxlist") ? document.activeElement.dataset.what : null;
  place.replaceChildren(...state.boxes.map((each, at) => row(state, each, at)));
  if (focused) place.querySelector(`[data-what="${focused}"]`)?.focus();
  if (!state.place.querySelector("[data-again]")) {
    const again = made("button", { type: "button", "data-again": "" }, "Start over");
    again.addEventListener("click", () => state.reset());
    place.after(again);
  }
}

function row(state, { box, label }, at) {
  const [left, top, right, bottom] = box;
  const named = label ?? `box ${at + 1}`;
  const size = `${right - left} × ${bottom - top} at ${left}, ${top}`;
  const choose = made("button", { type: "button", "data-what": `choose-${at}`, "aria-pressed": String(at === state.chosen) },
    `${named}: ${size}`);
  const field = made("input", { "aria-label": `Label of ${named}`, maxlength: "20", size: "4", value: label ?? "", placeholder: "label", autocomplete: "off", "data-what": `label-${at}` });
  const gone = made("button", { type: "button", "aria-label": `Delete ${named}`, "data-what": `delete-${at}` }, "×");
  choose.addEventListener("click", () => state.choose(at));
  field.addEventListener("input", (event) => {
    event.stopPropagation();
    state.label(at, field.value);
    const words = state.boxes[at].label ?? `box ${at + 1}`;
    choose.textContent = `${words}: ${size}`;
    field.setAttribute("aria-label", `Label of ${words}`);
    gone.setAttribute("aria-label", `Delete ${words}`);
  });
  field.addEventListener("focus", () => { if (state.chosen !== at) state.choose(at); });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    field.blur();
    document.getElementById("question").focus({ preventScroll: true });
  });
  gone.addEventListener("click", () => state.remove(at));
  return made("li", at === state.chosen ? { class: "chosen" } : {}, choose, field, gone);
}
