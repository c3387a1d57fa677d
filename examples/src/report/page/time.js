// Local time by the planner's own offsets: the browser's database may differ.
let zone = 0;
const DAY = 86400;

function offsetAt(t, z = zone) {
  const offsets = D.zones[z][1];
  let low = 0, high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle][0] <= t) low = middle; else high = middle - 1;
  }
  return offsets[low];
}
const toLocal = (t, z = zone) => t + offsetAt(t, z)[1];
// The earlier reading of a time that comes twice; one that is skipped moves forward.
function toUtc(local, z = zone) {
  const guess = local - offsetAt(local - DAY, z)[1];
  return toLocal(guess, z) === local ? guess : local - offsetAt(guess, z)[1];
}
const two = (n) => String(n).padStart(2, "0");
const WEEK = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const parts = (local) => new Date(local * 1000);
const clockOf = (d) => `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
const dayOf = (d) => `${WEEK[d.getUTCDay()]} ${d.getUTCDate()} ${MONTH[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
function local(t, z = zone) {
  const d = parts(toLocal(t, z));
  return `${dayOf(d)}, ${clockOf(d)}`;
}
const localNamed = (t, z) => `${local(t, z)} ${offsetAt(t, z)[2]}`;
const utc = (t) => new Date(t * 1000).toISOString().replace(".000Z", "Z").replace(":00Z", "Z");

// Ticks that people count in, with as much room as their labels need.
const STEPS = [[3600, "h", 1], [7200, "h", 2], [10800, "h", 3], [21600, "h", 6], [43200, "h", 12], [DAY, "d", 1], [2 * DAY, "d", 2],
  [7 * DAY, "w", 1], [30 * DAY, "m", 1], [91 * DAY, "m", 3], [365 * DAY, "y", 1], [1826 * DAY, "y", 5], [3652 * DAY, "y", 10]];

function ticks(from, until, pixels) {
  const room = (until - from) / pixels * 62;
  const [, unit, count] = STEPS.find((step) => step[0] >= room) || STEPS[STEPS.length - 1];
  const found = [];
  const d = parts(toLocal(from));
  let y = d.getUTCFullYear(), m = d.getUTCMonth(), day = d.getUTCDate(), h = 0;
  if (unit === "y") { y -= y % count; m = 0; day = 1; }
  if (unit === "m") { m -= m % count; day = 1; }
  if (unit === "w") day -= (d.getUTCDay() + 6) % 7;
  for (let n = 0; n < 400; n++) {
    const at = Date.UTC(unit === "y" ? y + n * count : y, unit === "m" ? m + n * count : m,
      unit === "d" ? day + n * count : unit === "w" ? day + 7 * n : day, unit === "h" ? h + n * count : 0) / 1000;
    const t = toUtc(at), it = parts(at);
    if (t > until) break;
    const month = MONTH[it.getUTCMonth()], year = it.getUTCFullYear();
    const label = unit === "h" ? clockOf(it) : unit === "y" ? String(year) : unit === "m" ? month : `${it.getUTCDate()} ${month}`;
    const era = unit === "h" ? dayOf(it) : unit === "y" ? "" : unit === "m" ? String(year) : `${month} ${year}`;
    if (t >= from) found.push({ t, label, era });
    else if (era) found.unshift({ t: from, label: "", era });
    if (found.length > 1 && found[0].label === "" && t < from) found.splice(1, found.length);
  }
  return found;
}
// Days on which clocks change, with by how much.
function clockChanges(from, until) {
  const offsets = D.zones[zone][1];
  const found = [];
  for (let n = 1; n < offsets.length; n++) {
    const [t, offset] = offsets[n], by = offset - offsets[n - 1][1];
    const midnight = toLocal(t - 1) - (((toLocal(t - 1) % DAY) + DAY) % DAY);
    const start = toUtc(midnight), end = toUtc(midnight + DAY);
    if (by !== 0 && end > from && start < until) found.push({ start, end, by });
  }
  return found;
}
const hours = (seconds) => `${seconds > 0 ? "+" : "−"}${Math.abs(seconds) / 3600} h`;
