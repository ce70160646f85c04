// The report of `tslab report`: what a recording says, drawn once.
'use strict';

(() => {
  const d = drawing;
  const at = (id) => document.getElementById(id);
  d.useUniversalTime();

  const { file, passed_over: passedOver, age_sec: age, timeline } = JSON.parse(at('data').textContent);
  const { samples, incarnations, last, first_ms: from, last_ms: to } = timeline;
  const STATES = ['ACTIVE', 'CLOSING', 'DRAINED'];
  let chosen = null;

  // ---- times

  const end = Math.max(to, from + 1000);
  const day = (time) => new Date(time).toISOString().slice(0, 10);
  const moment = (time) => (day(from) === day(to) ? d.clock(time, true) : `${day(time)} ${d.clock(time, true)}`);
  const span = (a, b) => d.duration(Math.round((b - a) / 1000));

  // When an incarnation first was in this state; null if it was not seen so.
  const since = (one, state) => one.steps.find((step) => step[1] >= state)?.[0] ?? null;

  // ---- lanes: a line for each place of the ring, a bar for each incarnation

  const LEFT = 34;
  const bars = [];

  const words = (one) => `Epoch ${one.epoch_id}, era ${d.count(one.epoch_era)}, ${one.label === '' ? 'no label' : d.visible(one.label)}, ` +
    `opened ${moment(one.opened_ms)}, at most ${d.bytes(one.most_bytes)} and ${d.quantity(one.most_refs, 'reference')}`;

  const drawLanes = () => {
    const width = Math.max(at('lanes').clientWidth, 240);
    const places = [...new Set(incarnations.map((one) => one.epoch_id))].sort((a, b) => a - b);
    const height = places.length > 64 ? 12 : 22;
    const lane = new Map(places.map((id, i) => [id, i * (height + 3)]));
    const bottom = places.length * (height + 3);
    const x = (time) => LEFT + (Math.min(Math.max(time, from), end) - from) / (end - from) * (width - LEFT - 4);
    const largest = d.most(incarnations.map((one) => one.most_bytes)) || 1;
    const nodes = [];
    for (const mark of d.timeMarks(from, end, Math.max(Math.floor(width / 110), 2)))
      nodes.push(d.shape('line', { class: 'mark', x1: x(mark), x2: x(mark), y1: 0, y2: bottom }),
        d.shape('text', { class: 'mark', x: x(mark), y: bottom + 13, 'text-anchor': 'middle', text: d.clock(mark, end - from < 600000) }));
    for (const id of places)
      nodes.push(d.shape('text', { class: 'place', x: LEFT - 8, y: lane.get(id) + height / 2, text: String(id) }));
    bars.length = 0;
    for (const one of [...incarnations].sort((a, b) => a.opened_ms - b.opened_ms || a.epoch_id - b.epoch_id)) {
      const y = lane.get(one.epoch_id);
      // It stands up to the next snapshot, in which it is no more.
      const until = one.stands ? end : (samples.find((sample) => sample.time_ms > one.last_ms)?.time_ms ?? end);
      const parts = [d.shape('title', { text: words(one) })];
      one.steps.forEach((step, i) => {
        const [time, state, bytes, refs, carried] = step;
        const a = i === 0 ? x(Math.max(one.opened_ms, from)) : x(time);
        const b = x(one.steps[i + 1]?.[0] ?? until);
        const wide = Math.max(b - a, 0.75);
        parts.push(d.shape('rect', { class: `state-${STATES[state].toLowerCase()}`, x: a, y, width: wide, height }));
        const tall = bytes / largest * (height - 3);
        if (bytes > 0) parts.push(d.shape('rect', { class: carried > 0 ? 'carried' : 'bytes', x: a, y: y + height - Math.max(tall, 1), width: wide, height: Math.max(tall, 1) }));
        if (refs > 0) parts.push(d.shape('rect', { class: 'held', x: a, y, width: wide, height: 3 }));
      });
      const a = x(Math.max(one.opened_ms, from));
      parts.push(d.shape('rect', { class: 'outline', x: a, y, width: Math.max(x(until) - a, 0.75), height }));
      if (x(until) - a > 60 && one.label !== '' && height > 20) {
        const room = Math.floor((x(until) - a - 8) / 6.2);
        const label = d.visible(one.label);
        parts.push(d.shape('text', { class: 'label', x: a + 4, y: y + height / 2 + 1, 'aria-hidden': 'true', text: label.length > room ? label.slice(0, room - 1) + '…' : label }));
      }
      const index = bars.length;
      const node = d.shape('g', { class: 'bar-of-epoch', role: 'button', tabindex: index === 0 ? 0 : -1, 'aria-label': words(one), 'aria-pressed': one === chosen,
        onclick: () => choose(one), onkeydown: (event) => key(event, index) }, ...parts);
      bars.push({ node, one });
      nodes.push(node);
    }
    at('lanes').replaceChildren(
      d.shape('svg', { class: 'lanes', width, height: bottom + 20, viewBox: `0 0 ${width} ${bottom + 20}`, role: 'group', 'aria-label': `Epochs over time, ${d.quantity(incarnations.length, 'incarnation')}` }, ...nodes),
      d.element('ul', { class: 'legend', 'aria-label': 'Colours' }, ...[['state-active', 'open'], ['state-closing', 'closing'], ['state-drained', 'drained'],
        ['partial', 'its bytes'], ['carried', 'bytes, some carried from earlier eras'], ['held', 'references held']].map(([name, text]) => d.element('li', {}, d.element('i', { class: name }), text))));
  };

  const key = (event, index) => {
    const next = { ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: index - 1, ArrowUp: index - 1, Home: 0, End: bars.length - 1 }[event.key];
    if (event.key === 'Enter' || event.key === ' ') choose(bars[index].one);
    else if (next !== undefined && bars[next] !== undefined) {
      bars[index].node.setAttribute('tabindex', -1);
      bars[next].node.setAttribute('tabindex', 0);
      bars[next].node.focus();
    } else return;
    event.preventDefault();
  };

  // ---- one incarnation

  const choose = (one) => {
    chosen = one;
    for (const bar of bars) {
      d.setAttribute(bar.node, 'aria-pressed', bar.one === one);
      bar.node.classList.toggle('chosen', bar.one === one);
    }
    const pairs = [];
    const pair = (name, value, field) => pairs.push(d.element('dt', { text: name }), d.element('dd', { 'data-field': field, text: value }));
    const time = (value) => (value === null ? 'not in this recording' : moment(value));
    pair('Opened', moment(one.opened_ms), 'opened');
    pair('Closing', time(since(one, 1)), 'closing');
    pair('Drained', time(since(one, 2)), 'drained');
    pair('Seen', `${moment(one.first_ms)} to ${moment(one.last_ms)}${one.stands ? ', and stood at the end' : ''}`, 'seen');
    pair('At most', `${d.bytes(one.most_bytes)}, ${d.quantity(one.most_objects, 'object')}, ${d.quantity(one.most_refs, 'reference')}`, 'most');
    const row = last.epochs[one.epoch_id];
    at('epoch').replaceChildren(
      d.element('h4', { id: 'epoch-title' }, `Epoch ${one.epoch_id} · era ${d.count(one.epoch_era)} `,
        one.label === '' ? d.element('span', { class: 'quiet', text: 'no label' }) : d.foreign(one.label, { 'data-field': 'label' })),
      d.element('dl', { class: 'pairs' }, ...pairs),
      one.holders.length === 0 ? d.element('p', { class: 'quiet', text: one.most_refs === 0 ? 'Nobody was seen to hold a reference.' : 'Who held its references is not recorded.' })
        : d.holdersTable(one.stands && row?.epoch_era === one.epoch_era && row.holders.length > 0 ? row.holders : one.holders));
    incarnationTable.show(shownIncarnations());
  };

  // ---- the list of incarnations

  const cell = (write) => (td, one) => d.setText(td, write(one));
  const keyOf = (one) => `${one.epoch_id}.${one.epoch_era}`;
  const incarnationTable = new d.Table(at('incarnations'), 'Incarnations', [
    { name: 'Epoch', field: 'epoch_id', class: 'number', ascending: true, value: (one) => one.epoch_id, cell: (td, one) => {
      if (td.firstChild === null) td.append(d.element('button', { type: 'button', 'aria-label': words(one), text: String(one.epoch_id) }));
    } },
    { name: 'Label', field: 'label', ascending: true, value: (one) => one.label, cell: (td, one) => {
      if (td.firstChild === null) td.append(d.foreign(one.label, { class: 'name', title: d.visible(one.label) }));
    } },
    { name: 'References', field: 'most_refs', class: 'number', value: (one) => one.most_refs, cell: (td, one) => {
      d.setText(td, d.count(one.most_refs));
      td.className = one.most_refs === 0 ? 'number zero' : 'number referenced';
    } },
    { name: 'Bytes', field: 'most_bytes', class: 'number', value: (one) => one.most_bytes, cell: cell((one) => d.bytes(one.most_bytes)) },
    { name: 'Opened', field: 'opened', class: 'number', value: (one) => one.opened_ms, cell: cell((one) => moment(one.opened_ms)) },
    { name: 'Seen for', field: 'seen', class: 'number spare', value: (one) => one.last_ms - one.opened_ms, cell: cell((one) => span(one.opened_ms, one.last_ms)) },
    { name: 'At the end', field: 'state', class: 'spare', value: (one) => (one.stands ? 1 : 0), cell: cell((one) => (one.stands ? STATES[one.steps[one.steps.length - 1][1]] : 'gone')) },
    { name: 'Era', field: 'epoch_era', class: 'number spare', value: (one) => one.epoch_era, cell: cell((one) => d.count(one.epoch_era)) },
  ], { key: keyOf, sort: { name: 'References', down: true }, tie: (a, b) => b.most_bytes - a.most_bytes || b.epoch_era - a.epoch_era,
    choose: (wanted) => choose(incarnations.find((one) => keyOf(one) === wanted)),
    mark: (node, one) => node.classList.toggle('chosen', one === chosen) });

  const shownIncarnations = () => {
    const wanted = at('filter').value.toLowerCase();
    return incarnations.filter((one) => [one.label, ...one.holders.flatMap((holder) => [holder.thread, holder.site])]
      .some((text) => text.toLowerCase().includes(wanted)));
  };

  // ---- all of it

  const findings = () => {
    if (timeline.findings.length === 0)
      at('finding-list').append(d.element('p', { class: 'quiet', text: `None: no reference or closed object older than ${d.duration(age)}, no other finding.` }));
    for (const { first_ms: first, last_ms: until, finding } of [...timeline.findings].sort((a, b) => a.first_ms - b.first_ms)) {
      const card = d.findingCard(finding, {});
      card.prepend(d.element('p', { class: 'when', text: `${moment(first)} to ${until === to ? 'the end' : moment(until)}` }));
      at('finding-list').append(card);
    }
  };

  const figures = () => {
    const top = (field) => d.bytes(d.most(samples.map((one) => one[field])));
    const [start, final] = [samples[0], samples[samples.length - 1]];
    // The kernel counts nothing for a process that has ended.
    const lastAlive = samples.filter((one) => one.rss_bytes > 0).pop() ?? final;
    const seconds = Math.max((to - from) / 1000, 1);
    for (const [field, name, value, more] of [
      ['time', 'Recorded', span(from, to), d.quantity(timeline.snapshots, 'snapshot')],
      ['rss', 'Most RSS', top('rss_bytes'), `${d.bytes(lastAlive.rss_bytes)} at last`],
      ['slabs', 'Most in slabs', top('slab_bytes'), `${d.bytes(final.slab_bytes)} at the end`],
      ['live', 'Most alive', top('live_bytes'), `${d.bytes(final.live_bytes)} at the end`],
      ['references', 'Most references', d.count(d.most(samples.map((one) => one.references))), `${d.count(final.references)} at the end`],
      ['allocs', 'Allocations', d.count(final.allocs - start.allocs), `${d.rate((final.allocs - start.allocs) / seconds)} a second`],
      ['closes', 'Epochs closed', d.count(final.closes - start.closes), `${d.rate((final.closes - start.closes) / seconds)} a second`],
      ['findings', 'Findings', d.count(timeline.findings.length), timeline.findings.filter((one) => one.last_ms === to).length + ' at the end'],
    ]) at('figures').append(d.element('div', {}, d.element('dt', { text: name }), d.element('dd', {}, d.element('span', { 'data-field': field, text: value }), d.element('small', { text: more }))));
  };

  const name = d.named(last.process) + (last.allocator === '' ? '' : ` / ${d.visible(last.allocator)}`);
  document.title = `${name} · temporal-slab report`;
  d.setText(at('one-title'), name);
  d.setText(at('identity'), `pid ${last.pid} · version ${d.visible(last.version)} · ${day(from)} ${d.clock(from, true)} to ${moment(to)} UTC`);
  d.setText(at('totals'), `report of ${d.visible(file)}`);
  const notes = [];
  if (passedOver !== '') notes.push(`What is no snapshot was passed over: ${d.visible(passedOver)}.`);
  if (timeline.left_out > 0) notes.push(`${d.quantity(timeline.left_out, 'snapshot')} of another allocator, or not later than the one before, left out.`);
  if (timeline.short_incarnations > 0) notes.push(`${d.quantity(timeline.short_incarnations, 'incarnation')} that were short and without references are not drawn.`);
  at('left-out').hidden = notes.length === 0;
  d.setText(at('left-out'), notes.join(' '));
  figures();
  findings();
  new d.Charts(at('chart-list'), 'at the end').show(samples, from, end, () => '');
  drawLanes();
  choose([...incarnations].sort((a, b) => b.most_refs - a.most_refs || b.most_bytes - a.most_bytes)[0]);
  at('filter').addEventListener('input', () => incarnationTable.show(shownIncarnations()));
  let drawn = at('lanes').clientWidth;
  new ResizeObserver(() => {
    if (at('lanes').clientWidth === drawn) return;
    drawn = at('lanes').clientWidth;
    drawLanes();
    choose(chosen);
  }).observe(at('lanes'));
})();
