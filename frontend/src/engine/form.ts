import type { FormInstanceConfig, InstanceAttachmentFileNameFactory, InstanceData, RootNode } from '@getodk/xforms-engine';
import type { Changes } from './changes.ts';
import type { Media } from './media.ts';

export type Engine = typeof import('@getodk/xforms-engine');

/** The form cannot be opened; `detail` is the engine's own word, for the person who wrote the form. */
export class FormError extends Error {
  constructor(readonly detail: string) {
    super(detail);
  }
}

/**
 * Labels with emphasis ask the engine for ids by `crypto.randomUUID`, which browsers withhold on plain http (a tablet
 * on the office network trying the demonstration). The same bits are available there by another name.
 */
function lendRandomUUID(): void {
  if (typeof crypto.randomUUID === 'function') return;
  const randomUUID = (): string => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
  Object.defineProperty(crypto, 'randomUUID', { value: randomUUID, configurable: true });
}

/** A file keeps nothing of its name on the device: that may hold a person's name or a place. */
export const neutralFileName: InstanceAttachmentFileNameFactory = ({ extension }) => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const name = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return name + (extension?.toLowerCase() ?? '');
};

/** `saved`: what was answered before, to go on from there. */
export async function openForm(engine: Engine, xml: string, media: Media, changes: Changes, saved: FormData | null = null): Promise<RootNode> {
  lendRandomUUID();
  const result = await engine.loadForm(xml, {
    fetchFormAttachment: (resource: URL) => media.fetch(resource),
    missingResourceBehavior: 'BLANK',
  });
  if (result.status === 'failure') throw new FormError(reasonOf(result.error));
  const config: FormInstanceConfig = {
    stateFactory: changes.stateFactory,
    instanceAttachments: { fileNameFactory: neutralFileName },
    geolocationProvider: { getLocation: currentPlace },
  };
  try {
    if (saved === null) return result.createInstance(config).root;
    return (await result.restoreInstance({ data: [saved as InstanceData] }, config)).root;
  } catch (error) {
    throw new FormError(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** For forms that note the place by themselves (`setgeopoint`): silent, and empty when the device does not say. */
function currentPlace(): Promise<string> {
  return new Promise((resolve) => {
    if (!('geolocation' in navigator)) return resolve('');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve([coords.latitude, coords.longitude, coords.altitude ?? 0, coords.accuracy].join(' ')),
      () => resolve(''),
      { timeout: 20_000 },
    );
  });
}
