'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const list = byId('list');
  const filters = byId('filters');
  const decisions = new Map();
  let downloaded = true;
  let author = '';

  const STATUSES = ['match', 'review', 'cleared', 'clear'];
  const PAGE = 50;
  const sources = byId('cards').textContent.split('\n').filter((line) => line.startsWith('<li '));
  const alerts = JSON.parse(byId('index').textContent).map(
    ([status, score, row, name, lists, countries, hits, states], place) => (
      { place, status: STATUSES[status], score, row, name, lists, countries, hits, states, text: null }
    ),
  );

  // The words of a card, read from its source when a search first needs them.
  const entities = { '&lt;': '<', '&gt;': '>', '&#34;': '"', '&#39;': "'", '&amp;': '&' };
  const fold = (text) => text.normalize('NFKD').replace(/\p{Mn}/gu, '').toLowerCase();
  const textOf = (alert) => {
    if (alert.text === null) {
      const plain = sources[alert.place]
        .replace(/<sup>\d+<\/sup>|<\/?(?:mark|bdi|b)\b[^>]*>/g, '')
        .replace(/<[^>]*>/g, '\n')
        .replace(/&(?:lt|gt|amp|#34|#39);/g, (found) => entities[found]);
      alert.text = fold(plain);
    }
    return alert.text;
  };

  const hitsOf = (node) => Array.from(node.querySelectorAll('.hit'));
  const recordOf = (hit) => JSON.parse(hit.dataset.hit);
  const number = (id, otherwise) => (byId(id).value === '' ? otherwise : Number(byId(id).value));

  const collator = new Intl.Collator('en');
  const orders = {
    status: () => 0,
    score: (a, b) => b.score - a.score,
    'score-up': (a, b) => a.score - b.score,
    row: (a, b) => a.row - b.row,
    name: (a, b) => collator.compare(a.name, b.name),
    list: (a, b) => a.lists[0] - b.lists[0],
  };

  let fitting = alerts;
  let page = 0;

  // Cards are the markup of this file, in which every text is escaped already.
  const cardOf = (alert) => {
    const template = document.createElement('template');
    template.innerHTML = sources[alert.place];
    const card = template.content.firstChild;
    for (const hit of hitsOf(card)) showActions(hit, false);
    return card;
  };

  // A name that its list sets aside has a card, and is no alert.
  const counted = () => {
    const count = (cards, aside) => cards.filter((card) => (card.status === 'clear') === aside).length;
    const of = (aside) => [fitting, alerts].map((cards) => count(cards, aside).toLocaleString('en')).join(' of ');
    const some = `${of(false)} alert${count(alerts, false) === 1 ? '' : 's'}`;
    return count(alerts, true) ? `${some}, ${of(true)} set aside` : some;
  };

  const showPage = () => {
    const pages = Math.max(1, Math.ceil(fitting.length / PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    list.replaceChildren(...fitting.slice(page * PAGE, (page + 1) * PAGE).map(cardOf));
    list.start = page * PAGE + 1;
    byId('pages').hidden = pages === 1;
    byId('page').textContent = `Page ${page + 1} of ${pages}`;
    byId('previous').disabled = page === 0;
    byId('next').disabled = page === pages - 1;
    const last = Math.min((page + 1) * PAGE, fitting.length);
    const range = pages > 1 ? `, showing ${page * PAGE + 1} to ${last}` : '';
    byId('count').textContent = `${counted()}${range}`;
    byId('none').hidden = fitting.length > 0;
  };

  let waiting = 0;  // the timer of a filter that was set a moment ago
  const apply = () => {
    clearTimeout(waiting);
    waiting = 0;
    const statuses = new Set(Array.from(filters.querySelectorAll('[name=status]:checked'), (box) => box.value));
    const inList = byId('f-list').value;
    const country = byId('f-country').value;
    const open = byId('f-open').value;
    const state = byId('f-state') ? byId('f-state').value : '';
    const [from, to] = [number('f-from', 0), number('f-to', 100)];
    const words = fold(byId('f-text').value).split(/\s+/).filter(Boolean);
    const order = orders[byId('f-sort').value];
    fitting = alerts.filter((alert) => statuses.has(alert.status)
      && alert.score >= from && alert.score <= to
      && (inList === '' || alert.lists.includes(Number(inList)))
      && (country === '' || alert.countries.includes(Number(country)))
      && (open === '' || alert.hits.every((hit) => decisions.has(hit)) === (open === 'done'))
      && (state === '' || alert.states.includes(state))
      && words.every((word) => textOf(alert).includes(word)));
    fitting.sort((a, b) => order(a, b) || a.place - b.place);
    page = 0;
    showPage();
  };

  const turn = (pages) => {
    page += pages;
    showPage();
    byId('alerts').focus({ preventScroll: true });
    byId('alerts').scrollIntoView();
  };
  byId('previous').addEventListener('click', () => turn(-1));
  byId('next').addEventListener('click', () => turn(1));

  const soon = (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, event.target.id === 'f-text' ? 150 : 0);
  };
  filters.addEventListener('input', soon);
  filters.addEventListener('change', soon);
  filters.addEventListener('reset', () => setTimeout(apply, 0));
  filters.addEventListener('submit', (event) => { event.preventDefault(); apply(); });
  filters.hidden = alerts.length === 0;
  if (window.matchMedia('(max-width: 58rem)').matches) byId('filter-box').open = false;

  // Decisions.
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text) node.textContent = text;
    return node;
  };
  const button = (text, label) => {
    const node = make('button', '', text);
    node.type = 'button';
    node.setAttribute('aria-label', `${text}: ${label}`);
    return node;
  };
  const labels = { 'true-match': 'True match', 'false-positive': 'False positive' };

  const showBar = () => {
    const count = decisions.size;
    byId('bar').hidden = count === 0;
    const state = downloaded ? 'downloaded' : 'not downloaded yet';
    byId('recorded').textContent = count ? `${count} decision${count === 1 ? '' : 's'} recorded, ${state}` : '';
  };

  const showActions = (hit, focus) => {
    const place = hit.querySelector('.actions');
    const record = recordOf(hit);
    const label = `${record.counterparty_name} and ${record.entity_name}`;
    const made = decisions.get(record.hit);
    place.replaceChildren();
    if (!made) {
      const record_ = button('Record a decision', label);
      record_.addEventListener('click', () => showForm(hit));
      place.append(record_);
      if (focus) record_.focus();
      return;
    }
    const done = make('div', `done ${made.disposition}`);
    const until = made.until ? `, until ${made.until}` : '';
    const line = make('p');
    line.append(make('strong', '', labels[made.disposition]), `: ${made.reason} (${made.by}${until})`);
    const change = button('Change', label);
    change.addEventListener('click', () => showForm(hit));
    const remove = button('Remove', label);
    remove.addEventListener('click', () => {
      decisions.delete(record.hit);
      downloaded = false;
      showAgain(record.hit, hit);
      showBar();
    });
    done.append(line, change, remove);
    place.append(done);
    if (focus) change.focus();
  };

  // A counterparty that stands on two rows has the same hit, and so the same decision, twice.
  const showAgain = (id, focused) => {
    for (const hit of hitsOf(list)) if (recordOf(hit).hit === id) showActions(hit, hit === focused);
  };

  const showForm = (hit) => {
    const place = hit.querySelector('.actions');
    const record = recordOf(hit);
    const made = decisions.get(record.hit);
    const form = byId('form').content.cloneNode(true).querySelector('form');
    const others = hitsOf(hit.closest('.alert')).filter((other) => other !== hit);
    form.setAttribute('aria-label', `Decision: ${record.counterparty_name} and ${record.entity_name}`);
    form.elements.by.value = made ? made.by : author;
    if (made) {
      form.elements.disposition.value = made.disposition;
      form.elements.reason.value = made.reason;
      form.elements.until.value = made.until;
    }
    if (others.length) {
      const line = form.querySelector('.others');
      line.hidden = false;
      line.querySelector('span').textContent =
        `Also for the other ${others.length === 1 ? 'entry' : `${others.length} entries`} of this party`;
    }
    for (const field of [form.elements.reason, form.elements.by]) {
      field.addEventListener('input', () => field.setCustomValidity(''));
    }
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const reason = form.elements.reason.value.trim();
      const by = form.elements.by.value.trim();
      for (const [field, value] of [[form.elements.reason, reason], [form.elements.by, by]]) {
        field.setCustomValidity(value ? '' : 'Please fill in this field.');
      }
      if (!form.reportValidity()) return;
      author = by;
      const disposition = form.elements.disposition.value;
      const targets = form.elements.others.checked ? [hit, ...others] : [hit];
      for (const target of targets) {
        const subject = recordOf(target);
        decisions.set(subject.hit, { ...subject, disposition, reason, by, until: form.elements.until.value });
        showAgain(subject.hit, hit);
      }
      downloaded = false;
      showBar();
    });
    form.elements.cancel.addEventListener('click', () => showActions(hit, true));
    place.replaceChildren(form);
    form.scrollIntoView({ block: 'nearest' });
    form.querySelector('input').focus({ preventScroll: true });
  };

  // A JSON string is a YAML double-quoted scalar, once what YAML calls not printable is escaped too.
  const quoted = (value) => JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const keys = ['hit', 'counterparty_id', 'counterparty_name', 'list_id', 'entity_id', 'entity_name',
    'disposition', 'reason', 'by', 'until', 'run_id', 'fingerprint'];
  const yaml = () => Array.from(new Set(alerts.flatMap((alert) => alert.hits)))
    .map((hit) => decisions.get(hit))
    .filter(Boolean)
    .map((made) => keys.map((key, place) => `${place ? '  ' : '- '}${key}: ${quoted(made[key])}\n`).join(''))
    .join('');

  byId('download').addEventListener('click', () => {
    const address = URL.createObjectURL(new Blob([yaml()], { type: 'application/yaml' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `decisions-${document.body.dataset.run.replace(/[^0-9A-Za-z_-]/g, '')}.yml`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    downloaded = true;
    showBar();
  });
  window.addEventListener('beforeunload', (event) => { if (!downloaded) event.preventDefault(); });

  // On paper every card that fits the filters is there, and complete.
  window.addEventListener('beforeprint', () => {
    if (waiting) apply();
    list.replaceChildren(...fitting.map(cardOf));
    for (const node of document.querySelectorAll('details')) node.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const node of document.querySelectorAll('details')) node.open = node.id === 'filter-box';
    showPage();
  });

  // Read the words of the cards while nothing else is to do, so that the first search does not wait.
  const idle = window.requestIdleCallback || ((task) => setTimeout(task, 20));
  const readAhead = (from) => {
    const to = Math.min(from + 100, alerts.length);
    for (let place = from; place < to; place += 1) textOf(alerts[place]);
    if (to < alerts.length) idle(() => readAhead(to));
  };

  showPage();
  idle(() => readAhead(0));
})();
