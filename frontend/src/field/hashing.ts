import { type Bytes } from '../seal/bytes.ts';
import { spelled } from './passphrase.ts';

/** How dear each guess at a passphrase is. Kept beside the wrapped key, so that it can grow. */
export interface Cost {
  readonly memory: number; // KiB
  readonly rounds: number;
  readonly lanes: number;
}

export const COST: Cost = { memory: 32 * 1024, rounds: 3, lanes: 1 };

/** Argon2id of a passphrase. Loaded when it is needed: only this app has it. */
export async function stretched(passphrase: string, salt: Bytes, cost: Cost): Promise<Bytes> {
  const { argon2id } = await import('hash-wasm');
  const made = await argon2id({
    password: spelled(passphrase), salt, memorySize: cost.memory, iterations: cost.rounds, parallelism: cost.lanes, hashLength: 32, outputType: 'binary',
  });
  return Uint8Array.from(made);
}
