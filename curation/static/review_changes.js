// Changes: an edited text beside the one before, word by word.
const words = (text) => text.match(/\s+|[^\s]+/g) ?? [];

function common(one, other) {
  // Return the table of the longest common run of words.
  const table = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      table[i][j] = one[i] === other[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}

export function difference(before, after) {
  const [one, other] = [words(before), words(after)];
  const table = common(one, other);
  const told = [];
  let [i, j] = [0, 0];
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) { told.push(["", one[i++]]); j++; }
    else if (i < one.length && (j === other.length || table[i + 1][j] >= table[i][j + 1])) told.push(["del", one[i++]]);
    else told.push(["ins", other[j++]]);
  }
  return told;
}

export function changes(work) {
  const form = work.querySelector("form[data-diff]");
  if (!form) return;
  const field = form.querySelector("[data-was]");
  const shown = form.querySelector("[data-changes]");
  const draw = () => {
    const told = difference(field.dataset.was, field.value).map(([kind, text]) => {
      const node = document.createElement(kind || "span");
      node.textContent = text;
      return node;
    });
    const isSame = field.dataset.was === field.value;
    shown.replaceChildren(...(isSame ? ["None yet."] : told));
  };
  field.addEventListener("input", draw);
  draw();
}
