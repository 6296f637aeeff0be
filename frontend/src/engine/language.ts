import type { RootNode } from '@getodk/xforms-engine';

const RIGHT_TO_LEFT = new Set(['ar', 'arc', 'ckb', 'dv', 'fa', 'he', 'ks', 'nqo', 'ps', 'rhg', 'sd', 'syr', 'ug', 'ur', 'yi']);

/** XLSForm names its languages `English (en)`; a bare name stays as it is. */
export function codeOf(language: string): string {
  return /\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\)\s*$/.exec(language)?.[1] ?? language;
}

export function nameOf(language: string): string {
  return language.replace(/\s*\([^()]*\)\s*$/, '') || language;
}

export function directionOf(code: string): 'rtl' | 'ltr' {
  return RIGHT_TO_LEFT.has(code.split('-')[0]?.toLowerCase() ?? '') ? 'rtl' : 'ltr';
}

const RIGHT_TO_LEFT_LETTER = /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}/u;

/**
 * Direction of one text. A code with initials, `482 193 067 · AB`, has no letter of a right-to-left script: set right to
 * left, the groups of its digits would change places.
 */
export function directionOfText(text: string, language: string): 'rtl' | 'ltr' {
  return RIGHT_TO_LEFT_LETTER.test(text) && (language === '' || directionOf(language) === 'rtl' || !/\p{Script=Latin}/u.test(text)) ? 'rtl' : 'ltr';
}

export interface Choice {
  readonly code: string;
  readonly name: string;
}

/** Languages of the form; none when it has a single, unnamed one. */
export function languagesOf(root: RootNode): Choice[] {
  return root.languages
    .filter((language) => !language.isSyntheticDefault)
    .map(({ language }) => ({ code: codeOf(language), name: nameOf(language) }));
}

export function activeLanguage(root: RootNode): string {
  return codeOf(root.currentState.activeLanguage.language);
}

export function chooseLanguage(root: RootNode, code: string): boolean {
  for (const language of root.languages) {
    if (!language.isSyntheticDefault && codeOf(language.language) === code) {
      root.setLanguage(language);
      return true;
    }
  }
  return false;
}
