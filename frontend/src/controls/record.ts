import { h } from '../dom.ts';
import type { Speech } from '../words/index.ts';
import { ownButton } from './control.ts';

export function canRecord(): boolean {
  return typeof MediaRecorder !== 'undefined' && navigator.mediaDevices?.getUserMedia !== undefined;
}

const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const EXTENSIONS: Readonly<Record<string, string>> = { 'audio/webm': 'webm', 'audio/mp4': 'm4a', 'audio/ogg': 'ogg' };

/** A voice note, not an interview: what is longer is asked anew, in two. */
export const LONGEST = 120_000; // ms

interface Recorder {
  readonly element: HTMLElement;
  /** Leave the screen: the microphone must not stay open. What was said so far is kept. */
  readonly release: () => void;
}

/** One button that records until it is pressed again or the time is up, at a rate that suits a voice and a slow network. */
export function recorder(speech: Speech, take: (file: File) => Promise<void>, denied: () => void): Recorder {
  let recording: MediaRecorder | null = null;
  let left = false;
  let end: ReturnType<typeof setTimeout> | undefined;
  const state = h('span', { class: 'iv-said', role: 'status', ...speech.marks });
  const press = ownButton(speech, 'audioRecord', 'plain', () => void toggle());

  const show = (running: boolean): void => {
    press.textContent = speech.say(running ? 'audioStop' : 'audioRecord');
    press.classList.toggle('iv-recording', running);
    state.textContent = running ? speech.say('audioRunning') : '';
  };
  const full = (): void => {
    stop();
    state.textContent = speech.say('audioFull');
  };
  const stop = (): void => recording?.stop();
  const toggle = async (): Promise<void> => {
    if (recording !== null) return stop();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      if (left) stream.getTracks().forEach((track) => track.stop());
      else recording = begin(stream);
    } catch {
      denied();
    }
  };
  const begin = (stream: MediaStream): MediaRecorder => {
    const type = TYPES.find((name) => MediaRecorder.isTypeSupported(name));
    const machine = new MediaRecorder(stream, { ...(type && { mimeType: type }), audioBitsPerSecond: 32_000 });
    const pieces: Blob[] = [];
    machine.addEventListener('dataavailable', ({ data }) => pieces.push(data));
    machine.addEventListener('stop', () => {
      stream.getTracks().forEach((track) => track.stop());
      recording = null;
      clearTimeout(end);
      const said = state.textContent;
      show(false);
      if (said === speech.say('audioFull')) state.textContent = said;
      const plain = machine.mimeType.split(';')[0] || 'audio/webm';
      void take(new File(pieces, `voice.${EXTENSIONS[plain] ?? 'webm'}`, { type: plain }));
    });
    machine.start();
    show(true);
    end = setTimeout(full, LONGEST);
    return machine;
  };
  const release = (): void => {
    left = true;
    stop();
  };
  return { element: h('div', { class: 'iv-row' }, press, state), release };
}
