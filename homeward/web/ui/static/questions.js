/* The token behind the `#` goes into the form, out of the address, and nowhere else. */
(() => {
  'use strict';
  const form = document.querySelector('form[data-token]');
  const token = window.location.hash.slice(1);
  if (window.location.hash) window.history.replaceState(null, '', window.location.pathname);
  const whole = /^[\w-]{43}$/.test(token);
  if (whole) form.elements.token.value = token;
  form.hidden = !whole;
  document.querySelector('[data-no-token]').hidden = whole;
})();
