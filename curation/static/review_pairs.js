// Pairs: two pictures side by side, in turns, or as their difference; the second can be turned and inverted.
const TURN_MS = 600; // well below three flashes a second

export function pair(work, seen) {
  const box = work.querySelector(".pair");
  if (!box || seen.all.length < 2) return [];
  const second = seen.all[1];
  let timer = 0;
  const pressed = (key, is) => work.querySelector(`[data-key-of=${key}]`).setAttribute("aria-pressed", String(is));
  const mode = (name) => {
    clearInterval(timer);
    box.classList.toggle("over", name !== "");
    box.classList.toggle("flicker", name === "flicker");
    box.classList.toggle("difference", name === "difference");
    box.classList.remove("second");
    pressed("f", name === "flicker");
    pressed("x", name === "difference");
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (name === "flicker" && !isCalm) timer = setInterval(() => flip(), TURN_MS);
    seen.all.forEach((each) => each.draw());
  };
  const flip = () => (box.isConnected ? box.classList.toggle("second") : clearInterval(timer));
  const flicker = () => {
    if (!box.classList.contains("flicker")) return mode("flicker");
    if (matchMedia("(prefers-reduced-motion: reduce)").matches && !box.classList.contains("second")) return void flip();
    mode("");
  };
  return [
    ["f", flicker],
    ["x", () => mode(box.classList.contains("difference") ? "" : "difference")],
    ["o", () => { second.turn = (second.turn + 1) % 8; second.draw(); }],
    ["i", () => { pressed("i", second.figure.classList.toggle("inverted")); }],
  ];
}
