// Chooses light or dark where the reader did; else the system's choice holds. Runs before the page is drawn, so that it never flashes.
'use strict';
(() => {
  const key = 'shoestring-theme', order = ['auto', 'light', 'dark'];
  // A browser may forbid a page opened from a file to keep anything: the choice then lasts for the page alone.
  const kept = work => { try { return work(localStorage); } catch { return null; } };
  const apply = theme => {
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  let theme = kept(store => store.getItem(key));
  if (!order.includes(theme)) theme = 'auto';
  apply(theme);
  document.addEventListener('DOMContentLoaded', () => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'theme';
    const tell = () => { button.textContent = `Theme: ${theme}`; };
    button.addEventListener('click', () => {
      theme = order[(order.indexOf(theme) + 1) % order.length];
      apply(theme);
      kept(store => store.setItem(key, theme));
      tell();
    });
    tell();
    document.querySelector('header.top .brand').after(button);
  });
})();
