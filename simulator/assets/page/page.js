// Draws the charts of the page from the report that it carries. All charts share one time: pointing at one, moving the slider
// or pressing an arrow key shows the values of that time in all of them.
"use strict";
(() => {
  const report = JSON.parse(document.getElementById("report").textContent);
  const told = report.told;
  const steps = told ? told.timeline.clients.arrived.length : 0;
  if (steps === 0) {
    document.getElementById("over-time")?.remove();
    return;
  }
  const lines = told.timeline;
  const stepSeconds = lines.step_us / 1e6;
  const times = Array.from({ length: steps }, (_, at) => at * stepSeconds);
  const end = steps * stepSeconds;

  // Words for numbers.
  const two = (number) => String(number).padStart(2, "0");
  const clock = (seconds) => {
    // Microseconds are whole; what is less than a millisecond is not shown.
    const millis = Math.floor(Math.round(seconds * 1e6) / 1e3);
    const whole = Math.floor(millis / 1000);
    const rest = millis % 1000;
    const text = `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
    return rest === 0 ? text : `${text}.${String(rest).padStart(3, "0")}`;
  };
  const digits = (value) => value.toLocaleString("en-US", { maximumSignificantDigits: Math.max(3, String(Math.floor(value)).length) });
  const count = (value) => value.toLocaleString("en-US");
  const rate = (value) => `${(value / stepSeconds).toLocaleString("en-US", { maximumFractionDigits: 1 })}/s`;
  const duration = (micros) =>
    micros < 1e3 ? `${digits(micros)}us` : micros < 999500 ? `${digits(micros / 1e3)}ms` : `${digits(micros / 1e6)}s`;

  // What is drawn: groups of charts, each with its series. `stack` lays one series on the other.
  const causes = [...new Set([lines.clients, ...lines.services].flatMap((line) => line.causes.map((own) => own.words)))];
  const colour = (index) => `--c${index % 8}`;
  // There is no half an instance.
  const wholeSteps = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));
  const any = (values) => values.some((value) => value > 0);
  const series = (name, values, of, more) => ({ name, values, of, ...more });
  const requests = (line, key) => {
    const charts = [];
    charts.push({
      id: `${key}/requests`, title: "Requests", words: rate, draw: rate,
      series: [series("arrived", line.arrived, "--arrived"), series("succeeded", line.succeeded, "--succeeded")],
    });
    const failed = line.causes.filter((own) => any(own.requests));
    if (failed.length !== 0) {
      charts.push({
        id: `${key}/errors`, title: "Requests without a good answer, by cause", words: rate, draw: rate, stack: true,
        series: failed.map((own) => series(own.words, own.requests, colour(causes.indexOf(own.words)))),
      });
    }
    if (line.p99_us.some((value) => value !== null)) {
      charts.push({
        id: `${key}/latency`, title: "Latency of what succeeded", words: duration, draw: duration, log: true,
        series: [series("p50", line.p50_us, "--p50"), series("p95", line.p95_us, "--p95"), series("p99", line.p99_us, "--p99")],
      });
    }
    return charts;
  };
  const instances = (line, key) => ({
    id: `${key}/instances`, title: "Instances", words: count, draw: count, stack: true,
    series: [
      series("ready", line.ready, "--ready"), series("not ready", line.starting, "--starting"),
      series("terminating", line.terminating, "--terminating"),
    ],
  });
  const store = (line, index) => {
    const limit = report.stores[index].limit;
    const charts = [{
      id: `${line.name}/connections`, title: "Connections", words: count, draw: count, stack: true, limit,
      series: line.holders.map((own) => series(own.service, own.connections, colour(3 + lines.services.findIndex((of) => of.name === own.service)))),
    }];
    if (line.holders.length === 0) {
      charts[0].series = [series("connections", line.connections, colour(3))];
    }
    if (!any(line.connections)) {
      charts.pop();
    }
    if (any(line.refused) || any(line.waiting)) {
      charts.push({
        id: `${line.name}/waiting`, title: "Work that waits, connections refused", words: count, draw: count,
        series: [series("waiting", line.waiting, colour(3)), series("refused", line.refused, colour(0))],
      });
    }
    return charts;
  };
  const groups = [
    ...(lines.clients.arrived.some((count) => count !== 0)
      ? [{ title: "All clients", charts: requests(lines.clients, "clients") }]
      : []),
    ...lines.services.map((line) => ({ title: line.name, charts: [instances(line, line.name), ...requests(line, line.name)] })),
    ...lines.stores.map((line, index) => ({ title: line.name, charts: store(line, index) })),
    ...lines.queues.map((line) => ({
      title: line.name,
      charts: [{
        id: `${line.name}/depth`, title: "Messages", words: count, draw: count,
        series: [series("depth", line.depth, colour(5), { fill: true })],
      }],
    })),
  ];

  // Elements.
  const element = (name, properties = {}, ...inside) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...inside);
    return made;
  };
  const table = (heads, rows) => {
    const row = (cells, head) => {
      const made = element("tr");
      cells.forEach((cell) => made.append(element(head ? "th" : "td", {}, ...withCode(cell))));
      return made;
    };
    return element("table", {}, element("thead", {}, row(heads, true)), element("tbody", {}, ...rows.map((cells) => row(cells, false))));
  };
  // What stands in backticks is code; a backtick without its other is a backtick.
  const withCode = (words) => {
    const parts = words.split("`");
    return parts.length % 2 === 0 ? [words] : parts.map((part, at) => (at % 2 === 0 ? part : element("code", { textContent: part })));
  };
  const bar = document.getElementById("bar");
  const slider = document.getElementById("slider");
  const whole = document.getElementById("whole");
  bar.hidden = false;
  slider.max = String(steps - 1);

  // The time that is shown.
  let now = 0;
  let span = null;
  const charts = [];
  const marks = told.facts.filter((fact) => fact.mark);
  const links = [...told.first_cause, ...told.most_costly].map((link) => link.at_us / 1e6);
  const happened = (at) => {
    const [from, to] = [at * lines.step_us, (at + 1) * lines.step_us];
    const within = marks.filter((fact) => from <= fact.at_us && fact.at_us < to);
    const before = marks.filter((fact) => fact.at_us < from).pop();
    const said = within.length !== 0 ? within : before ? [before] : [];
    return said.map((fact) => `${clock(fact.at_us / 1e6)} ${fact.words}`).join(" · ");
  };
  const show = (at) => {
    now = Math.max(0, Math.min(steps - 1, at));
    slider.value = String(now);
    slider.setAttribute("aria-valuetext", clock(times[now]));
    document.getElementById("time").textContent = clock(times[now]);
    document.getElementById("happened").replaceChildren(...withCode(happened(now)));
    // The others are shown when they are drawn.
    charts.filter((chart) => chart.plot).forEach((chart) => chart.show());
  };
  const showTime = (seconds) => show(Math.floor(seconds / stepSeconds));
  const move = (event) => {
    const far = Math.max(1, Math.round(steps / 20));
    const by = { ArrowLeft: -1, ArrowRight: 1, PageDown: -far, PageUp: far, Home: -steps, End: steps }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      show(now + by);
    }
  };
  const zoom = (range) => {
    span = range;
    whole.hidden = range === null;
    charts.forEach((chart) => chart.zoom());
  };

  class Chart {
    constructor(about, thing) {
      this.about = about;
      this.thing = thing;
      const keys = about.series.map((own) => {
        const value = element("b");
        value.dataset.series = own.name;
        const key = element("span", { className: about.stack || own.fill ? "key" : "key is-line" }, own.name, " ", value);
        key.style.setProperty("--of", `var(${own.of})`);
        return [key, value];
      });
      this.values = keys.map(([, value]) => value);
      const caption = element("figcaption", {}, element("strong", { textContent: about.title }), ...keys.map(([key]) => key));
      if (about.limit != null) {
        const key = element("span", { className: "key is-line" }, `limit ${count(about.limit)}`);
        key.style.setProperty("--of", "var(--limit)");
        caption.append(key);
      }
      this.place = element("div", { className: "plot", tabIndex: 0 });
      this.place.setAttribute("role", "img");
      const most = about.series.map((own) => `${own.name} at most ${about.words(Math.max(0, ...own.values))}`);
      this.place.setAttribute("aria-label", `${thing}: ${about.title}. ${most.join(", ")}. Arrow keys move the time.`);
      this.place.addEventListener("keydown", move);
      const details = element("details", {}, element("summary", { textContent: "As a table" }));
      details.addEventListener("toggle", () => this.tabulate(details), { once: true });
      this.figure = element("figure", {}, caption, this.place, details);
      this.figure.dataset.chart = about.id;
      this.plot = null;
    }

    tabulate(details) {
      const { series, words } = this.about;
      const value = (own, at) => (own.values[at] === null ? "–" : words(own.values[at]));
      const rows = times.map((seconds, at) => [clock(seconds), ...series.map((own) => value(own, at))]);
      details.append(element("div", { className: "wide", tabIndex: 0 }, table(["time", ...series.map((own) => own.name)], rows)));
    }

    // Sums from below, the highest drawn first: what lies under it covers it.
    data() {
      const { series, stack } = this.about;
      // A step lasts until the next one begins, the last one until the end.
      const closed = (values) => [...values, values[values.length - 1]];
      if (!stack) {
        return [[...times, end], ...series.map((own) => closed(own.values))];
      }
      const sums = [];
      series.forEach((own, index) => sums.push(own.values.map((value, at) => value + (index === 0 ? 0 : sums[index - 1][at]))));
      return [[...times, end], ...sums.reverse().map(closed)];
    }

    draw() {
      this.plot?.destroy();
      const style = getComputedStyle(document.documentElement);
      const paint = (name) => style.getPropertyValue(name).trim();
      const { series, stack, limit, log, draw } = this.about;
      const stepped = uPlot.paths.stepped({ align: 1 });
      const shown = stack ? [...series].reverse() : series;
      const axis = { stroke: paint("--soft"), grid: { stroke: paint("--grid"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
      const hooks = {
        init: [(plot) => {
          plot.over.addEventListener("mousemove", (event) => showTime(plot.posToVal(event.offsetX, "x")));
          plot.over.addEventListener("dblclick", () => zoom(null));
        }],
        ready: [() => this.show()],
        draw: [(plot) => this.mark(plot, paint)],
        setSelect: [(plot) => {
          if (4 < plot.select.width) {
            const edge = (left) => plot.posToVal(left, "x");
            zoom([edge(plot.select.left), edge(plot.select.left + plot.select.width)]);
            plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          }
        }],
      };
      const top = (plot, min, max) => {
        const most = Math.max(max ?? 0, limit ?? 0);
        return most === 0 ? [0, 1] : [0, most * 1.08];
      };
      const least = log ? Math.min(...series.flatMap((own) => own.values.filter((value) => value > 0))) : 0;
      const highest = log ? series.reduce((most, own) => own.values.reduce((a, b) => Math.max(a, b ?? 0), most), 1) : 0;
      const powers = [10 ** Math.floor(Math.log10(Math.max(1, least))), 10 ** Math.ceil(Math.log10(highest * 1.01))];
      this.plot = new uPlot({
        width: this.width(), height: 170, padding: [8, 6, 0, 0],
        legend: { show: false },
        drawOrder: ["series", "axes"],
        // The cursor stands where the time is, not where the pointer is.
        cursor: {
          y: false, points: { show: false }, move: (plot, left, top) => [this.across(plot), top],
          drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => () => null },
        },
        scales: {
          x: { time: false, range: () => span ?? [0, end] },
          y: log ? { distr: 3, log: 10, range: () => powers } : { range: top },
        },
        axes: [
          { ...axis, size: 26, space: 70, incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200], values: (plot, splits) => splits.map((split) => this.label(plot, split)) },
          { ...axis, size: 58, space: 28, ...(draw === count ? { incrs: wholeSteps } : {}), values: (plot, splits) => splits.map((split) => (split === null ? "" : draw(split))) },
        ],
        series: [{}, ...shown.map((own) => ({
          stroke: paint(own.of), width: stack ? 1 : 1.5, fill: stack || own.fill ? paint(own.of) : undefined,
          paths: stepped, points: { show: false },
        }))],
        hooks,
      }, this.data(), this.place);
    }

    // No label that would be cut off at the edge.
    label(plot, seconds) {
      return plot.bbox.width / devicePixelRatio - plot.valToPos(seconds, "x") < 22 ? "" : clock(seconds);
    }

    across(plot) {
      return plot.valToPos(times[now] + stepSeconds / 2, "x");
    }

    // The limit, what happened, and what broke first.
    mark(plot, paint) {
      const { ctx } = plot;
      const { left, top, width, height } = plot.bbox;
      const pixel = devicePixelRatio;
      const across = (seconds) => Math.round(plot.valToPos(seconds, "x", true));
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, top - 8 * pixel, width, height + 8 * pixel);
      ctx.clip();
      const line = (stroke, dash, from, to) => {
        ctx.strokeStyle = stroke;
        ctx.setLineDash(dash.map((length) => length * pixel));
        ctx.lineWidth = pixel;
        ctx.beginPath();
        ctx.moveTo(...from);
        ctx.lineTo(...to);
        ctx.stroke();
      };
      if (this.about.limit != null) {
        const y = Math.round(plot.valToPos(this.about.limit, "y", true));
        line(paint("--limit"), [5, 3], [left, y], [left + width, y]);
      }
      for (const fact of marks) {
        const x = across(fact.at_us / 1e6);
        line(paint("--soft"), fact.kind === "event" ? [] : [2, 3], [x, top], [x, top + height]);
      }
      for (const seconds of links) {
        const x = across(seconds);
        line(paint("--bad"), [], [x, top], [x, top + height]);
        ctx.fillStyle = paint("--bad");
        ctx.beginPath();
        ctx.moveTo(x - 4 * pixel, top - 7 * pixel);
        ctx.lineTo(x + 4 * pixel, top - 7 * pixel);
        ctx.lineTo(x, top);
        ctx.fill();
      }
      ctx.restore();
    }

    show() {
      const { series, words } = this.about;
      series.forEach((own, index) => {
        const value = own.values[now];
        this.values[index].textContent = value === null ? "–" : words(value);
        this.values[index].dataset.value = String(value);
      });
      this.plot?.setCursor({ left: this.across(this.plot), top: 0 }, false);
    }

    zoom() {
      this.plot?.setData(this.plot.data, true);
    }

    width() {
      return Math.max(200, Math.floor(this.place.clientWidth));
    }

    fit() {
      if (this.plot && this.plot.width !== this.width()) {
        this.plot.setSize({ width: this.width(), height: 170 });
        this.show();
      }
    }
  }

  const place = document.getElementById("charts");
  // Charts are drawn when they come near the window: of a large system most are never looked at.
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((entry) => entry.isIntersecting)) {
      near.unobserve(entry.target);
      charts.find((chart) => chart.figure === entry.target)?.draw();
    }
  }, { rootMargin: "800px" });
  for (const group of groups.filter((group) => group.charts.length !== 0)) {
    const grid = element("div", { className: group.charts.length % 2 === 0 ? "charts by-two" : "charts" });
    for (const about of group.charts) {
      const chart = new Chart(about, group.title);
      charts.push(chart);
      grid.append(chart.figure);
      near.observe(chart.figure);
    }
    place.append(element("section", {}, element("h3", { textContent: group.title }), grid));
  }
  // The first are there at once: on a small system these are all, and a picture of the page shows them.
  const draw = (chart) => {
    near.unobserve(chart.figure);
    chart.draw();
  };
  charts.slice(0, 24).forEach(draw);
  addEventListener("beforeprint", () => charts.filter((chart) => !chart.plot).forEach(draw));
  showTime(told.first_cause.length === 0 ? 0 : told.first_cause[told.first_cause.length - 1].at_us / 1e6);

  slider.addEventListener("input", () => show(Number(slider.value)));
  whole.addEventListener("click", () => zoom(null));
  for (const button of document.querySelectorAll(".chain .at")) {
    button.addEventListener("click", () => {
      showTime(Number(button.dataset.at) / 1e6);
      document.getElementById("over-time").scrollIntoView({ block: "start" });
    });
  }
  new ResizeObserver(() => charts.forEach((chart) => chart.fit())).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    charts.filter((chart) => chart.plot).forEach((chart) => chart.draw());
  });

  const all = document.querySelector("#facts details");
  all?.addEventListener("toggle", () => {
    const rows = told.facts.map((fact) => [clock(fact.at_us / 1e6), fact.words, fact.file ? `${fact.file}:${fact.line}` : fact.argument || ""]);
    all.querySelector(".wide").append(table(["time", "what", "where"], rows));
  }, { once: true });
})();
