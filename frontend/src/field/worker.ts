/** The worker that keeps the code: without it the app is there only where there is network. */
export function keepCode(): void {
  const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  void workers?.register('/app/sw.js', { scope: '/app/' }).catch(() => undefined);
}
