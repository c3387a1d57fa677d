// The same as a table, for screen readers, for copying, and for those who prefer it.
const PAGE = 100;
let pageNumber = 0;
function fillTable() {
  if (!byId("as-table").open) return;
  const lines = view.rows.flatMap((row) => row.items.map((it) => ({ row, it })));
  const pages = Math.max(1, Math.ceil(lines.length / PAGE));
  pageNumber = Math.min(pageNumber, pages - 1);
  const line = ({ row, it }) => make("tr", {},
    make("th", { scope: "row" }, row.person), make("td", {}, row.opens.join(", ")),
    make("td", {}, it.type === "none" ? "never" : localNamed(it.start)),
    make("td", {}, it.type === "none" ? D.phrases[it.why] : it.end === null ? "open end" : localNamed(it.end)),
    make("td", {}, it.type === "hold" ? "locked out" : isOpen(it) ? "open now" : ""),
    make("td", {}, it.records.map((n) => `${KINDS[D.records[n][0]]} ${D.records[n][2]}`).join(", ")));
  const turn = (by, text) => {
    const button = make("button", { type: "button", onclick: () => { pageNumber += by; fillTable(); } }, text);
    button.disabled = pageNumber + by < 0 || pageNumber + by >= pages;
    return button;
  };
  byId("table").replaceChildren(
    make("div", { class: "bar" }, turn(-1, "Previous"), turn(1, "Next"), make("span", { role: "status" }, `Page ${pageNumber + 1} of ${pages}, ${counted(lines.length, "line", "lines")}`)),
    make("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Windows" }, make("table", {},
      make("caption", {}, `Windows, holds and records without a window, in ${D.zones[zone][0]}`),
      make("thead", {}, make("tr", {}, ...["who", "opens", "from", "until", "now", "because of"].map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...lines.slice(pageNumber * PAGE, (pageNumber + 1) * PAGE).map(line)))));
}
byId("as-table").addEventListener("toggle", fillTable);

// Findings: as many as there are, by severity and by what is searched for.
let severity = "";
function fillFindings() {
  const table = byId("findings");
  if (!table) return;
  const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = ([, code, says, record, who, on]) => [code, says, record === null ? "" : D.records[record][2],
    who === null ? "" : `${person(who)} ${D.people[who][0]}`, on === null ? "" : `${target(on)} ${D.targets[on][0]}`].join("\n").toLowerCase();
  const found = D.findings.filter((it) => (!severity || it[0] === severity) && words.every((word) => text(it).includes(word)));
  table.tBodies[0].replaceChildren(...found.slice(0, 500).map(([level, code, says, record, who]) => make("tr", {},
    make("td", { class: level }, level), make("td", {}, make("code", {}, code)), make("td", {}, says),
    make("td", {}, record === null ? "" : D.records[record][2]),
    make("td", {}, who === null ? "" : make("button", { type: "button", onclick: () => look(who) }, person(who))))));
  byId("findings-more").replaceChildren(make("p", { class: "dim" }, found.length > 500 ? `and ${found.length - 500} more; find narrows them down`
    : `${counted(found.length, "finding", "findings")}${found.length < D.findings.length ? ` of ${D.findings.length}` : ""}`));
}
function look(who) {
  byId("show").value = "all";
  byId("find").value = D.people[who][0];
  refresh();
  byId("timeline-h").scrollIntoView();
  go(0, nearest(0));
}
if (byId("severities")) {
  byId("severities").hidden = false;
  const count = (level) => D.findings.filter((it) => it[0] === level).length;
  const button = (level, text) => make("button", { type: "button", "aria-pressed": level === "", onclick: (event) => {
    severity = level;
    for (const it of byId("severities").children) it.setAttribute("aria-pressed", it === event.currentTarget);
    fillFindings();
  } }, text);
  byId("severities").append(button("", `all ${D.findings.length}`),
    ...["error", "warn", "info"].filter(count).map((level) => button(level, `${level} ${count(level)}`)));
}

function refresh() {
  view.rows = filtered(view.all, byId("find").value, byId("show").value);
  at.row = 0;
  at.item = nearest(0);
  grid.scrollTop = 0;
  grid.setAttribute("aria-rowcount", view.rows.length + 1);
  const people = new Set(view.rows.map((row) => row.who)).size;
  byId("count").textContent = view.rows.length === 0 ? "Nothing matches" : `${counted(view.rows.length, "row", "rows")}, ${counted(people, "person", "people")}`;
  pageNumber = 0;
  draw();
  fillTable();
  fillFindings();
}
function arrange(by) {
  view.by = by;
  view.all = allRows(by);
  for (const it of ["person", "target"]) byId(`by-${it}`).setAttribute("aria-pressed", it === by);
  head.children[0].textContent = by === "person" ? "who" : "door or group";
  head.children[1].textContent = by === "person" ? "opens" : "who";
  refresh();
}
byId("by-person").addEventListener("click", () => arrange("person"));
byId("by-target").addEventListener("click", () => arrange("target"));
byId("find").addEventListener("input", refresh);
byId("show").addEventListener("change", refresh);
for (const button of document.querySelectorAll("[data-span]")) button.addEventListener("click", () => spanAround(Number(button.dataset.span)));
byId("earlier").addEventListener("click", () => pan(-0.3));
byId("later").addEventListener("click", () => pan(0.3));
byId("in").addEventListener("click", () => zoom(0.6));
byId("out").addEventListener("click", () => zoom(1.7));
byId("today").addEventListener("click", () => spanAround(view.until - view.from));
byId("today").disabled = D.now === null;
for (const value of D.now === null ? ["open", "soon"] : []) byId("show").querySelector(`[value=${value}]`).disabled = true;
byId("zone").append(...D.zones.map(([name], n) => make("option", { value: n }, name)));
byId("zone").addEventListener("change", (event) => { zone = Number(event.target.value); draw(); fillTable(); });
byId("zone-label").hidden = D.zones.length < 2;
for (const kind of Object.keys(KINDS).filter((kind) => D.records.some((it) => it[0] === kind))) {
  byId("legend").append(make("li", {}, make("i", { style: { background: fill([kind]), border: `1.5px solid var(--${kind})` } }), KINDS[kind]));
}
byId("legend").append(make("li", {}, make("i", { style: { background: "repeating-linear-gradient(90deg, var(--clock) 0 1px, transparent 1px 5px)" } }), "clocks change"));

byId("app").hidden = false;
arrange("person");
if (D.now !== null) spanAround(61 * DAY); else showAll();
byId("why").append(make("p", { class: "dim" }, "Point at a window, or go to one with the arrow keys: here it says because of which record and rule it is open."));
