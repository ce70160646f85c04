// The page of `tslab serve`: listens to /events and shows what each one says.
'use strict';

(() => {
  const d = drawing;
  const at = (id) => document.getElementById(id);
  const HISTORY_MS = 600000;
  
  let chosen = '';        // key of a process
  let chosenEpoch = null;
  let source = null;
  let state = null;       // the last event
  let history = [];
  let paused = false;

  // ---- where we are: #PID.N/EPOCH, so that it can be kept and sent

  const readPlace = () => {
    const match = /^#(\d+\.\d+)(?:\/(\d+))?$/.exec(location.hash);
    return match ? { key: match[1], epoch: match[2] === undefined ? null : Number(match[2]) } : { key: '', epoch: null };
  };
  const writePlace = () =>
    history_replace(chosen === '' ? '' : `#${chosen}${chosenEpoch === null ? '' : `/${chosenEpoch}`}`);
  const history_replace = (hash) => window.history.replaceState(null, '', location.pathname + hash);

  // ---- the list of processes

  const spark = (td, points) => {
    const most = Math.max(...points, 1);
    const path = points.map((value, i) => `${i === 0 ? 'M' : 'L'}${(i * 100 / Math.max(points.length - 1, 1)).toFixed(1)} ${(19 - value / most * 18).toFixed(1)}`).join('');
    if (td.firstChild === null)
      td.append(d.shape('svg', { class: 'spark', viewBox: '0 0 100 20', preserveAspectRatio: 'none', role: 'img' },
        d.shape('path')));
    d.setAttribute(td.firstChild.firstChild, 'd', path);
    d.setAttribute(td.firstChild, 'aria-label', points.length < 2 ? 'no history yet'
      : `bytes of slabs from ${d.bytes(points[0])} to ${d.bytes(points[points.length - 1])}`);
  };
  const growth = (row) => (row.spark.length < 2 ? 0 : row.spark[row.spark.length - 1] - row.spark[0]);
  const text = (write) => (td, row) => d.setText(td, write(row));
  const isGone = (row) => row.state === 'dead' || row.state === 'ended';
  const nameOf = (row) => d.named(row.process) + (row.allocator === '' ? '' : ` / ${d.visible(row.allocator)}`);

  const processes = new d.Table(at('processes'), 'Published allocators', [
    { name: 'Process', field: 'process', ascending: true, title: 'process / allocator', value: (row) => nameOf(row), cell: (td, row) => {
      if (td.firstChild === null)
        td.append(d.element('button', { type: 'button', class: 'choose' }, d.element('bdi', { class: 'name' })));
      d.setText(td.firstChild.firstChild, nameOf(row));
      d.setAttribute(td.firstChild, 'title', nameOf(row));
      d.setAttribute(td.firstChild, 'aria-pressed', row.key === chosen);
    } },
    { name: 'Findings', field: 'findings', class: 'number', title: 'what doctor finds', value: (row) => row.findings, cell: (td, row) => {
      if (td.firstChild === null) td.append(d.element('span'));
      d.setText(td.firstChild, String(row.findings));
      d.setAttribute(td.firstChild, 'class', row.findings === 0 ? 'zero' : 'badge');
    } },
    { name: 'pid', field: 'pid', class: 'number pid', ascending: true, value: (row) => row.pid, cell: text((row) => String(row.pid)) },
    { name: 'State', field: 'state', class: 'spare', ascending: true, value: (row) => row.state, cell: (td, row) => {
      d.setText(td, row.state);
      d.setAttribute(td, 'title', d.visible(row.reason));
    } },
    { name: 'Growth', field: 'growth', class: 'spare', title: 'bytes of slabs, the last ten minutes', value: growth, cell: (td, row) => spark(td, row.spark) },
    { name: 'Slabs', field: 'slab_bytes', class: 'number', title: 'bytes of all slabs mapped', value: (row) => row.slab_bytes, cell: text((row) => d.bytes(row.slab_bytes)) },
    { name: 'Refs', field: 'references', class: 'number', title: 'references held, and the age of the oldest epoch that has one', value: (row) => row.references, cell: (td, row) => {
      d.setText(td, row.references === 0 ? '0' : `${d.count(row.references)} · ${d.duration(row.oldest_reference_sec)}`);
      td.classList.toggle('zero', row.references === 0);
    } },
    { name: 'Live', field: 'live_bytes', class: 'number spare', title: 'bytes of objects alive', value: (row) => row.live_bytes, cell: text((row) => d.bytes(row.live_bytes)) },
    { name: 'Epochs', field: 'epochs', class: 'number spare', title: 'epochs in use, of how many', value: (row) => row.epochs_in_use, cell: text((row) => `${row.epochs_in_use}/${row.epoch_count}`) },
  ], {
    key: (row) => row.key,
    sort: { name: 'Findings', down: true },
    tie: (a, b) => a.pid - b.pid || a.segment - b.segment,
    choose: (key) => choose(key, null),
    mark: (node, row) => {
      node.classList.toggle('gone', row.state !== 'alive');
      node.classList.toggle('chosen', row.key === chosen);
      if (node.dataset.state !== row.state) node.dataset.state = row.state;
    },
  });

  const showProcesses = () => {
    const wanted = at('filter').value.toLowerCase();
    const rows = state.processes.filter((row) =>
      `${nameOf(row)} ${row.pid} ${row.state}`.toLowerCase().includes(wanted));
    at('none').hidden = state.processes.length !== 0 || state.error !== '';
    at('processes').hidden = state.processes.length === 0;
    at('trouble').hidden = state.error === '';
    d.setText(at('trouble'), d.visible(state.error));
    processes.show(rows);
    const sum = (field) => state.processes.reduce((total, row) => total + (isGone(row) ? 0 : row[field]), 0);
    const alive = state.processes.filter((row) => row.state === 'alive').length;
    d.setText(at('totals'), state.processes.length === 0 ? '' :
      `${alive} alive${alive === state.processes.length ? '' : ` of ${state.processes.length}`} · ${d.bytes(sum('slab_bytes'))} in slabs · ` +
      `${d.quantity(sum('references'), 'reference')} · ${d.quantity(sum('findings'), 'finding')}`);
  };

  // ---- one process

  const ring = new d.Ring(at('ring'), (id) => chooseEpoch(id));

  const mix = (td, row) => {
    if (td.firstChild === null)
      td.append(d.element('span', { class: 'mix', role: 'img' }, ...d.PARTS.map((part) => d.element('i', { class: part }))));
    const parts = d.partsOf(row);
    const all = Math.max(row.estimated_rss_bytes, 1);
    d.PARTS.forEach((part, i) => { td.firstChild.children[i].style.width = `${(100 * parts[part] / all).toFixed(1)}%`; });
    d.setAttribute(td.firstChild, 'aria-label', d.slabsInWords(row));
    d.setAttribute(td.firstChild, 'title', d.slabsInWords(row));
  };

  const epochs = new d.Table(at('epochs'), 'Epochs of this allocator', [
    { name: 'Epoch', field: 'epoch_id', class: 'number', ascending: true, value: (row) => row.epoch_id, cell: (td, row) => {
      if (td.firstChild === null) td.append(d.element('button', { type: 'button' }));
      d.setText(td.firstChild, String(row.epoch_id) + (row.epoch_id === state.watched.snapshot.current_epoch ? ' ◂' : ''));
      d.setAttribute(td.firstChild, 'aria-pressed', row.epoch_id === chosenEpoch);
      d.setAttribute(td.firstChild, 'aria-label', d.epochInWords(state.watched.snapshot, row));
    } },
    { name: 'Label', field: 'label', ascending: true, value: (row) => row.label, cell: (td, row) => {
      if (td.firstChild === null) td.append(d.element('bdi', { class: 'name' }));
      d.setText(td.firstChild, d.visible(row.label));
      d.setAttribute(td.firstChild, 'title', d.visible(row.label));
    } },
    { name: 'State', field: 'state', ascending: true, value: (row) => row.state, cell: text((row) => row.state) },
    { name: 'Age', field: 'age_sec', class: 'number', value: (row) => row.age_sec, cell: text((row) => d.duration(row.age_sec)) },
    { name: 'Refs', field: 'refcount', class: 'number', value: (row) => row.refcount, cell: (td, row) => {
      d.setText(td, d.count(row.refcount));
      td.classList.toggle('zero', row.refcount === 0);
      td.classList.toggle('referenced', row.refcount > 0);
    } },
    { name: 'Bytes', field: 'estimated_rss_bytes', class: 'number', value: (row) => row.estimated_rss_bytes, cell: text((row) => d.bytes(row.estimated_rss_bytes)) },
    { name: 'Slabs', field: 'slabs', class: 'spare', cell: mix },
    { name: 'Objects', field: 'live_objects', class: 'number spare', value: (row) => row.live_objects, cell: text((row) => d.count(row.live_objects)) },
    { name: 'Era', field: 'epoch_era', class: 'number spare', value: (row) => row.epoch_era, cell: text((row) => d.count(row.epoch_era)) },
  ], {
    key: (row) => row.epoch_id,
    sort: { name: 'Era', down: true },
    tie: (a, b) => a.epoch_id - b.epoch_id,
    choose: (id) => chooseEpoch(id),
    mark: (node, row) => node.classList.toggle('chosen', row.epoch_id === chosenEpoch),
  });

  const charts = new d.Charts(at('chart-list'), 'now');

  const sampleOf = (snapshot) => ({
    time_ms: Math.floor(snapshot.timestamp_ns / 1e6),
    live_bytes: snapshot.classes.reduce((sum, row) => sum + row.live_bytes, 0),
    slab_bytes: snapshot.estimated_slab_rss_bytes, rss_bytes: snapshot.rss_bytes_current,
    allocs: snapshot.total_allocs, frees: snapshot.total_frees,
    references: snapshot.epochs.reduce((sum, row) => sum + row.refcount, 0), closes: snapshot.epochs_closed,
    epochs: snapshot.epochs.filter((row) => row.estimated_rss_bytes > 0).map((row) => [row.epoch_id, row.estimated_rss_bytes]),
  });

  const showFigures = (row, snapshot) => {
    const [allocs, frees] = [d.rates(history, 'allocs'), d.rates(history, 'frees')];
    const share = snapshot.total_allocs === 0 ? 0 : 100 * snapshot.total_slow_path_hits / snapshot.total_allocs;
    const warm = snapshot.classes.reduce((sum, one) => sum + one.cache_size * one.slab_bytes, 0);
    const gone = isGone(row);
    const figures = [
      ['live_bytes', 'Live', d.bytes(row.live_bytes), d.quantity(row.live_objects, 'object')],
      ['slab_bytes', 'In slabs', d.bytes(row.slab_bytes), `${d.bytes(warm)} of it kept warm`],
      ['rss_bytes', 'Process RSS', gone ? '–' : d.bytes(row.rss_bytes), ''],
      ['epochs', 'Epochs in use', `${row.epochs_in_use} of ${row.epoch_count}`, d.quantity(snapshot.epochs_closed, 'close')],
      ['references', 'References', d.count(row.references), row.references === 0 ? '' : `oldest epoch ${d.duration(row.oldest_reference_sec)}`],
      ['allocs', 'Allocations/s', gone ? '–' : d.rate(d.last(allocs)), `${d.count(snapshot.total_allocs)} in all`],
      ['frees', 'Frees/s', gone ? '–' : d.rate(d.last(frees)), `${d.count(snapshot.total_frees)} in all`],
      ['slow', 'Slow path', `${share.toFixed(share < 1 ? 2 : 1)}%`, `${d.count(snapshot.total_slow_path_hits)} allocations`],
      ['given', 'Given back', d.bytes(snapshot.total_madvise_bytes), d.quantity(snapshot.total_madvise_calls, 'madvise call')],
    ];
    d.syncList(at('figures'), figures, ([field]) => field, ([field, name]) =>
      d.element('div', {}, d.element('dt', { text: name }), d.element('dd', {}, d.element('span', { 'data-field': field }), ' ', d.element('small'))),
    (node, [, , value, more]) => {
      d.setText(node.querySelector('span'), value);
      d.setText(node.querySelector('small'), more);
    });
  };

  const showGone = (row) => {
    at('one').classList.toggle('gone', row.state !== 'alive');
    at('gone').hidden = row.state === 'alive';
    d.setText(at('gone'), row.state === 'dead' ? 'This process died without an end in good order. What it left can still be read.'
      : row.state === 'ended' ? `This allocator is no longer published, since ${d.clock(row.seen_ms, true)}: these are its last figures.`
        : row.state === 'alive' ? '' : `${row.state}: ${d.visible(row.reason)}`);
  };

  const leakedEpoch = (watched) => {
    const leak = watched.doctor.findings.find((finding) => finding.kind === 'REF_LEAK');
    return leak === undefined ? watched.snapshot.current_epoch : leak.epoch_id;
  };

  const showOne = () => {
    const { watched } = state;
    const row = state.processes.find((one) => one.key === chosen);
    at('one').hidden = watched === undefined || row === undefined;
    if (at('one').hidden) return;
    const { snapshot } = watched;
    document.title = `${d.named(row.process)} · temporal-slab`;
    d.setText(at('one-title'), nameOf(row));
    d.setText(at('identity'), `pid ${row.pid} · ${row.state} · up ${d.duration(row.uptime_sec)} · version ${d.visible(row.version)}`);
    showGone(row);
    showFigures(row, snapshot);
    d.showFindings(at('finding-list'), watched.doctor.findings,
      `None: no reference or closed object older than ${d.duration(watched.doctor.thresholds.age_sec)}, no other finding.`);
    if (chosenEpoch === null || chosenEpoch >= snapshot.epochs.length) chosenEpoch = leakedEpoch(watched);
    ring.show(snapshot, chosenEpoch);
    epochs.show(snapshot.epochs.filter((one) => at('all-epochs').checked || d.isInUse(snapshot, one) || one.epoch_id === chosenEpoch));
    const epoch = snapshot.epochs[chosenEpoch];
    const said = JSON.stringify(epoch);
    if (at('epoch').said !== said) {
      at('epoch').said = said;
      at('epoch').replaceChildren(...d.epochPanel(snapshot, epoch));
    }
    const to = history.length === 0 ? state.time_ms : history[history.length - 1].time_ms;
    charts.show(history.length === 0 ? [sampleOf(snapshot)] : history, to - HISTORY_MS, to, (id) => snapshot.epochs[id]?.label ?? '');
  };

  const show = () => {
    showProcesses();
    showOne();
  };

  // ---- choosing

  // The one with findings, else the largest that lives.
  const firstChoice = () => [...state.processes].sort((a, b) =>
    b.findings - a.findings || (a.state === 'alive' ? 0 : 1) - (b.state === 'alive' ? 0 : 1) || b.slab_bytes - a.slab_bytes)[0]?.key ?? '';

  const choose = (key, epoch) => {
    const same = key === chosen;
    chosenEpoch = epoch;
    chosen = key;
    writePlace();
    if (!same) listen();
    if (state !== null) showProcesses();
  };

  const chooseEpoch = (id) => {
    chosenEpoch = id;
    writePlace();
    showOne();
  };

  // ---- listening

  const link = (name, words) => {
    d.setAttribute(at('link'), 'class', name);
    d.setText(at('link'), words);
  };

  const hear = (event) => {
    const now = JSON.parse(event.data);
    if (now.watched !== undefined) {
      const row = now.processes.find((one) => one.key === now.watched.key);
      if (now.watched.history !== undefined) history = now.watched.history;
      else if (row?.state === 'alive') history.push(sampleOf(now.watched.snapshot));
      const end = history.length === 0 ? 0 : history[history.length - 1].time_ms;
      history = history.filter((one) => one.time_ms + HISTORY_MS >= end);
    }
    state = now;
    if (chosen === '' && now.processes.length > 0) {
      chosen = firstChoice();
      listen();
    }
    link(paused ? 'paused' : 'live', paused ? 'paused' : 'live');
    if (!paused) show();
  };

  // Each event is of one second; the first one has what was before, also after a break.
  const listen = () => {
    if (source !== null) source.close();
    source = new EventSource(`/events?of=${chosen}`);
    source.onmessage = hear;
    source.onerror = () => link('lost', 'no answer from tslab serve; trying again');
  };

  at('filter').addEventListener('input', () => { if (state !== null) showProcesses(); });
  at('all-epochs').addEventListener('change', () => { if (state !== null) showOne(); });
  at('pause').addEventListener('click', () => {
    paused = !paused;
    d.setAttribute(at('pause'), 'aria-pressed', paused);
    link(paused ? 'paused' : 'live', paused ? 'paused' : 'live');
    if (!paused && state !== null) show();
  });
  addEventListener('hashchange', () => {
    const place = readPlace();
    if (place.key !== '' && (place.key !== chosen || place.epoch !== chosenEpoch)) choose(place.key, place.epoch);
    if (state !== null) showOne();
  });
  // A page that nobody sees asks for nothing.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (source === null) listen();
  });

  ({ key: chosen, epoch: chosenEpoch } = readPlace());
  listen();
})();
