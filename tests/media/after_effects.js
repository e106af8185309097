// A model of After Effects: as much of its object tree as populate.jsx uses, in an engine cut back to ES3.
// Evaluated by after_effects.py, which gives `host(name, argument)`: files, pictures, and the project that is opened.
// Where After Effects refuses something (a locked layer, a value where there are key frames), so does this.
var STATE = { opened: null, saved: null, suppressed: 0, undo: 0, pwned: false, imported: [], log: [], added: 0 };

class Folder {
  constructor(at) { this.at = resolved(decodeURIComponent(at)); }
  get absoluteURI() { return encoded(this.at); }
  get fsName() { return this.at; }
  get parent() { return new Folder(encoded(this.at.split("/").slice(0, -1).join("/") || "/")); }
}
function encoded(path) {
  const parts = path.split("/");
  for (let i = 0; i < parts.length; i++) { parts[i] = encodeURIComponent(parts[i]); }
  return parts.join("/");
}
function resolved(path) {
  const parts = [];
  for (const part of path.split("/")) {
    if (part === "..") { parts.pop(); } else if (part !== "" && part !== ".") { parts.push(part); }
  }
  return "/" + parts.join("/");
}
class File extends Folder {
  get exists() { return host("exists", this.at); }
  open(mode) { this.text = ""; return mode === "w" && !host("refuses", "writing"); }
  write(text) { this.text += text; return true; }
  close() { if (!host("refuses", "writing")) { host("write", [this.at, this.text]); } return true; }
  remove() { return host("remove", this.at); }
  rename(name) { return host("rename", [this.at, name]); }
  get error() { return host("refuses", "writing") ? "Permission denied" : ""; }
}

class Item {
  constructor(values) { Object.assign(this, values); }
  get name() { return this.ownName || this.derivedName; }
  set name(name) { this.ownName = name; }
  get derivedName() { return ""; }
}
class FolderItem extends Item {}
class FootageItem extends Item {
  get derivedName() {
    const file = (this.file || "").replace(/\\/g, "/").split("/").pop();
    return this.psdLayer ? this.psdLayer + "/" + file : file;
  }
  // As its reference says: another source, whose interpretation is that of the one before.
  replace(file) {
    const found = host("picture", file.at);
    this.file = file.at;
    this.psdLayer = "";
    this.solid = false;
    this.width = found.width;
    this.height = found.height;
    this.mainSource = { hasAlpha: found.hasAlpha, alphaMode: this.mainSource.alphaMode, invertAlpha: this.mainSource.invertAlpha };
  }
}
class CompItem extends Item {
  get numLayers() { return this.all.length; }
  layer(index) { return this.all[index - 1]; }
}
class TextDocument {
  constructor(text, font) { this.text = text; this.font = font; }
}
class SourceText {
  constructor(layer, values) {
    this.layer = layer;
    this.documents = [];
    for (const one of values.texts) { this.documents.push(new TextDocument(one[0], one[1])); }
    this.numKeys = values.keyed ? values.texts.length : 0;
    this.expression = values.expression || "";
    this.expressionEnabled = this.expression !== "";
  }
  copy(at) { return new TextDocument(this.documents[at].text, this.documents[at].font); }
  // What an expression makes of it, as its reference says; what was set is the value before the expression.
  get value() { return this.expressionEnabled ? new TextDocument("EVALUATED", "Evaluated-Font") : this.copy(0); }
  valueAtTime(time, preExpression) { return preExpression ? this.copy(0) : this.value; }
  setValue(value) {
    this.layer.demandUnlocked();
    if (this.numKeys) { throw new Error("Can not set value with setValue() for a property with keyframes"); }
    this.documents[0] = value;
  }
  keyValue(k) { return this.copy(k - 1); }
  setValueAtKey(k, value) { this.layer.demandUnlocked(); this.documents[k - 1] = value; }
}
class Layer {
  constructor(values, comp, source) {
    Object.assign(this, { ownName: values.ownName, rest: values.rest, kind: values.kind, isLocked: !!values.locked });
    this.containingComp = comp;
    this.held = values.kind === "text" ? new SourceText(this, values) : null;
    this.shown = source;
    this.number = values.id;
  }
  get id() { return host("version") < 22 ? undefined : this.number; }
  get index() {
    const all = this.containingComp.all;
    for (let i = 0; i < all.length; i++) { if (all[i] === this) { return i + 1; } }
    return 0;
  }
  get source() { return this.shown; }
  get isNameSet() { return this.ownName !== ""; }
  get name() {
    return this.ownName || (this.held ? this.held.documents[0].text.split("\r")[0] : this.shown ? this.shown.name : "");
  }
  set name(name) { this.demandUnlocked(); this.ownName = name; }
  get locked() { return this.isLocked; }
  set locked(locked) { this.isLocked = locked; }
  demandUnlocked() { if (this.isLocked) { throw new Error("the layer is locked"); } }
  property(name) {
    if (name === "ADBE Text Properties") { return this.held ? { property: () => this.held } : null; }
    const layer = this;  // whatever else is taken hold of counts as changed
    return { property: () => ({ setValue() { layer.rest = "touched"; } }) };
  }
  replaceSource(item) {
    this.demandUnlocked();
    this.shown = item;
  }
}

function load(world) {
  const items = [], byId = {};
  for (const one of world.items) {
    const { id, ownName, width, height, pixelAspect, file, psdLayer, solid } = one;
    const values = { id, ownName, width, height, pixelAspect, file, psdLayer, solid };
    const made = one.type === "comp" ? new CompItem(Object.assign(values, { all: [] }))
      : one.type === "folder" ? new FolderItem(values)
      : new FootageItem(Object.assign(values, {
        mainSource: { hasAlpha: one.hasAlpha, alphaMode: one.alphaMode, invertAlpha: one.invertAlpha } }));
    byId[id] = made;
    items.push(made);
  }
  for (let at = 0; at < items.length; at++) {
    for (const layer of world.items[at].layers || []) {
      items[at].all.push(new Layer(layer, items[at], layer.source === null ? null : byId[layer.source]));
    }
  }
  return items;
}

const project = {
  all: [], file: null, dirty: false,
  get numItems() { return this.all.length; },
  item(i) { return this.all[i - 1]; },
  importFile(options) {
    const found = host("picture", options.file.at);
    const made = new FootageItem({ id: 9000 + STATE.added, type: "footage", ownName: "", file: options.file.at, psdLayer: "",
      solid: false, width: found.width, height: found.height, pixelAspect: 1.094,  // guessed by the size, as 720x576
      mainSource: { hasAlpha: found.hasAlpha, alphaMode: AlphaMode.PREMULTIPLIED, invertAlpha: false } });  // a wrong guess
    STATE.added += 1;
    STATE.imported.push(options.file.at);
    this.all.push(made);
    return made;
  },
  save(file) {
    if (!host("refuses", "saving")) { host("write", [file.at, "saved"]); this.file = file; }
    STATE.saved = file.at;
  },
};
if (host("already_open")) { project.all = [new FootageItem({ ownName: "x" })]; project.dirty = host("already_open").dirty; }

const app = {
  version: host("version") + ".0", project,
  open(file) {
    STATE.opened = file.at;
    project.file = file;
    project.all = load(host("open", file.at));
    project.dirty = false;
    return project;
  },
  beginSuppressDialogs() { STATE.suppressed += 1; }, endSuppressDialogs() { STATE.suppressed -= 1; },
  beginUndoGroup() { STATE.undo += 1; }, endUndoGroup() { STATE.undo -= 1; },
};
const ImportAsType = { FOOTAGE: 1 };
const AlphaMode = { STRAIGHT: "straight", IGNORE: "ignore", PREMULTIPLIED: "premultiplied" };
class ImportOptions {
  constructor(file) { this.file = file; }
  canImportAs() { return true; }
}
const $ = { fileName: host("script_uri"), writeln(text) { STATE.log.push(text); } };
function alert() { STATE.pwned = true; }
function pwn() { STATE.pwned = true; }

function worldNow() {
  return { items: project.all.map((item) => ({
    id: item.id, type: item instanceof CompItem ? "comp" : item instanceof FolderItem ? "folder" : "footage",
    ownName: item.ownName, name: item.name, file: item.file || null, psdLayer: item.psdLayer || "", solid: !!item.solid,
    width: item.width || 0, height: item.height || 0, pixelAspect: item.pixelAspect || 1,
    hasAlpha: item.mainSource ? item.mainSource.hasAlpha : false,
    alphaMode: item.mainSource && item.mainSource.hasAlpha ? item.mainSource.alphaMode : "none",
    layers: item instanceof CompItem ? item.all.map((layer) => ({
      id: layer.number, name: layer.name, kind: layer.kind, locked: layer.isLocked, rest: layer.rest,
      source: layer.shown ? layer.shown.id : null,
      texts: layer.held ? layer.held.documents.map((one) => [one.text, one.font]) : [] })) : undefined,
  })) };
}

// ExtendScript is ES3: what came later is taken away while the script runs. The model uses none of it meanwhile.
function inES3(run) {
  const cut = [[globalThis, "JSON"], [globalThis, "Map"], [globalThis, "Promise"], [Object, "keys"], [Array, "isArray"]];
  for (const name of ["forEach", "map", "filter", "indexOf", "some", "every", "reduce", "includes", "find", "at"]) {
    cut.push([Array.prototype, name]);
  }
  for (const name of ["trim", "includes", "startsWith", "endsWith", "repeat", "padStart"]) { cut.push([String.prototype, name]); }
  for (const one of cut) { one.push(one[0][one[1]]); delete one[0][one[1]]; }
  try {
    run();
    return null;
  } catch (error) {
    return String(error.message);
  } finally {
    for (const one of cut) { one[0][one[1]] = one[2]; }
  }
}
