import { expect, test } from 'vitest';
import { confidenceDialog, confidenceKey } from '../src/confidence.ts';
import { fromBase64, toBase64 } from '../src/seal/bytes.ts';
import { open } from '../src/seal/envelope.ts';
import { makeKey, unwrap } from '../src/seal/keys.ts';
import { Told } from '../src/told.ts';
import { Speech } from '../src/words/index.ts';

const PASSPHRASE = 'four quiet words here';
const pair = await Promise.all([0, 1].map(() => makeKey(PASSPHRASE, 1000)));
const KEYS = pair.map(({ publicKey }) => toBase64(publicKey));
const XML = '<data id="f"><meta><instanceID>uuid:1</instanceID></meta><g><harm>yes, by my uncle</harm></g><mood>good</mood></data>';

function form(): FormData {
  const made = new FormData();
  made.set('xml_submission_file', new File([XML], 'x.xml', { type: 'text/xml' }));
  return made;
}

async function sent(told: Told): Promise<{ said: string; flag: number; xml: string; length: number }> {
  const data = form();
  await told.goWith(data);
  const sealed = data.get('sealed') as string;
  const key = await unwrap(pair[0]!.wrapped, pair[0]!.publicKey, PASSPHRASE);
  const said = KEYS.length ? await open(fromBase64(sealed), 'disclosure', key).catch(() => 'closed') : '';
  return { said, flag: fromBase64(data.get('sealed_flag') as string)[0]!, xml: await (data.get('xml_submission_file') as File).text(), length: sealed.length };
}

test('after sealing the dialog says where it goes, and nothing of what was written', () => {
  const written: string[] = [];
  const told = { possible: true, count: 0, note: (text: string) => written.push(text) > 0, drop: () => undefined } as unknown as Told;
  const dialog = confidenceDialog(new Speech('en'), told);
  document.body.append(dialog);
  dialog.querySelector('textarea')!.value = 'about my uncle';
  dialog.querySelector<HTMLElement>('.iv-main-action')!.click();
  expect(written).toEqual(['about my uncle']);
  expect(dialog.querySelector('[role=status]')!.textContent).toContain('people named to protect children');
  expect(dialog.querySelector('textarea')).toBeNull();
  expect(dialog.innerHTML).not.toContain('uncle');
});

test('the key to it has a word beside its letter', () => {
  const key = confidenceKey(new Speech('en'), () => undefined);
  expect(key.textContent).toBe('In confidence');
  expect(key.title).toContain('in confidence');
});

test('every interview carries a sealed value of one size', async () => {
  const nothing = await sent(new Told(KEYS, '482193067'));
  const told = new Told(KEYS, '482193067');
  expect(told.note('He beats me', true)).toBe(true);
  const something = await sent(told);
  const nobody = await sent(new Told([], '482193067'));
  expect([something.length, nobody.length]).toEqual([nothing.length, nothing.length]);
  expect([nothing.said, nothing.flag, nobody.flag]).toEqual(['', 0, 0]);
  expect(JSON.parse(something.said)).toEqual({ about: '482193067', text: 'He beats me', answers: {} });
  expect(something.flag).toBe(3);
  expect(nothing.xml).toBe(XML);
});

test('answers to sealed questions travel in it and are gone from the rest', async () => {
  const told = new Told(KEYS, '', ['harm']);
  const { said, flag, xml } = await sent(told);
  expect(JSON.parse(said).answers).toEqual({ harm: 'yes, by my uncle' });
  expect(flag).toBe(1);
  expect(xml).not.toContain('uncle');
  expect(xml).toContain('<mood>good</mood>');
  expect(xml).toContain('uuid:1');
});

test('what does not fit is said, and thrown away is gone', async () => {
  const told = new Told(KEYS, '');
  expect(told.note('ع'.repeat(4100), false)).toBe(false);
  expect(told.note('first', false)).toBe(true);
  told.drop();
  expect((await sent(told)).flag).toBe(0);
});
