namespace Shoestring.Experiments;

/// <summary>The page's script: other axes, a sorted table, tips beside points. Without it the page shows its default plot and order.</summary>
static class ReportScript
{
    public const string Text = """
        'use strict';
        document.documentElement.classList.add('js');
        const data = JSON.parse(document.getElementById('plot-data').textContent);
        const byId = id => document.getElementById(id);
        const make = (name, attributes, text) => {
          const element = document.createElementNS('http://www.w3.org/2000/svg', name);
          for (const key in attributes) element.setAttribute(key, attributes[key]);
          if (text !== undefined) element.textContent = text;
          return element;
        };
        const show = (element, visible) => visible ? element.removeAttribute('display') : element.setAttribute('display', 'none');

        // The front of two axes: nobody is at least as good in both and better in one.
        const front = (x, y) => {
          const cost = data.names.map((_, i) => [x.at[i], y.at[i]])
            .map(([a, b]) => a === null || b === null ? null : [x.less ? a : -a, y.less ? b : -b]);
          const beats = (p, q) => p[0] <= q[0] && p[1] <= q[1] && (p[0] < q[0] || p[1] < q[1]);
          return cost.map(p => p !== null && !cost.some(q => q !== null && beats(q, p)));
        };

        const places = [[10, 4, 'start'], [-10, 4, 'end'], [0, -11, 'middle'], [0, 20, 'middle'],
          [8, -8, 'start'], [-8, -8, 'end'], [8, 16, 'start'], [-8, 16, 'end']];
        const along = ([x, y, toX, toY]) => {
          const steps = 1 + Math.floor(Math.max(Math.abs(toX - x), Math.abs(toY - y)) / 5);
          return Array.from({ length: steps + 1 }, (_, i) => [x + (toX - x) * i / steps, y + (toY - y) * i / steps]).map(([px, py]) => [px, py, px, py]);
        };
        const meets = box => other => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3];
        const placeLabels = (points, lines, [left, top, right, bottom]) => {
          const taken = points.filter(p => p).map(([x, y]) => [x - 7, y - 7, x + 7, y + 7]), crossed = lines.flatMap(along);
          const result = points.map(() => null);
          for (const i of data.order) {
            if (!points[i]) continue;
            const width = data.names[i].length * 8.3;
            const boxOf = ([dx, dy, anchor]) => {
              const x = points[i][0] + dx - (anchor === 'start' ? 0 : anchor === 'end' ? width : width / 2), y = points[i][1] + dy + 3;
              return [x, y - 13, x + width, y];
            };
            const free = places.filter(place => {
              const box = boxOf(place);
              return box[0] >= left && box[2] <= right && box[1] >= top && box[3] <= bottom && !taken.some(meets(box));
            });
            result[i] = free.find(place => !crossed.some(meets(boxOf(place)))) || free[0] || null;
            if (result[i]) taken.push(boxOf(result[i]));
          }
          return result;
        };

        const draw = svg => {
          const x = data.axes[byId('axis-x').value], y = data.axes[byId('axis-y').value];
          const frame = svg.dataset.frame.split(' ').map(Number), [left, top, right, bottom] = frame;
          const px = p => left + p * (right - left), py = p => bottom - p * (bottom - top);
          svg.querySelector('.title-x').textContent = x.title;
          svg.querySelector('.title-y').textContent = y.title;
          svg.querySelector('.ticks-x').replaceChildren(...x.ticks.map(([at, label]) => {
            const tick = make('g', { transform: `translate(${px(at)} 0)` });
            tick.append(make('path', { class: 'grid', d: `M0 ${top}V${bottom}` }), make('text', { y: bottom + 18, 'text-anchor': 'middle' }, label));
            return tick;
          }));
          svg.querySelector('.ticks-y').replaceChildren(...y.ticks.map(([at, label]) => {
            const tick = make('g', { transform: `translate(0 ${py(at)})` });
            tick.append(make('path', { class: 'grid', d: `M${left} 0H${right}` }), make('text', { x: left - 7, y: 4, 'text-anchor': 'end' }, label));
            return tick;
          }));
          const points = data.names.map((_, i) => x.at[i] === null || y.at[i] === null ? null : [px(x.at[i]), py(y.at[i])]);
          const best = front(x, y);
          const line = points.filter((p, i) => p && best[i]).sort((p, q) => p[0] - q[0] || p[1] - q[1]);
          svg.querySelector('.front').setAttribute('points', line.map(p => p.join(',')).join(' '));
          const bars = points.map((p, i) => !p ? [] : [
            ...x.low[i] === null ? [] : [[px(x.low[i]), p[1], px(x.high[i]), p[1]]],
            ...y.low[i] === null ? [] : [[p[0], py(y.low[i]), p[0], py(y.high[i])]]]);
          const labels = placeLabels(points, [...line.slice(1).map((p, i) => [...line[i], ...p]), ...bars.flat()], frame);
          for (const point of svg.querySelectorAll('.point')) {
            const i = +point.dataset.row, at = points[i], label = point.querySelector('.label');
            show(point, at);
            if (!at) continue;
            point.setAttribute('transform', `translate(${at[0]} ${at[1]})`);
            point.setAttribute('aria-label', `${data.names[i]}: ${x.label} ${x.text[i]}, ${y.label} ${y.text[i]}`);
            point.querySelector('.error').setAttribute('d', bars[i].map(([a, b, c, d]) => `M${a - at[0]} ${b - at[1]}L${c - at[0]} ${d - at[1]}`).join(''));
            show(label, labels[i]);
            if (labels[i]) ['x', 'y', 'text-anchor'].forEach((name, n) => label.setAttribute(name, labels[i][n]));
          }
        };
        const plots = [...document.querySelectorAll('svg.plot')];
        const drawAll = () => plots.forEach(draw);
        if (plots.length) for (const id of ['axis-x', 'axis-y']) byId(id).addEventListener('change', drawAll);

        const tip = byId('tip');
        const showTip = point => {
          const i = +point.dataset.row, x = data.axes[byId('axis-x').value], y = data.axes[byId('axis-y').value];
          const name = document.createElement('strong');
          name.textContent = data.names[i];
          const lines = [...new Set([x, y])].map(axis => {
            const line = document.createElement('div');
            line.textContent = `${axis.label}: ${axis.text[i]}` + (axis.range[i] ? ` (${axis.range[i]})` : '');
            return line;
          });
          tip.replaceChildren(name, ...lines);
          tip.hidden = false;
          const box = point.querySelector('.mark').getBoundingClientRect(), room = document.documentElement.clientWidth - tip.offsetWidth - 8;
          tip.style.left = `${Math.max(8, Math.min(box.right + 10, room)) + scrollX}px`;
          tip.style.top = `${box.bottom + 10 + scrollY}px`;
        };
        for (const point of document.querySelectorAll('.point')) {
          point.querySelector('title').remove();
          for (const event of ['pointerenter', 'focus']) point.addEventListener(event, () => showTip(point));
          for (const event of ['pointerleave', 'blur']) point.addEventListener(event, () => { tip.hidden = true; });
        }
        addEventListener('keydown', event => { if (event.key === 'Escape') tip.hidden = true; });

        for (const button of document.querySelectorAll('th button')) {
          button.disabled = false;
          button.addEventListener('click', () => {
            const head = button.closest('th'), body = head.closest('table').tBodies[0], column = head.cellIndex;
            const down = head.getAttribute('aria-sort') === 'ascending';
            for (const other of head.parentNode.cells) other.removeAttribute('aria-sort');
            head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
            const value = row => row.cells[column].dataset.value ?? '';
            const compare = (a, b) => column === 0 ? a.localeCompare(b, 'en', { numeric: true }) : a - b;
            body.append(...[...body.rows].sort((a, b) => {
              const [p, q] = [value(a), value(b)];
              return p === '' || q === '' ? (p === '') - (q === '') : down ? compare(q, p) : compare(p, q);
            }));
          });
        }
        """;
}
