"use strict";
// What the scripts of all pages have in common: they make a finished sidecar, to be copied or saved. Nothing is sent, stored
// or decided here: only the file in the job folder does.
const sidecar = (() => {
  const question = JSON.parse(document.getElementById("question").textContent);
  const byId = (id) => document.getElementById(id);
  const decision = () => document.querySelector("#answer input[name=decision]:checked")?.value || "pending";

  // YAML: every text in double quotes; what is no printable sign is written as its number.
  const quoted = (text) => {
    let out = '"';
    for (const sign of text) {
      const code = sign.codePointAt(0);
      if (sign === '"' || sign === "\\") out += "\\" + sign;
      else if (sign === "\n") out += "\\n";
      else if (sign === "\t") out += "\\t";
      else if (code >= 0xd800 && code <= 0xdfff) out += "\\ufffd";
      else if (/[\p{C}\p{Zl}\p{Zp}]/u.test(sign)) out += "\\U" + code.toString(16).padStart(8, "0");
      else out += sign;
    }
    return out + '"';
  };

  const text = (lines) => [
    "# yaml-language-server: $schema=" + question.schema,
    "# Made on " + question.page + ". Save it in the job folder as " + question.file + ".",
    "for: {job: " + quoted(question.job) + ", revision: " + question.revision + "}",
    "decision: " + decision(),
    ...lines,
    "end: true",
    "",
  ].join("\n");

  const area = byId("yaml");
  const show = (lines, count, lacking) => {
    area.value = text(lines);
    area.rows = Math.min(24, area.value.split("\n").length + 1);
    byId("count").textContent = count;
    byId("check").textContent = lacking;
    byId("check").hidden = !lacking;
    for (const part of document.querySelectorAll("[data-live]")) part.hidden = false;
  };

  const say = (text) => { byId("said").textContent = text; };
  byId("copy").addEventListener("click", async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(area.value);
    } catch {
      area.select();
      done = document.execCommand("copy");
    }
    say(done ? "Copied. Paste it over the whole content of " + question.file + "." : "Select the text above and copy it.");
  });
  byId("download").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([area.value], { type: "text/yaml;charset=utf-8" }));
    link.download = question.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    say("Saved with your downloads. Move it into the job folder, in place of the " + question.file + " there.");
  });
  return { question, byId, decision, quoted, show };
})();
