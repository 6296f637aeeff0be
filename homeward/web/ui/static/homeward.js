/* Small comforts; every page works without them. */
(() => {
  'use strict';
  sessionStorage.removeItem('htmx-current-path-for-history'); // htmx writes it as it loads; no address stays behind
  const leave = document.querySelector('form[data-leave]');
  let last = 0;
  const vanish = () => {
    document.title = document.documentElement.dataset.away || ' ';
    document.body.hidden = true;
    const data = new FormData(leave);
    const go = () => window.location.replace(leave.dataset.leave);
    fetch(leave.action, { method: 'POST', body: data, keepalive: true, redirect: 'manual' }).then(go, go);
  };
  if (leave) {
    leave.addEventListener('submit', (event) => {
      event.preventDefault();
      vanish();
    });
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return; // there it closes the dialog
      const now = Date.now();
      if (now - last < 700) vanish();
      last = now;
    });
    window.addEventListener('pageshow', (event) => {
      if (event.persisted) window.location.reload();
    });
  }
  document.addEventListener('click', (event) => {
    const key = event.target instanceof Element ? event.target.closest('[data-print]') : null;
    if (key) window.print();
    const menu = document.querySelector('details.phone-menu[open]');
    if (menu && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener('change', (event) => {
    const form = event.target instanceof Element ? event.target.closest('form[data-send-on-change]') : null;
    if (form) form.requestSubmit(); // a plain page turn, so that the way back leads to the same filter
  });
  // Whoever types without sending, in an interview for one, is still here: the server counts a quarter of an hour.
  const here = document.body.dataset.here;
  const idle = 15 * 60 * 1000;
  let touched = Date.now();
  let told = touched;
  const touch = () => {
    const now = Date.now();
    touched = now;
    if (!leave || now - told < 60 * 1000) return;
    told = now;
    fetch(here, { method: 'POST', body: new FormData(leave), redirect: 'manual' }).catch(() => undefined);
  };
  if (here) {
    for (const kind of ['input', 'keydown', 'pointerdown']) document.addEventListener(kind, touch, { passive: true });
    window.setInterval(() => {
      if (Date.now() - touched < idle || document.querySelector('#interview')) return; // an interview keeps its answers
      document.body.hidden = true;
      window.location.replace(window.location.pathname + window.location.search); // the session is over: to the door
    }, 20 * 1000);
  }
  // What stands in a form's way comes into view, wherever on the page the form is.
  const wrong = document.getElementById('problems');
  if (wrong && wrong.getBoundingClientRect().bottom > window.innerHeight) wrong.focus();
  // A row of tabs that is longer than the screen: the chosen one in view, and a fade where there is more.
  for (const row of document.querySelectorAll('nav.tabs')) {
    const chosen = row.querySelector('a[aria-current]');
    if (chosen && row.scrollWidth > row.clientWidth) {
      const [outer, inner] = [row.getBoundingClientRect(), chosen.getBoundingClientRect()];
      row.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
    }
    const mark = () => {
      const gone = Math.abs(row.scrollLeft); // negative from right to left
      row.classList.toggle('more-before', gone > 4);
      row.classList.toggle('more-after', gone + row.clientWidth < row.scrollWidth - 4);
    };
    mark();
    row.addEventListener('scroll', mark, { passive: true });
    window.addEventListener('resize', mark);
  }
  // Copies what stands beside the key; where that is refused, it is selected, to be copied by hand.
  for (const key of document.querySelectorAll('[data-copy]')) {
    key.addEventListener('click', async () => {
      const place = document.getElementById(key.dataset.copy);
      const said = key.querySelector('[data-copied]') || key;
      try {
        await navigator.clipboard.writeText(place.value);
        said.textContent = key.dataset.said;
      } catch {
        place.focus();
        place.select();
      }
    });
  }
  const on = document.querySelector('a[data-go-on]');
  if (on) window.location.replace(on.href);
  for (const key of document.querySelectorAll('[data-needs-script]')) key.hidden = false;
})();
