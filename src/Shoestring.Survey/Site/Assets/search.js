// Searches the papers in the reader's browser. Text from the data is set as text, never as markup.
'use strict';
(() => {
  const find = id => document.getElementById(id);
  const form = find('search'), query = find('q'), found = find('found'), list = find('list'), count = find('count'), more = find('more');
  const filters = ['stage', 'family', 'resource', 'year', 'venue'], runs = find('runs'), step = 50;
  const root = form.dataset.root, rows = [];
  const [slug, title, authors, year, venue, family, stage, resource, techniques, published] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const column = { stage, family, resource, year, venue };
  let texts, matches = [], shown = 0, loading;

  const plain = text => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
  const familyName = index => find('family').options[index + 1].textContent;

  window.shoestringPapers = { add: part => rows.push(...part) };

  // Scripts that are not asynchronous run in the order in which they were added, so rows keep the catalogue's order.
  const load = () => loading ??= Promise.all(Array.from({ length: Number(form.dataset.parts) }, (_, i) => new Promise((done, fail) => {
    const script = document.createElement('script');
    script.async = false;
    script.src = `${root}papers/search-${i + 1}.js`;
    script.onload = done;
    script.onerror = () => fail(new Error(`${script.src} did not load`));
    document.head.append(script);
  }))).then(() => {
    texts = rows.map(row => ({
      title: plain(row[title]),
      all: plain([row[title], row[authors], row[published], ...row[family].map(familyName), ...row[techniques]].join(' ')),
    }));
  });

  const state = () => {
    const values = new URLSearchParams();
    if (query.value.trim()) values.set('q', query.value.trim());
    for (const name of filters) if (find(name).value !== '') values.set(name, find(name).value);
    if (runs.checked) values.set('runs', '1');
    return values;
  };

  const restore = () => {
    const values = new URLSearchParams(location.hash.slice(1));
    query.value = values.get('q') ?? '';
    for (const name of filters) find(name).value = values.get(name) ?? '';
    runs.checked = values.get('runs') === '1';
  };

  const passes = (row, values) => filters.every(name => {
    if (!values.has(name)) return true;
    const wanted = Number(values.get(name)), has = row[column[name]];
    return Array.isArray(has) ? has.includes(wanted) : has === wanted;
  }) && (!values.has('runs') || row[techniques].length > 0);

  const search = values => {
    const words = plain(values.get('q') ?? '').split(/\s+/).filter(word => word);
    return rows.map((row, i) => [row, texts[i]])
      .filter(([row, text]) => words.every(word => text.all.includes(word)) && passes(row, values))
      .map(([row, text], i) => [row, words.filter(word => text.title.includes(word)).length, i])
      .sort((a, b) => b[1] - a[1] || a[2] - b[2]).map(([row]) => row);
  };

  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };
  const link = (path, className, ...children) => {
    const made = element('a', className, ...children);
    made.href = root + path;
    return made;
  };
  const item = row => {
    const made = element('li', '', link(`paper/${row[slug]}.html`, 'title', element('bdi', '', row[title])),
      element('p', 'by', element('bdi', '', [row[authors], row[published]].filter(text => text).join(' · '))));
    const homes = element('p', 'homes', ...row[family].flatMap(index => [element('span', '', familyName(index)), ' ']));
    if (row[techniques].length > 0) {
      homes.append(element('span', 'runs', 'runs here: ', ...row[techniques].flatMap((id, i) => [i ? ', ' : '', link(`techniques/${id}.html`, 'tech', id)])));
    }
    if (homes.childNodes.length > 0) made.append(homes);
    return made;
  };

  const show = () => {
    found.querySelector('ul').append(...matches.slice(shown, shown + step).map(item));
    shown = Math.min(shown + step, matches.length);
    more.hidden = shown >= matches.length;
  };

  const update = async () => {
    const values = state(), asked = values.toString();
    if (asked !== location.hash.slice(1)) history.replaceState(null, '', asked ? `#${asked}` : location.pathname + location.search);
    if (!asked) {
      found.hidden = true;
      list.hidden = false;
      count.textContent = '';
      return;
    }
    try {
      await load();
    } catch (fault) {
      count.textContent = `The search index could not be loaded: ${fault.message}`;
      return;
    }
    if (state().toString() !== asked) return;
    matches = search(values);
    shown = 0;
    found.querySelector('ul').replaceChildren();
    show();
    found.hidden = false;
    list.hidden = true;
    count.textContent = `${matches.length.toLocaleString('en')} of ${rows.length.toLocaleString('en')} papers`;
  };

  form.hidden = false;
  form.addEventListener('submit', event => event.preventDefault());
  form.addEventListener('input', update);
  query.addEventListener('focus', () => load().catch(() => undefined), { once: true });
  more.addEventListener('click', show);
  window.addEventListener('hashchange', () => { restore(); update(); });
  if (location.hash.includes('=')) { restore(); update(); }
})();
