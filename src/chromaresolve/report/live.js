"use strict";
// Asks once a second how far everything is, and shows it. Nothing is ever taken for markup that
// came out of a file: only the curves are, which the tool draws itself from numbers.

const SECOND = 1000, HIDDEN = 10 * SECOND, PATIENCE = 8 * SECOND;
const at = (id) => document.getElementById(id);
let drawn = "", failures = 0;

const put = (id, text) => { const node = at(id); if (node.textContent !== text) node.textContent = text; };
const show = (id, is) => { at(id).hidden = !is; };
const count = (n) => n.toLocaleString("en");

function ago(seconds) {
  if (seconds === null || seconds === undefined || !isFinite(seconds)) return "";
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]])
    if (seconds >= (unit === "d" ? 2 : 1) * size) return `${Math.round(seconds / size)} ${unit}`;
  return `${Math.max(0, Math.round(seconds))} s`;
}

function left(seconds) {
  const whole = Math.max(0, Math.round(seconds)), minutes = Math.floor(whole / 60), hours = Math.floor(whole / 3600);
  if (hours) return `${hours} h ${minutes % 60} min`;
  return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

function cell(row, kind, text) {
  const td = document.createElement("td");
  td.className = kind;
  td.textContent = text;
  row.append(td);
}

function rows(id, all, draw) {
  const key = JSON.stringify(all), body = at(id);
  if (body.dataset.key === key) return;
  body.dataset.key = key;
  body.replaceChildren(...all.map((one) => { const tr = document.createElement("tr"); draw(tr, one); return tr; }));
}

function numbers(id, all) {
  const key = JSON.stringify(all), list = at(id);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...all.filter(([, value]) => value !== "").map(([name, value]) => {
    const both = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name; dd.textContent = value; both.append(dt, dd);
    return both;
  }));
}

function picture(id, address) {
  const img = at(id);
  if (img.dataset.address === address) return;
  img.dataset.address = address;
  const next = new Image();  // shown when it is there: nothing flickers
  next.onload = () => { if (img.dataset.address === address) { img.src = address; img.width = next.width; img.height = next.height; } };
  next.src = address;
}

function standing(live) {
  const known = live.standing;
  const working = { training: live.training?.is_running, recovery: live.recovery?.is_running };
  if (known) rows("stages", known.standing.map((one) => ({
    name: one.stage,
    mark: working[one.stage] ? "now" : one.state === "not yet" ? "not" : one.state,
    fact: working[one.stage] ? "at work" : one.state === "stale" ? `stale: ${one.reason}` : one.fact || (one.is_required ? "" : "optional"),
    ago: one.at ? `${ago((Date.now() - Date.parse(one.at)) / 1000).replace(/^\d+ s$/, "now")}` : "",
  })), (tr, one) => {
    tr.className = one.mark;
    cell(tr, "mark", ""); cell(tr, "name", one.name); cell(tr, one.fact === "optional" ? "fact dim" : "fact", one.fact); cell(tr, "ago", one.ago);
  });
  const missing = known?.problems ?? [];
  show("problems", missing.length);
  const list = at("problems");
  if (list.dataset.key !== missing.join("\n")) {
    list.dataset.key = missing.join("\n");
    list.replaceChildren(...missing.map((text) => { const li = document.createElement("li"); li.textContent = text; return li; }));
  }
  const advice = known?.advice, busy = working.training || working.recovery;
  show("next", advice && !busy);
  if (advice) {
    const [name, ...options] = advice.command.split(" ");
    put("next-label", advice.is_needed ? "next" : "worth doing");
    put("next-command", ["chromaresolve", name, known.folder, ...options].join(" "));
    put("next-why", advice.why);
  }
  const links = [["report", live.report], ["training page", live.training?.page]].filter(([, href]) => href);
  if (at("links").dataset.links !== JSON.stringify(links)) {
    at("links").dataset.links = JSON.stringify(links);
    at("links").replaceChildren(...links.map(([name, href]) => {
      const a = document.createElement("a"); a.href = href; a.textContent = `open the ${name}`; return a;
    }));
  }
}

function training(now) {
  show("training", now);
  if (!now) return;
  const steps = now.steps || now.step || 1;
  put("training-state", now.is_running ? now.by : now.step >= steps ? "finished" : `stopped ${ago(now.seconds_ago)} ago`);
  at("training-bar").max = steps;
  at("training-bar").value = now.step;
  numbers("training-numbers", [
    ["step", now.steps ? `${count(now.step)} of ${count(now.steps)}` : count(now.step)],
    ["loss", now.loss === null ? "" : now.loss.toPrecision(3)],
    ["dE2000 on hold-outs", now.hold_out === null ? "" : now.hold_out.toFixed(2)],
    ["time left", now.is_running ? now.left.replace(/ left$/, "") : ""],
  ]);
  const key = JSON.stringify(now.curves);
  if (key !== drawn) {
    drawn = key;
    at("curves").replaceChildren(...now.curves.map((one) => {
      const figure = document.createElement("figure"), words = document.createElement("figcaption");
      const parsed = new DOMParser().parseFromString(one.drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '), "image/svg+xml");
      words.textContent = `${one.title}: ${one.told}`;
      figure.append(document.importNode(parsed.documentElement, true), words);
      return figure;
    }));
  }
  show("sheet-figure", now.sheet);
  if (now.sheet) { picture("sheet", now.sheet); at("sheet-link").href = now.sheet; }
}

function recovery(now) {
  show("recovery", now);
  if (!now) return;
  put("recovery-state", now.is_running ? now.by.join(", ") : now.done >= now.total ? "finished" : `stopped ${ago(now.seconds_ago)} ago`);
  at("recovery-bar").max = now.total || 1;
  at("recovery-bar").value = now.done;
  numbers("recovery-numbers", [
    ["frames", `${count(now.done)} of ${count(now.total)}`],
    ["frames a second", now.per_second ? now.per_second.toPrecision(3) : ""],
    ["time left", now.is_running && now.seconds_left !== null ? left(now.seconds_left) : ""],
  ]);
  show("frames", now.shown);
  if (now.shown) {
    const state = encodeURIComponent(now.shown_state);
    picture("plate", `/frame/${now.shown}/plate.png?${state}`);
    picture("recovered", `/frame/${now.shown}/recovered.png?${state}`);
    put("plate-name", `plate ${now.shown}`);
    put("recovered-name", `recovered ${now.shown}, written last`);
  }
}

function review(found) {
  show("review", found);
  if (!found) return;
  put("review-state", found.flagged ? `${count(found.flagged)} flagged` : "no frame stands out");
  rows("flagged", found.frames, (tr, one) => { cell(tr, "name", String(one.frame)); cell(tr, "fact", one.reason); cell(tr, "ago", one.verdict); });
}

function draw(live) {
  put("shot", live.shot);
  const { teaching, held_out } = live.pairs;
  put("facts", [live.film, `frames ${live.frames}`, `pairs: ${teaching} teach, ${held_out} held out`].filter(Boolean).join(" · "));
  put("problem", live.problem);
  show("problem", live.problem);
  standing(live); training(live.training); recovery(live.recovery); review(live.review);
  show("idle", !live.training && !live.recovery && !live.review);
  const t = live.training, r = live.recovery;
  const busy = r?.is_running ? ["recovering", r.done / r.total] : t?.is_running ? ["training", t.step / (t.steps || Infinity)] : null;
  const percent = busy && isFinite(busy[1]) && busy[1] > 0 ? ` ${Math.min(100, Math.floor(100 * busy[1]))} %` : "";
  document.body.classList.toggle("busy", Boolean(busy));
  put("told", busy ? busy[0] + percent : "nothing is at work");
  document.title = busy ? `${percent.trim()} ${live.shot}: ${busy[0]}`.trim() : live.shot;
}

async function look() {
  try {
    const answer = await fetch("/live.json", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(answer.statusText);
    draw(await answer.json());
    failures = 0;
  } catch {
    failures += 1;
  }
  const gone = failures > 2;
  document.body.classList.toggle("gone", gone);
  if (gone) { document.body.classList.remove("busy"); put("told", "no answer: is `report --serve` still running?"); }
  setTimeout(look, document.hidden ? HIDDEN : SECOND * Math.min(5, 1 + failures));
}

look();
document.addEventListener("visibilitychange", () => { if (!document.hidden) fetch("/live.json").then((a) => a.json()).then(draw).catch(() => {}); });
