// A stand-in for After Effects: as much of its object tree as populate.jsx uses, in an engine cut back to ES3.
// node after_effects.js SCRIPT PROJECT.json STATE.json: runs the script, writes what became of the project to STATE.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const [, , script, projectFile, stateFile] = process.argv;
const world = JSON.parse(fs.readFileSync(projectFile, "utf8"));
const state = { opened: null, saved: null, suppressed: 0, undo: 0, pwned: false, imported: [], log: [], order: [] };

class Folder {
  constructor(at) { this.at = path.resolve(decodeURIComponent(at)); }
  get absoluteURI() { return this.at.split("/").map(encodeURIComponent).join("/"); }
  get fsName() { return this.at; }
  get parent() { return new Folder(encodeURIComponent(path.dirname(this.at)).replace(/%2F/g, "/")); }
}
class File extends Folder {
  get exists() { return fs.existsSync(this.at); }
  open(mode) { this.text = ""; return mode === "w" && !world.refuse_writing; }
  write(text) { this.text += text; return true; }
  close() { if (!world.refuse_writing) { fs.writeFileSync(this.at, this.text); } return true; }
  remove() { fs.unlinkSync(this.at); return true; }
  rename(name) { fs.renameSync(this.at, path.join(path.dirname(this.at), name)); return true; }
  get error() { return world.refuse_writing ? "Permission denied" : ""; }
}

class Item {
  constructor(values) { Object.assign(this, values); }
}
class FootageItem extends Item {}
class FolderItem extends Item {}
class CompItem extends Item {
  get numLayers() { return this.all.length; }
  layer(index) { return this.all[index - 1]; }
  get layers() {
    const comp = this;
    return { add(item) { const made = new Layer({ name: item.name, source: item }, comp); comp.all.unshift(made); return made; } };
  }
}
class TextDocument {
  constructor(text, font) { this.text = text; this.font = font; }
}
class Property {
  constructor(values) {
    Object.assign(this, values);
    this.numKeys = (values.keys || []).length;
  }
  get value() { return new TextDocument(this.held.text, this.held.font); }
  setValue(value) {
    if (this.numKeys) { throw new Error("Can not set value with setValue() for a property with keyframes"); }
    this.held = value;
  }
  keyValue(k) { return new TextDocument(this.keys[k - 1].text, this.keys[k - 1].font); }
  setValueAtKey(k, value) { this.keys[k - 1] = value; }
}
class Layer {
  constructor(values, comp) {
    Object.assign(this, { inPoint: 0, outPoint: comp.duration, startTime: 0, locked: false }, values);
    this.containingComp = comp;
    if (world.version < 22) { delete this.id; }
    if (values.text !== undefined) {
      this.held = new Property({ held: new TextDocument(values.text, "RUSHFLOW"), keys: (values.keys || []).map((t, i) => new TextDocument(t, "F" + i)),
        expression: values.expression || "", expressionEnabled: !!values.expression });
    }
    this.scale = new Property({ held: [100, 100, 100] });
  }
  get index() { return this.containingComp.all.indexOf(this) + 1; }
  property(name) {
    if (name === "ADBE Text Properties") { return this.held ? { property: () => this.held } : null; }
    if (name === "ADBE Transform Group") { return { property: () => this.scale }; }
    return null;
  }
  replaceSource(item) {
    if (this.locked) { throw new Error("the layer is locked"); }
    this.source = item;
  }
}

function load() {
  const items = world.items.map((one) => {
    if (one.layers) {
      const comp = new CompItem(Object.assign({ all: [], duration: 10, frameRate: 25 }, one, { layers: undefined }));
      return comp;
    }
    return new FootageItem(one);
  });
  world.items.forEach((one, at) => {
    for (const layer of one.layers || []) {
      const source = layer.source === undefined ? null : items.find((item) => item.id === layer.source);
      items[at].all.push(new Layer(Object.assign({}, layer, { source }), items[at]));
    }
  });
  return items;
}
// `layers` of a CompItem is a getter on the class; plain data must not hide it.
Object.defineProperty(CompItem.prototype, "layers", Object.assign(Object.getOwnPropertyDescriptor(CompItem.prototype, "layers"), { set() {} }));

const project = {
  all: [], file: null, dirty: false,
  get numItems() { return this.all.length; },
  item(i) { return this.all[i - 1]; },
  items: {
    addFolder(name) { const made = new FolderItem({ name, id: 900 }); project.all.push(made); return made; },
    addComp(name, width, height, pixelAspect, duration, frameRate) {
      const made = new CompItem({ name, width, height, pixelAspect, duration, frameRate, id: 901, all: [] });
      project.all.push(made);
      return made;
    },
  },
  importFile(options) {
    const bytes = fs.readFileSync(options.file.at);
    const made = new FootageItem({ name: path.basename(options.file.at), width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), mainSource: { hasAlpha: true } });
    state.imported.push(options.file.at);
    this.all.push(made);
    return made;
  },
  save(file) { if (!world.refuse_saving) { fs.writeFileSync(file.at, "saved"); this.file = file; } state.saved = file.at; },
};
if (world.already_open) { project.all = [new FootageItem({ name: "x" })]; project.dirty = world.already_open.dirty; }

const app = {
  version: world.version + ".0", project,
  open(file) { state.opened = file.at; project.file = file; project.all = load(); project.dirty = false; return project; },
  beginSuppressDialogs() { state.suppressed += 1; }, endSuppressDialogs() { state.suppressed -= 1; },
  beginUndoGroup() { state.undo += 1; }, endUndoGroup() { state.undo -= 1; },
};

const context = vm.createContext({
  app, File, Folder, CompItem, FootageItem, FolderItem,
  ImportOptions: class { constructor(file) { this.file = file; } canImportAs() { return true; } },
  ImportAsType: { FOOTAGE: 1 }, AlphaMode: { STRAIGHT: 2 },
  $: { fileName: script, writeln(text) { state.log.push(text); } },
  alert() { state.pwned = true; }, pwn() { state.pwned = true; },
});
vm.runInContext(`delete this.JSON; delete this.Map; delete this.Promise;
var later = ["forEach", "map", "filter", "indexOf", "some", "every", "reduce", "includes", "find", "at"];
for (var i = 0; i < later.length; i++) { delete Array.prototype[later[i]]; }
delete String.prototype.trim; delete String.prototype.includes; delete Object.keys; delete Array.isArray;`, context);

let failure = null;
try {
  vm.runInContext(fs.readFileSync(decodeURIComponent(script), "latin1"), context, { filename: script });
} catch (error) {
  failure = String(error.message);
}
const source = (item) => item && { name: item.name, width: item.width, height: item.height,
  inner: item instanceof CompItem && item.all.length ? { of: item.all[0].source.name, scale: item.all[0].scale.held } : null };
state.failure = failure;
state.comps = project.all.filter((item) => item instanceof CompItem).map((comp) => ({
  name: comp.name,
  layers: comp.all.map((layer) => ({ name: layer.name, locked: layer.locked, source: source(layer.source),
    text: layer.held ? layer.held.held.text : null, font: layer.held ? layer.held.held.font : null,
    keys: layer.held ? layer.held.keys.map((key) => [key.text, key.font]) : [] })),
}));
fs.writeFileSync(stateFile, JSON.stringify(state));
