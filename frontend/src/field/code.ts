/** 32 random bytes, as the server and this app write them. */
const SHAPE = /^#([A-Za-z0-9_-]{43})$/;

/** The code with which a community monitor opens the app stands after the sign in the address: read once, and gone from there at once. */
export function takeCode(place: Location = window.location, past: History = window.history): string {
  const found = SHAPE.exec(place.hash)?.[1] ?? '';
  if (place.hash !== '') past.replaceState(null, '', `${place.pathname}${place.search}`);
  return found;
}

/** A token that nobody has seen but this phone. */
export function freshToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
