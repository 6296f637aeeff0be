import { start } from './seal/pages.ts';

start(document);
