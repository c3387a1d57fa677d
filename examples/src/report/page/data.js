"use strict";
// The plan, as the page above describes it; names are put in as text, never as markup.
const D = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

function make(tag, set = {}, ...children) {
  const it = document.createElement(tag);
  for (const [key, value] of Object.entries(set)) {
    if (key === "class") it.className = value;
    else if (key === "style") Object.assign(it.style, value);
    else if (key.startsWith("on")) it.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined) it.setAttribute(key, value);
  }
  it.append(...children.filter((child) => child !== null && child !== undefined));
  return it;
}

const KINDS = { lease: "lease", booking: "booking", visit: "visit", contract: "contract", day_pass: "day pass", hold: "hold" };
const person = (n) => { const it = D.people[n]; return it[1] || it[0]; };
const target = (n) => { const it = D.targets[n]; return it[1] || it[0]; };
const several = (names, most = 3) => names.length > most + 1
  ? `${names.slice(0, most).join(", ")} and ${names.length - most} more` : names.join(", ");
const counted = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
// An id without its source's name, where there is little room; the beginning is what they all share.
const brief = (name) => name.replace(/^\w+:(?=\w+:)/, "");
