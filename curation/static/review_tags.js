// Tags: columns set by a key, terms searched in the ontologies and added.
import { changed } from "./review_drafts.js";
import { tell } from "./review_sending.js";

const WAIT_MS = 150;

export function tags(work) {
  const form = work.querySelector("form[data-tags]");
  if (!form) return [];
  for (const button of form.querySelectorAll("[data-set]")) {
    button.addEventListener("click", () => {
      form.querySelector(`[name="column-${button.dataset.set}"]`).value = button.dataset.to;
      for (const each of form.querySelectorAll(`[data-set="${button.dataset.set}"]`)) each.setAttribute("aria-pressed", String(each === button));
      changed(form);
      tell(`${button.dataset.set}: ${button.dataset.to}`);
    });
  }
  const words = work.querySelector("[data-words]").textContent;
  for (const field of form.querySelectorAll("[name^=added-]")) listed(form, field);
  search(form, (found) => add(form, found, words));
  return [["/", () => form.querySelector("#term").focus()]];
}

function add(form, found, words) {
  const number = form.querySelectorAll("[name^=added-]").length;
  const at = words.toLowerCase().indexOf(found.label.toLowerCase());
  // A term stands on words of the panel; one that isn't among them stands on none.
  const start = at < 0 ? 0 : Array.from(words.slice(0, at)).length;
  const end = at < 0 ? 0 : start + Array.from(found.label).length;
  const told = {
    field: found.field, term: found.term, label: found.label, ontology: found.ontology,
    text: Array.from(words).slice(start, end).join(""), where: "subcaption", start, end, negated: false, confidence: 1,
  };
  const name = `added-${String(number).padStart(3, "0")}`;
  const field = Object.assign(document.createElement("input"), { type: "hidden", name, value: JSON.stringify(told) });
  form.append(field);
  listed(form, field);
  changed(form);
  tell(`Added ${found.label}`);
}

function listed(form, field) {
  if (!field.value) return;
  const told = JSON.parse(field.value);
  const row = Object.assign(document.createElement("li"), { className: "added" });
  const gone = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
  gone.setAttribute("aria-label", `Remove ${told.label}`);
  gone.addEventListener("click", () => {
    field.value = ""; // its number stays taken
    row.remove();
    changed(form);
  });
  row.append(`+ ${told.label} `, Object.assign(document.createElement("span"), { className: "quiet", textContent: `${told.term}, ${told.field}` }), " ", gone);
  form.querySelector(".terms").append(row);
}

function search(form, chosen) {
  const field = form.querySelector("#term");
  const list = form.querySelector("#found");
  let [timer, found, at] = [0, [], -1];
  const close = () => {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    at = -1;
  };
  const point = (to) => {
    at = found.length ? (to + found.length) % found.length : -1;
    [...list.children].forEach((each, number) => each.setAttribute("aria-selected", String(number === at)));
    field.setAttribute("aria-activedescendant", `found-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const take = (number) => {
    if (found[number]) chosen(found[number]);
    field.value = "";
    close();
  };
  const show = (terms) => {
    found = terms;
    list.replaceChildren(...terms.map((each, number) => {
      const row = Object.assign(document.createElement("li"), { id: `found-${number}`, textContent: each.label });
      row.setAttribute("role", "option");
      row.append(Object.assign(document.createElement("span"), { className: "quiet", textContent: ` ${each.term}, ${each.field}` }));
      row.addEventListener("pointerdown", (event) => { event.preventDefault(); take(number); });
      return row;
    }));
    list.hidden = !terms.length;
    field.setAttribute("aria-expanded", String(terms.length > 0));
    if (terms.length) point(0);
    else tell("No such term.");
  };
  field.addEventListener("input", (event) => {
    event.stopPropagation();
    clearTimeout(timer);
    const asked = field.value.trim();
    if (!asked) return close();
    timer = setTimeout(async () => {
      const terms = await fetch(`/terms?q=${encodeURIComponent(asked)}`).then((answer) => answer.json()).catch(() => []);
      if (field.value.trim() === asked) show(terms);
    }, WAIT_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); point(at + (event.key === "ArrowDown" ? 1 : -1)); }
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) { event.preventDefault(); if (at >= 0) take(at); }
    else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); event.stopPropagation(); close(); }
  });
  field.addEventListener("blur", close);
}
