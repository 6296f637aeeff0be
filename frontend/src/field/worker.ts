/** The worker that keeps the code: without it the app is there only where there is network. */
/** The code was kept as a whole: a worker that could not keep all of it never becomes active. */
export async function codeIsKept(): Promise<boolean> {
  const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  const found = await workers?.getRegistration('/app/').catch(() => undefined);
  return found?.active != null;
}

/** Never, where there are no workers. */
export async function whenKept(): Promise<void> {
  const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  await (workers === undefined ? new Promise(() => undefined) : workers.ready);
}

export function keepCode(): void {
  const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  void workers?.register('/app/sw.js', { scope: '/app/' }).catch(() => undefined);
}
