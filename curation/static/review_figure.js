// Figure: the whole figure of a panel, fetched when somebody wants to see it.
export function figure(work) {
  const dialog = work.querySelector("#figure");
  if (!dialog) return [];
  return [["g", () => {
    const image = dialog.querySelector("img");
    image.src ||= image.dataset.src;
    dialog.showModal();
  }]];
}
