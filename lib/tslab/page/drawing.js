// What the page of `tslab serve` and the report of `tslab report` share: how figures are
// written, and how a snapshot is drawn.
//
// Every text of a snapshot was chosen by somebody else. It reaches the document as the text
// of a node, never as markup, and what would disturb its surroundings is shown as \xNN.
'use strict';

const drawing = (() => {
  const SVG = 'http://www.w3.org/2000/svg';

  // ---- how things are written

  // The characters for which tslab writes \xNN too: controls, and what turns the
  // direction of writing or breaks lines.
  const DISTURBS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

  const visible = (text) => text.replace(DISTURBS, (character) =>
    Array.from(new TextEncoder().encode(character),
      (byte) => '\\x' + byte.toString(16).padStart(2, '0')).join(''));

  const named = (text) => (text === '' ? '(unnamed)' : visible(text));

  const count = (value) => {
    if (value > Number.MAX_SAFE_INTEGER) return '≈' + value.toPrecision(4);
    return value.toString().replace(/\B(?=(\d{3})+$)/g, ',');
  };

  const bytes = (value) => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
    let unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      ++unit;
    }
    const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return value.toFixed(digits) + ' ' + units[unit];
  };

  const two = (value) => String(value).padStart(2, '0');

  const duration = (seconds) => {
    if (seconds < 60) return `${seconds}s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`;
    return `${Math.floor(seconds / 86400)}d${two(Math.floor(seconds / 3600) % 24)}h`;
  };

  const rate = (value) => (value >= 100 || value === 0 ? count(Math.round(value)) : value.toPrecision(2));

  // Of the place where it is read; in a report, which is read in many, of UTC.
  let universal = false;
  const useUniversalTime = () => { universal = true; };
  const clock = (milliseconds, withSeconds) => {
    const time = new Date(universal ? milliseconds : milliseconds - new Date(milliseconds).getTimezoneOffset() * 60000);
    return time.toISOString().slice(11, withSeconds ? 19 : 16);
  };

  const quantity = (value, what) => `${count(value)} ${what}${value === 1 ? '' : 's'}`;

  // ---- nodes

  const fill = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === 'text') node.textContent = value;
      else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, '');
      else if (value !== false && value !== undefined) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };
  const element = (tag, attributes, ...children) =>
    fill(document.createElement(tag), attributes, children);
  const shape = (tag, attributes, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);

  // Writes only what changed, so that a selection and a reader's place stay.
  const setText = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };
  const setAttribute = (node, name, value) => {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  };

  // A text that others chose, isolated from the direction of what stands around it.
  const foreign = (text, attributes) => element('bdi', { ...attributes, text: visible(text) });

  // Keeps one node for each key, in the order of the items.
  const syncList = (parent, items, keyOf, create, update) => {
    const old = new Map(Array.from(parent.children, (node) => [node.dataset.key, node]));
    let place = parent.firstElementChild;
    for (const item of items) {
      const key = String(keyOf(item));
      let node = old.get(key);
      old.delete(key);
      if (node === undefined) {
        node = create(item);
        node.dataset.key = key;
      }
      update(node, item);
      if (node === place) place = place.nextElementSibling;
      else parent.insertBefore(node, place);
    }
    for (const node of old.values()) node.remove();
  };

  // A table whose columns sort. A column: {name, title, class, value(row), cell(td, row)};
  // without `title` its header says its name.
  class Table {
    constructor(table, caption, columns, options) {
      this.columns = columns;
      this.options = options;
      this.sort = options.sort;
      this.rows = [];
      this.body = element('tbody');
      this.heads = columns.map((column) => element('th', { scope: 'col', class: column.class },
        column.value === undefined
          ? element('span', { text: column.name })
          : element('button', { type: 'button', text: column.name, title: column.title,
            onclick: () => this.sortBy(column) })));
      table.append(element('caption', { class: 'reader', text: caption }),
        element('thead', {}, element('tr', {}, ...this.heads)), this.body);
      // What is pointed at or has the focus does not run away.
      this.held = false;
      table.addEventListener('pointerenter', () => { this.held = true; });
      table.addEventListener('pointerleave', () => { this.held = false; });
      this.order = new Map();
    }

    sortBy(column) {
      const same = this.sort.name === column.name;
      this.sort = { name: column.name, down: same ? !this.sort.down : column.ascending !== true };
      this.order.clear();
      this.show(this.rows);
    }

    ordered(rows) {
      const column = this.columns.find((one) => one.name === this.sort.name);
      const sign = this.sort.down ? -1 : 1;
      const compare = (a, b) => {
        if (this.held && this.order.size !== 0) {
          const [x, y] = [this.order.get(this.options.key(a)), this.order.get(this.options.key(b))];
          return (x ?? 1e9) - (y ?? 1e9);
        }
        const [x, y] = [column.value(a), column.value(b)];
        if (x !== y) return (x < y ? -1 : 1) * sign;
        return this.options.tie(a, b);
      };
      return [...rows].sort(compare);
    }

    show(rows) {
      this.rows = rows;
      this.columns.forEach((column, i) => {
        if (column.value === undefined) return;
        const mine = column.name === this.sort.name;
        setAttribute(this.heads[i], 'aria-sort', !mine ? 'none' : this.sort.down ? 'descending' : 'ascending');
      });
      const sorted = this.ordered(rows);
      this.order = new Map(sorted.map((row, i) => [this.options.key(row), i]));
      syncList(this.body, sorted, this.options.key, (row) => {
        const node = element('tr', {}, ...this.columns.map((column) =>
          element('td', { class: column.class, 'data-field': column.field })));
        node.addEventListener('click', () => this.options.choose(this.options.key(row), false));
        return node;
      }, (node, row) => {
        this.columns.forEach((column, i) => column.cell(node.children[i], row));
        this.options.mark(node, row);
      });
    }
  }

  // ---- a snapshot

  const isInUse = (snapshot, row) => row.epoch_id === snapshot.current_epoch || row.refcount > 0 ||
    row.live_objects > 0 || row.estimated_rss_bytes > 0;

  const wasNeverOpened = (snapshot, row) => row.epoch_era === 0 && row.age_sec === 0 &&
    row.epoch_id !== snapshot.current_epoch && !isInUse(snapshot, row);

  // The bytes of an epoch by what its slabs are. Those of empty ones are counted; the others
  // are shared out by their number.
  const PARTS = ['full', 'partial', 'empty', 'carried'];
  const partsOf = (row) => {
    const rest = Math.max(row.estimated_rss_bytes - row.reclaimable_bytes - (row.carried_bytes ?? 0), 0);
    const slabs = { full: row.total_full_slabs, partial: row.total_partial_slabs,
      carried: row.carried_bytes === undefined ? row.carried_slabs : 0 };
    const all = slabs.full + slabs.partial + slabs.carried || 1;
    return { full: rest * slabs.full / all, partial: rest * slabs.partial / all,
      empty: row.reclaimable_bytes, carried: row.carried_bytes ?? rest * slabs.carried / all };
  };

  const slabsInWords = (row) => `${count(row.total_full_slabs)} full, ${count(row.total_partial_slabs)} partial, ` +
    `${count(row.total_reclaimable_slabs)} empty, ${count(row.carried_slabs)} carried`;

  const epochInWords = (snapshot, row) => {
    if (wasNeverOpened(snapshot, row)) return `Epoch ${row.epoch_id}, never opened`;
    return `Epoch ${row.epoch_id}${row.epoch_id === snapshot.current_epoch ? ', current' : ''}, ` +
      `era ${count(row.epoch_era)}, ${row.label === '' ? 'no label' : visible(row.label)}, ${row.state}, ` +
      `${quantity(row.refcount, 'reference')}, ${bytes(row.estimated_rss_bytes)}, age ${duration(row.age_sec)}`;
  };

  // A colour for each place of the ring; places beside each other differ.
  const epochColour = (id) => {
    const style = getComputedStyle(document.documentElement);
    return `hsl(${Math.round((id * 137.508 + 165) % 360)}, ${style.getPropertyValue('--epoch-saturation').trim()}, ` +
      `${style.getPropertyValue('--epoch-lightness').trim()})`;
  };

  // ---- the ring

  const INNER = 88;
  const OUTER = 140;

  const arc = (from, to, inner, outer) => {
    const at = (angle, radius) =>
      `${(Math.sin(angle) * radius).toFixed(2)} ${(-Math.cos(angle) * radius).toFixed(2)}`;
    const large = to - from > Math.PI ? 1 : 0;
    return `M${at(from, inner)} L${at(from, outer)} A${outer} ${outer} 0 ${large} 1 ${at(to, outer)} ` +
      `L${at(to, inner)} A${inner} ${inner} 0 ${large} 0 ${at(from, inner)} Z`;
  };

  class Ring {
    constructor(parent, choose) {
      this.parent = parent;
      this.choose = choose;
      this.places = [];
      this.focused = 0;
    }

    build(number) {
      this.focused = 0;
      const step = 2 * Math.PI / number;
      const gap = Math.min(0.02, step * 0.12);
      this.span = (id) => [id * step + gap / 2, (id + 1) * step - gap / 2];
      this.places = Array.from({ length: number }, (_, id) => {
        const [from, to] = this.span(id);
        const middle = (from + to) / 2;
        const label = (radius, name) => shape('text', { class: name, 'aria-hidden': 'true',
          x: (Math.sin(middle) * radius).toFixed(2), y: (-Math.cos(middle) * radius).toFixed(2) });
        const place = { track: shape('path', { class: 'track', d: arc(from, to, INNER, OUTER) }),
          held: shape('path', { class: 'held', d: arc(from, to, OUTER + 3, OUTER + 7) }),
          id: label(INNER - 9, 'id'), refs: label(OUTER + 15, 'refs'), title: shape('title') };
        place.parts = Object.fromEntries(PARTS.map((part) => [part, shape('path', { class: part })]));
        place.node = shape('g', { class: 'epoch-place', role: 'button', tabindex: id === 0 ? 0 : -1,
          'data-epoch': id, onclick: () => this.choose(id),
          onkeydown: (event) => this.key(event, id) },
          place.title, place.track, ...Object.values(place.parts), place.held, place.id, place.refs);
        // With many places there is no room for a number at each.
        place.id.textContent = number <= 40 || id % 16 === 0 ? String(id) : '';
        return place;
      });
      this.pointer = shape('path', { class: 'pointer', d: 'M0 -70 L-5 -62 L5 -62 Z' });
      this.large = shape('text', { class: 'middle large', y: 2 });
      this.above = shape('text', { class: 'middle', y: -20, text: 'current epoch' });
      this.below = shape('text', { class: 'middle', y: 20 });
      this.label = shape('text', { class: 'middle', y: 35 });
      this.parent.replaceChildren(
        shape('svg', { viewBox: '-164 -164 328 328', role: 'group', 'aria-label': `Ring of ${number} epochs` },
          ...this.places.map((place) => place.node),
          shape('g', { 'aria-hidden': 'true' }, this.pointer, this.above, this.large, this.below, this.label)),
        element('ul', { class: 'legend', 'aria-label': 'Colours' }, ...[['full', 'full slabs'],
          ['partial', 'partial'], ['empty', 'empty'], ['carried', 'carried'], ['held', 'references']]
          .map(([name, text]) => element('li', {}, element('i', { class: name }), text))));
    }

    key(event, id) {
      const number = this.places.length;
      const to = { ArrowRight: id + 1, ArrowDown: id + 1, ArrowLeft: id - 1, ArrowUp: id - 1,
        Home: 0, End: number - 1 }[event.key];
      if (event.key === 'Enter' || event.key === ' ') this.choose(id);
      else if (to !== undefined) this.focus((to + number) % number);
      else return;
      event.preventDefault();
    }

    focus(id) {
      this.places[this.focused].node.setAttribute('tabindex', -1);
      this.focused = id;
      this.places[id].node.setAttribute('tabindex', 0);
      this.places[id].node.focus();
    }

    show(snapshot, chosen) {
      if (this.places.length !== snapshot.epochs.length) this.build(snapshot.epochs.length);
      const most = Math.max(1, ...snapshot.epochs.map((row) => row.estimated_rss_bytes));
      for (const row of snapshot.epochs) {
        const place = this.places[row.epoch_id];
        const [from, to] = this.span(row.epoch_id);
        const parts = partsOf(row);
        let radius = INNER;
        for (const part of PARTS) {
          const end = radius + parts[part] / most * (OUTER - INNER);
          setAttribute(place.parts[part], 'd', parts[part] > 0 ? arc(from, to, radius, Math.max(end, radius + 0.8)) : '');
          radius = end;
        }
        setAttribute(place.held, 'visibility', row.refcount > 0 ? 'visible' : 'hidden');
        setText(place.refs, row.refcount > 0 && this.places.length <= 64 ? count(row.refcount) : '');
        const words = epochInWords(snapshot, row);
        setText(place.title, words);
        setAttribute(place.node, 'aria-label', words);
        setAttribute(place.node, 'aria-pressed', row.epoch_id === chosen);
        setAttribute(place.node, 'class', ['epoch-place', row.state === 'CLOSING' ? 'closing' : '',
          wasNeverOpened(snapshot, row) ? 'never' : '', row.epoch_id === snapshot.current_epoch ? 'current' : '',
          row.epoch_id === chosen ? 'chosen' : ''].join(' '));
      }
      const current = snapshot.epochs[snapshot.current_epoch];
      if (current === undefined) return;
      const [from, to] = this.span(current.epoch_id);
      setAttribute(this.pointer, 'transform', `rotate(${((from + to) / 2 * 180 / Math.PI).toFixed(2)})`);
      setText(this.large, String(current.epoch_id));
      setText(this.below, `era ${count(current.epoch_era)}`);
      const label = visible(current.label);
      setText(this.label, label.length > 20 ? label.slice(0, 19) + '…' : label);
    }
  }

  // ---- one epoch, with its holders

  // The columns that these rows have: of later versions more.
  const HOLDER_COLUMNS = [
    ['thread', 'Thread', (td, row) => td.append(foreign(named(row.thread)))],
    ['tid', 'tid', (td, row) => { td.textContent = String(row.tid); }],
    ['refs', 'Holds', (td, row) => { td.textContent = count(row.refs); }],
    ['taken', 'Taken', (td, row) => { td.textContent = count(row.taken); }],
    ['dropped', 'Dropped', (td, row) => { td.textContent = count(row.dropped); }],
    ['held_sec', 'For', (td, row) => { td.textContent = duration(row.held_sec); }],
    ['site', 'Last taken at', (td, row) => td.append(row.site === '' ? 'not known' : foreign(row.site, { class: 'site' }))],
  ];
  const NUMBERS = new Set(['tid', 'refs', 'taken', 'dropped', 'held_sec']);

  const holdersTable = (holders) => {
    const columns = HOLDER_COLUMNS.filter(([field]) => holders[0][field] !== undefined);
    return element('div', { class: 'scroll' }, element('table', { class: 'holders' },
      element('caption', { class: 'reader', text: 'Who holds references' }),
      element('thead', {}, element('tr', {}, ...columns.map(([field, name]) =>
        element('th', { scope: 'col', class: NUMBERS.has(field) ? 'number' : '', text: name })))),
      element('tbody', {}, ...holders.map((row) => element('tr', {}, ...columns.map(([field, , write]) => {
        const td = element('td', { class: NUMBERS.has(field) ? 'number' : '', 'data-field': field });
        write(td, row);
        return td;
      }))))));
  };

  const epochPanel = (snapshot, row) => {
    const pairs = [];
    const pair = (name, value, field) => pairs.push(element('dt', { text: name }),
      element('dd', { 'data-field': field }, value));
    pair('State', `${row.state}, age ${duration(row.age_sec)}` +
      (row.closing_since_sec === undefined || row.state !== 'CLOSING' ? '' : `, closing for ${duration(row.closing_since_sec)}`), 'state');
    pair('References', count(row.refcount), 'refcount');
    pair('Objects', `${count(row.live_objects)} alive, ${bytes(row.live_bytes)}`, 'live_objects');
    pair('Slabs', `${bytes(row.estimated_rss_bytes)}: ${slabsInWords(row)}`, 'estimated_rss_bytes');
    if (row.carried_eras > 0)
      pair('Carried', `${quantity(row.carried_objects, 'object')}, ${bytes(row.carried_bytes)} of ${quantity(row.carried_eras, 'earlier era')}, the oldest opened ${duration(row.carried_oldest_age_sec)} ago`, 'carried_bytes');
    if (row.rss_before_close > 0)
      pair('Its close', `process ${bytes(row.rss_before_close)} before, ${bytes(row.rss_after_close)} after; gave back ${bytes(row.close_madvise_bytes)}`, 'close');
    const known = row.holders.reduce((sum, holder) => sum + holder.refs, 0);
    return [
      element('h4', { id: 'epoch-title' }, `Epoch ${row.epoch_id} · era ${count(row.epoch_era)} `,
        row.label === '' ? element('span', { class: 'quiet', text: 'no label' }) : foreign(row.label, { 'data-field': 'label' })),
      element('dl', { class: 'pairs' }, ...pairs),
      row.holders.length === 0
        ? element('p', { class: 'quiet', text: row.refcount === 0 ? 'Nobody holds a reference.' : 'Who holds its references is not recorded.' })
        : holdersTable(row.holders),
      ...(row.holders.length > 0 && known < row.refcount
        ? [element('p', { class: 'quiet', text: `Of ${quantity(row.refcount - known, 'reference')} the holder is not recorded.` })] : []),
    ];
  };

  // ---- findings

  const FACTS = { epoch_id: 'epoch', epoch_era: 'era', label: 'label', refcount: 'references', age_sec: 'age', state: '',
    pinned_bytes: 'pinned', live_objects: 'objects', live_bytes: 'bytes', share_basis_points: 'of all allocations',
    slow_path_hits: 'slow', cause: 'cause', object_size: 'size class', invalid_frees: 'invalid', stale_frees: 'stale', count: 'count' };

  const factValue = (name, value) => {
    if (typeof value === 'string') return foreign(value);
    if (name.endsWith('_bytes')) return bytes(value);
    if (name.endsWith('_sec')) return duration(value);
    if (name.endsWith('_basis_points')) return `${(value / 100).toFixed(2)}%`;
    return count(value);
  };

  // Which finding it is, while its figures change.
  const findingKey = (finding) => [finding.kind, finding.epoch_id, finding.epoch_era].join(' ');

  const findingCard = (finding, details) => {
    const facts = Object.entries(finding).filter(([, value]) => typeof value !== 'object')
      .filter(([name, value]) => name !== 'kind' && value !== '');
    // Lines about threads are told by the holders' own table.
    const lines = finding.text.filter((line) => !/^\s*thread .* \(tid \d+\): /.test(line));
    return element('article', { class: 'finding', 'data-kind': finding.kind },
      element('p', { class: 'facts' }, element('span', { class: 'kind', text: finding.kind }),
        ...facts.map(([name, value]) => element('span', { class: 'fact', 'data-field': name },
          (FACTS[name] ?? name.replaceAll('_', ' ')) + ' ', element('b', {}, factValue(name, value))))),
      element('ul', {}, ...finding.holders.map((holder) => element('li', { class: 'holder' },
        'thread ', foreign(named(holder.thread), { class: 'thread' }),
        ` (tid ${holder.tid}) holds ${count(holder.refs)}, last taken at `,
        holder.site === '' ? 'a place that is not known' : foreign(holder.site, { class: 'site' })))),
      element('details', { 'aria-label': 'cause, and what to do', open: details.open === true },
        element('summary', { text: visible(lines[0] ?? 'What to do') }),
        ...(lines.length > 1 ? [element('p', { text: lines.slice(1).map((line) => visible(line)).join('\n') })] : []),
        ...finding.records.flatMap((record) => record.holders.length === 0 ? [] : [holdersTable(record.holders)])));
  };

  const showFindings = (parent, findings, none) => {
    if (findings.length === 0) {
      if (parent.firstElementChild?.className !== 'quiet') parent.replaceChildren(element('p', { class: 'quiet', text: none }));
      return;
    }
    parent.querySelector(':scope > p')?.remove();
    const before = new Set(Array.from(parent.children, (node) => node.dataset.key));
    syncList(parent, findings, findingKey, () => element('div'), (node, finding) => {
      const said = JSON.stringify(finding);
      if (node.said === said) return;
      node.said = said;
      const card = findingCard(finding, { open: node.querySelector('details')?.open ?? false });
      if (before.size !== 0 && !before.has(findingKey(finding))) card.classList.add('new');
      node.replaceChildren(card);
    });
  };

  // ---- charts

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  const allCharts = [];

  // Bytes are counted in powers of two, and so are the marks of their axis.
  const inBinarySteps = (axis) => {
    const step = 2 ** Math.max(Math.ceil(Math.log2(axis.max / 4)), 0);
    axis.ticks = [];
    for (let value = 0; value <= axis.max; value += step) axis.ticks.push({ value });
  };

  // A figure with a canvas. `series`: {name, colour: name of a colour or a function, fill, dash}.
  class TimeChart {
    constructor(parent, { id, title, large, format, stacked, whole }) {
      this.title = title;
      this.format = format;
      this.now = element('span');
      this.canvas = element('canvas', { role: 'img', id, tabindex: -1 });
      this.legend = element('ul', { class: 'legend' });
      parent.append(element('figure', { class: large ? 'chart large' : 'chart' },
        element('h4', {}, title, this.now), element('div', { class: 'canvas' }, this.canvas), this.legend));
      this.chart = new Chart(this.canvas, {
        type: 'line',
        data: { datasets: [] },
        options: {
          animation: false, parsing: false, normalized: true, responsive: true, maintainAspectRatio: false,
          interaction: { mode: 'index', intersect: false },
          elements: { point: { radius: 0, hitRadius: 6 }, line: { borderWidth: 1.5, tension: 0 } },
          plugins: { legend: { display: false }, tooltip: {
            itemSort: (a, b) => b.parsed.y - a.parsed.y,
            filter: (item) => item.parsed.y > 0 || item.chart.data.datasets.length < 4,
            callbacks: { title: (items) => (items.length ? clock(items[0].parsed.x, true) : ''),
              label: (item) => ` ${item.dataset.label}: ${format(item.parsed.y)}` } } },
          scales: {
            x: { type: 'linear', ticks: { maxRotation: 0, autoSkipPadding: 24, callback: (value, i, ticks) => clock(value, ticks.length > 1 && ticks[1].value - ticks[0].value < 60000) },
              afterBuildTicks: (axis) => {
                axis.ticks = timeMarks(axis.min, axis.max, 6).map((value) => ({ value }));
              } },
            y: { beginAtZero: true, stacked, afterBuildTicks: format === bytes ? inBinarySteps : undefined, ticks: { maxTicksLimit: 5, precision: whole ? 0 : undefined, callback: (value) => format(value) } },
          },
        },
      });
      allCharts.push(this);
      this.dress();
    }

    dress() {
      const { options, data } = this.chart;
      for (const axis of Object.values(options.scales)) {
        axis.grid = { color: colour('line'), borderColor: colour('line'), tickLength: 4 };
        axis.ticks.color = colour('muted');
        axis.ticks.font = { size: 11 };
      }
      Object.assign(options.plugins.tooltip, { backgroundColor: colour('raised'), titleColor: colour('ink'),
        bodyColor: colour('ink'), borderColor: colour('strong-line'), borderWidth: 1, boxPadding: 3 });
      for (const set of data.datasets) this.paint(set);
      for (const item of this.legend.children) item.firstChild.style.background = item.colourOf();
    }

    paint(set) {
      const own = set.colourOf();
      set.borderColor = own;
      set.backgroundColor = !set.fill ? own : own.startsWith('#') ? `${own}8c`
        : own.replace('hsl(', 'hsla(').replace(')', ', 0.55)');
    }

    // series: [{key, name, points: [{x, y}], colourOf, fill, dash, stack}]
    show(series, from, to, summary) {
      const old = new Map(this.chart.data.datasets.map((set) => [set.key, set]));
      this.chart.data.datasets = series.map((one) => {
        const set = old.get(one.key) ?? {};
        const fresh = set.key === undefined;
        Object.assign(set, { key: one.key, label: one.name, data: one.points, fill: one.fill ?? false, colourOf: one.colourOf,
          borderDash: one.dash ? [4, 3] : [], stack: one.stack ?? one.key, borderWidth: one.fill ? 0.75 : 1.6,
          stepped: one.stepped ?? false, order: one.order ?? 0 });
        if (fresh) this.paint(set);
        return set;
      });
      Object.assign(this.chart.options.scales.x, { min: from, max: to });
      this.chart.update('none');
      setText(this.now, summary);
      setAttribute(this.canvas, 'aria-label', `${this.title}: ${summary}`);
      syncList(this.legend, series, (one) => one.key, () => element('li', {}, element('span', { class: 'swatch' }), ''),
        (node, one) => {
          node.colourOf = one.colourOf;
          if (node.lastChild.nodeType !== Node.ELEMENT_NODE || node.lastChild.textContent !== one.name) {
            while (node.childNodes.length > 1) node.lastChild.remove();
            node.append(foreign(one.name));
          }
          node.firstChild.style.background = one.colourOf();
        });
    }
  }

  // ---- what samples say over time

  const STACKED = 8;  // so many epochs have an area of their own

  const points = (history, field) => history.map((one) => ({ x: one.time_ms, y: one[field] }));
  const rates = (history, field) => history.slice(1).map((one, i) => ({ x: one.time_ms,
    y: Math.max(one[field] - history[i][field], 0) * 1000 / Math.max(one.time_ms - history[i].time_ms, 1) }));
  const last = (list) => (list.length === 0 ? 0 : list[list.length - 1].y);
  const most = (values) => values.reduce((top, value) => Math.max(top, value), 0);
  const tone = (name) => () => colour(name);
  const epochBytes = (one) => one.epochs.reduce((sum, [, value]) => sum + value, 0);

  const byEpoch = (history, labelOf) => {
    const top = new Map();
    const held = history.map((one) => new Map(one.epochs));
    for (const one of held) for (const [id, value] of one) top.set(id, Math.max(top.get(id) ?? 0, value));
    const ids = [...top.keys()].sort((a, b) => top.get(b) - top.get(a) || a - b);
    const rest = ids.slice(STACKED);
    const area = (key, name, colourOf, valueOf) => ({ key, name, stack: 'bytes', fill: true, order: 1, colourOf,
      points: held.map((one, i) => ({ x: history[i].time_ms, y: valueOf(one) })) });
    const series = ids.slice(0, STACKED).sort((a, b) => a - b).map((id) => {
      const label = labelOf(id);
      return area(`epoch ${id}`, `${id}${label === '' ? '' : ` ${visible(label)}`}`, () => epochColour(id), (one) => one.get(id) ?? 0);
    });
    if (rest.length > 0)
      series.push(area('others', quantity(rest.length, 'other'), tone('other'), (one) => rest.reduce((sum, id) => sum + (one.get(id) ?? 0), 0)));
    series.push({ key: 'live', name: 'objects alive', dash: true, colourOf: tone('ink'), points: points(history, 'live_bytes') });
    return series;
  };

  // The charts of one allocator. A history has at least one sample.
  class Charts {
    constructor(parent, when) {
      this.when = when;
      this.bytes = new TimeChart(parent, { id: 'chart-bytes', title: 'Bytes by epoch', large: true, format: bytes, stacked: true });
      this.rates = new TimeChart(parent, { id: 'chart-rates', title: 'Allocations and frees per second', format: rate });
      this.references = new TimeChart(parent, { id: 'chart-references', title: 'References', format: count, whole: true });
      this.closes = new TimeChart(parent, { id: 'chart-closes', title: 'Epochs closed per second', format: rate });
      this.resident = new TimeChart(parent, { id: 'chart-resident', title: 'Resident bytes, and what epochs account for', format: bytes });
    }

    show(history, from, to, labelOf) {
      const now = history[history.length - 1];
      this.bytes.show(byEpoch(history, labelOf), from, to,
        `${bytes(epochBytes(now))} ${this.when}, ${bytes(most(history.map(epochBytes)))} at most`);
      const [allocs, frees, closes] = ['allocs', 'frees', 'closes'].map((field) => rates(history, field));
      this.rates.show([{ key: 'allocs', name: 'allocations', colourOf: tone('first'), points: allocs },
        { key: 'frees', name: 'frees', colourOf: tone('second'), points: frees, dash: true }], from, to,
      `${rate(last(allocs))} and ${rate(last(frees))} ${this.when}`);
      this.references.show([{ key: 'references', name: 'references held', colourOf: tone('second'), points: points(history, 'references'), stepped: 'before', fill: true }],
        from, to, `${count(now.references)} ${this.when}, ${count(most(history.map((one) => one.references)))} at most`);
      this.closes.show([{ key: 'closes', name: 'epochs closed', colourOf: tone('first'), points: closes }], from, to, `${rate(last(closes))} ${this.when}`);
      this.resident.show([{ key: 'rss', name: 'resident, the whole process', colourOf: tone('third'), points: points(history, 'rss_bytes').filter((point) => point.y > 0) },
        { key: 'slabs', name: 'slabs, warm ones too', colourOf: tone('first'), points: points(history, 'slab_bytes') },
        { key: 'epochs', name: 'slabs in epochs', dash: true, colourOf: tone('second'), points: history.map((one) => ({ x: one.time_ms, y: epochBytes(one) })) }], from, to,
      `${now.rss_bytes > 0 ? `${bytes(now.rss_bytes)}, ` : ''}slabs ${bytes(now.slab_bytes)}`);
    }
  }

  // Where an axis of time has its marks: whole steps of at least so many pixels.
  const timeMarks = (from, to, most) => {
    const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 10800, 43200, 86400, 604800];
    const step = 1000 * (steps.find((one) => (to - from) / one / 1000 <= most) ?? 2592000);
    const marks = [];
    for (let at = Math.ceil(from / step) * step; at <= to && marks.length < 100; at += step) marks.push(at);
    return marks;
  };

  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const chart of allCharts) {
      chart.dress();
      chart.chart.update('none');
    }
  });

  return { visible, named, count, bytes, duration, rate, clock, quantity, element, shape, setText, setAttribute, foreign,
    syncList, Table, isInUse, wasNeverOpened, PARTS, partsOf, slabsInWords, epochInWords, epochColour, Ring, epochPanel,
    holdersTable, findingCard, showFindings, colour, points, rates, last, most, Charts, timeMarks, useUniversalTime };
})();
