"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const facts = JSON.parse(byId("facts").textContent);
  const labels = facts.labels.map((row) => Object.fromEntries(row.map((value, k) => [facts.fields[k], value])));
  const byLabel = new Map(labels.map((one) => [one.label, one]));
  let drawn = null;
  const samples = () => (drawn ??= JSON.parse(byId("samples-of").textContent).map((row) => ({
    label: row[0], rule: row[1], id: row[2], place: row[3], value: row[4], limit: row[5], length: row[6], text: row[7],
  })));

  const make = (tag, options = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (name === "class") node.className = value;
      else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value);
    }
    node.append(...children.filter((one) => one !== null && one !== undefined));
    return node;
  };
  const count = (value) => Number(value).toLocaleString("en");
  const share = (value) => value === null || value === undefined ? "–" : value === 0 ? "0 %" : value > 0.9995 && value < 1 ? "> 99.9 %"
    : value > 0 && value < 0.001 ? "< 0.1 %" : `${(100 * value).toFixed(value < 0.1 || value > 0.995 && value < 1 ? 1 : 0)} %`;
  const short = (value) => value === null || value === undefined ? "–"
    : Math.abs(value) >= 1000 ? count(Math.round(value)) : String(Number(value.toPrecision(3)));
  const bytes = (value) => {
    let power = 0;
    while (value >= 1000 && power < 5) { value /= 1000; power += 1; }
    return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${["B", "kB", "MB", "GB", "TB", "PB"][power]}`;
  };
  const bar = (part, classes = "") => {
    const inner = make("i");
    inner.style.setProperty("--part", `${(100 * Math.min(1, Math.max(0, part))).toFixed(2)}%`);
    return make("span", { class: `bar ${classes}`, "aria-hidden": "true" }, inner);
  };
  const kindOf = (rule) => rule === "kept" || rule === "unverified" ? rule : facts.kinds[rule] ?? "quality";
  const badge = (text, kind) => make("span", { class: `badge ${kind}` }, text);
  const plainOf = (rule) => rule === "kept" ? "kept" : rule.replaceAll("_", " ");

  // Theme: the system's, until somebody chooses.
  const theme = byId("theme");
  const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  try { const kept = localStorage.getItem("corpus-theme"); if (kept) document.documentElement.dataset.theme = kept; } catch { /* no storage */ }
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("corpus-theme", document.documentElement.dataset.theme); } catch { /* no storage */ }
    nameTheme();
  });
  nameTheme();

  // What a mark of a chart stands for.
  const tip = byId("tip");
  document.addEventListener("pointermove", (event) => {
    const mark = event.target.closest?.("figure [data-told]");
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.dataset.told;
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${event.clientY + 16 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 8 : event.clientY + 16}px`;
  });
  document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true, capture: true });

  // Languages: rows are made as they come into view.
  const table = byId("languages-table");
  const CHUNK = 60;
  const most = Math.max(10, ...labels.map((one) => one.kept));
  const decades = Math.ceil(Math.log10(most));
  const onLog = (value) => value ? 0.02 + 0.98 * Math.log10(value) / decades : 0;
  const removedShare = (one) => one.documents ? 1 - one.kept / one.documents : 0;
  const keys = {
    name: (one) => one.name.toLowerCase(), kept: (one) => one.kept, text: (one) => one.text, script: (one) => one.script,
    removed: removedShare, expected: (one) => one.expected ?? -1, index: (one) => one.index ?? -1,
    religious: (one) => one.religious ?? -1, encyclopaedic: (one) => one.encyclopaedic ?? -1,
  };
  const needles = new Map(labels.map((one) => [one,
    `${one.name} ${one.label} ${one.tag} ${one.also} ${facts.scripts[one.script] ?? ""}`.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "")]));
  let shown = labels, reached = 0, sorted = "kept", falling = true;

  const languageRow = (one) => {
    const size = bar(onLog(one.kept), `ticks ${one.unverified ? "amber" : ""}`);
    size.style.setProperty("--decades", decades);
    return make("tr", {},
      make("th", { scope: "row", class: "language" },
        make("button", { type: "button", class: "link", onclick: () => open(one) }, one.name), " ",
        one.apart ? badge(one.unverified ? "unverified" : `${count(one.apart)} apart`, "unverified") : null,
        make("div", { class: "soft small mono" }, one.label)),
      make("td", { class: "size" }, make("span", { class: "n" }, count(one.kept)), size),
      make("td", { class: "n less" }, one.kept ? bytes(one.text) : "–"),
      make("td", { class: "n" }, share(removedShare(one))),
      make("td", { class: "n less" }, one.kept ? share(one.expected) : "–"),
      make("td", { class: "less" }, facts.scripts[one.script] ?? one.script),
      make("td", { class: "n less" }, one.index === null ? "–" : one.index.toFixed(2)),
      make("td", { class: "n less" }, share(one.religious)),
      make("td", { class: "n less" }, share(one.encyclopaedic)));
  };
  const body = table?.tBodies[0];
  const more = () => {
    const rows = shown.slice(reached, reached + CHUNK).map(languageRow);
    body.append(...rows);
    reached += rows.length;
  };
  const list = () => {
    const wanted = byId("search").value.trim().toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").split(/\s+/).filter(Boolean);
    const only = byId("only").value;
    shown = labels.filter((one) => wanted.every((word) => needles.get(one).includes(word)) &&
      (only === "all" || (only === "kept" ? one.kept > 0 : only === "unverified" ? one.apart > 0 : one.kept === 0)));
    const key = keys[sorted];
    const rank = (a, b) => { const x = key(a), y = key(b); return x < y ? -1 : x > y ? 1 : 0; };
    shown.sort((a, b) => (falling ? rank(b, a) : rank(a, b)) || b.kept - a.kept || (a.label < b.label ? -1 : 1));
    body.replaceChildren();
    reached = 0;
    more();
    byId("languages-box").scrollTop = 0;
    byId("found").textContent = `${count(shown.length)} of ${count(labels.length)} languages`;
    byId("none").hidden = shown.length > 0;
    for (const head of table.querySelectorAll("th[data-key]")) {
      if (head.dataset.key === sorted) head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  };
  if (table) {
    byId("search").addEventListener("input", list);
    byId("only").addEventListener("change", list);
    for (const head of table.querySelectorAll("th[data-key] button")) {
      head.addEventListener("click", () => {
        const key = head.parentElement.dataset.key;
        falling = key === sorted ? !falling : key !== "name" && key !== "script";
        sorted = key;
        list();
      });
    }
    const scale = make("span", { class: "scale soft", "aria-hidden": "true" });
    for (let power = 0; power <= decades; power += Math.ceil(decades / 5)) scale.append(make("span", {}, power < 3 ? String(10 ** power) : `10${"⁰¹²³⁴⁵⁶⁷⁸⁹"[power]}`));
    table.querySelector("th[data-key=kept]").append(scale);
    const box = byId("languages-box");
    box.addEventListener("scroll", () => {
      while (reached < shown.length && box.scrollTop + box.clientHeight > box.scrollHeight - 400) more();
    }, { passive: true });
    list();
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.ctrlKey && !event.metaKey && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName) && !details.open) {
        event.preventDefault();
        byId("search").focus();
      }
    });
  }

  // One document, as it begins. Text is only ever text: nothing of it becomes markup.
  const sampleCard = (one, withName = true) => {
    const language = byLabel.get(one.label);
    const kind = kindOf(one.rule);
    const against = one.value === null ? "" : one.limit === null ? ` ${short(one.value)}` : ` ${short(one.value)}, limit ${short(one.limit)}`;
    const vertical = facts.vertical.includes(language?.script);
    const text = one.text === null
      ? make("p", { class: "text gone" }, "The ledger keeps no text of documents that this rule removes.")
      : make("p", { class: `text${vertical ? " vertical" : ""}`, dir: "auto", lang: language?.tag ?? "und", tabindex: "0" },
        one.text + (one.text.length + 8 < one.length ? " …" : ""));
    return make("article", { class: "sample" },
      make("header", {}, withName && language ? make("button", { type: "button", class: "link", onclick: () => open(language) }, language.name) : null,
        badge(plainOf(one.rule), kind), against ? make("span", { class: "soft small" }, against.trim()) : null),
      text,
      make("footer", {}, make("bdi", {}, one.place), ` · ${one.text === null ? "" : `${count(one.length)} characters · `}`,
        make("span", { class: "mono" }, one.id.slice(0, 12))));
  };

  // All that is known of one language.
  const details = byId("details");
  const sharesList = (rows) => make("ul", { class: "list" }, ...rows.map(([name, part]) =>
    make("li", {}, make("div", { class: "row" }, make("bdi", {}, name), make("span", {}, share(part))), bar(part, "violet"))));
  const pair = (name, value) => [make("dt", {}, name), make("dd", {}, value)].reduce((box, one) => (box.append(one), box), make("div"));
  const part = (title, ...children) => make("section", {}, make("h3", {}, title), ...children);
  const open = (one) => {
    const rules = [];
    for (let k = 0; k < one.rules.length; k += 2) rules.push([facts.rules[one.rules[k]], one.rules[k + 1]]);
    const largest = Math.max(1, ...rules.map(([, times]) => times));
    const own = facts.limits.sets[one.limits].map((entry) => facts.limits.entries[entry])
      .filter(([, , place, from]) => from !== "default" && !from.startsWith("words.") || place === "filters");
    const mine = samples().filter((sample) => sample.label === one.label);
    const sheet = make("div", { class: "sheet" },
      make("h2", { id: "details-name", tabindex: "-1" }, one.name),
      make("p", { class: "soft small" }, make("span", { class: "mono" }, one.label), ` · BCP-47 ${one.tag} · ${facts.scripts[one.script] ?? one.script}`,
        one.unverified ? " · " : null, one.unverified ? badge("unverified", "unverified") : null),
      make("dl", { class: "pairs" }, pair("documents kept", count(one.kept)), pair("removed", `${count(one.documents - one.kept)} (${share(removedShare(one))})`),
        one.apart ? pair("of these set apart", count(one.apart)) : null, pair("text kept", bytes(one.text)), pair("expected precision", one.expected === null ? "not known" : share(one.expected)),
        one.interval ? pair("9 times in 10 between", `${share(one.interval[0])} and ${share(one.interval[1])}`) : null,
        pair("vouched for by the model", one.supported === null ? "not known" : one.supported ? "yes" : "no"),
        one.median ? pair("middle length", `${count(one.median)} characters`) : null,
        one.score !== null ? pair("mean score", short(one.score)) : null));
    if (one.index !== null) sheet.append(part("Where it is from", make("p", { class: "soft small" },
      `Concentration ${one.index.toFixed(2)}: as if from ${(1 / one.index).toFixed(1)} equal places; ${count(one.places)} places among ${count(one.asked)} documents asked. ` +
      `Religious ${share(one.religious)}, encyclopaedic ${share(one.encyclopaedic)} of the text, by names and citations.`),
      make("div", { class: "grid" },
        make("div", {}, make("p", { class: "soft small" }, `Hosts, known of ${share(one.with_host)} of the text`), one.hosts.length ? sharesList(one.hosts) : make("p", { class: "soft" }, "No document names a host.")),
        make("div", {}, make("p", { class: "soft small" }, "Sources"), sharesList(one.sources)))));
    sheet.append(part("What was removed", rules.length ? make("ul", { class: "list" }, ...rules.map(([rule, times]) => make("li", {},
      make("div", { class: "row" }, make("span", {}, badge(facts.kinds[rule] ?? "", facts.kinds[rule] ?? ""), " ", plainOf(rule)), make("span", {}, count(times))),
      bar(times / largest, facts.kinds[rule] ?? "")))) : make("p", { class: "soft" }, "Nothing.")));
    sheet.append(part("What is taken for it", one.confused.length
      ? make("ul", { class: "list" }, ...one.confused.map(([label, name, times, of]) => make("li", { class: "row" },
        make("span", {}, name, " ", make("span", { class: "soft mono" }, label)),
        make("span", {}, `${count(times)} of ${count(of)} texts in the model's tests`))))
      : make("p", { class: "soft" }, facts.confusions ? "No text of another language was, in the model's tests." : "The model has no table of confusions.")));
    sheet.append(part("Limits of its own script, family or language", own.length ? make("div", { class: "scroll", tabindex: "0" }, make("table", {},
      make("thead", {}, make("tr", {}, ...["limit", "value", "table", "rests on"].map((name, k) => make("th", k === 1 ? { class: "n", scope: "col" } : { scope: "col" }, name)))),
      make("tbody", {}, ...own.map(([limit, value, place, from, basis]) => make("tr", {}, make("td", { class: "mono" }, limit),
        make("td", { class: "n" }, value === null ? "off" : short(value)), make("td", { class: "mono" }, `${from === "default" ? place : from}`), make("td", {}, basis))))))
      : make("p", { class: "soft" }, "None: it is held to the limits of its kind of words.")));
    sheet.append(part("Documents", mine.length ? make("div", { class: "samples" }, ...mine.map((sample) => sampleCard(sample, false)))
      : make("p", { class: "soft" }, "No sample was drawn.")));
    details.replaceChildren(make("button", { type: "button", class: "plain close", onclick: () => details.close() }, "Close"), sheet);
    if (!details.open) details.showModal();
    details.scrollTop = 0;
    byId("details-name").focus({ preventScroll: true });
  };
  details.addEventListener("click", (event) => { if (event.target === details) details.close(); });
  details.addEventListener("close", () => details.replaceChildren());

  // Documents, a handful at a time.
  const language = byId("of-language"), verdict = byId("of-verdict"), cards = byId("cards"), further = byId("further");
  if (cards) {
    const HANDFUL = 9;
    let pile = [], at = 0;
    const deal = () => {
      cards.replaceChildren(...pile.slice(at, at + HANDFUL).map((one) => sampleCard(one)));
      byId("dealt").textContent = pile.length ? `${at + 1} to ${Math.min(at + HANDFUL, pile.length)} of ${count(pile.length)}` : "";
      byId("no-cards").hidden = pile.length > 0;
      further.disabled = pile.length <= HANDFUL;
    };
    const choose = () => {
      pile = samples().filter((one) => (language.value === "" || one.label === language.value) &&
        (verdict.value === "" || (verdict.value === "removed" ? one.rule !== "kept" && one.rule !== "unverified" : one.rule === verdict.value)));
      if (language.value === "") {
        // languages take turns, in an order that is the same each time
        const turn = (one) => parseInt(one.id.slice(-8), 16); // files begin with small ids, those of large languages with the smallest
        pile.sort((a, b) => turn(a) - turn(b));
      }
      at = 0;
      deal();
    };
    further.addEventListener("click", () => { at = at + HANDFUL < pile.length ? at + HANDFUL : 0; deal(); });
    verdict.addEventListener("change", choose);
    language.addEventListener("change", choose);
    const fill = () => {
      const names = labels.map((one) => [one.name, one.label]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
      language.append(...names.map(([name, label]) => make("option", { value: label }, `${name} (${label})`)));
      choose();
    };
    new IntersectionObserver((seen, watch) => { if (seen.some((one) => one.isIntersecting)) { watch.disconnect(); fill(); } }, { rootMargin: "600px" })
      .observe(byId("documents"));
  }
  for (const button of document.querySelectorAll("button[data-rule]")) {
    button.addEventListener("click", () => {
      verdict.value = button.dataset.rule;
      verdict.dispatchEvent(new Event("change"));
      byId("documents").scrollIntoView();
      verdict.focus({ preventScroll: true });
    });
  }
})();
