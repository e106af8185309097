// What is chosen on the page of a template job. All texts go in as texts, never as markup.
(() => {
  const { question, byId, decision, quoted, show } = sidecar;
  const matches = question.matches || [];
  const layers = question.layers || [];
  const choices = matches.map(({ layer, value, fit }) => ({ layer, value, fit, skip: false }));

  // ---- words ----

  const named = (sign) => "⟨U+" + sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") + "⟩";
  const visible = (text) => text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (sign) =>
    "\n\t\u200c\u200d".includes(sign) ? sign : named(sign));
  const shortened = (text, most) => {
    const signs = [...visible(text)];
    return signs.length > most ? signs.slice(0, most - 20).join("") + " … " + signs.slice(-17).join("") : signs.join("");
  };

  const address = (path) => path.split("/").map(encodeURIComponent).join("/");

  // ---- the lines of the sidecar ----

  const quotedOrNull = (text) => (text === null ? "null" : quoted(text));

  const isChanged = (at) => ["layer", "value", "fit"].some((key) => choices[at][key] !== matches[at][key]) || choices[at].skip;

  // The daemon takes another layer with the text of before as "its text, please": such a text goes with its own layer.
  const layerFor = (match, choice) => {
    const text = layers.find((one) => one.path === choice.layer)?.text;
    const kept = match.kind === "text" && choice.value === match.value && text !== choice.value;
    return kept ? match.layer : choice.layer;
  };

  const matchLines = (match, at) => {
    const choice = choices[at];
    const lines = [
      "  - placeholder: " + quoted(match.placeholder),
      "    comp: " + quoted(match.comp),
      "    kind: " + match.kind,
      "    layer: " + quotedOrNull(layerFor(match, choice)),
    ];
    if (match.kind === "text") {
      const empty = !choice.value && (choice.layer === null || match.value === null);
      lines.push("    value: " + quotedOrNull(empty ? null : choice.value));
    } else if (choice.fit !== null) {
      lines.push("    fit: " + choice.fit);
    }
    return choice.skip ? [...lines, "    skip: true"] : lines;
  };

  const fields = [...document.querySelectorAll("#answer [data-key]")];
  const written = () => {
    const lines = [];
    for (const field of fields) {
      const value = field.value.trim();
      if (field.closest("[data-for]")?.hidden || !value) continue;
      lines.push(field.dataset.key + ": " + (field.tagName === "SELECT" ? value : quoted(value)));
    }
    if (question.matches) lines.push("matches:", ...matches.flatMap(matchLines));
    const resolved = [...document.querySelectorAll("[data-warning]:checked")];
    if (resolved.length) lines.push("resolve_warnings:", ...resolved.map((box) => "  - {id: " + box.dataset.warning + "}"));
    return lines;
  };

  // ---- the page ----

  const lacking = () => {
    if (decision() === "pending") return "Choose a decision.";
    const reason = byId("reason");
    if (reason && !reason.closest("[data-for]").hidden && [...reason.value.trim()].length < 10) {
      return "Write a reason of at least 10 characters.";
    }
    return "";
  };
  const refresh = () => {
    for (const part of document.querySelectorAll("#answer [data-for]")) {
      part.hidden = !part.dataset.for.split(" ").includes(decision());
    }
    const count = matches.filter((_, at) => isChanged(at)).length;
    const changed = count === 1 ? "1 placeholder changed" : count + " placeholders changed";
    show(written(), (question.matches ? changed + " · " : "") + "decision: " + decision(), lacking());
  };

  const showPair = (card, at) => {
    const choice = choices[at];
    const layer = layers.find((one) => one.path === choice.layer);
    const left = choice.skip || (choice.layer === null && !choice.value);
    card.classList.toggle("changed", isChanged(at));
    card.classList.toggle("skipped", choice.skip);
    for (const part of card.querySelectorAll("[data-if=changed]")) part.hidden = !isChanged(at);
    for (const part of card.querySelectorAll("[data-if=proposed]")) part.hidden = choice.layer !== matches[at].layer;
    card.querySelector("[data-show=layer]").textContent = choice.layer === null ? "(no layer)" : visible(choice.layer);
    const value = card.querySelector("[data-show=value]");
    if (value) value.textContent = left ? "(stays as it is)" : visible(choice.value || "");
    const picture = card.querySelector("[data-show=picture]");
    picture.hidden = left || !layer || !layer.picture;
    if (picture.hidden) return;
    picture.src = address(layer.picture);
    const link = picture.closest("a");
    if (link) link.href = address(layer.full || layer.picture);
  };

  const setUpPair = (card) => {
    const at = Number(card.dataset.pair);
    const match = matches[at];
    const choice = choices[at];
    const select = card.querySelector("[data-field=layer]");
    const value = card.querySelector("[data-field=value]");
    const fit = card.querySelector("[data-field=fit]");
    const skip = card.querySelector("[data-field=skip]");
    const known = layers.map((one, number) => [one, number]).filter(([one]) => one.kind === match.kind || one.path === match.layer);
    const change = (what) => { what(); showPair(card, at); refresh(); };
    select.add(new Option(match.kind === "text" ? "(no layer: a text of your own)" : "(no layer)", ""));
    for (const [one, number] of known) select.add(new Option(shortened(one.path, 80) + (one.hidden ? " (hidden)" : ""), number));
    if (match.layer !== null && !known.some(([one]) => one.path === match.layer)) select.add(new Option(shortened(match.layer, 80), "gone"));
    const mark = () => {
      const number = layers.findIndex((one) => one.path === choice.layer);
      select.value = choice.layer === null ? "" : number < 0 ? "gone" : String(number);
    };
    const choose = (path) => change(() => {
      choice.layer = path;
      choice.skip = skip.checked = false;
      const layer = layers.find((one) => one.path === path);
      if (value) {
        choice.value = path === match.layer ? match.value : layer ? layer.text : "";
        value.value = choice.value || "";
      }
      mark();
    });
    select.addEventListener("change", () =>
      choose(select.value === "" ? null : select.value === "gone" ? match.layer : layers[Number(select.value)].path));
    if (value) {
      value.value = match.value || "";
      value.addEventListener("input", () => change(() => { choice.value = value.value; }));
    }
    if (fit) {
      fit.value = match.fit || "fit";
      fit.addEventListener("change", () => change(() => { choice.fit = fit.value; }));
    }
    skip.addEventListener("change", () => change(() => { choice.skip = skip.checked; }));
    for (const button of card.querySelectorAll("[data-layer]")) {
      button.addEventListener("click", () => choose(layers[Number(button.dataset.layer)].path));
    }
    card.querySelector("[data-undo]").addEventListener("click", () => change(() => {
      Object.assign(choice, { layer: match.layer, value: match.value, fit: match.fit, skip: false });
      skip.checked = false;
      if (value) value.value = match.value || "";
      if (fit) fit.value = match.fit || "fit";
      mark();
    }));
    card.querySelector("[data-pick]").addEventListener("click", () => pick(match, known.map(([one]) => one), choose));
    mark();
  };

  const picker = byId("picker");
  byId("picker-close")?.addEventListener("click", () => picker.close());
  const pick = (match, known, choose) => {
    byId("picker-title").textContent = "A layer for " + shortened(match.placeholder, 80);
    byId("picker-layers").replaceChildren(...known.map((one) => {
      const button = document.createElement("button");
      button.type = "button";
      if (one.picture) {
        const image = document.createElement("img");
        image.alt = "";
        image.loading = "lazy";
        image.src = address(one.picture);
        button.append(image);
      }
      const name = document.createElement("bdi");
      name.textContent = visible(one.path);
      button.append(name);
      button.addEventListener("click", () => { picker.close(); choose(one.path); });
      return button;
    }));
    picker.showModal();
  };

  for (const kind of ["input", "change"]) byId("answer").addEventListener(kind, refresh);
  for (const box of document.querySelectorAll("[data-warning]")) box.addEventListener("change", refresh);
  document.querySelectorAll("[data-pair]").forEach(setUpPair);
  refresh();
})();
