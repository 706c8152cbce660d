// Contrast: sliders and channels; the server does it, in the picture's own depth.
const WAIT_MS = 120;

export function contrast(work, seen) {
  const box = work.querySelector("#contrast");
  const button = work.querySelector("[data-key-of=c]");
  if (!box) return [];
  let timer = 0;
  const apply = () => {
    const value = (name) => box.querySelector(`[name=${name}]`).value;
    const boxes = [...box.querySelectorAll("[name=channel]")];
    const kept = boxes.filter((each) => each.checked).map((each) => each.value);
    const channels = kept.length === boxes.length ? "" : `&channels=${kept.join(",") || "99"}`;
    const plain = value("low") === "0" && value("high") === "1" && value("gamma") === "1";
    const look = (plain ? "" : `&low=${value("low")}&high=${value("high")}&gamma=${value("gamma")}`) + channels;
    for (const viewer of seen.all) {
      viewer.look = look;
      viewer.load();
      viewer.draw();
    }
  };
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(apply, WAIT_MS);
  });
  box.querySelector("[data-reset]").addEventListener("click", () => {
    for (const field of box.querySelectorAll("input")) {
      if (field.type === "checkbox") field.checked = field.defaultChecked;
      else field.value = field.defaultValue;
    }
    apply();
  });
  const toggle = () => {
    box.hidden = !box.hidden;
    button.setAttribute("aria-expanded", String(!box.hidden));
    (box.hidden ? button : box.querySelector("input")).focus();
  };
  return [["c", toggle]];
}
