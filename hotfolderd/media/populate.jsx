// The fixed part of a populate script. It stands behind `var ORDER = [...]` (see jsx.py) inside one function, and is
// ES3: no JSON, no array extras, no trailing commas. It reads ORDER and the open project, writes the populated project
// and populate.result.json beside this script. It never asks anything, and never touches layers that ORDER does not name.

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

// By id (After Effects 22 and later), then by name at its place, then by name if only one layer bears it.
function findLayer(comp, id, index, name, isText) {
    var named = [];
    for (var i = 1; i <= comp.numLayers; i++) {
        var layer = comp.layer(i);
        if (layer.name === name && !!layer.property("ADBE Text Properties") === isText) {
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
        throw new Error(named.length + (isText ? " text" : " picture") + " layers are called " + quoted(name)
            + " in " + quoted(comp.name));
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
            copy.text = words;
            source.setValueAtKey(k, copy);
        }
    } else {
        copy = source.value;
        copy.text = words;
        source.setValue(copy);
    }
    if (source.expression && source.expressionEnabled) {
        return "the layer has a Source Text expression, which may show something else";
    }
    return "";
}

// ---- Pictures: a new item for the one layer; other users of the old footage keep it ----

// `pictures.imported` holds [path, item] pairs; `pictures.folder` is made with the first of them.
function importPicture(file, pictures) {
    for (var i = 0; i < pictures.imported.length; i++) {
        if (pictures.imported[i][0] === file.fsName) {
            return pictures.imported[i][1];
        }
    }
    if (!file.exists) {
        throw new Error("the picture is not there: " + file.fsName);
    }
    var options = new ImportOptions(file);
    if (options.canImportAs(ImportAsType.FOOTAGE)) {
        options.importAs = ImportAsType.FOOTAGE;
    }
    options.sequence = false;
    var item = app.project.importFile(options);
    if (item.mainSource && item.mainSource.hasAlpha) {
        item.mainSource.alphaMode = AlphaMode.STRAIGHT;
    }
    if (pictures.folder === null) {
        pictures.folder = app.project.items.addFolder("hotfolderd " + valueOf(ORDER, "job"));
    }
    item.parentFolder = pictures.folder;
    pictures.imported.push([file.fsName, item]);
    return item;
}

// A picture of another size goes into a comp of the old source's size, scaled there: the layer's own transform,
// key frames, masks, effects and children then stay right, and what "fill" lets run over is cut at the frame.
function framed(item, old, layer, fit, folder) {
    var length = Math.max(layer.containingComp.duration, Math.abs(layer.outPoint - layer.startTime));
    var frame = app.project.items.addComp(item.name + " in " + old.width + "x" + old.height, old.width, old.height,
        old.pixelAspect || 1, length, layer.containingComp.frameRate);
    frame.parentFolder = folder;
    var inner = frame.layers.add(item);
    var across = 100 * old.width / item.width;
    var down = 100 * old.height / item.height;
    if (fit === "fill") {
        across = down = Math.max(across, down);
    } else if (fit !== "stretch") {
        across = down = Math.min(across, down);
    }
    inner.property("ADBE Transform Group").property("ADBE Scale").setValue([across, down, 100]);
    return frame;
}

function setPicture(layer, file, fit, pictures) {
    var old = layer.source;
    if (!old) {
        throw new Error("the layer has no source that could be replaced");
    }
    var item = importPicture(file, pictures);
    if (item.width === old.width && item.height === old.height) {
        layer.replaceSource(item, false);
        return "";
    }
    var note = item.width + "x" + item.height + " into " + old.width + "x" + old.height + " (" + fit + ")";
    layer.replaceSource(framed(item, old, layer, fit, pictures.folder), false);
    return note;
}

// ---- One action after the other; each is reported ----

function perform(action, here, pictures) {
    var kind = valueOf(action, "kind");
    var report = [
        ["placeholder", valueOf(action, "placeholder")],
        ["comp", valueOf(action, "comp")],
        ["kind", kind],
        ["ok", false],
        ["reason", ""]
    ];
    var layer = null;
    var locked = false;
    try {
        var comp = findComp(valueOf(action, "comp_id"), valueOf(action, "comp"));
        layer = findLayer(comp, valueOf(action, "layer_id"), valueOf(action, "index"), valueOf(action, "placeholder"),
            kind === "text");
        locked = layer.locked === true;
        if (locked) {
            layer.locked = false;
        }
        if (kind === "text") {
            report[4][1] = setText(layer, valueOf(action, "text"));
        } else {
            report[4][1] = setPicture(layer, fileAt(here, valueOf(action, "picture")), valueOf(action, "fit"), pictures);
        }
        report[3][1] = true;
    } catch (problem) {
        report[4][1] = String(problem.message || problem);
    }
    if (locked) {
        layer.locked = true;
    }
    return report;
}

function performAll(here, reports) {
    var actions = valueOf(ORDER, "actions");
    var pictures = {imported: [], folder: null};
    var good = true;
    for (var i = 0; i < actions.length; i++) {
        var report = perform(actions[i], here, pictures);
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
