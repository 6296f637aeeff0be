/** Longest side of a picture that leaves the device, unless the form asks for less. */
const LONGEST = 1600;

/**
 * The picture drawn anew: smaller, and without what cameras write beside the pixels - place, time, device, the name of
 * the owner. Null when the browser cannot read it; then it is not taken at all rather than sent with those data.
 */
export async function shrunk(file: File, longest: number | null): Promise<File | null> {
  const picture = await readPicture(file);
  if (picture === null) return null;
  const scale = Math.min(1, (longest ?? LONGEST) / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const surface = canvas.getContext('2d');
  if (surface === null) return null;
  surface.fillStyle = '#fff';
  surface.fillRect(0, 0, canvas.width, canvas.height);
  surface.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return toFile(canvas, 'image/jpeg', 'photo.jpg');
}

export async function readPicture(file: Blob): Promise<ImageBitmap | null> {
  try {
    return await createImageBitmap(file);
  } catch {
    return null;
  }
}

export function toFile(canvas: HTMLCanvasElement, type: string, name: string): Promise<File | null> {
  return new Promise((resolve) => {
    canvas.toBlob((blob) => resolve(blob && new File([blob], name, { type })), type, 0.85);
  });
}
