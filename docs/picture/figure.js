// Draws the figure of picture.md from the numbers of data.js, with plain SVG.
(() => {
  const data = window.mindePicture, root = document.getElementById("picture");
  if (!data || !root) return;
  const last = data.ratios.length - 1, EDGE = 3.2, LOG = Math.log;
  const state = { level: nearest(1), which: 0 };

  root.innerHTML = `
    <style>
      #picture { --alone: #0173b2; --both: #c76f00; --line: #8b949e; margin: 1rem 0; }
      [data-md-color-scheme="slate"] #picture { --alone: #56b4e9; --both: #f0a030; }
      #picture .controls { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1rem; }
      #picture .controls { position: sticky; top: 2.4rem; z-index: 1; padding: .3rem 0; background: var(--md-default-bg-color); }
      #picture .noise { flex: 1 1 16rem; display: flex; align-items: center; gap: .6rem; }
      #picture input[type=range] { flex: 1; min-width: 6rem; height: 1.8rem; accent-color: var(--alone); }
      #picture output { min-width: 6.5rem; font-variant-numeric: tabular-nums; }
      #picture button { font: inherit; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: .2rem; cursor: pointer; }
      #picture button[aria-pressed=true] { background: var(--both); border-color: var(--both); color: #fff; }
      [data-md-color-scheme="slate"] #picture button[aria-pressed=true] { color: #111; }
      #picture .grid { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .6rem 1.2rem; margin-top: .6rem; }
      #picture h4 { margin: 0; font-size: .75rem; } #picture p { margin: 0; font-size: .7rem; line-height: 1.4; }
      #picture [data-text=integrand], #picture [data-text=sum] { min-height: 2.8em; }
      #picture svg { display: block; width: 100%; overflow: visible; touch-action: pan-y; }
      #picture text { fill: currentColor; font-size: 11px; font-family: inherit; }
      #picture .drag { cursor: ew-resize; }
      @media (max-width: 36rem) { #picture .grid { grid-template-columns: minmax(0, 1fr); } }
    </style>
    <div class="controls">
      <label class="noise">Noise <input type="range" min="0" max="${last}" step="1" aria-label="Noise level"><output></output></label>
      <span role="group" aria-label="The label Y">Y is ${data.cases.map((c, k) => `<button type="button" data-case="${k}">${c.y}</button>`).join(" ")}</span>
    </div>
    <div class="grid">
      <div><h4>What noisy X tells of X</h4><svg data-panel="alone" role="img" height="142"></svg><p data-text="alone"></p></div>
      <div><h4>What noisy X and Y tell of X</h4><svg data-panel="both" role="img" height="142"></svg><p data-text="both"></p></div>
      <div><h4>What knowing Y adds at each noise (nats)</h4><svg class="drag" data-panel="integrand" role="img" height="150"></svg><p data-text="integrand"></p></div>
      <div><h4>Its sum up to this noise (nats)</h4><svg class="drag" data-panel="sum" role="img" height="150"></svg><p data-text="sum"></p></div>
    </div>`;

  const slider = root.querySelector("input"), output = root.querySelector("output");
  const panel = name => root.querySelector(`[data-panel="${name}"]`);
  const say = (name, text) => { root.querySelector(`[data-text="${name}"]`).textContent = text; };
  const two = value => value.toFixed(2).replace("-", "−");

  function nearest(ratio) {
    let best = 0;
    data.ratios.forEach((r, k) => { if (Math.abs(LOG(r / ratio)) < Math.abs(LOG(data.ratios[best] / ratio))) best = k; });
    return best;
  }
  const path = (points, more) => `<path d="M${points.map(p => p.map(v => v.toFixed(1)).join(",")).join("L")}" ${more}/>`;
  const line = (x1, y1, x2, y2, more) => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" ${more}/>`;
  const text = (x, y, words, more = "") => `<text x="${x}" y="${y}" ${more}>${words}</text>`;

  // Density of a mixture of the labels' normals, relative to its own height.
  function density(shares, centres, width) {
    const points = [];
    for (let k = 0; k <= 400; k++) {
      const x = EDGE * (k / 200 - 1);
      points.push([x, shares.reduce((sum, s, j) => sum + s * Math.exp(-0.5 * ((x - centres[j]) / width) ** 2), 0)]);
    }
    const top = Math.max(...points.map(p => p[1]));
    return points.map(([x, y]) => [x, y / top]);
  }

  function known(name, colour, shares, guess) {
    const svg = panel(name), one = data.cases[state.which], k = state.level;
    const wide = svg.clientWidth, base = 108, high = 84, at = x => (x + EDGE) / (2 * EDGE) * wide;
    const before = density(data.means.map(() => 1), data.means, data.width);
    const after = density(shares, one.centres[k], data.widths[k]);
    const shape = (curve, height) => [[at(-EDGE), base], ...curve.map(([x, y]) => [at(x), base - height * y]), [at(EDGE), base]];
    const seen = Math.max(-EDGE, Math.min(EDGE, one.seen[k])), out = Math.abs(one.seen[k]) > EDGE;
    svg.innerHTML = path(shape(before, 34), `fill="var(--line)" opacity=".22"`)
      + path(shape(after, high), `fill="${colour}" fill-opacity=".28" stroke="${colour}" stroke-width="1.5"`)
      + line(0, base, wide, base, `stroke="var(--line)"`)
      + [-2, 0, 2].map(x => line(at(x), base, at(x), base + 4, `stroke="var(--line)"`) + text(at(x), base + 15, two(x).slice(0, -3), `text-anchor="middle" opacity=".7"`)).join("")
      + line(at(one.x), 14, at(one.x), base, `stroke="currentColor" stroke-dasharray="2 3"`)
      + text(at(one.x), 10, "X", `text-anchor="middle"`)
      + line(at(guess), base - high - 4, at(guess), base, `stroke="${colour}" stroke-width="2.5"`)
      + path([[at(seen) - 5, base + 9], [at(seen) + 5, base + 9], [at(seen), base + 1], [at(seen) - 5, base + 9]], `fill="currentColor" ${out ? 'opacity=".4"' : ""}`)
      + text(Math.max(30, Math.min(wide - 30, at(seen))), base + 29, out ? (seen > 0 ? "noisy X →" : "← noisy X") : "noisy X", `text-anchor="middle"`);
    const words = `best guess ${two(guess)}, off by ${two(Math.abs(guess - one.x))}`;
    say(name, words);
    svg.setAttribute("aria-label", words);
  }

  const ticks = [0.03, 0.1, 0.3, 1, 3, 10, 30];
  function curve(name, values, top, marks, inside) {
    const svg = panel(name), wide = svg.clientWidth, left = 26, base = 118, high = 104;
    const from = LOG(data.ratios[0]), to = LOG(data.ratios[last]);
    const x = r => left + (LOG(r) - from) / (to - from) * (wide - left - 6), y = v => base - high * v / top;
    const all = values.map((v, k) => [x(data.ratios[k]), y(v)]), part = all.slice(0, state.level + 1);
    const now = all[state.level];
    svg.innerHTML = ticks.map(t => line(x(t), base, x(t), base + 4, `stroke="var(--line)"`) + text(x(t), base + 15, t, `text-anchor="middle"`)).join("")
      + marks.map(m => line(left, y(m), wide - 6, y(m), `stroke="var(--line)" opacity=".35"`) + text(left - 4, y(m) + 4, m, `text-anchor="end"`)).join("")
      + inside(x, y, part, base)
      + path(all, `fill="none" stroke="currentColor" stroke-width="1.5"`)
      + line(now[0], 8, now[0], base, `stroke="var(--alone)" stroke-width="1.5"`)
      + `<circle cx="${now[0]}" cy="${now[1]}" r="4.5" fill="var(--alone)"/>`
      + text((wide + left) / 2, base + 30, "noise against signal, σ/α", `text-anchor="middle" opacity=".8"`);
    svg.onpointerdown = svg.onpointermove = event => {
      if (event.type === "pointermove" && !event.buttons) return;
      const share = (event.clientX - svg.getBoundingClientRect().left - left) / (wide - left - 6);
      state.level = nearest(Math.exp(from + Math.max(0, Math.min(1, share)) * (to - from)));
      draw();
    };
  }

  function draw() {
    const k = state.level, one = data.cases[state.which], ratio = data.ratios[k];
    slider.value = k;
    output.textContent = `σ/α = ${ratio < 1 ? ratio.toFixed(2) : ratio.toPrecision(2)}`;
    slider.setAttribute("aria-valuetext", output.textContent);
    for (const button of root.querySelectorAll("button")) button.setAttribute("aria-pressed", Number(button.dataset.case) === state.which);
    const label = data.cases.findIndex(c => c.y === one.y);
    known("alone", "var(--alone)", one.shares[k], one.guess[k]);
    known("both", "var(--both)", data.means.map((_, j) => Number(j === label)), one.guess_y[k]);
    curve("integrand", data.integrand, 0.5, [0, 0.2, 0.4], (x, y, part, base) =>
      path([[part[0][0], base], ...part, [part[part.length - 1][0], base]], `fill="var(--alone)" opacity=".25"`));
    say("integrand", `squared error of the guess, on average: ${data.error[k].toPrecision(2)} without Y, ${data.error_y[k].toPrecision(2)} with Y`);
    curve("sum", data.sum, 1, [0, 0.25, 0.5, 0.75], (x, y) =>
      line(26, y(data.truth), x(data.ratios[last]), y(data.truth), `stroke="var(--both)" stroke-width="1.5" stroke-dasharray="6 4"`)
      + text(30, y(data.truth) - 5, `I(X; Y) = ${two(data.truth)}`)
      + data.checks.map(c => line(x(c.ratio), y(c.low), x(c.ratio), y(c.high), `stroke="var(--both)" stroke-width="2"`)
        + `<circle cx="${x(c.ratio)}" cy="${y(c.value)}" r="2.5" fill="var(--both)"/>`).join(""));
    say("sum", `${two(data.sum[k])} of ${two(data.truth)} nats come from less noise than this`);
    for (const name of ["integrand", "sum"]) panel(name).setAttribute("aria-label", root.querySelector(`[data-text="${name}"]`).textContent);
  }

  slider.addEventListener("input", () => { state.level = Number(slider.value); draw(); });
  root.addEventListener("click", event => {
    if (event.target.dataset.case) { state.which = Number(event.target.dataset.case); draw(); }
  });
  new ResizeObserver(draw).observe(root);
  draw();
})();
