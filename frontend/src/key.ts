/**
 * Security keys and passkeys: the page holds the question as JSON, the browser asks the key, the answer goes back in a
 * plain form. Bytes travel as base64url both ways, because older phones cannot read the JSON form by themselves.
 */

type Json = Record<string, unknown>;

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

export function textOf(bytes: ArrayBuffer): string {
  const plain = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('');
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

interface Described extends Json {
  id: string;
}

function described(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list as Described[] | null | undefined) ?? []).map((each) => ({ type: 'public-key', id: bytesOf(each.id) }));
}

function withoutNothing(given: Json): Json {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

export function creation(given: Json): PublicKeyCredentialCreationOptions {
  const user = given['user'] as Described;
  return {
    ...withoutNothing(given),
    challenge: bytesOf(given['challenge'] as string),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: described(given['excludeCredentials']),
  } as unknown as PublicKeyCredentialCreationOptions;
}

export function request(given: Json): PublicKeyCredentialRequestOptions {
  return {
    ...withoutNothing(given),
    challenge: bytesOf(given['challenge'] as string),
    allowCredentials: described(given['allowCredentials']),
  } as unknown as PublicKeyCredentialRequestOptions;
}

export function answer(made: PublicKeyCredential): Json {
  const said = made.response;
  const parts: Json = { clientDataJSON: textOf(said.clientDataJSON) };
  if ('attestationObject' in said) parts['attestationObject'] = textOf((said as AuthenticatorAttestationResponse).attestationObject);
  if ('signature' in said) {
    const shown = said as AuthenticatorAssertionResponse;
    parts['authenticatorData'] = textOf(shown.authenticatorData);
    parts['signature'] = textOf(shown.signature);
  }
  return { id: made.id, rawId: textOf(made.rawId), type: made.type, response: parts, clientExtensionResults: {} };
}

async function ask(form: HTMLFormElement): Promise<Json> {
  const given = JSON.parse(form.dataset['options'] ?? '{}') as Json;
  const made = form.dataset['key'] === 'create'
    ? await navigator.credentials.create({ publicKey: creation(given) })
    : await navigator.credentials.get({ publicKey: request(given) });
  return answer(made as PublicKeyCredential);
}

export function attend(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>('input[name=answer]');
  const trouble = form.querySelector<HTMLElement>('[data-trouble]');
  const absent = form.querySelector<HTMLElement>('[data-absent]');
  const key = form.querySelector<HTMLButtonElement>('button');
  if (field === null || trouble === null || key === null) return;
  if (window.PublicKeyCredential === undefined) {
    if (absent !== null) absent.hidden = false;
    key.disabled = true;
    return;
  }
  form.addEventListener('submit', (event) => {
    if (field.value !== '') return;
    event.preventDefault();
    trouble.hidden = true;
    key.disabled = true;
    ask(form).then(
      (said) => {
        field.value = JSON.stringify(said);
        form.submit();
      },
      () => {
        key.disabled = false;
        trouble.hidden = false;
        trouble.focus();
      },
    );
  });
}

for (const form of document.querySelectorAll<HTMLFormElement>('form[data-key]')) attend(form);
