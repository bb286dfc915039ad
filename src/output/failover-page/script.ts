import { STEPS } from './picture.ts';

/** Zooms a drawing: only what has a time is moved, and letters stay as large as they are. Runs in the reader's browser. */
export const SCRIPT = `
for (const hint of document.querySelectorAll('.scripted')) hint.hidden = false;
for (const svg of document.querySelectorAll('svg.lanes')) {
  const number = (element, name) => Number(element.dataset[name]);
  const [first, last, left, width] = ['from', 'to', 'left', 'width'].map((name) => number(svg, name));
  const steps = ${JSON.stringify(STEPS)};
  const axis = svg.querySelector('.axis');
  let [from, to] = [first, last];
  const x = (time) => left + ((time - from) / (to - from)) * (width - left);
  const draw = () => {
    for (const bar of svg.querySelectorAll('rect[data-from]')) {
      const begin = x(number(bar, 'from'));
      bar.setAttribute('x', begin);
      bar.setAttribute('width', Math.max(1, x(number(bar, 'to')) - begin));
    }
    for (const mark of svg.querySelectorAll('[data-at]')) {
      for (const name of mark.tagName === 'text' ? ['x'] : ['x1', 'x2']) mark.setAttribute(name, x(number(mark, 'at')));
    }
    const step = steps.find((one) => (to - from) / one <= 10) || steps[steps.length - 1];
    axis.replaceChildren();
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
      const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
      text.setAttribute('x', x(time));
      text.setAttribute('y', axis.dataset.y);
      text.textContent = time / 1000 + ' s';
      axis.append(text);
    }
  };
  const show = (begin, end) => {
    const size = Math.min(last - first, Math.max(5, end - begin));
    from = Math.min(Math.max(first, begin), last - size);
    to = from + size;
    draw();
  };
  const timeAt = (event) => {
    const box = svg.getBoundingClientRect();
    return from + (((event.clientX - box.left) / box.width) * width - left) / (width - left) * (to - from);
  };
  svg.addEventListener('wheel', (event) => {
    event.preventDefault();
    const [time, factor] = [timeAt(event), event.deltaY > 0 ? 1.25 : 0.8];
    show(time - (time - from) * factor, time + (to - time) * factor);
  }, { passive: false });
  let grabbed;
  svg.addEventListener('pointerdown', (event) => { grabbed = timeAt(event); svg.setPointerCapture(event.pointerId); });
  svg.addEventListener('pointermove', (event) => {
    if (grabbed === undefined) return;
    const moved = grabbed - timeAt(event);
    show(from + moved, to + moved);
  });
  svg.addEventListener('pointerup', () => { grabbed = undefined; });
  svg.addEventListener('dblclick', () => show(first, last));
}
`;
