// Rows: a person's doors that open and close together are one lane; a door has a lane for each person.
const findingsOf = new Map(), loud = new Set();
D.findings.forEach(([severity, code, says, record, who]) => {
  if (record !== null) {
    if (!findingsOf.has(record)) findingsOf.set(record, []);
    findingsOf.get(record).push({ severity, code, says });
  }
  if (severity !== "info" && who !== null) loud.add(who);
});

const kindsOf = (records) => [...new Set(records.map((n) => D.records[n][0]))];
const GRANTS = D.grants.map(([who, targets, start, end, records, starts, ends]) =>
  ({ type: "grant", who, targets, start, end, records, starts, ends, kinds: kindsOf(records) }));
const HOLDS = D.holds.map(([who, on, start, end, record]) =>
  ({ type: "hold", who, on, start, end, records: [record], kinds: ["hold"] }));
const SILENT = D.silent.map(([who, targets, record, why]) =>
  ({ type: "none", who, targets, records: [record], why, kinds: kindsOf([record]) }));

const isOpen = (it) => it.type === "grant" && D.now !== null && it.start <= D.now && (it.end === null || D.now < it.end);
const isSoon = (it) => D.now !== null && it.type !== "none"
  && [it.start, it.end].some((t) => t !== null && t > D.now && t <= D.now + 7 * DAY);

function allRows(by) {
  const lanes = new Map(); // person -> target -> items
  const lane = (who, on) => {
    if (!lanes.has(who)) lanes.set(who, new Map());
    const of = lanes.get(who);
    if (!of.has(on)) of.set(on, []);
    return of.get(on);
  };
  for (const it of [...GRANTS, ...SILENT]) for (const on of it.targets) lane(it.who, on).push(it);
  for (const it of HOLDS) {
    const on = it.on !== null ? [it.on] : lanes.has(it.who) ? [...lanes.get(it.who).keys()] : [-1];
    for (const one of on) lane(it.who, one).push(it);
  }
  const rows = [];
  for (const [who, of] of lanes) {
    const joined = new Map();
    for (const [on, items] of of) {
      const key = by === "target" ? String(on) : items.map(idOf).join();
      if (!joined.has(key)) joined.set(key, { who, targets: [], items });
      joined.get(key).targets.push(on);
    }
    rows.push(...joined.values());
  }
  const names = (row) => row.targets.map((on) => on < 0 ? "everything" : target(on)).sort(plain);
  for (const row of rows) {
    row.items = [...new Set(row.items)].sort((a, b) => (a.start ?? -Infinity) - (b.start ?? -Infinity));
    row.opens = names(row);
    row.person = person(row.who);
    row.first = by === "person" ? row.person : row.opens.join(", ");
    row.second = by === "person" ? several(row.opens, 1) : row.person;
    row.key = by === "person" ? `${row.person}\u0000${row.who}` : `${row.first}\u0000${row.targets[0]}`;
    row.text = [row.person, D.people[row.who][0], ...row.opens, ...row.targets.map((on) => on < 0 ? "" : D.targets[on][0]),
      ...row.items.flatMap((it) => it.records.flatMap((n) => [D.records[n][2], D.records[n][0]]))].join("\n").toLowerCase();
  }
  rows.sort((a, b) => plain(a.key, b.key) || plain(a.second, b.second));
  rows.forEach((row, n) => { row.begins = n === 0 || rows[n - 1].key !== row.key; });
  return rows;
}
const numbers = new Map();
const idOf = (it) => { if (!numbers.has(it)) numbers.set(it, numbers.size); return numbers.get(it); };
const order = new Intl.Collator("en", { numeric: true });
const plain = (a, b) => order.compare(a, b);

const SHOW = {
  all: () => true,
  open: (row) => row.items.some(isOpen),
  soon: (row) => row.items.some(isSoon),
  found: (row) => loud.has(row.who),
  held: (row) => row.items.some((it) => it.type === "hold"),
  none: (row) => row.items.some((it) => it.type === "none"),
};
function filtered(rows, words, show) {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = rows.filter((row) => SHOW[show](row) && parts.every((part) => row.text.includes(part)));
  return kept.map((row, n) => ({ ...row, begins: n === 0 || kept[n - 1].key !== row.key }));
}
