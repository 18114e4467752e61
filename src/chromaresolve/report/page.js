"use strict";
// The viewer: stills are letters until they are looked at, and let go when they are left.
(() => {
  const frames = JSON.parse(document.getElementById("viewer-frames").textContent);
  const root = document.getElementById("viewer");
  if (!frames.length || !root) return;

  const find = (selector) => root.querySelector(selector);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const SIDES = ["A", "B", "C"];
  const KEY_STEP = 1, KEY_LEAP = 10; // per cent of the picture's width

  const stage = find(".stage");
  const layers = all(".layer");
  const pictures = layers.map((layer) => layer.querySelector("img"));
  const tags = all(".tag");
  const dividers = all(".divider");

  const state = {
    index: 0,             // of the frame
    names: [],            // the version on each side
    sides: 2,
    active: 1,            // the side that number keys choose for
    splits: [50, 67],     // per cent of the stage, one for each divider
    divider: 0,           // the one that arrow keys move
    isOneToOne: false,
    pan: { x: 0, y: 0 },  // CSS pixels, from the middle
    isSwapped: false,
    turn: 0,              // counts what was asked for: an answer that comes late is dropped
  };

  // Decoding. One address for each still that is in use; all are let go with their frame.
  const addresses = new Map();

  function address(id) {
    if (!addresses.has(id)) {
      const letters = atob(document.getElementById(id).textContent);
      const bytes = new Uint8Array(letters.length);
      for (let place = 0; place < bytes.length; place += 1) bytes[place] = letters.charCodeAt(place);
      addresses.set(id, URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" })));
    }
    return addresses.get(id);
  }

  function letGo(kept) {
    for (const [id, url] of addresses) {
      if (!kept.has(id)) {
        URL.revokeObjectURL(url);
        addresses.delete(id);
      }
    }
  }

  const frame = () => frames[state.index];
  const version = (name) => frame().versions.find((one) => one.name === name);

  function fallBack(name, side) {
    // A frame without a Reference shows the next best.
    if (version(name)) return name;
    const names = frame().versions.map((one) => one.name);
    return side === 0 ? names[0] : names.includes("recovered") ? "recovered" : names.at(-1);
  }

  async function show() {
    const turn = ++state.turn;
    const shown = frame();
    const order = SIDES.map((_, side) => (state.isSwapped && side < 2 ? 1 - side : side));
    const names = order.map((side) => fallBack(state.names[side], side)).slice(0, state.sides);
    drawControls();
    stage.setAttribute("aria-busy", "true");
    const urls = names.map((name) => address(version(name).still));
    const decoded = urls.map((url) => {
      const picture = new Image();
      picture.src = url;
      return picture.decode().catch(() => undefined);
    });
    await Promise.all(decoded);
    if (turn !== state.turn) return;
    names.forEach((name, side) => {
      if (pictures[side].src !== urls[side]) pictures[side].src = urls[side];
      pictures[side].alt = `Frame ${shown.frame}: ${name}`;
      tags[side].textContent = state.sides > 2 ? `${SIDES[side]}: ${name}` : name;
    });
    if (state.sides < 3) pictures[2].removeAttribute("src");
    letGo(new Set([...shown.versions.map((one) => one.still), ...shown.scopes.map((one) => one.still)]));
    stage.removeAttribute("aria-busy");
    stage.dataset.frame = shown.frame;
    place();
  }

  // Where everything stands.
  function place() {
    const box = stage.getBoundingClientRect();
    const { width, height } = frame();
    const fitted = Math.min(box.width / width, box.height / height);
    const scale = state.isOneToOne ? 1 / window.devicePixelRatio : fitted;
    const shownWidth = width * scale, shownHeight = height * scale;
    const roomX = Math.max(0, (shownWidth - box.width) / 2), roomY = Math.max(0, (shownHeight - box.height) / 2);
    state.pan.x = clamp(state.pan.x, -roomX, roomX);
    state.pan.y = clamp(state.pan.y, -roomY, roomY);
    const left = (box.width - shownWidth) / 2 + state.pan.x, top = (box.height - shownHeight) / 2 + state.pan.y;
    for (const picture of pictures) {
      Object.assign(picture.style, {
        width: `${shownWidth}px`, height: `${shownHeight}px`, left: `${left}px`, top: `${top}px`,
      });
    }
    const ends = [0, ...state.splits.slice(0, state.sides - 1), 100];
    layers.forEach((layer, side) => {
      layer.hidden = side >= state.sides;
      if (layer.hidden) return;
      layer.style.clipPath = `inset(0 ${100 - ends[side + 1]}% 0 ${ends[side]}%)`;
      const room = ((ends[side + 1] - ends[side]) / 100) * box.width;
      tags[side].style.left = side === 0 ? "0" : `${ends[side]}%`;
      tags[side].style.visibility = room > tags[side].offsetWidth ? "visible" : "hidden";
    });
    tags[2].hidden = state.sides < 3;
    dividers.forEach((divider, place) => {
      divider.hidden = place >= state.sides - 1;
      divider.style.left = `${state.splits[place]}%`;
      divider.setAttribute("aria-valuenow", Math.round(state.splits[place]));
      divider.setAttribute("aria-valuetext", `${Math.round(state.splits[place])} per cent from the left`);
    });
    stage.classList.toggle("one-to-one", state.isOneToOne);
  }

  function drawControls() {
    all("[data-frame-button]").forEach((button, index) => button.setAttribute("aria-pressed", index === state.index));
    all("[data-side]").forEach((group) => {
      const side = Number(group.dataset.side);
      group.hidden = side >= state.sides;
      group.classList.toggle("active", side === state.active);
      const buttons = frame().versions.map((one, index) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = one.name;
        button.dataset.version = one.name;
        button.title = `${index + 1}`;
        button.setAttribute("aria-pressed", fallBack(state.names[side], side) === one.name);
        button.addEventListener("click", () => choose(side, one.name, true));
        return button;
      });
      const held = group.contains(document.activeElement) && document.activeElement.dataset.version;
      group.querySelector(".choices").replaceChildren(...buttons);
      if (held) group.querySelector(`[aria-pressed="true"]`)?.focus();
    });
    find("#three").setAttribute("aria-pressed", state.sides === 3);
    find("#zoom").setAttribute("aria-pressed", state.isOneToOne);
    find("#swap").setAttribute("aria-pressed", state.isSwapped);
  }

  function drawReading() {
    const shown = frame();
    const why = shown.why.join(", ");
    find(".which").textContent = `Frame ${shown.frame}: ${why}`;
    find(".size").textContent = `${shown.size}, ${shown.shown}`;
    find(".scores").textContent = shown.scores;
    const notes = shown.notes.map((sentence) => {
      const line = document.createElement("li");
      line.textContent = sentence;
      return line;
    });
    find(".notes").replaceChildren(...notes);
    const figures = shown.scopes.map((scope) => {
      const figure = document.createElement("figure");
      const picture = document.createElement("img");
      picture.src = address(scope.still);
      picture.width = scope.width;
      picture.height = scope.height;
      picture.alt = `${scope.title}; ${scope.told}`;
      const words = document.createElement("figcaption");
      const title = document.createElement("b");
      title.textContent = scope.title;
      words.append(title, ` ${scope.told}`);
      figure.append(picture, words);
      return figure;
    });
    find(".scopes").replaceChildren(...figures);
  }

  // What can be done.
  function goTo(index) {
    state.index = clamp(index, 0, frames.length - 1);
    state.pan = { x: 0, y: 0 };
    drawReading();
    return show();
  }

  function choose(side, name, isMadeActive) {
    if (!version(name)) return;
    state.names[side] = name;
    if (isMadeActive) state.active = side;
    show();
  }

  function moveDivider(place, percent) {
    state.divider = place;
    const low = place === 1 ? state.splits[0] : 0;
    const high = place === 0 && state.sides === 3 ? state.splits[1] : 100;
    state.splits[place] = clamp(percent, low, high);
    placeSoon();
  }

  let isPlacing = false;
  function placeSoon() {
    if (isPlacing) return;
    isPlacing = true;
    requestAnimationFrame(() => {
      isPlacing = false;
      place();
    });
  }

  function setZoom(isOneToOne, at) {
    if (isOneToOne && at) {
      // The point under the hand comes to the middle.
      const box = stage.getBoundingClientRect();
      const { width, height } = frame();
      const fitted = Math.min(box.width / width, box.height / height);
      const grow = 1 / window.devicePixelRatio / fitted;
      state.pan = {
        x: (box.left + box.width / 2 - at.clientX) * grow,
        y: (box.top + box.height / 2 - at.clientY) * grow,
      };
    }
    state.isOneToOne = isOneToOne;
    drawControls();
    place();
  }

  function swap(isSwapped) {
    if (state.isSwapped === isSwapped) return;
    state.isSwapped = isSwapped;
    show();
  }

  function setSides(sides) {
    state.sides = sides;
    state.splits = sides === 3 ? [33, 67] : [50, 67];
    state.active = Math.min(state.active, sides - 1);
    state.divider = 0;
    show();
  }

  // Hands: a mouse, a finger, a pen.
  const percentAt = (event) => {
    const box = stage.getBoundingClientRect();
    return (100 * (event.clientX - box.left)) / box.width;
  };
  let drag = null;

  function nearestDivider(percent) {
    if (state.sides < 3) return 0;
    return Math.abs(percent - state.splits[0]) <= Math.abs(percent - state.splits[1]) ? 0 : 1;
  }

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const grip = event.target.closest(".divider");
    if (!grip && state.isOneToOne) {
      drag = { x: event.clientX - state.pan.x, y: event.clientY - state.pan.y };
    } else {
      const divider = grip ? dividers.indexOf(grip) : nearestDivider(percentAt(event));
      drag = { divider };
      moveDivider(divider, percentAt(event));
    }
    stage.setPointerCapture(event.pointerId);
    (grip ?? stage).focus({ preventScroll: true });
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if ("divider" in drag) return moveDivider(drag.divider, percentAt(event));
    state.pan = { x: event.clientX - drag.x, y: event.clientY - drag.y };
    placeSoon();
  });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => { drag = null; });
  stage.addEventListener("dblclick", (event) => setZoom(!state.isOneToOne, event));
  dividers.forEach((divider, place) => divider.addEventListener("focus", () => { state.divider = place; }));

  // Keys. They are the viewer's when it has the focus, or nothing has.
  const help = find("dialog");
  const actions = {
    ArrowLeft: (event) => moveDivider(state.divider, state.splits[state.divider] - (event.shiftKey ? KEY_LEAP : KEY_STEP)),
    ArrowRight: (event) => moveDivider(state.divider, state.splits[state.divider] + (event.shiftKey ? KEY_LEAP : KEY_STEP)),
    Home: () => moveDivider(state.divider, 0),
    End: () => moveDivider(state.divider, 100),
    PageUp: () => goTo(state.index - 1),
    PageDown: () => goTo(state.index + 1),
    "[": () => goTo(state.index - 1),
    "]": () => goTo(state.index + 1),
    z: () => setZoom(!state.isOneToOne),
    w: () => setSides(state.sides === 3 ? 2 : 3),
    "?": () => help.showModal(),
    " ": () => swap(true),
    x: () => swap(true),
  };
  SIDES.forEach((side, place) => {
    actions[side.toLowerCase()] = () => {
      if (place >= state.sides) return;
      state.active = place;
      drawControls();
    };
  });
  const ONLY_INSIDE = new Set(["PageUp", "PageDown", "Home", "End", " "]);

  document.addEventListener("keydown", (event) => {
    const isInside = root.contains(event.target);
    // Brackets are typed with AltGr on many keyboards.
    const isCommand = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
    if (isCommand || help.open) return;
    if (!isInside && event.target !== document.body) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (ONLY_INSIDE.has(key) && !isInside) return;
    if (key === " " && event.target.tagName === "BUTTON" && event.target.id !== "swap") return;
    if (event.repeat && (key === " " || key === "x")) return event.preventDefault();
    const digit = /^Digit([1-5])$/.exec(event.code);
    if (digit) {
      const chosen = frame().versions[Number(digit[1]) - 1];
      if (chosen) choose(event.shiftKey ? 0 : state.active, chosen.name, false);
    } else if (actions[key]) {
      actions[key](event);
    } else {
      return;
    }
    event.preventDefault();
  });
  document.addEventListener("keyup", (event) => {
    if (event.key === " " || event.key.toLowerCase() === "x") swap(false);
  });
  window.addEventListener("blur", () => swap(false));

  // Buttons.
  all("[data-frame-button]").forEach((button, index) => button.addEventListener("click", () => goTo(index)));
  find("#three").addEventListener("click", () => setSides(state.sides === 3 ? 2 : 3));
  find("#zoom").addEventListener("click", () => setZoom(!state.isOneToOne));
  find("#keys").addEventListener("click", () => help.showModal());
  find("#close").addEventListener("click", () => help.close());
  const holder = find("#swap");
  holder.addEventListener("pointerdown", () => swap(true));
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) holder.addEventListener(end, () => swap(false));

  document.querySelectorAll("[data-go-to]").forEach((link) => {
    link.addEventListener("click", (event) => {
      const index = frames.findIndex((one) => one.frame === Number(link.dataset.goTo));
      if (index < 0) return;
      event.preventDefault();
      goTo(index);
      root.scrollIntoView({ block: "start" });
      stage.focus({ preventScroll: true });
    });
  });
  new ResizeObserver(placeSoon).observe(stage);

  // The first look: what was scanned beside what was recovered, in the frame that tells most.
  const names = frames[0].versions.map((one) => one.name);
  state.names = [names[0], "recovered", names.includes("Reference") ? "Reference" : "LUT baseline"];
  const most = frames.findIndex((one) => one.frame === Number(root.dataset.first));
  document.documentElement.classList.add("scripted");
  root.hidden = false;
  goTo(Math.max(0, most));
})();
