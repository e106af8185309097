// The fixed part of a populate script. It stands behind `var ORDER = [...]` (see jsx.py) inside one function, and is
// ES3: no JSON, no array extras, no trailing commas. It reads ORDER and the open project, writes the populated project
// and populate.result.json beside this script. It never asks anything, never undoes anything, and never touches layers
// that ORDER does not name. It does what the project written without After Effects has: the same texts, the same
// pictures, exchanged in the footage item where nothing else uses it, imported where something does.

var RESULT_NAME = "populate.result.json";

function valueOf(pairs, key) {
    for (var i = 0; i < pairs.length; i++) {
        if (pairs[i][0] === key) {
            return pairs[i][1];
        }
    }
    throw new Error("the order lacks " + key);
}

// ---- JSON, written by hand: ES3 has none ----

function quoted(text) {
    var out = "\"";
    var source = String(text);
    for (var i = 0; i < source.length; i++) {
        var code = source.charCodeAt(i);
        if (code === 34 || code === 92) {
            out += "\\" + source.charAt(i);
        } else if (code < 32 || code > 126) {
            var hex = code.toString(16);
            while (hex.length < 4) {
                hex = "0" + hex;
            }
            out += "\\u" + hex;
        } else {
            out += source.charAt(i);
        }
    }
    return out + "\"";
}

function asJson(value) {
    if (value === null || value === undefined) {
        return "null";
    }
    if (typeof value === "boolean") {
        return value ? "true" : "false";
    }
    if (typeof value === "number") {
        return isFinite(value) ? String(value) : "null";
    }
    return quoted(value);
}

function objectOf(pairs) {
    var parts = [];
    for (var i = 0; i < pairs.length; i++) {
        parts.push(quoted(pairs[i][0]) + ": " + asJson(pairs[i][1]));
    }
    return "{" + parts.join(", ") + "}";
}

function resultJson(head, actions) {
    var lines = [];
    for (var i = 0; i < actions.length; i++) {
        lines.push("  " + objectOf(actions[i]));
    }
    var top = objectOf(head);
    return top.substring(0, top.length - 1) + ", \"actions\": [\n" + lines.join(",\n") + "\n]}\n";
}

// ---- Files: always relative to the folder of this script, names taken literally ----

function scriptFolder() {
    var here = new File($.fileName);
    if (!here.exists) {
        throw new Error("the script must be run from its file (File > Scripts > Run Script File)");
    }
    return here.parent;
}

function fileAt(folder, relative) {
    var steps = relative.split("/");
    var at = folder;
    var rest = [];
    for (var i = 0; i < steps.length; i++) {
        if (steps[i] === ".." && rest.length === 0) {
            at = at.parent;
        } else if (steps[i] !== "." && steps[i] !== "") {
            rest.push(encodeURIComponent(steps[i]));
        }
    }
    return new File(at.absoluteURI + "/" + rest.join("/"));
}

function writeResult(folder, text) {
    var file = fileAt(folder, RESULT_NAME + ".tmp");
    file.encoding = "UTF-8";
    file.lineFeed = "Unix";
    var written = file.open("w") && file.write(text);
    written = file.close() && written;
    var target = fileAt(folder, RESULT_NAME);
    if (written && target.exists) {
        target.remove();
    }
    if (!written || !file.rename(RESULT_NAME)) {
        throw new Error("cannot write " + RESULT_NAME + ": " + file.error
            + " (Preferences > Scripting & Expressions > Allow Scripts To Write Files)");
    }
}

// ---- The project ----

function sameFile(a, b) {
    return a !== null && a !== undefined && a.fsName === b.fsName;
}

function openTemplate(file) {
    if (!file.exists) {
        throw new Error("the template is not there: " + file.fsName);
    }
    var open = app.project;
    if (open && sameFile(open.file, file)) {
        if (open.dirty === true) {
            throw new Error("the template is open with unsaved changes; close it without saving and run again");
        }
        return;
    }
    if (open && open.numItems > 0 && open.dirty !== false) {
        throw new Error("another project is open and may have unsaved changes; save and close it, and run again");
    }
    if (!app.open(file)) {
        throw new Error("After Effects could not open " + file.fsName);
    }
}

function findComp(id, name) {
    var named = [];
    for (var i = 1; i <= app.project.numItems; i++) {
        var item = app.project.item(i);
        if (item instanceof CompItem && item.name === name) {
            if (item.id === id) {
                return item;
            }
            named.push(item);
        }
    }
    if (named.length !== 1) {
        throw new Error(named.length + " comps are called " + quoted(name) + ", none of them has id " + id);
    }
    return named[0];
}

// The value that was set: `value` is what an expression makes of it, whose style would be set for good.
function ownValue(source) {
    return source.expression && source.expressionEnabled ? source.valueAtTime(0, true) : source.value;
}

// A text without a name of its own is called after its first line, which After Effects may show in another form.
function bears(layer, name) {
    if (layer.name === name) {
        return true;
    }
    var text = layer.property("ADBE Text Properties");
    if (!text || layer.isNameSet === true) {
        return false;
    }
    var source = text.property("ADBE Text Document");
    var first = source.numKeys > 0 ? source.keyValue(1) : ownValue(source);
    return String(first.text).replace(/\n/g, "\r").split("\r")[0] === name;
}

// By id (After Effects 22 and later), then by name at its place, then by name if only one layer bears it.
// `kind` is text or image; empty where it may be any.
function findLayer(comp, id, index, name, kind) {
    var named = [];
    for (var i = 1; i <= comp.numLayers; i++) {
        var layer = comp.layer(i);
        var isText = !!layer.property("ADBE Text Properties");
        if ((kind === "" || isText === (kind === "text")) && bears(layer, name)) {
            if (layer.id !== undefined && layer.id === id) {
                return layer;
            }
            named.push(layer);
        }
    }
    for (var k = 0; k < named.length; k++) {
        if (named[k].index === index) {
            return named[k];
        }
    }
    if (named.length !== 1) {
        var sort = {text: " text", image: " picture"}[kind] || "";
        throw new Error(named.length + sort + " layers are called " + quoted(name) + " in " + quoted(comp.name));
    }
    return named[0];
}

// ---- Text: every key frame gets the new words and keeps its own style ----

function setText(layer, text) {
    var source = layer.property("ADBE Text Properties").property("ADBE Text Document");
    var words = text.replace(/\r\n|\n/g, "\r");
    var copy;
    if (source.numKeys > 0) {
        for (var k = 1; k <= source.numKeys; k++) {
            copy = source.keyValue(k);
            if (copy.text !== words) {
                copy.text = words;
                source.setValueAtKey(k, copy);
            }
        }
    } else {
        copy = ownValue(source);
        // Setting the text gives all of it the style of its first character: only where something changes.
        if (copy.text !== words) {
            copy.text = words;
            source.setValue(copy);
        }
    }
    if (source.expression && source.expressionEnabled) {
        return "the layer has a Source Text expression, which may show something else";
    }
    return "";
}

// ---- Pictures: all of them are prepared, in the size of the footage that they replace ----

function usersOf(footage) {
    var users = 0;
    for (var i = 1; i <= app.project.numItems; i++) {
        var item = app.project.item(i);
        if (item instanceof CompItem) {
            for (var k = 1; k <= item.numLayers; k++) {
                var source = item.layer(k).source;
                if (source && source.id === footage.id) {
                    users += 1;
                }
            }
        }
    }
    return users;
}

// Our pictures have straight alpha, whatever the one before had.
function interpret(item) {
    if (item.mainSource && item.mainSource.hasAlpha) {
        item.mainSource.alphaMode = AlphaMode.STRAIGHT;
        item.mainSource.invertAlpha = false;
    }
}

// `imported` holds [path, item] pairs.
function importPicture(file, imported) {
    for (var i = 0; i < imported.length; i++) {
        if (imported[i][0] === file.fsName) {
            return imported[i][1];
        }
    }
    var options = new ImportOptions(file);
    if (options.canImportAs(ImportAsType.FOOTAGE)) {
        options.importAs = ImportAsType.FOOTAGE;
    }
    options.sequence = false;
    var item = app.project.importFile(options);
    interpret(item);
    imported.push([file.fsName, item]);
    return item;
}

function setPicture(layer, file, action, imported) {
    var old = layer.source;
    var itemName = valueOf(action, "item_name");
    var note = "";
    if (!old) {
        throw new Error("the layer has no source that could be replaced");
    }
    if (!file.exists) {
        throw new Error("the picture is not there: " + file.fsName);
    }
    if (itemName !== null && usersOf(old) > 1) {
        itemName = null;
        note = "other layers use " + quoted(old.name) + " now, so the picture was imported";
    }
    if (itemName !== null) {
        old.replace(file);
        interpret(old);
        if (old.name !== itemName) {
            old.name = itemName;
        }
    } else {
        var item = importPicture(file, imported);
        // After Effects guesses the shape of its pixels by its size: a picture of 720x576 would be wider than the old one.
        if (Math.abs(item.pixelAspect - old.pixelAspect) > 0.0001) {
            item.pixelAspect = old.pixelAspect;
        }
        layer.replaceSource(item, false);
    }
    var wanted = valueOf(action, "width") + "x" + valueOf(action, "height");
    var found = layer.source.width + "x" + layer.source.height;
    if (found !== wanted) {
        throw new Error("the picture has " + found + " pixels, " + wanted + " were prepared: it is another file now");
    }
    return note;
}

// ---- One action after the other; each is reported ----

function carryOut(action, kind, here, imported, report) {
    var name = valueOf(action, "placeholder");
    var comp = findComp(valueOf(action, "comp_id"), valueOf(action, "comp"));
    if (kind === "rename" && name === null) {
        comp.name = valueOf(action, "now");
        return;
    }
    var layer = findLayer(comp, valueOf(action, "layer_id"), valueOf(action, "index"), name,
        kind === "rename" ? "" : kind);
    var locked = layer.locked === true;
    if (locked) {
        layer.locked = false;
    }
    try {
        if (kind === "text") {
            report[4][1] = setText(layer, valueOf(action, "text"));
        } else if (kind === "image") {
            report[4][1] = setPicture(layer, fileAt(here, valueOf(action, "picture")), action, imported);
        }
        var wanted = kind === "rename" ? valueOf(action, "now") : name;
        if (layer.name !== wanted) {
            layer.name = wanted;
        }
    } finally {
        if (locked) {
            layer.locked = true;
        }
    }
}

function perform(action, here, imported) {
    var kind = valueOf(action, "kind");
    var report = [
        ["placeholder", valueOf(action, "placeholder")],
        ["comp", valueOf(action, "comp")],
        ["kind", kind],
        ["ok", false],
        ["reason", ""]
    ];
    if (kind === "left") {
        report[3][1] = true;
        report[4][1] = valueOf(action, "why");
        return report;
    }
    try {
        carryOut(action, kind, here, imported, report);
        report[3][1] = true;
    } catch (problem) {
        report[4][1] = String(problem.message || problem);
    }
    return report;
}

function performAll(here, reports) {
    var actions = valueOf(ORDER, "actions");
    var imported = [];
    var good = true;
    for (var i = 0; i < actions.length; i++) {
        var report = perform(actions[i], here, imported);
        good = good && report[3][1];
        reports.push(report);
    }
    return good;
}

// An incomplete project is saved for a look at it, but never under the name of the finished one.
function saveProject(here, complete) {
    var name = valueOf(ORDER, "output");
    if (!complete) {
        name = name.replace(/(\.[^.]*)?$/, ".incomplete$1");
    }
    var target = fileAt(here, name);
    app.project.save(target);
    // A file of this name may have been there before; only a project that was saved bears it now.
    if (!target.exists || !sameFile(app.project.file, target)) {
        throw new Error("After Effects did not save " + target.fsName);
    }
    return name;
}

function main() {
    var here = scriptFolder();
    var reports = [];
    var error = null;
    var saved = null;
    var complete = false;
    var undoing = false;
    var old = fileAt(here, RESULT_NAME);
    if (old.exists) {
        old.remove();
    }
    app.beginSuppressDialogs();
    try {
        openTemplate(fileAt(here, valueOf(ORDER, "template")));
        app.beginUndoGroup("hotfolderd: populate " + valueOf(ORDER, "job"));
        undoing = true;
        complete = performAll(here, reports);
    } catch (problem) {
        error = String(problem.message || problem);
    }
    if (undoing) {
        app.endUndoGroup();
    }
    if (error === null) {
        try {
            saved = saveProject(here, complete);
        } catch (failure) {
            error = String(failure.message || failure);
        }
    }
    app.endSuppressDialogs(false);
    // Where even this file cannot be written the error is thrown: nothing else is left to tell.
    writeResult(here, resultJson([
        ["job", valueOf(ORDER, "job")],
        ["ok", complete && error === null],
        ["saved", saved],
        ["error", error],
        ["after_effects", app.version]
    ], reports));
    $.writeln("hotfolderd: " + (complete && error === null ? "populated " + saved : "failed, see " + RESULT_NAME));
}

main();
