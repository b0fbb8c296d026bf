/* The page around Gradio: fills the shell and the answer slots from our own routes and draws the charts.
   Text from the server arrives as escaped HTML; nothing here builds HTML out of text. */
(() => {
  "use strict";
  const HOME = "/api/v1/";
  const cards = new Map();     // key + language -> card HTML
  const specs = new Map();     // key + language -> chart spec
  const views = new Map();     // key -> what the reader opened: {show, how}
  const drawn = new WeakMap(); // chart element -> Vega view
  let shell = null;
  let bus = null;

  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const text = name => one(".texts", shell)?.dataset[name] ?? "";
  const isDark = () => document.body.classList.contains("dark");
  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window */ } };
  const recall = name => { try { return localStorage.getItem(name); } catch { return null; } };

  /* ---- asking ---- */
  const busReady = new Promise(resolve => {
    const look = () => { if (window.WENSHU_BUS) { bus = window.WENSHU_BUS; resolve(); } };
    document.addEventListener("wenshu-bus", look);
    look();
  });
  const send = (name, detail) => busReady.then(() => bus(name, detail));
  const ask = question => { openSide(false); if (question.trim()) send("wenshu_ask", question); };

  /* ---- the shell ---- */
  async function loadShell(language) {
    const reply = await fetch(HOME + "shell" + (language ? "?lang=" + language : ""));
    if (!reply.ok) return;
    const html = await reply.text();
    shell.innerHTML = html;
    const now = text("languageNow");
    document.documentElement.lang = now === "zh" ? "zh-CN" : "en";
    document.documentElement.dataset.updown = now === "zh" ? "east" : "west";
    document.body.dataset.ready = now;
    noteEmpty();
  }
  const openSide = open => document.body.classList.toggle("side-open", open);
  function hideSide(close) {
    const phone = matchMedia("(max-width: 860px)").matches;
    openSide(phone && !close);
    if (!phone) document.body.classList.toggle("side-hidden", close);
  }
  function noteEmpty() {
    const busy = one("#chat .slot, #chat .waiting") !== null;
    document.body.classList.toggle("ws-empty", !busy);
  }
  function searchMetrics(words) {
    const wanted = words.trim().toLowerCase();
    let found = 0;
    for (const family of all(".family", shell)) {
      let here = 0;
      for (const item of all("li", family)) {
        item.hidden = wanted !== "" && !item.textContent.toLowerCase().includes(wanted);
        if (!item.hidden) here += 1;
      }
      family.hidden = here === 0;
      if (wanted) family.open = here > 0;
      found += here;
    }
    one("[data-nothing]", shell).hidden = found > 0;
  }
  async function lookAs(name) {
    delete document.body.dataset.ready;
    const reply = await fetch(HOME + "viewer", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name }),
    });
    if (!reply.ok) return loadShell();  // shows who still looks
    cards.clear(); specs.clear(); views.clear();
    await loadShell();
    send("wenshu_show");
  }
  async function speak(language) {
    await send("wenshu_language", language);
    await loadShell(language);
  }

  /* ---- answer slots ---- */
  async function fetched(kept, address, read) {
    if (!kept.has(address)) {
      const reply = await fetch(address);
      if (!reply.ok) throw new Error(reply.status === 404 ? text("expired") : text("offline"));
      kept.set(address, await reply[read]());
    }
    return kept.get(address);
  }
  async function fill(slot) {
    const { aid, lang } = slot.dataset;
    slot.dataset.state = "loading";
    let html;
    try {
      html = await fetched(cards, `${HOME}answers/${aid}/card?lang=${lang}`, "text");
    } catch (problem) {
      slot.textContent = problem instanceof TypeError ? text("offline") : problem.message;
      slot.dataset.state = "failed";
      return;
    }
    if (slot.dataset.lang !== lang) return;
    slot.innerHTML = html;
    for (const code of all("[data-sql]", slot)) colourSql(code);
    const view = views.get(aid) ?? {};
    if (view.show) show(one(".result", slot), view.show);
    if (view.how && one(".how", slot)) one(".how", slot).open = true;
    slot.dataset.state = "ready";
    slot.dataset.shown = aid + lang;
    pin(slot);
    drawIn(slot);
  }
  const keep = (element, change) => {
    const aid = element.closest(".slot").dataset.aid;
    views.set(aid, { ...views.get(aid), ...change });
  };
  function show(result, name) {
    if (!result) return;
    result.dataset.view = name;
    for (const [part, selector] of [["chart", ".chart"], ["table", ".rows"]]) {
      const element = one(selector, result);
      if (element) element.hidden = part !== name;
    }
    for (const button of all("[data-show]", result))
      button.setAttribute("aria-pressed", String(button.dataset.show === name));
  }
  function sort(button) {
    const head = button.closest("th");
    const table = button.closest("table");
    const column = Number(button.dataset.sortBy);
    const down = head.getAttribute("aria-sort") !== "descending";
    for (const other of all("th", table)) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const numeric = head.classList.contains("number");
    const key = row => row.cells[column].dataset.key;
    const order = (a, b) => numeric ? Number(a) - Number(b) : a.localeCompare(b, document.documentElement.lang);
    const rows = [...table.tBodies[0].rows];
    const rest = row => row.classList.contains("row-data") ? 0 : 1;  // totals stay below
    rows.sort((a, b) => {
      if (rest(a) !== rest(b)) return rest(a) - rest(b);
      if (rest(a)) return 0;
      const [left, right] = [key(a), key(b)];
      if (left === "" || right === "") return (left === "") - (right === "");
      return down ? order(right, left) : order(left, right);
    });
    table.tBodies[0].append(...rows);
  }
  const SQL = /(--[^\n]*|\/\*[\s\S]*?\*\/)|('(?:[^']|'')*')|\b(\d+(?:\.\d+)?)\b|\b(SELECT|FROM|WHERE|GROUP|ORDER|BY|HAVING|LIMIT|WITH|AS|AND|OR|NOT|IN|IS|NULL|ON|LEFT|JOIN|UNION|ALL|CASE|WHEN|THEN|ELSE|END|CAST|DATE|INTERVAL|BETWEEN|DESC|ASC|NULLS|LAST|FIRST|DISTINCT|OVER|PARTITION|SUM|COUNT|MAX|MIN|AVG|NULLIF|COALESCE|MEASURE|PERIOD|VALUES|TRUE|FALSE|EXISTS|USING|LIKE)\b/gi;
  function colourSql(code) {
    const source = code.textContent;
    const parts = [];
    let from = 0;
    for (const match of source.matchAll(SQL)) {
      parts.push(source.slice(from, match.index));
      const span = document.createElement("span");
      span.className = match[1] ? "sql-note" : match[2] ? "sql-text" : match[3] ? "sql-number" : "sql-word";
      span.textContent = match[0];
      parts.push(span);
      from = match.index + match[0].length;
    }
    code.replaceChildren(...parts, source.slice(from));
  }
  async function copy(button) {
    const words = one("span", button);
    const before = words.textContent;
    await navigator.clipboard.writeText(one("code", button.closest(".code")).textContent);
    words.textContent = text("copied");
    setTimeout(() => { words.textContent = before; }, 1600);
  }

  /* ---- charts ---- */
  /* A legend that does not fit in one row gets columns as wide as its longest name. */
  function legendColumns(spec, width) {
    const names = new Set((spec.data?.values ?? []).map(point => point.status ?? point.series ?? ""));
    const sizes = [...names].map(name => 34 + [...name].reduce((sum, sign) => sum + (sign > "\u2e80" ? 12.4 : 7), 0));
    const room = width - 60;
    return sizes.reduce((sum, size) => sum + size, 0) <= room ? {} : { columns: Math.max(1, Math.floor(room / Math.max(...sizes))) };
  }
  function chartConfig(spec, width) {
    const style = getComputedStyle(document.body);
    const colour = name => style.getPropertyValue("--ws-" + name).trim();
    const axis = {
      labelColor: colour("dim"), titleColor: colour("dim"), gridColor: colour("line"), domainColor: colour("edge"),
      tickColor: colour("edge"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: 400, ticks: false, labelPadding: 7,
    };
    return {
      background: "transparent", font: style.getPropertyValue("--ws-sans").trim(), view: { stroke: null },
      mark: { color: colour("blue") }, axis, axisX: { grid: false }, axisY: { domain: false }, axisYBand: { labelColor: colour("ink"), labelLimit: width < 480 ? 160 : 200 },
      bar: { cornerRadiusEnd: 2 }, rule: { color: colour("ink"), strokeWidth: 1.5 }, tick: { color: colour("ink") }, line: { strokeWidth: 2.4 }, text: { color: colour("ink"), fontSize: 12 },
      legend: { labelColor: colour("ink"), titleColor: colour("dim"), orient: "top", title: null, labelFontSize: 12, symbolSize: 90, labelLimit: 240, ...legendColumns(spec, width) },
      title: { color: colour("ink"), subtitleColor: colour("dim"), anchor: "start", fontSize: 14 },
      header: { labelColor: colour("ink"), titleColor: colour("dim") },
      style: { "on-dark": { fill: colour("on-blue"), color: colour("on-blue") } },
      range: {
        category: [1, 2, 3, 4, 5, 6, 7, 8].map(number => colour("series-" + number)),
        heatmap: [colour("heat-low"), colour("blue")], ramp: [colour("heat-low"), colour("blue")],
      },
    };
  }
  function drawIn(from) {
    for (const chart of all(".chart", from)) if (!chart.hidden && chart.clientWidth > 0) draw(chart);
  }
  async function draw(chart) {
    const { aid, lang } = chart.closest(".slot").dataset;
    const wanted = `${aid}/${lang}/${isDark()}/${chart.clientWidth}`;
    if (chart.dataset.drawn === wanted) return;
    chart.dataset.drawn = wanted;
    try {
      const plain = await fetched(specs, `${HOME}answers/${aid}/chart?lang=${lang}`, "json");
      const spec = structuredClone(plain);
      if (!["facet", "concat", "hconcat", "vconcat", "repeat", "width"].some(kind => kind in spec)) {
        spec.width = "container";
        spec.autosize = { type: "fit-x", contains: "padding" };
      }
      drawn.get(chart)?.finalize();
      chart.style.minHeight = chart.offsetHeight + "px";
      const result = await window.vegaEmbed(chart, spec, {
        mode: "vega-lite", actions: false, renderer: "svg", ast: true, defaultStyle: false, logLevel: 1, config: chartConfig(spec, chart.clientWidth),
        tooltip: { theme: isDark() ? "dark" : "light" },
      });
      drawn.set(chart, result);
      chart.style.minHeight = "";
      chart.dataset.state = "ready";
    } catch (problem) {
      console.warn(problem);
      chart.dataset.state = "failed";
      chart.textContent = text("chartFailed");
      if (one(".rows", chart.closest(".result"))) show(chart.closest(".result"), "table");
    }
  }
  let redrawing = 0;
  const redraw = () => { clearTimeout(redrawing); redrawing = setTimeout(() => drawIn(document), 120); };

  /* ---- the conversation's place on the screen: the newest question stands at the top ---- */
  let pinned = "";
  function pin(slot) {
    const last = all("#chat .slot").at(-1);
    if (slot !== last || pinned === slot.dataset.aid) return;
    const first = pinned === "" && all("#chat .slot").length > 1;  // a reload shows the end of the conversation as well
    pinned = slot.dataset.aid;
    toTop(first ? "auto" : "smooth");
  }
  function toTop(behavior) {
    const scroller = one("#chat .bubble-wrap");
    const question = all("#chat .user-row").at(-1);
    if (!scroller || !question) return;
    const top = question.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
    const below = scroller.scrollHeight - tail - top;
    setTail(scroller, Math.max(0, scroller.clientHeight - below - 8));
    scroller.scrollTo({ top: top - 12, behavior });
  }
  let tail = 0;
  function setTail(scroller, height) {
    tail = height;
    scroller.style.setProperty("--ws-tail", height + "px");
  }

  /* ---- wiring ---- */
  function click(event) {
    const target = event.target.closest("button, [data-side]");
    if (!target) return;
    const data = target.dataset;
    if (data.ask !== undefined) ask(data.ask);
    else if (data.show) { show(target.closest(".result"), data.show); keep(target, { show: data.show }); drawIn(target.closest(".slot")); }
    else if (data.sortBy !== undefined) sort(target);
    else if (data.copy !== undefined) copy(target);
    else if (data.language) speak(data.language);
    else if (data.new !== undefined) { openSide(false); pinned = ""; send("wenshu_new"); }
    else if (data.side) hideSide(data.side === "close");
    else if (data.dark !== undefined) setDark(!isDark());
  }
  function setDark(dark) {
    document.body.classList.toggle("dark", dark);
    remember("wenshu-dark", dark ? "1" : "0");
    drawIn(document);
  }
  function observe() {
    for (const slot of all("#chat .slot[data-aid]"))
      if (slot.dataset.state !== "loading" && slot.dataset.state !== "failed" && slot.dataset.shown !== slot.dataset.aid + slot.dataset.lang) fill(slot);
    noteEmpty();
    if (one("#chat .waiting:not([data-seen])")) { one("#chat .waiting").dataset.seen = "1"; toTop("smooth"); }
  }
  function start() {
    const choice = recall("wenshu-dark");
    document.body.classList.toggle("dark", choice === null ? matchMedia("(prefers-color-scheme: dark)").matches : choice === "1");
    shell = document.createElement("div");
    shell.id = "ws";
    document.body.prepend(shell);
    document.body.classList.add("ws-empty");
    document.addEventListener("click", click);
    document.addEventListener("keydown", event => {
      if (event.key === "Escape") openSide(false);
      const blank = event.target.matches?.("#ask textarea") && event.target.value.trim() === "";
      if (event.key === "Enter" && !event.isComposing && blank) { event.preventDefault(); event.stopPropagation(); }
    }, true);
    document.addEventListener("change", event => { if (event.target.matches("[data-viewer]")) lookAs(event.target.value); });
    document.addEventListener("input", event => { if (event.target.matches("[data-search]")) searchMetrics(event.target.value); });
    document.addEventListener("toggle", event => { if (event.target.matches?.(".how")) keep(event.target, { how: event.target.open }); }, true);
    new MutationObserver(observe).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-aid", "data-lang"] });
    addEventListener("resize", redraw);
    loadShell();
    observe();
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
