import { questionName, type Screen } from '../screen/plan.ts';

/** What belongs to a drawing stands beside it under its name; a name on the server's side of the form says the same. */
const PARTS = /^(.+)_(own_words|own_voice|scope)$/;
const PICTURE = /_(picture|photo)$/;

/** Asked at once after a drawing: what it says, and who may see it. Nothing comes between. */
export function isAboutDrawing(screen: Screen, screens: readonly Screen[]): boolean {
  const stem = nameOf(screen).match(PARTS)?.[1];
  return stem !== undefined && screens.some((each) => isUpload(each) && nameOf(each).replace(PICTURE, '') === stem);
}

function isUpload(screen: Screen): boolean {
  return screen.kind === 'question' && screen.node.nodeType === 'upload';
}

function nameOf(screen: Screen): string {
  return screen.kind === 'question' ? questionName(screen.node) : '';
}
