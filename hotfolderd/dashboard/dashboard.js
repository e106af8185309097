
"use strict";
// Filters, ages and refreshing; without it the page shows all the same.
(() => {
  const form = document.getElementById("filters");
  const fields = [...form.elements].filter((one) => one.name);
  const cards = [...document.querySelectorAll(".card")];
  const columns = [...document.querySelectorAll(".column")];
  const groups = [...document.querySelectorAll(".group")];
  const texts = new Map();
  const names = ["client", "project", "batch", "priority", "status"];
  let touched = 0;
  // What outlives a refresh besides; a browser may refuse to keep it.
  const keepForRefresh = (key, value) => { try { sessionStorage.setItem(key, value); } catch { /* then it is lost */ } };
  const kept = (key) => { try { return sessionStorage.getItem(key) || ""; } catch { return ""; } };
  const unfolded = new Set(kept("unfolded").split(" "));

  // What is chosen stands in the address, so that it outlives a refresh and can be sent to somebody.
  const read = () => {
    const wanted = new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
    for (const field of fields) {
      const value = wanted.get(field.name) || "";
      if (field.type === "checkbox") field.checked = value !== "";
      else {
        if (field.options && value && ![...field.options].some((one) => one.value === value)) field.add(new Option(value, value));
        field.value = value;
      }
    }
  };
  const keep = () => {
    const wanted = new URLSearchParams();
    for (const field of fields) {
      const value = field.type === "checkbox" ? (field.checked ? "1" : "") : field.value;
      if (value) wanted.set(field.name, value);
    }
    const hash = "#?" + wanted;
    if (hash !== (location.hash || "#?")) location.replace(hash);
  };
  const textOf = (card) => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card);
  };
  const apply = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = names.filter((one) => form.elements[one].value).map((one) => [one, form.elements[one].value]);
    const filtering = words.length > 0 || chosen.length > 0;
    let found = 0;
    for (const card of cards) {
      const fits = chosen.every(([one, value]) => card.dataset[one] === value) && words.every((word) => textOf(card).includes(word));
      card.hidden = !fits;
      found += fits;
    }
    for (const column of columns) {
      const shown = column.querySelectorAll(".card:not([hidden])").length;
      column.hidden = filtering && !shown;
      const count = column.querySelector(".count");
      count.textContent = filtering ? `${shown} of ${count.dataset.all}` : count.dataset.all;
      for (const fold of column.querySelectorAll("details")) {
        if (filtering) fold.open = true;
        else fold.open = unfolded.has(column.id);
        fold.querySelector("summary").hidden = filtering;
        fold.hidden = filtering && !fold.querySelector(".card:not([hidden])");
      }
    }
    for (const group of groups) group.hidden = !group.querySelector(".column:not([hidden])");
    form.querySelector("output").value = filtering ? `${found} of the ${cards.length} jobs on this page` : "";
  };

  for (const one of names) {
    const values = new Set(cards.map((card) => card.dataset[one]).filter(Boolean));
    for (const value of [...values].sort()) form.elements[one].add(new Option(one === "status" ? value.replaceAll("_", " ") : value, value));
  }
  for (const summary of document.querySelectorAll(".column details summary"))
    summary.addEventListener("click", () => {
      const id = summary.closest(".column").id;
      if (summary.parentElement.open) unfolded.delete(id);
      else unfolded.add(id);
      keepForRefresh("unfolded", [...unfolded].join(" "));
    });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { keep(); apply(); });
  form.addEventListener("reset", () => setTimeout(() => { keep(); apply(); }));
  addEventListener("hashchange", () => { if (location.hash === "" || location.hash.startsWith("#?")) { read(); apply(); } });
  // A jump must not take the place of the filter in the address.
  document.addEventListener("click", (event) => {
    const jump = event.target.closest('a[href^="#"]');
    const target = jump && document.getElementById(jump.getAttribute("href").slice(1));
    if (target) { event.preventDefault(); target.scrollIntoView(); }
  });
  form.hidden = cards.length === 0;
  read();
  apply();

  const ages = [[86400, "d"], [3600, "h"], [60, "min"]];
  const age = () => {
    for (const one of document.querySelectorAll("time")) {
      const seconds = (Date.now() - Date.parse(one.dateTime)) / 1000;
      const [length, unit] = ages.find(([least]) => seconds >= least) || [0, ""];
      one.title = one.title || one.textContent;
      const ago = length ? `${Math.floor(seconds / length)} ${unit} ago` : "just now";
      one.textContent = one.closest(".card, .todo") ? ago : `${one.title} (${ago})`;
    }
  };
  age();
  setInterval(age, 60000);

  // Reading the page again, unless somebody looks the other way or is at work in it.
  for (const kind of ["keydown", "pointerdown", "wheel", "touchmove"]) addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  const field = fields.find((one) => one.name === kept("field"));
  if (field) field.focus({ preventScroll: true });
  const every = cards.length > 300 ? 30000 : 5000;
  setInterval(() => {
    const busy = Date.now() - touched < 4000 || !getSelection().isCollapsed;
    if (form.elements.still.checked || document.hidden || busy) return;
    keepForRefresh("field", form.contains(document.activeElement) ? document.activeElement.name : "");
    location.reload();
  }, every);
})();
