import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { useSession } from '../api/control.ts';
import { useLive } from '../api/live.tsx';
import { ApiError, send } from '../api/request.ts';
import type { Verification } from '../api/views.ts';
import { readOperator } from '../decisions/operator.ts';
import type { DecideStep, Experiment, RequestStep, Sight, Step } from './experiment.ts';
import { prepare } from './prepare.ts';
import {
  advance,
  begin,
  findSeen,
  hold,
  judge,
  type Outcome,
  type Progress,
  remember,
  settle,
  succeeded,
} from './progress.ts';
import { rememberFinished, updateProgress, useProgress } from './progress-store.ts';
import { useSight } from './use-sight.ts';

export interface Run {
  /** Null before the first step and after another experiment was started. */
  readonly progress: Progress | null;
  /** The current step, unless the run has ended or has not begun. */
  readonly step: Step | null;
  readonly sight: Sight;
  readonly sightError: unknown;
  /** Whether the reader does the current step in a terminal. */
  readonly pastes: boolean;
  /** The outcome of the current step if it is a watch that waits for the reader to continue. */
  readonly seen: Outcome | null;
  readonly busy: boolean;
  readonly startError: 'no-stock' | ApiError | null;
  readonly start: (automatic: boolean) => Promise<void>;
  /** Does the current step, or continues after a watch. */
  readonly next: () => Promise<void>;
  /** Goes on without having seen the effect of the current step. */
  readonly skip: () => void;
  readonly runAll: () => void;
  readonly end: () => void;
}

/** Runs an experiment: does its steps, watches their effects, and moves on. */
export function useExperiment(experiment: Experiment): Run {
  const stored = useProgress();
  const progress = stored?.experiment === experiment.id ? stored : null;
  const step = progress === null ? null : (experiment.steps[progress.index] ?? null);
  const commands = useSession()?.control?.commands ?? [];
  const { live, setLive } = useLive();
  const [busy, setBusy] = useState(false);
  const [startError, setStartError] = useState<Run['startError']>(null);
  const { shown, fresh, error } = useSight(progress?.memory ?? null, {
    since: progress?.since ?? 0,
    ended: progress !== null && step === null,
    showsDeadLetters: experiment.showsDeadLetters,
  });
  const pastes = step !== null && needsPaste(step, progress, shown, commands);

  const seen = progress === null || step === null ? null : findSeen(progress, step);
  const queries = useQueryClient();

  const next = useCallback(async () => {
    if (progress === null || step === null || busy) return;
    if (seen !== null) {
      updateProgress((now) => (isSame(now, progress) ? advance(progress, step, seen, Date.now()) : now));
      return;
    }
    setBusy(true);
    const change = await perform(step, progress, shown);
    // The reader may have left the page, or started another run, while the system worked.
    updateProgress((now) => (isSame(now, progress) ? change(progress) : now));
    setBusy(false);
    // The page shows the effect of the reader's step at once.
    void queries.invalidateQueries();
  }, [progress, step, busy, shown, seen, queries]);

  useEffect(() => {
    if (progress !== null && step === null && succeeded(progress)) rememberFinished(progress.experiment);
  }, [progress, step]);

  // A run continues by itself once the conditions of the current step hold.
  useEffect(() => {
    if (progress === null || step === null || busy) return;
    if (seen !== null) {
      if (progress.automatic) void next();
      return;
    }
    const waitedMs = Date.now() - progress.since;
    const outcome = judge(step, { sight: fresh, memory: progress.memory, pastes, waitedMs });
    if (outcome !== null)
      updateProgress((now) => (isSame(now, progress) ? settle(progress, step, outcome, Date.now()) : now));
    else if (progress.automatic && !pastes && isDone(step)) void next();
  });

  async function start(automatic: boolean) {
    setBusy(true);
    setStartError(null);
    if (!live) setLive(true);
    try {
      const memory = await prepare(experiment, readOperator() || 'break-it');
      if (memory === null) setStartError('no-stock');
      else updateProgress(() => begin(experiment, memory, { automatic, now: Date.now() }));
    } catch (failure) {
      setStartError(failure instanceof ApiError ? failure : new ApiError(0, String(failure)));
    }
    setBusy(false);
  }

  return {
    progress,
    step,
    sight: shown,
    sightError: error,
    pastes,
    seen,
    busy,
    startError,
    start,
    next,
    skip: () => {
      if (step !== null)
        updateProgress((now) => now && advance(now, step, { ok: true, text: null }, Date.now()));
    },
    runAll: () => updateProgress((now) => now && { ...now, automatic: true }),
    end: () => updateProgress(() => null),
  };
}

/** Whether `Run all` does the step, instead of waiting for its effect. */
const isDone = ({ kind }: Step) => kind !== 'watch' && kind !== 'check';

const isSame = (now: Progress | null, before: Progress) =>
  now !== null && now.memory.key === before.memory.key && now.index === before.index;

function needsPaste(
  step: Step,
  progress: Progress | null,
  sight: Sight,
  commands: readonly string[],
): boolean {
  if (step.kind === 'verify') return !commands.includes('verify');
  return (
    step.kind === 'control' &&
    progress !== null &&
    !commands.includes(step.call(progress.memory, sight).command)
  );
}

/** Does a step. Returns the change of the run, and never throws. */
async function perform(
  step: Step,
  { memory }: Progress,
  sight: Sight,
): Promise<(progress: Progress) => Progress> {
  try {
    if (step.kind === 'request' || step.kind === 'decide') return await request(step, memory);
    if (step.kind === 'verify') {
      const { body } = await send<Verification>('/control/verify', { method: 'POST', body: {} });
      return (progress) => ({
        ...advance(progress, step, { ok: body.ok, text: null }, Date.now()),
        verification: body,
      });
    }
    if (step.kind !== 'control') return (progress) => progress;
    const { command, body: given } = step.call(memory, sight);
    const { body } = await send<{ readonly text: string }>(`/control/${command}`, {
      method: 'POST',
      body: given,
    });
    return (progress) => advance(progress, step, { ok: true, text: body.text }, Date.now());
  } catch (error) {
    // The process was already in that state: another terminal was faster, or the reader put
    // everything back.
    if (
      step.kind === 'control' &&
      error instanceof ApiError &&
      error.status === 409 &&
      step.seen(sight, memory)
    )
      return (progress) => advance(progress, step, { ok: true, text: error.message }, Date.now());
    return (progress) => hold(progress, step, error instanceof Error ? error.message : String(error));
  }
}

async function request(step: RequestStep | DecideStep, memory: Progress['memory']) {
  const { path, body, headers } = step.call(memory);
  const answer = await send<{ readonly status?: string }>(path, { method: 'POST', body, headers }).catch(
    (error: unknown) => {
      if (error instanceof ApiError) return { status: error.status, body: error.message, replayed: false };
      throw error;
    },
  );
  const text = `${answer.status} ${describe(answer.body)}${answer.replayed ? ' · Idempotency-Replayed: true' : ''}`;
  return (progress: Progress): Progress => {
    const remembered = remember(progress, step, answer);
    if (!step.expects.includes(answer.status)) return hold(remembered, step, text);
    return advance(remembered, step, { ok: true, text }, Date.now());
  };
}

const describe = (body: string | { readonly status?: string } | null) =>
  typeof body === 'string' ? body : (body?.status ?? '');
