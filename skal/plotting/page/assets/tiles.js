// Thumbnails with what they are called: a glance at what was asked.
const TILE = 56; // CSS pixels of a thumbnail's longer side
const sheets = new Map();

// A sheet is decoded when the first of its thumbnails is looked at.
function sheet(data, number) {
  const name = `sheet-${data}-${number}`;
  if (!sheets.has(name)) {
    const image = new Image();
    image.src = "data:image/png;base64," + textOf(name);
    sheets.set(name, image.decode().then(() => image));
  }
  return sheets.get(name);
}

function thumbnail(data, place, name) {
  const { width, height, columns, per_sheet: perSheet } = head.data[data].thumbnails;
  const factor = TILE / Math.max(width, height), dense = window.devicePixelRatio || 1;
  const canvas = make("canvas", { role: "img", "aria-label": `image of ${name}` });
  canvas.width = Math.round(width * factor * dense);
  canvas.height = Math.round(height * factor * dense);
  canvas.style.width = width * factor + "px";
  canvas.style.height = height * factor + "px";
  sheet(data, Math.floor(place / perSheet)).then((image) => {
    const at = place % perSheet;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = factor * dense < 1;
    context.drawImage(image, (at % columns) * width, Math.floor(at / columns) * height,
      width, height, 0, 0, canvas.width, canvas.height);
    canvas.dataset.ready = "";
  });
  return make("div", { class: "thumb" }, [canvas]);
}

// The images of a round: number, image, label, and whether the model had predicted it.
function tilesOf(data, run, point, numbered = false) {
  const first = starts(run)[point];
  const places = Array.from({ length: run.shown[point] }, (_, i) => first + i).filter((at) => run.thumb[at] >= 0);
  if (!places.length) return [];
  return [make("ol", { class: "tiles", "aria-label": "Images" }, places.map((at) => {
    const { label, predicted } = namesOf(data, run, at);
    const caption = make("span", { class: "caption" });
    if (label !== null) caption.append(make("span", {}, breakable(label)));
    if (predicted !== null && label !== null) {
      const wrong = label !== predicted;
      caption.append(make("span", { class: wrong ? "wrong" : "right" }, wrong ? breakable(`✗ ${predicted}`) : ["✓"]));
    }
    const key = keyOf(data, run.row[at]);
    const said = [label ?? `row ${run.row[at]}`, ...(predicted === null ? [] : [`predicted ${predicted}`]),
      ...(key === undefined ? [] : [key])].join(", ");
    const tile = make("li", { title: said }, [thumbnail(data, run.thumb[at], label ?? `row ${run.row[at]}`), caption]);
    if (numbered) tile.prepend(make("span", { class: "rank", "aria-hidden": "true", text: at - first + 1 }));
    return tile;
  }))];
}

// What names an item, such as its file; undefined where only its row is known.
function keyOf(data, row) {
  const { keys } = head.data[data];
  return keys ? keys[row] : undefined;
}

function rowWords(data, row) {
  const key = keyOf(data, row);
  return key === undefined ? `row ${row}` : `${key} (row ${row})`;
}

// A long name ends its lines behind "_" rather than within a word.
function breakable(name) {
  return name.split(/(?<=_)/).flatMap((part, i) => (i ? [make("wbr"), part] : [part]));
}

function namesOf(data, run, at) {
  const name = (code) => (code < 0 ? null : head.data[data].classes[code]);
  return { label: name(run.label[at]), predicted: name(run.predicted[at]), runnerUp: name(run.runner_up[at]) };
}

// Where each round's rows begin.
function starts(run) {
  if (!run.starts) {
    run.starts = new Int32Array(run.shown.length);
    for (let k = 1; k < run.shown.length; k++) run.starts[k] = run.starts[k - 1] + run.shown[k - 1];
  }
  return run.starts;
}
