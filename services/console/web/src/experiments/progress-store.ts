import { useSyncExternalStore } from 'react';
import type { Progress } from './progress.ts';

const STORED = 'experiment-run';
const FINISHED = 'experiments-finished';
const listeners = new Set<() => void>();
let current = read();

function read(): Progress | null {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? 'null') as Progress | null;
  } catch {
    return null;
  }
}

/** Replaces the run of this tab. It survives a reload, and leaving the page. */
export function updateProgress(change: (progress: Progress | null) => Progress | null): void {
  current = change(current);
  if (current === null) sessionStorage.removeItem(STORED);
  else sessionStorage.setItem(STORED, JSON.stringify(current));
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The run of this tab, which may be of any experiment. */
export const useProgress = () => useSyncExternalStore(subscribe, () => current);

/** The experiments that this browser has run to their predicted end. */
export const readFinished = (): readonly string[] => (localStorage.getItem(FINISHED) ?? '').split(' ');

export function rememberFinished(id: string): void {
  localStorage.setItem(FINISHED, [...new Set([...readFinished(), id])].join(' '));
}
