/**
 * A page around the built interview, as the Django view makes it, without Django: for looking at it and for measuring.
 *   node dev/serve.mjs [port]        then  http://127.0.0.1:<port>/?form=all-types&labels=ar&buttons=ar&mode=interview
 * Forms come from tests/fixtures, or from the folder in FORMS. What is sent is kept in memory: GET /sent shows it.
 * &answer=<status> in the address decides what the server says: 201, 202, 400, 403, 500, or html (the sign-in page).
 */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const BUILT = here('../../homeward/web/ui/static/built');
const FORMS = process.env.FORMS ?? here('../tests/fixtures');
const MEDIA = here('media');
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.xml': 'text/xml', '.svg': 'image/svg+xml', '.wav': 'audio/wav', '.csv': 'text/csv' };
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const sent = [];

const page = (query) => {
  const language = query.get('buttons') ?? 'en';
  const direction = language === 'ar' ? 'rtl' : 'ltr';
  const sheet = query.has('bare') ? '' : `<link rel="stylesheet" href="/built/bootstrap${direction === 'rtl' ? '.rtl' : ''}.min.css">`;
  return `<!doctype html><html lang="${language}" dir="${direction}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Page</title>
${sheet}<link rel="stylesheet" href="/built/interview.css"></head><body><main><div id="interview" data-config="/config.json?${String(query).replaceAll('&', '&amp;')}"></div></main>
<script type="module" src="/built/interview.js"></script></body></html>`;
};

const config = (query) => ({
  mode: query.get('mode') ?? 'interview',
  title: { en: 'How are you?', ar: 'كيف حالك؟', fr: 'Comment vas-tu ?', es: '¿Cómo estás?' },
  form_url: `/forms/${query.get('form') ?? 'all-types'}.xml`,
  attachments: Object.fromEntries(['children.csv', 'house.svg', 'tent.svg', 'hello.wav'].map((name) => [name, `/media/${name}`])),
  submit_url: `/submit?${query}`,
  csrf_token: 'token',
  languages: ['en', 'ar'],
  labels_language: query.get('labels') ?? 'en',
  language: query.get('buttons') ?? 'en',
  child: { code: '482193067', label: '482 193 067 · AB · 12-14' },
  prefill: JSON.parse(query.get('prefill') ?? '{}'),
  return_url: '/sent',
  recipients: [],
  sealed_questions: [],
});

const reply = (response, status, type, body, cache = 'no-store') => {
  response.writeHead(status, { 'Content-Type': type, 'Content-Security-Policy': POLICY, 'Cache-Control': cache, 'X-Content-Type-Options': 'nosniff' });
  response.end(body);
};

async function file(response, folder, name) {
  const path = join(folder, normalize(`/${name}`));
  try {
    reply(response, 200, TYPES[extname(path)] ?? 'application/octet-stream', await readFile(path), folder === BUILT ? 'max-age=600' : 'no-store');
  } catch {
    reply(response, 404, 'text/plain', 'not found');
  }
}

async function submit(request, response, query) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const form = await new Response(Buffer.concat(parts), { headers: { 'Content-Type': request.headers['content-type'] } }).formData();
  const files = Object.fromEntries(await Promise.all([...form].filter(([, value]) => typeof value !== 'string').map(async ([key, value]) => [key, key === 'xml_submission_file' ? await value.text() : value.size])));
  const answer = query.get('answer') ?? '201';
  if (answer === 'html') return reply(response, 200, 'text/html', '<p>Sign in</p>');
  const status = Number(answer);
  if (status < 300) sent.push(files);
  const problems = status < 300 ? [] : [{ code: 'x', message: 'The child is closed.', action: 'Ask your supervisor.', where: {} }];
  reply(response, status, 'application/json', JSON.stringify({ status: status === 201 ? 'stored' : status === 202 ? 'waiting' : 'refused', message: 'Message of the server.', next_url: '/sent', problems }));
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/') return reply(response, 200, 'text/html; charset=utf-8', page(searchParams));
  if (pathname === '/config.json') return reply(response, 200, 'application/json', JSON.stringify(config(searchParams)));
  if (pathname === '/sent') return reply(response, 200, 'application/json', JSON.stringify(sent));
  if (pathname === '/submit' && request.method === 'POST') return void submit(request, response, searchParams);
  for (const [prefix, folder] of [['/built/', BUILT], ['/forms/', FORMS], ['/media/', MEDIA]]) {
    if (pathname.startsWith(prefix)) return void file(response, folder, pathname.slice(prefix.length));
  }
  return reply(response, 404, 'text/plain', 'not found');
});
server.listen(Number(process.argv[2] ?? 8123), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
