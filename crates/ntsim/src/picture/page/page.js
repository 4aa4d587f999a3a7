'use strict';
// Draws a run: lanes of processors, and what is to see at one moment. Texts of the run are set as text, never as markup.
(() => {
  const run = JSON.parse(document.getElementById('data').textContent);
  const entries = run.entries;
  const $ = (id) => document.getElementById(id);
  const SVG = 'http://www.w3.org/2000/svg';

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value === true ? '' : value);
    }
    made.append(...children.filter((it) => it !== undefined && it !== null));
    return made;
  };
  const shape = (name, attributes = {}, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // ---- What the page is about ----

  const spoken = {
    thread: 'thread', callback: 'callback', isr: 'interrupt, ISR', dpc: 'DPC',
    synchronize: 'synchronize routine (closure)', lock: 'spin lock',
  };
  const LEVELS = { 0: 'PASSIVE', 1: 'APC', 2: 'DISPATCH', 13: 'CLOCK', 14: 'IPI', 15: 'HIGH' };
  const level = (irql) => `${irql} ${LEVELS[irql] ?? 'DIRQL'}`;
  const number = (value) => value.toLocaleString('en-US');

  const lastOf = (test, before = entries.length) => {
    for (let at = Math.min(before, entries.length) - 1; at >= 0; at--) if (test(entries[at])) return at;
    return -1;
  };
  const failed = lastOf((it) => it.kind === 'note' && it.text.startsWith('failed: '));
  const broken = run.failure ? (failed >= 0 ? failed : entries.length - 1) : -1;
  const earlier = entries.findIndex((it) => it.kind === 'earlier');
  const choices = entries.flatMap((it, at) => (it.kind === 'choice' ? [at] : []));
  const planned = entries.some((it) => it.choice && it.choice.turn);
  const made = broken < 0 ? -1
    : lastOf((it) => it.choice && (planned ? it.choice.turn !== null : it.choice.preemption), broken);
  const other = earlier >= 0 ? earlier : made;
  const madeName = planned ? 'the choice that made it' : 'the last preemption before it';

  // What each processor is, before and behind each entry.
  const running = [];
  {
    const lanes = run.first.map((lane) => ({ irql: lane.irql, open: lane.open.slice() }));
    for (const entry of entries) {
      const lane = lanes[entry.cpu];
      lane.irql = entry.irql;
      if (entry.kind === 'begin') lane.open = [...lane.open, entry.span];
      if (entry.kind === 'end') lane.open = lane.open.slice(0, -1);
      running.push(lane.open);
    }
  }
  // The last entry of each processor, at each entry.
  const latest = [];
  {
    let last = run.first.map(() => -1);
    entries.forEach((entry, at) => {
      last = last.slice();
      last[entry.cpu] = at;
      latest.push(last);
    });
  }

  // ---- The head ----

  document.title = `${run.failure ? run.failure.heading : 'nothing broken'}: ${run.title}`;
  $('badge').textContent = run.failure ? run.failure.heading : 'nothing broken';
  $('badge').classList.toggle('broken', Boolean(run.failure));
  $('title').textContent = `${run.title} (${run.module})`;
  $('message').textContent = run.failure ? run.failure.message : 'Every rule and every expectation held.';
  for (const [name, value] of [
    ['place', run.failure && run.failure.place], ['check', run.failure && run.failure.check],
    ['token', run.token], ['again', run.again],
  ]) {
    if (value) $('again').append(element('dt', {}, name), element('dd', {}, element('code', {}, value)));
  }

  // ---- The lanes ----

  const GUTTER = 112, HEAD = 30, PLOT = 74, BAR = 15, GAP = 16;
  const used = [...new Set([...run.first.map((lane) => lane.irql), ...entries.map((it) => it.irql), 0])].sort((a, b) => a - b);
  const rank = new Map(used.map((irql, at) => [irql, at]));
  const depth = run.first.map((lane) => lane.open.length);
  entries.forEach((entry, at) => { depth[entry.cpu] = Math.max(depth[entry.cpu], running[at].length); });
  const tops = [];
  let height = HEAD;
  for (const rows of depth) {
    tops.push(height);
    height += PLOT + 4 + rows * BAR + GAP;
  }
  const heightOf = (irql) => (used.length < 2 ? 6 : 6 + (PLOT - 14) * rank.get(irql) / (used.length - 1));
  const yOf = (cpu, irql) => tops[cpu] + PLOT - heightOf(irql);

  let zoom = 1, x = [], width = 0;
  const scroll = $('scroll');
  let cursor, cursorHead;

  const place = () => {
    x = [];
    let now = 24;
    entries.forEach((entry, at) => {
      if (at > 0) {
        const passed = entry.cycles - entries[at - 1].cycles;
        now += zoom * (passed === 0 ? 5 : 8 + 5 * Math.log2(1 + passed));
      }
      x.push(now);
    });
    width = Math.ceil(now + 140);
  };

  // Names of spans, which stay in sight while some of their span is.
  let labels = [];
  const label = (parent, text, left, right, y, kind) => {
    if (right - left < 26) return;
    const made = shape('text', { y, class: `inside of-${kind}` });
    labels.push({ made, text, left, right });
    parent.append(made);
  };
  const placeLabels = () => {
    for (const { made, text, left, right } of labels) {
      const from = Math.max(left, Math.min(scroll.scrollLeft, right));
      const room = Math.floor((right - from - 6) / 6.5);
      made.setAttribute('x', from + 3);
      made.textContent = room < 3 ? '' : text.length > room ? `${text.slice(0, room - 1)}…` : text;
    }
  };
  scroll.addEventListener('scroll', placeLabels);
  // The end of a path: what stands in angle brackets, and the modules around, are in the tip and in the stack.
  const brief = (name) => {
    let plain = name;
    for (let before = null; before !== plain;) {
      before = plain;
      plain = plain.replace(/(::)?<[^<>]*>/g, '');
    }
    return plain.split('::').filter(Boolean).slice(-2).join('::') || name;
  };
  const short = (span) => (span.function ? `${span.name}: ${brief(span.function)}` : span.name);
  const whole = (span) => (span.function ? `${span.name}: ${span.function}` : span.name);

  const drawLane = (svg, cpu) => {
    const lane = run.first[cpu];
    const floor = tops[cpu] + PLOT;
    for (const irql of used) {
      const y = yOf(cpu, irql);
      svg.append(shape('line', { class: 'grid', x1: 0, x2: width, y1: y, y2: y }));
    }
    const end = width - 100;
    const areas = shape('g'), bars = shape('g'), names = shape('g'), ticks = shape('g');
    const outline = [`M 0 ${yOf(cpu, lane.irql)}`];
    const inner = (open) => {
      const special = open.filter((span) => ['isr', 'dpc', 'synchronize'].includes(span.kind));
      const spans = special.length ? special : open.filter((span) => span.kind !== 'lock');
      return spans.length ? spans[spans.length - 1].kind : null;
    };
    let from = 0, irql = lane.irql, kind = inner(lane.open);
    const open = lane.open.map((span) => ({ span, from: 0, at: 0 }));
    const flush = (to) => {
      if (kind && to > from) {
        const h = heightOf(irql);
        areas.append(shape('rect', { class: `area ${kind}`, x: from, y: floor - h, width: to - from, height: h }));
      }
    };
    const bar = ({ span, from: begun, at }, row, to) => {
      const y = floor + 4 + row * BAR;
      const rect = shape('rect', { class: `span ${span.kind}`, x: begun, y, width: Math.max(to - begun, 2), height: BAR - 1, rx: 2, 'data-at': at });
      rect.dataset.tip = [whole(span), span.place].filter(Boolean).join(' – ');
      bars.append(rect);
      label(names, short(span), begun, to, y + BAR - 4, span.kind);
    };
    entries.forEach((entry, at) => {
      if (entry.cpu !== cpu) return;
      if (entry.irql !== irql || entry.kind === 'begin' || entry.kind === 'end') {
        flush(x[at]);
        if (entry.irql !== irql) outline.push(`H ${x[at]} V ${yOf(cpu, entry.irql)}`);
        from = x[at];
        irql = entry.irql;
        kind = inner(running[at]);
      }
      if (entry.kind === 'begin') open.push({ span: entry.span, from: x[at], at });
      else if (entry.kind === 'end') bar(open[open.length - 1], open.length - 1, x[at]), open.pop();
      else if (entry.kind !== 'level') {
        ticks.append(shape('line', { class: 'tick', x1: x[at], x2: x[at], y1: floor - 4, y2: floor }));
      }
    });
    flush(end);
    outline.push(`H ${end}`);
    open.forEach((it, row) => bar(it, row, end));
    svg.append(areas, ticks, shape('path', { class: 'level', d: outline.join(' ') }), bars, names);
  };

  const mark = (svg, at, name, text, above) => {
    const { cpu, irql } = entries[at];
    const y = yOf(cpu, irql);
    svg.append(shape('circle', { class: `${name}-mark`, cx: x[at], cy: y, r: 6, 'data-at': at }));
    const left = x[at] > 180;
    svg.append(shape('text', {
      class: `${name}-text`, x: x[at] + (left ? -10 : 10), y: y + (above ? -7 : 15), 'text-anchor': left ? 'end' : 'start',
    }, text));
  };

  const draw = () => {
    place();
    labels = [];
    const svg = shape('svg', { width, height, role: 'img', 'aria-label': 'a lane for each processor, its IRQL as height' });
    run.first.forEach((_, cpu) => drawLane(svg, cpu));
    for (const at of choices) {
      const is = at === made ? ' made' : '';
      svg.append(shape('line', { class: `choice-line${is}`, x1: x[at], x2: x[at], y1: 16, y2: height - 6 }));
      svg.append(shape('path', { class: 'choice-head', d: `M ${x[at]} 6 l 6 6 l -6 6 l -6 -6 z`, 'data-at': at, 'data-tip': entries[at].text }));
      if (at === made) {
        const left = x[at] > width - 260;
        svg.append(shape('text', { class: 'choice-text strong', x: x[at] + (left ? -10 : 10), y: 16, 'text-anchor': left ? 'end' : 'start' }, madeName));
      }
    }
    if (broken >= 0 && earlier >= 0) {
      const [a, b] = [earlier, broken].map((at) => ({ x: x[at], y: yOf(entries[at].cpu, entries[at].irql) }));
      svg.append(shape('path', { class: 'between', d: `M ${a.x} ${a.y} C ${a.x} ${a.y + 40}, ${b.x} ${b.y - 40}, ${b.x} ${b.y}` }));
    }
    if (earlier >= 0) mark(svg, earlier, 'other', 'earlier access', true);
    if (broken >= 0) mark(svg, broken, 'broken', earlier >= 0 ? 'later access: broken here' : 'broken here', true);
    cursor = shape('line', { class: 'cursor', y1: HEAD - 10, y2: height - 4 });
    cursorHead = shape('path', { class: 'cursor-head' });
    svg.append(cursor, cursorHead);
    scroll.replaceChildren(svg);

    const axes = shape('svg', { width: GUTTER, height });
    run.first.forEach((_, cpu) => {
      axes.append(shape('text', { class: 'strong', x: 8, y: tops[cpu] + 12 }, `CPU ${cpu}`));
      for (const irql of used) {
        axes.append(shape('text', { class: 'dim', x: GUTTER - 6, y: yOf(cpu, irql) + 3.5, 'text-anchor': 'end' }, level(irql)));
      }
    });
    $('axes').replaceChildren(axes);
  };

  const drawOverview = () => {
    const svg = shape('svg', { viewBox: `0 0 ${width} 20`, preserveAspectRatio: 'none' });
    const rows = run.first.length;
    run.first.forEach((lane, cpu) => {
      let from = 0, kind = lane.open.length ? lane.open[lane.open.length - 1].kind : null;
      const put = (to) => {
        if (kind) svg.append(shape('rect', { class: kind, x: from, y: 20 * cpu / rows + 1, width: Math.max(to - from, width / 900), height: 20 / rows - 2 }));
      };
      entries.forEach((entry, at) => {
        if (entry.cpu !== cpu || (entry.kind !== 'begin' && entry.kind !== 'end')) return;
        put(x[at]);
        from = x[at];
        const open = running[at];
        kind = open.length ? open[open.length - 1].kind : null;
      });
      put(width - 100);
    });
    for (const at of choices) svg.append(shape('line', { class: 'choice-line', x1: x[at], x2: x[at], y1: 0, y2: 20, 'vector-effect': 'non-scaling-stroke' }));
    if (broken >= 0) svg.append(shape('line', { class: 'broken-mark', x1: x[broken], x2: x[broken], y1: 0, y2: 20, 'vector-effect': 'non-scaling-stroke' }));
    svg.append(shape('line', { id: 'overview-cursor', class: 'cursor', y1: 0, y2: 20, 'vector-effect': 'non-scaling-stroke' }));
    $('overview').replaceChildren(svg);
  };

  for (const [kind, text] of Object.entries(spoken)) {
    const box = shape('svg', { viewBox: '0 0 12 12' });
    box.append(shape('rect', { class: kind, width: 12, height: 12, rx: 2 }));
    $('legend').append(element('span', {}, box, text));
  }
  {
    const box = shape('svg', { viewBox: '0 0 12 12' });
    box.append(shape('path', { class: 'choice-head', d: 'M 6 0 l 6 6 l -6 6 l -6 -6 z' }));
    $('legend').append(element('span', {}, box, 'choice of the schedule'));
    $('legend').append(element('span', {}, 'keys: ← → Home End, n p choices, v violation, o other side, + −'));
  }

  // ---- Stacks and sources ----

  const chosen = new Map(); // Which frame of a stack is looked at.
  const source = (frame, around) => {
    if (!frame || !frame.file) return element('p', { class: 'none' }, 'no source line is known of this place');
    const lines = run.sources[frame.file];
    if (!lines) return element('p', { class: 'none' }, `${frame.file}:${frame.line} was not found when the page was written`);
    const pre = element('pre', {});
    const shown = [];
    for (let at = frame.line - around; at <= frame.line + around; at++) {
      if (lines[at] === undefined) continue;
      shown.push(at);
    }
    // What all lines are indented by is left out.
    const indents = shown.map((at) => lines[at]).filter((line) => line.trim()).map((line) => line.search(/\S/));
    const indent = Math.min(...indents);
    for (const at of shown) {
      const meant = at === frame.line;
      pre.append(element('span', { class: meant ? 'code meant' : 'code', 'data-line': at, 'aria-current': meant ? 'true' : null }, lines[at].slice(indent) || ' '));
    }
    return element('div', { class: 'source' }, element('div', { class: 'file mono' }, `${frame.file}:${frame.line}`), pre);
  };
  const opened = new Set(); // Which stacks are shown in full.
  const FEW = 3;
  const callOf = (frame, pressed, choose) => {
    const button = element('button', { type: 'button', class: 'mono', title: frame.function, 'aria-pressed': String(pressed) },
      element('span', {}, brief(frame.function)), frame.inlined ? element('span', { class: 'in' }, ' inlined') : null,
      frame.file ? element('span', { class: 'where' }, ` ${frame.file}:${frame.line}`) : null);
    button.addEventListener('click', choose);
    return element('li', {}, button);
  };
  const stackOf = (entry, name, around) => {
    const frames = run.stacks[entry.stack];
    const box = element('div', {});
    if (!frames.length) {
      box.append(element('p', { class: 'none' }, 'not in the driver'));
      return box;
    }
    const found = frames.findIndex((frame) => run.sources[frame.file]);
    const key = `${name}/${entry.stack}`;
    const at = chosen.get(key) ?? Math.max(found, 0);
    const item = (place) => callOf(frames[place], place === at, () => { chosen.set(key, place); show(now, false); });
    const own = frames.flatMap((frame, place) => (frame.file && frame.file.startsWith('library/') ? [] : [place]));
    const few = element('ul', { class: 'stack mono', 'aria-label': 'the driver\'s calls, innermost first' });
    const all = element('details', {}, element('summary', {}, `all ${frames.length} calls`));
    all.open = opened.has(name);
    all.addEventListener('toggle', () => { opened[all.open ? 'add' : 'delete'](name); });
    const list = element('ul', { class: 'stack mono' });
    own.slice(0, FEW).forEach((place) => few.append(item(place)));
    frames.forEach((_, place) => list.append(item(place)));
    all.append(list);
    box.append(source(frames[at], around), few);
    if (frames.length > Math.min(FEW, own.length)) box.append(all);
    return box;
  };
  const fact = (list, name, value) => list.append(element('dt', {}, name), element('dd', {}, value));

  // ---- One moment ----

  let now = -1;
  const nameOf = (at) => (at === broken ? 'is-broken' : '');

  const showNow = () => {
    const entry = entries[now];
    const facts = element('dl', { class: 'facts' });
    fact(facts, 'processor', `CPU ${entry.cpu} at IRQL ${level(entry.irql)}`);
    fact(facts, 'time', `cycle ${number(entry.cycles)}, ${number(entry.instructions)} instructions`);
    const open = running[now];
    fact(facts, 'runs', open.length ? open.map(short).join(' › ') : 'nothing');
    const box = $('now');
    box.replaceChildren(element('h2', { id: 'event' }, entry.text.length > 120 ? `${entry.text.slice(0, 119)}…` : entry.text), facts);
    if (entry.choice) {
      const list = element('ul', {});
      for (const step of entry.choice.offered) list.append(element('li', { class: step === entry.text ? 'taken' : null }, step === entry.text ? `${step} (taken)` : step));
      const kind = entry.choice.preemption ? 'a preemption' : 'a choice where nothing had to be taken away';
      const turn = entry.choice.turn ? `, turn ${entry.choice.turn} of the token` : '';
      box.append(element('div', { class: 'box choice', id: 'choice' }, element('h3', {}, `${now === made ? `${madeName}: ` : ''}${kind}${turn}`), list));
    }
    // What stands below as one of both sides does not stand here, too.
    if (now !== broken && now !== other) box.append(stackOf(entry, 'now', 5));
    latest[now].forEach((at, cpu) => {
      if (cpu === entry.cpu) return;
      const open = at < 0 ? run.first[cpu].open : running[at];
      const frames = at < 0 || !open.length ? [] : run.stacks[entries[at].stack];
      const frame = frames.find((it) => run.sources[it.file]) ?? frames[0];
      const where = frame ? `, at ${brief(frame.function)}${frame.file ? ` (${frame.file}:${frame.line})` : ''}` : '';
      box.append(element('p', { class: 'none' }, `CPU ${cpu} meanwhile: ${open.length ? open.map(short).join(' › ') + where : 'idle'}`));
    });
  };

  const side = (name, title, at) => {
    const entry = entries[at];
    const button = element('button', { type: 'button' }, 'go there');
    button.addEventListener('click', () => show(at));
    return element('div', { class: `box ${name}${at === now ? ' present' : ''}`, id: `side-${name}` },
      element('h3', {}, `${title}: CPU ${entry.cpu}, IRQL ${level(entry.irql)} `, button), stackOf(entry, name, 4));
  };
  const showSides = () => {
    if (broken < 0) return;
    const pair = element('div', { class: 'pair' });
    pair.append(side('broken', earlier >= 0 ? 'The later access' : 'Where it is broken', broken));
    if (other >= 0) pair.append(side('other', earlier >= 0 ? 'The earlier access' : `Other side, ${madeName}`, other));
    $('sides').replaceChildren(element('h2', {}, 'Both sides'), pair);
  };

  const WINDOW = 60;
  const showList = () => {
    const list = $('list');
    const rows = [];
    for (let at = Math.max(0, now - WINDOW); at < Math.min(entries.length, now + WINDOW); at++) {
      const entry = entries[at];
      const row = element('div', { class: `row ${entry.kind} ${nameOf(at)}`, role: 'option', id: `row-${at}`, 'aria-selected': String(at === now), 'data-at': at },
        element('span', { class: 'time' }, number(entry.cycles)), element('span', {}, `CPU ${entry.cpu}`),
        element('span', {}, `IRQL ${entry.irql}`), element('span', { class: 'text' }, entry.text));
      rows.push(row);
    }
    list.replaceChildren(...rows);
    list.setAttribute('aria-activedescendant', `row-${now}`);
    const row = $(`row-${now}`);
    list.scrollTop = row.offsetTop - list.offsetTop - list.clientHeight / 2 + row.offsetHeight / 2;
  };

  const show = (at, moves = true) => {
    if (!entries.length) return;
    now = Math.max(0, Math.min(entries.length - 1, at));
    const entry = entries[now];
    cursor.setAttribute('x1', x[now]);
    cursor.setAttribute('x2', x[now]);
    cursorHead.setAttribute('d', `M ${x[now] - 5} ${HEAD - 12} h 10 l -5 7 z`);
    for (const name of ['x1', 'x2']) $('overview-cursor').setAttribute(name, x[now]);
    const seen = x[now] - scroll.scrollLeft;
    if (moves && (seen < 40 || seen > scroll.clientWidth - 120)) scroll.scrollLeft = x[now] - scroll.clientWidth * (now === broken ? 0.8 : 0.55);
    placeLabels();
    $('step').textContent = `${number(now + 1)} of ${number(entries.length)}`;
    scroll.setAttribute('aria-valuemax', entries.length);
    scroll.setAttribute('aria-valuenow', now + 1);
    scroll.setAttribute('aria-valuetext', `CPU ${entry.cpu}, IRQL ${entry.irql}: ${entry.text}`);
    document.querySelector('[data-go=back]').disabled = document.querySelector('[data-go=first]').disabled = now === 0;
    document.querySelector('[data-go=on]').disabled = document.querySelector('[data-go=last]').disabled = now === entries.length - 1;
    showNow();
    showSides();
    showList();
    try { history.replaceState(null, '', `#step=${now + 1}`); } catch { /* A page in a frame has no address of its own. */ }
  };

  const zoomTo = (wanted) => {
    zoom = Math.max(0.15, Math.min(8, wanted));
    draw();
    drawOverview();
    show(now);
  };
  const go = {
    first: () => show(0),
    last: () => show(entries.length - 1),
    back: () => show(now - 1),
    on: () => show(now + 1),
    next: () => show(choices.find((at) => at > now) ?? now),
    before: () => show(choices.findLast((at) => at < now) ?? now),
    broken: () => show(broken >= 0 ? broken : now),
    other: () => show(other < 0 ? now : now === other ? broken : other),
    larger: () => zoomTo(zoom * 1.4),
    smaller: () => zoomTo(zoom / 1.4),
  };
  const keys = {
    ArrowLeft: 'back', ArrowUp: 'back', ArrowRight: 'on', ArrowDown: 'on', Home: 'first', End: 'last',
    n: 'next', p: 'before', v: 'broken', o: 'other', '+': 'larger', '=': 'larger', '-': 'smaller',
  };

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const name = keys[event.key];
    if (!name) return;
    event.preventDefault();
    go[name]();
  });
  $('tools').addEventListener('click', (event) => {
    const button = event.target.closest('[data-go]');
    if (button) go[button.dataset.go]();
  });
  $('list').addEventListener('click', (event) => {
    const row = event.target.closest('.row');
    if (row) show(Number(row.dataset.at));
  });
  const nearest = (left, cpu) => {
    let best = -1;
    for (let at = 0; at < entries.length; at++) {
      if (cpu !== undefined && entries[at].cpu !== cpu) continue;
      if (best < 0 || Math.abs(x[at] - left) < Math.abs(x[best] - left)) best = at;
    }
    return best;
  };
  const under = (event) => {
    const box = scroll.firstElementChild.getBoundingClientRect();
    const top = event.clientY - box.top;
    const cpu = top < HEAD ? undefined : tops.findLastIndex((it) => it <= top + 4);
    return nearest(event.clientX - box.left, cpu < 0 ? undefined : cpu);
  };
  scroll.addEventListener('click', (event) => {
    // A mark or a span is what it stands for; elsewhere it is the event that is nearest in that lane.
    const marked = event.target.closest('[data-at]');
    const at = marked && !marked.classList.contains('span') ? Number(marked.dataset.at) : under(event);
    if (at >= 0) show(at, false);
    scroll.focus({ preventScroll: true });
  });
  $('overview').addEventListener('click', (event) => {
    const box = $('overview').getBoundingClientRect();
    show(nearest(width * (event.clientX - box.left) / box.width));
  });
  const tip = $('tip');
  scroll.addEventListener('mousemove', (event) => {
    const over = event.target.closest('[data-tip]');
    const at = under(event);
    const text = over ? over.dataset.tip : at >= 0 ? `CPU ${entries[at].cpu}, IRQL ${level(entries[at].irql)}: ${entries[at].text}` : '';
    tip.hidden = !text;
    tip.textContent = text;
    tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - 470)}px`;
    tip.style.top = `${event.clientY + 16}px`;
  });
  scroll.addEventListener('mouseleave', () => { tip.hidden = true; });

  // Both sides fit, where they are not too far apart.
  place();
  if (broken >= 0 && other >= 0 && scroll.clientWidth > 300) {
    const fit = (from) => Math.min(1, (scroll.clientWidth - 300) / Math.max(x[broken] - x[from], 1));
    const both = made >= 0 ? fit(Math.min(made, other)) : 0;
    zoom = both >= 0.3 ? both : Math.max(0.3, fit(other));
  }
  draw();
  drawOverview();
  const asked = /step=(\d+)/.exec(location.hash);
  show(asked ? Number(asked[1]) - 1 : broken >= 0 ? broken : entries.length - 1);
  scroll.focus({ preventScroll: true });
})();
