import { h } from '../dom.ts';
import { readPicture, toFile } from './photo.ts';

export const WIDTH = 800;
export const HEIGHT = 600;
const PAPER = '#ffffff';
/** Bytes of a drawing that leaves the device as lines; what is larger has a photo under it and goes as one. */
const MOST = 300_000;

export type Spot = readonly [x: number, y: number];

/** White paper of one size, and the flat picture that is made of it: pixels and nothing else. */
export class Sheet {
  readonly canvas: HTMLCanvasElement;
  readonly pen: CanvasRenderingContext2D | null;

  constructor(label: string, attributes: Record<string, unknown> = {}) {
    this.canvas = h('canvas', { class: 'iv-sheet', width: WIDTH, height: HEIGHT, role: 'img', 'aria-label': label, ...attributes });
    this.pen = this.canvas.getContext('2d');
    this.blank();
  }

  blank(): void {
    if (this.pen === null) return;
    this.pen.fillStyle = PAPER;
    this.pen.fillRect(0, 0, WIDTH, HEIGHT);
  }

  at(event: MouseEvent): Spot {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * WIDTH) / box.width, ((event.clientY - box.top) * HEIGHT) / box.height];
  }

  /** False where the browser cannot read it. */
  async show(file: File): Promise<boolean> {
    const picture = await readPicture(file);
    if (picture === null || this.pen === null) return false;
    const scale = Math.min(WIDTH / picture.width, HEIGHT / picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    this.blank();
    this.pen.drawImage(picture, (WIDTH - width) / 2, (HEIGHT - height) / 2, width, height);
    picture.close();
    return true;
  }

  async file(name: string): Promise<File | null> {
    const lines = await toFile(this.canvas, 'image/png', `${name}.png`);
    return lines === null || lines.size <= MOST ? lines : toFile(this.canvas, 'image/jpeg', `${name}.jpg`);
  }
}
