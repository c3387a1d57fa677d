// Drawing: only the rows and windows that can be seen are in the page.
const grid = byId("grid"), space = byId("space"), head = byId("head"), axis = byId("axis"), body = byId("body");
const ROW = 30, HEAD = 46;
const view = { by: "person", rows: [], all: [], from: 0, until: 1 };
const at = { row: 0, item: 0 }; // where the keyboard is

const edges = GRANTS.flatMap((it) => [it.start, it.end]).concat(HOLDS.flatMap((it) => [it.start, it.end])).filter((t) => t !== null);
const lowest = Math.min(...minmax(edges, Math.min)), highest = Math.max(...minmax(edges, Math.max));
function minmax(list, pick) { // spread has a limit, lists have none
  let found = list.length ? list[0] : D.now ?? 0;
  for (const t of list) found = pick(found, t);
  return [found];
}
const first = Math.min(lowest, D.now ?? lowest), last = Math.max(highest, (D.now ?? highest)) ;

function showAll() {
  const near = D.now ?? last, edge = 20 * 366 * DAY; // one far date must not squeeze all others
  const from = Math.max(first, near - edge), until = Math.min(Math.max(last, from + DAY), near + edge);
  const room = (until - from) * 0.03;
  setView(from - room, until + room);
}
function setView(from, until) {
  const width = Math.min(Math.max(until - from, 600), 200 * 366 * DAY);
  const middle = Math.min(Math.max((from + until) / 2, -5e9), 2e11);
  view.from = middle - width / 2;
  view.until = middle + width / 2;
  draw();
}
const zoom = (by, around = D.now !== null && D.now > view.from && D.now < view.until ? D.now : (view.from + view.until) / 2) =>
  setView(around - (around - view.from) * by, around + (view.until - around) * by);
const pan = (share) => setView(view.from + (view.until - view.from) * share, view.until + (view.until - view.from) * share);
function spanAround(seconds) {
  if (seconds === 0) return showAll();
  const middle = D.now !== null ? D.now + seconds * 0.3 : (view.from + view.until) / 2;
  setView(middle - seconds / 2, middle + seconds / 2);
}
const left = (t) => `${(t - view.from) / (view.until - view.from) * 100}%`;
const wide = (a, b) => `${(b - a) / (view.until - view.from) * 100}%`;
const lanePixels = () => Math.max(axis.clientWidth, 200);

let asked = 0;
function draw() { if (!asked) asked = requestAnimationFrame(() => { asked = 0; paint(); }); }

function marks(inAxis) {
  const list = [];
  for (const change of clockChanges(view.from, view.until)) {
    list.push(make("div", { class: "clock", style: { left: left(change.start), width: wide(change.start, change.end) } }));
    if (inAxis && view.until - view.from < 400 * DAY) {
      const side = D.now === null ? "" : change.end <= D.now || change.start + change.end < 2 * D.now ? " before" : " after";
      const place = side === " before" ? change.start : side ? change.end : (change.start + change.end) / 2;
      list.push(make("div", { class: `flag turn${side}`, style: { left: left(place) } }, `clocks ${hours(change.by)}`));
    }
  }
  if (D.now !== null && D.now > view.from && D.now < view.until) {
    list.push(make("div", { class: "now", style: { left: left(D.now) } }));
    if (inAxis) list.push(make("div", { class: "flag", style: { left: left(D.now) } }, "now"));
  }
  return list;
}
function paintAxis(points) {
  axis.replaceChildren();
  let era = "", edge = -Infinity;
  for (const point of points) {
    if (point.label) axis.append(make("div", { class: "tick", style: { left: left(point.t), bottom: "0" } }, point.label));
    const x = (point.t - view.from) / (view.until - view.from) * lanePixels();
    if (point.era && point.era !== era && x > edge) {
      axis.append(make("div", { class: "era", style: { left: left(point.t) } }, point.era));
      edge = x + 10 * point.era.length;
    }
    era = point.era;
  }
  axis.append(...marks(true));
}

function describe(it) {
  if (it.type === "none") return `${D.records[it.records[0]][0]} ${D.records[it.records[0]][2]}: ${D.phrases[it.why]}`;
  const until = it.end === null ? "open end" : `until ${localNamed(it.end)}`;
  const kinds = it.kinds.map((kind) => KINDS[kind]).join(" and ");
  return `${kinds}, from ${localNamed(it.start)}, ${until}; ${several(it.records.map((n) => D.records[n][2]))}`;
}
const soft = (kind) => `color-mix(in srgb, var(--${kind}) 24%, var(--bg))`;
function fill(kinds) {
  if (kinds[0] === "hold") return `repeating-linear-gradient(45deg, ${soft("hold")} 0 5px, var(--bg) 5px 9px)`;
  if (kinds.length === 1) return soft(kinds[0]);
  const share = 100 / kinds.length;
  return `linear-gradient(${kinds.map((kind, n) => `${soft(kind)} ${n * share}% ${(n + 1) * share}%`).join(", ")})`;
}
function bar(it, row, number) {
  if (it.type === "none") {
    const lonely = row.items.length === 1;
    return make("button", { type: "button", class: "none", tabindex: "-1", "aria-label": describe(it), "data-row": row.n, "data-item": number,
      style: lonely ? {} : { display: "none" } }, D.phrases[it.why]);
  }
  const end = it.end ?? Infinity;
  if (it.start >= view.until || end <= view.from) return null;
  const a = Math.max(it.start, view.from), b = Math.min(end, view.until);
  const names = ["win"];
  if (it.type === "hold") names.push("hold");
  if (it.start < view.from) names.push("cut-l");
  if (it.end === null) names.push("open-end"); else if (end > view.until) names.push("cut-r");
  const roomy = (b - a) / (view.until - view.from) * lanePixels() > 46;
  const label = it.type === "hold" ? "hold" : several(it.records.map((n) => brief(D.records[n][2])), 1);
  return make("button", { type: "button", class: names.join(" "), tabindex: "-1", "aria-label": describe(it), "data-row": row.n, "data-item": number,
    style: { left: left(a), width: wide(a, b), background: fill(it.kinds), borderColor: `var(--${it.kinds[0]})` } }, roomy ? label : "");
}
function paint() {
  const points = ticks(view.from, view.until, lanePixels());
  const held = body.contains(document.activeElement);
  paintAxis(points);
  space.style.height = `${HEAD + view.rows.length * ROW}px`;
  const low = Math.max(0, Math.floor((grid.scrollTop - HEAD) / ROW) - 4);
  const high = Math.min(view.rows.length, Math.ceil((grid.scrollTop + grid.clientHeight) / ROW) + 4);
  const drawn = [];
  for (let n = low; n < high; n++) {
    const row = view.rows[n];
    row.n = n;
    const lane = make("div", { class: "lane", role: "gridcell", tabindex: "-1", "data-row": n }, make("span", { class: "unseen" }, `${laneLabel(row)}. `));
    for (const point of points) if (point.label) lane.append(make("div", { class: "tick", style: { left: left(point.t) } }));
    lane.append(...marks(false), ...row.items.map((it, number) => bar(it, row, number)).filter(Boolean));
    drawn.push(make("div", { class: `row${row.begins ? " first" : ""}${n === at.row && held ? " at" : ""}`, role: "row", "aria-rowindex": n + 2, style: { top: `${HEAD + n * ROW}px` } },
      make("div", { class: "who", role: "rowheader", title: row.first }, row.begins || n === Math.ceil(grid.scrollTop / ROW) ? brief(row.first) : make("span", { class: "unseen" }, row.first)),
      make("div", { class: "opens", role: "gridcell", title: row.opens.join(", ") }, brief(row.second)), lane));
  }
  body.replaceChildren(...drawn);
  const stop = spot();
  if (stop) {
    stop.tabIndex = 0;
    if (held) stop.focus({ preventScroll: true });
  } else if (held) {
    grid.tabIndex = -1;
    grid.focus({ preventScroll: true });
  }
}
function laneLabel(row) {
  const open = row.items.some(isOpen) ? "open now, " : "";
  return `${row.person}, ${several(row.opens)}: ${open}${counted(row.items.filter((it) => it.type === "grant").length, "window", "windows")}`;
}
const spot = () => body.querySelector(`[data-row="${at.row}"][data-item="${at.item}"]:not([hidden])`) || body.querySelector(`.lane[data-row="${at.row}"]`);

// Keyboard: a roving focus over rows and their windows.
function go(row, item) {
  at.row = Math.min(Math.max(row, 0), view.rows.length - 1);
  const items = view.rows[at.row]?.items ?? [];
  at.item = Math.min(Math.max(item, 0), Math.max(items.length - 1, 0));
  const top = at.row * ROW;
  if (top < grid.scrollTop) grid.scrollTop = top;
  if (top + ROW + HEAD > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + ROW + HEAD - grid.clientHeight;
  const it = items[at.item];
  if (it && it.type !== "none") {
    const width = view.until - view.from;
    if (it.start >= view.until - width * 0.02 || (it.end ?? Infinity) <= view.from + width * 0.02) {
      const aim = it.start >= view.until - width * 0.02 ? it.start : it.end;
      setView(aim - width / 2, aim + width / 2);
    }
  }
  paint();
  spot()?.focus({ preventScroll: true });
  paint();
  why(view.rows[at.row], it);
}
// The item of a row that is nearest to the middle of what is seen.
function nearest(row) {
  const middle = D.now !== null && D.now > view.from && D.now < view.until ? D.now : (view.from + view.until) / 2;
  let best = 0, least = Infinity;
  (view.rows[row]?.items ?? []).forEach((it, n) => {
    if (it.type === "none") return;
    const gap = it.start > middle ? it.start - middle : (it.end ?? Infinity) < middle ? middle - it.end : 0;
    if (gap < least) { least = gap; best = n; }
  });
  return best;
}
grid.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Math.max(1, Math.floor((grid.clientHeight - HEAD) / ROW) - 1);
  const rowTo = (n) => { const row = Math.min(Math.max(n, 0), view.rows.length - 1); go(row, nearest(row)); };
  const keys = {
    ArrowDown: () => rowTo(at.row + 1), ArrowUp: () => rowTo(at.row - 1),
    PageDown: () => rowTo(at.row + page), PageUp: () => rowTo(at.row - page),
    Home: () => rowTo(0), End: () => rowTo(view.rows.length - 1),
    ArrowRight: () => (event.shiftKey ? pan(0.2) : go(at.row, at.item + 1)),
    ArrowLeft: () => (event.shiftKey ? pan(-0.2) : go(at.row, at.item - 1)),
    "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1.7), n: () => spanAround(view.until - view.from),
    Enter: () => go(at.row, at.item), " ": () => go(at.row, at.item),
  };
  const key = keys[event.key];
  if (!key) return;
  event.preventDefault();
  key();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) {
    event.preventDefault();
    byId("find").focus();
  }
});

// Pointer: drag to move, Ctrl and wheel to zoom, hover to be told why.
grid.addEventListener("scroll", draw, { passive: true });
new ResizeObserver(draw).observe(grid);
grid.addEventListener("wheel", (event) => {
  const box = axis.getBoundingClientRect();
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    zoom(event.deltaY > 0 ? 1.25 : 0.8, view.from + share * (view.until - view.from));
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    pan((event.deltaX || event.deltaY) / box.width);
  }
}, { passive: false });
let drag = null;
grid.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !event.target.closest(".lane, #axis")) return;
  drag = { x: event.clientX, from: view.from, until: view.until, moved: false };
});
addEventListener("pointermove", (event) => {
  if (!drag) return;
  const by = event.clientX - drag.x;
  if (!drag.moved && Math.abs(by) < 5) return;
  drag.moved = true;
  grid.classList.add("dragging");
  const shift = by / lanePixels() * (drag.until - drag.from);
  setView(drag.from - shift, drag.until - shift);
});
addEventListener("pointerup", (event) => {
  const click = drag && !drag.moved && event.target.closest("[data-row]");
  drag = null;
  grid.classList.remove("dragging");
  if (click) go(Number(click.dataset.row), Number(click.dataset.item ?? nearest(Number(click.dataset.row))));
});
addEventListener("pointercancel", () => { drag = null; grid.classList.remove("dragging"); });
grid.addEventListener("pointerover", (event) => {
  const on = event.target.closest("[data-row]");
  if (drag || !on) return;
  const row = view.rows[Number(on.dataset.row)];
  if (row) why(row, on.dataset.item === undefined ? null : row.items[Number(on.dataset.item)]);
});
grid.addEventListener("focusin", (event) => {
  const on = event.target.closest("[data-row]");
  if (!on) return;
  const row = Number(on.dataset.row);
  at.row = row;
  at.item = on.dataset.item === undefined ? nearest(row) : Number(on.dataset.item);
  why(view.rows[row], view.rows[row]?.items[at.item]);
});

// Why: the records and the rules behind a window.
let told = "";
function why(row, it) {
  if (!row) return;
  const key = `${row.who} ${row.targets.join()} ${it ? idOf(it) : ""} ${zone}`;
  if (key === told) return;
  told = key;
  const box = byId("why");
  const fact = (n) => {
    const [kind, , id, says] = D.records[n];
    const notes = (findingsOf.get(n) || []).map(({ severity, code, says: what }) =>
      make("li", {}, make("span", { class: severity }, `${severity}: `), make("code", {}, code), ` – ${what}`));
    return make("li", {}, make("strong", {}, `${KINDS[kind] ?? kind} `), make("code", {}, id), ` – ${says}`, notes.length ? make("ul", {}, ...notes) : null);
  };
  const list = (records) => make("ul", {}, ...records.slice(0, 12).map(fact),
    records.length > 12 ? make("li", {}, `and ${records.length - 12} more`) : null);
  const title = make("h3", {}, `${row.person} – ${several(row.opens, 6)}`);
  if (!it) {
    const open = row.items.find(isOpen);
    const state = D.now === null ? null : make("p", {}, open ? make("span", { class: "yes" }, "open now") : make("span", { class: "no" }, "not open now"),
      `, ${counted(row.items.filter((one) => one.type === "grant").length, "window", "windows")}`);
    box.replaceChildren(title, state ?? "", list([...new Set(row.items.flatMap((one) => one.records))]));
    return;
  }
  if (it.type === "none") {
    box.replaceChildren(title, make("p", {}, make("span", { class: "no" }, "No window: "), D.phrases[it.why]), list(it.records));
    return;
  }
  const edge = (word, t, because) => t === null ? make("p", {}, `${word} `, make("strong", {}, "open end"), because ? ` – ${because}` : "")
    : make("p", {}, `${word} `, make("strong", {}, localNamed(t)), ` (${utc(t)})`, because ? ` – ${because}` : "");
  const own = it.records.length ? D.records[it.records[0]][1] : 0;
  const there = own !== zone ? make("p", { class: "dim" }, `There (${D.zones[own][0]}): ${localNamed(it.start, own)} to ${it.end === null ? "open end" : localNamed(it.end, own)}`) : null;
  const verb = it.type === "hold" ? "Locked out" : "May open";
  box.replaceChildren(title, edge(`${verb} from`, it.start, it.type === "hold" ? "" : D.phrases[it.starts]),
    edge("until", it.end, it.type === "hold" ? "" : D.phrases[it.ends]), there ?? "", make("p", {}, "Because of"), list(it.records));
}
