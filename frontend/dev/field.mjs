/**
 * A stand-in for the server around the app for the field, for looking at it:  node dev/field.mjs [port]
 * then  http://127.0.0.1:<port>/app/   What was sent is kept in memory: GET /sent. PUT /stand?signed_in=no&answer=503 changes how it answers.
 */
import { createServer } from 'node:http';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const BUILT = here('../../homeward/web/ui/static/built');
const FIXTURES = here('../tests/fixtures');
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.xml': 'text/xml', '.svg': 'image/svg+xml', '.wav': 'audio/wav' };
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect x="10" y="6" width="28" height="36" rx="3" fill="#4b5a5f"/><path d="M16 16h16M16 24h16M16 32h10" stroke="#fff" stroke-width="3"/></svg>';
const FLAG = 153; // bytes before the envelope
const stand = { signed_in: 'yes', answer: '201', may: 'yes', language: 'en' };
const sent = [];

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { x, y } = publicKey.export({ format: 'jwk' });
const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('base64');

const MEDIA = ['house.svg', 'tent.svg', 'hello.wav'];
const sha = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
const form = (id, name, titles, bands) => ({
  id, instrument: name, version: '1', family: 'survey', titles, subject: 'child', respondent_question: '', child_question: 'child_code', languages: name === 'start' ? ['en'] : ['en', 'ar'],
  default_language: 'en', sealed_questions: [], prefill: { child_known: 'yes' }, url: `/app/forms/${id}/form.xml?v=${sha(join(FIXTURES, `${name}.xml`))}`, sha256: sha(join(FIXTURES, `${name}.xml`)),
  media: name === 'all-types' ? MEDIA.map((file) => ({ name: file, url: `/app/forms/${id}/media/${file}?v=${sha(here(`media/${file}`))}`, sha256: '', size: 1 })) : [], uses_list: true, bands,
});
const FORMS = [
  form('6f9619ff-8b86-4d01-b42d-00cf4fc964ff', 'start', { en: 'How are you?', ar: 'كيف حالك؟' }, ['12-14', '6-11']),
  form('11111111-8b86-4d01-b42d-00cf4fc964ff', 'all-types', { en: 'Every kind of question', ar: 'كل أنواع الأسئلة' }, ['12-14']),
];
const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const due = (to, state) => ({ point: 'm6', from: day(-20), on: day(to - 5), to: day(to), state, forms: [FORMS[0].id], respondents: ['child', 'caregiver'] });
const child = (code, label, band, more = {}) => ({
  code, label: `${label} · ${band}`, initials: label.slice(-2), age_band: band, language: 'en', due: [due(4, 'due')], actions: [], bands: {}, may_begin: true, why_not: '',
  card: { ways: ['home', 'somebody'], safe_days: ['mon', 'thu'], safe_parts: ['afternoon'], quiet: [] }, ...more,
});
const CHILDREN = [
  child('482193067', '482 193 067 · AB', '12-14', {
    actions: [{ state: '', by_when: day(3), who: 'we' }, { state: 'not_yet', by_when: day(-2), who: 'school' }],
    bands: { child: { economic: 'low', social: 'middle', psychosocial: 'high' }, caregiver: { economic: 'middle' } },
  }),
  child('100000023', '100 000 023 · CD', '6-11', { due: [due(-3, 'late')] }),
  child('200000046', '200 000 046 · EF', '12-14', { due: [], may_begin: false, why_not: 'quiet_time', card: { ways: null, safe_days: [], safe_parts: [], quiet: [] } }),
];
const payload = () => ({
  made_at: new Date().toISOString(), server_time: new Date().toISOString(), person: 'Ada', organisation: 'Baraka', language: stand.language, idle_minutes: 5,
  intake_key: point, recipients: [], forms: FORMS, children: CHILDREN, words: {},
});
const HISTORY = () => ({
  code: '', made_at: '', next_due: day(4), visits: [{ on: day(-40), way: 'home', actions: [{ state: 'done', by_when: day(-30), who: 'caregiver' }] }],
  scores: [{ on: day(-90), respondent: 'child', instrument: 'start', bands: { social: 'middle' } }],
});

const shell = () => `<!doctype html><html lang="${stand.language}" dir="${stand.language === 'ar' ? 'rtl' : 'ltr'}"><head><meta charset="utf-8"><title>Notebook</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/app/icon.svg"><link rel="manifest" href="/app/manifest.webmanifest"><link rel="stylesheet" href="/static/built/field.css"><script type="module" src="/static/built/field.js"></script></head><body><div id="field"></div></body></html>`;
const reply = (response, status, type, body, more = {}) => {
  response.writeHead(status, { 'Content-Type': type, 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-store', ...more });
  response.end(body);
};
const json = (response, status, body) => reply(response, status, 'application/json', JSON.stringify(body));
const out = (response) => json(response, 401, { status: 'refused', problems: [{ code: 'app.signed_out', message: 'You are signed out.', action: 'Sign in.' }] });
const file = (response, path) => readFile(path).then((data) => reply(response, 200, TYPES[extname(path)] ?? 'application/octet-stream', data), () => reply(response, 404, 'text/plain', 'not found'));

async function take(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const delivery = body.subarray(FLAG + 8, FLAG + 24).toString('hex');
  const status = Number(stand.answer);
  if (stand.answer === 'lost') sent.push(delivery);
  if (stand.answer === 'lost' || stand.answer === 'cut') return request.socket.destroy();
  if (status < 300) sent.push(delivery);
  const problems = status < 300 ? [] : [{ code: 'x', message: 'The child is closed.', action: 'Ask your supervisor.' }];
  return json(response, status, { status: status === 201 ? 'stored' : status === 202 ? 'waiting' : 'refused', problems, ...(status === 401 ? { wipe: true } : {}) });
}

const ANSWERS = {
  '/app/': (response) => reply(response, 200, 'text/html; charset=utf-8', shell(), { 'Cache-Control': 'no-cache' }),
  '/app/sw.js': (response) => file(response, join(BUILT, 'sw.js')),
  '/app/icon.svg': (response) => reply(response, 200, 'image/svg+xml', ICON),
  '/app/icon-192.png': (response) => reply(response, 404, 'text/plain', ''),
  '/app/manifest.webmanifest': (response) => reply(response, 200, 'application/manifest+json', JSON.stringify({ name: 'Notebook', start_url: '/app/', scope: '/app/', display: 'standalone' })),
  '/app/session.json': (response) => (stand.signed_in === 'yes' ? json(response, 200, { person: 'Ada', csrf: 'token', language: stand.language, may: stand.may === 'yes' }) : out(response)),
  '/app/devices': (response) => json(response, 201, { device: 'd', token: 'secret', expires_at: day(300) }),
  '/app/field.json': (response) => (stand.signed_in === 'yes' ? json(response, 200, payload()) : out(response)),
  '/app/contact': (response) => json(response, 200, { server_time: new Date().toISOString(), known: true }),
  '/sent': (response) => json(response, 200, sent),
};

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/stand') {
    Object.assign(stand, Object.fromEntries(searchParams));
    return json(response, 200, stand);
  }
  if (pathname === '/app/sealed') return void take(request, response);
  if (ANSWERS[pathname]) return void ANSWERS[pathname](response);
  if (pathname.startsWith('/static/built/')) return void file(response, join(BUILT, normalize(`/${pathname.slice(14)}`)));
  if (/^\/app\/children\/\d+\/history.json$/.test(pathname)) return json(response, 200, HISTORY());
  const [, id, name] = /^\/app\/forms\/([^/]+)\/(?:media\/)?([^/]+)$/.exec(pathname) ?? [];
  const found = FORMS.find((each) => each.id === id);
  if (found) return void file(response, name === 'form.xml' ? join(FIXTURES, `${found.instrument}.xml`) : here(`media/${normalize(`/${name}`)}`));
  return reply(response, 404, 'text/plain', 'not found');
}).listen(Number(process.argv[2] ?? 8124), '127.0.0.1', function listening() {
  console.log(`http://127.0.0.1:${this.address().port}/app/`);
});
