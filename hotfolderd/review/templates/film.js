// What is chosen on the review page of an episode; and the speed of its players.
(() => {
  const { question, byId, decision, quoted, show } = sidecar;
  const cards = new Map([...document.querySelectorAll("[data-segment]")].map((card) => [Number(card.dataset.segment), card]));
  let order = [...question.film.order];

  const chosen = (card) => card.querySelector("[data-field=decision]:checked").value;
  const written = (card, name) => card.querySelector("[data-field=" + name + "]").value.trim();
  const shows = (card, name) => !card.querySelector("[data-field=" + name + "]").closest("[data-for]").hidden;

  const segmentLines = (one) => {
    const card = cards.get(one.segment);
    const lines = ["  - segment: " + one.segment, "    version: " + one.version, "    decision: " + chosen(card)];
    if (chosen(card) === "pending") return lines;
    const add = (name, text) => { if (shows(card, name) && written(card, name)) lines.push("    " + name + ": " + text(written(card, name))); };
    const plain = (text) => text;
    add("rating", plain);
    add("feedback", quoted);
    add("reason", quoted);
    add("to_version", plain);
    const changes = [["prompt", quoted], ["dialogue", quoted], ["style", quoted], ["duration", plain], ["seed", plain]]
      .filter(([name]) => shows(card, name) && written(card, name))
      .map(([name, text]) => name + ": " + text(written(card, name)));
    if (changes.length) lines.push("    changes: {" + changes.join(", ") + "}");
    if (chosen(card) === "regenerate" && card.querySelector("[data-field=keep_original]").checked) lines.push("    keep_original: true");
    return lines;
  };

  const film = (name) => document.querySelector("[data-film=" + name + "]");
  const allLines = () => {
    const lines = [];
    for (const field of document.querySelectorAll("#answer [data-key]")) {
      if (field.value.trim()) lines.push(field.dataset.key + ": " + quoted(field.value.trim()));
    }
    lines.push("segments:", ...question.segments.flatMap(segmentLines));
    lines.push("compile:", "  order: [" + order.join(", ") + "]");
    const music = film("music").value;
    lines.push("  music: " + (music === "false" ? music : quoted(music)));
    for (const name of ["transition", "transition_s", "music_volume", "target_lufs"]) {
      if (film(name).value !== "") lines.push("  " + name + ": " + film(name).value);
    }
    const pairs = order.slice(1).map((number, at) => order[at] + "-" + number);
    const joints = Object.entries(question.film.joints).filter(([at]) => pairs.includes(at)).map(([at, how]) => quoted(at) + ": " + how);
    lines.push("  joints: {" + joints.join(", ") + "}", "  normalize: " + film("normalize").checked);
    if (question.film.allow_repeat) lines.push("  allow_repeat: true");
    return lines;
  };

  const lacking = () => {
    for (const [number, card] of cards) {
      if (chosen(card) === "reject" && [...written(card, "reason")].length < 10) return "Segment " + number + ": write a reason of at least 10 characters.";
      if (chosen(card) === "rollback" && !written(card, "to_version")) return "Segment " + number + ": there is no other version to go back to.";
    }
    const decided = [...cards.values()].filter((card) => chosen(card) !== "pending").length;
    return decided || decision() !== "pending" ? "" : "Nothing is decided yet.";
  };
  const refresh = () => {
    for (const card of cards.values()) {
      for (const part of card.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(chosen(card));
    }
    const decided = [...cards.values()].filter((card) => chosen(card) !== "pending").length;
    show(allLines(), decided + (decided === 1 ? " segment decided" : " segments decided") + " · " + decision(), lacking());
  };

  const showOrder = () => {
    byId("order").replaceChildren(...order.map((number, at) => {
      const row = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = "Segment " + number;
      row.append(name);
      for (const [label, title, act] of [
        ["↑", "earlier", () => { if (at) [order[at - 1], order[at]] = [order[at], order[at - 1]]; }],
        ["↓", "later", () => { if (at + 1 < order.length) [order[at + 1], order[at]] = [order[at], order[at + 1]]; }],
        ["×", "leave it out", () => { order = order.filter((_, other) => other !== at); }],
      ]) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = label;
        button.title = title;
        button.setAttribute("aria-label", "Segment " + number + ": " + title);
        button.addEventListener("click", () => { act(); showOrder(); refresh(); });
        row.append(button);
      }
      return row;
    }));
  };

  byId("approve-all").addEventListener("click", () => {
    for (const card of cards.values()) {
      if (card.querySelector("video")) card.querySelector("[data-field=decision][value=approve]").checked = true;
    }
    refresh();
  });
  for (const group of document.querySelectorAll(".rates")) {
    const video = group.parentElement.querySelector("video");
    for (const button of group.querySelectorAll("[data-rate]")) {
      button.addEventListener("click", () => {
        video.playbackRate = Number(button.dataset.rate);
        for (const other of group.querySelectorAll("[data-rate]")) other.setAttribute("aria-pressed", String(other === button));
      });
    }
  }
  for (const name of ["transition", "transition_s", "music_volume", "target_lufs"]) film(name).value = question.film[name];
  for (const kind of ["input", "change"]) document.querySelector("main").addEventListener(kind, refresh);
  showOrder();
  refresh();
})();
