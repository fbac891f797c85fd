import type { TimelineStep } from '@lmt/contracts/timeline';
import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import { chooseTone, describeStep, explainStep, findStage } from './describe-step.ts';
import './text.ts';

const base = { at: '2026-11-26T12:00:00.000Z', clock: 'order database', sincePreviousMs: 1 } as const;
const published = (attempt: number): TimelineStep => ({
  ...base,
  kind: 'published',
  attempt,
  position: null,
});
const steps: readonly TimelineStep[] = [
  { ...base, kind: 'written' },
  { ...base, kind: 'claimed', attempt: 1 },
  { ...base, kind: 'claimed', attempt: 2 },
  published(1),
  published(2),
  { ...base, kind: 'publish-failed', reason: 'x' },
  { ...base, kind: 'gap', missing: 3 },
  { ...base, kind: 'unrecorded' },
  { ...base, kind: 'deadline', sincePublishedMs: 10_000 },
  { ...base, kind: 'received' },
  { ...base, kind: 'processed', outcome: 'SUCCEEDED', reason: null },
  { ...base, kind: 'movement', sku: 'MOUSE', delta: -1 },
  { ...base, kind: 'movement', sku: 'MOUSE', delta: 1 },
  { ...base, kind: 'result-sent' },
  { ...base, kind: 'completed' },
  { ...base, kind: 'died', reason: null },
  { ...base, kind: 'late-result', outcome: 'SUCCEEDED' },
  { ...base, kind: 'requeued', by: 'ada', reason: null },
  { ...base, kind: 'discarded', by: 'ada', reason: null },
  { ...base, kind: 'sent-now', by: 'ada', reason: null },
  ...(['relay', 'in-flight', 'consumer', 'result', 'operator'] as const).map(
    (stage): TimelineStep => ({ ...base, kind: 'waiting', stage }),
  ),
  { ...base, kind: 'next-retry', attempt: 2, reason: null },
  { ...base, at: null, kind: 'next-retry', attempt: 2, reason: null },
];

describe('describeStep', () => {
  it('has a text of its own for each kind of step, with its values', () => {
    const keys = steps.map((step) => describeStep(step).key);
    expect(new Set(keys).size).toBe(steps.length);
    for (const step of steps) {
      const { key, values } = describeStep(step);
      for (const language of ['en', 'zh']) {
        const text: unknown = i18next.getResource(language, 'messages', key);
        const names = [...String(text).matchAll(/{{(\w+)}}/g)].map(([, name]) => name);
        expect(text, key).toBeTypeOf('string');
        for (const name of names) expect(values, key).toHaveProperty(String(name));
      }
    }
  });
});

describe('chooseTone', () => {
  it('marks a FAILED result', () => {
    expect(chooseTone({ ...base, kind: 'processed', outcome: 'FAILED', reason: null })).toBe('bad');
    expect(chooseTone({ ...base, kind: 'processed', outcome: 'REJECTED', reason: null })).toBe('inventory');
  });
});

it('shows the time before another claim as waiting', () => {
  expect(chooseTone({ ...base, kind: 'claimed', attempt: 1 })).toBe('order');
  expect(chooseTone({ ...base, kind: 'claimed', attempt: 2 })).toBe('retry');
});

it('gives a step the colour of the stage that it ends, unless it waits or fails', () => {
  expect(findStage({ ...base, kind: 'claimed', attempt: 1 })).toBe('claim');
  expect(findStage({ ...base, kind: 'claimed', attempt: 2 })).toBeUndefined();
  expect(findStage({ ...base, kind: 'processed', outcome: 'SUCCEEDED', reason: null })).toBe('process');
  expect(findStage({ ...base, kind: 'processed', outcome: 'FAILED', reason: null })).toBeUndefined();
  expect(findStage({ ...base, kind: 'requeued', by: 'ada', reason: null })).toBeUndefined();
});

describe('explainStep', () => {
  it('names the missing result', () => {
    expect(explainStep([published(1), published(2)], 1)).toEqual({ key: 'why.deadline', values: {} });
  });

  it('names the operator who decided since the publication before', () => {
    const requeued: TimelineStep = { ...base, kind: 'requeued', by: 'ada', reason: null };
    const retried = [published(1), requeued, published(2), published(3)];
    expect(explainStep(retried, 2)).toEqual({ key: 'why.requeued', values: { by: '\u2068ada\u2069' } });
    expect(explainStep(retried, 3)).toEqual({ key: 'why.deadline', values: {} });
  });

  it('explains a republication once, at its claim', () => {
    const claimed: TimelineStep = { ...base, kind: 'claimed', attempt: 2 };
    expect(explainStep([published(1), claimed, published(2)], 1)).toEqual({
      key: 'why.deadline',
      values: {},
    });
    expect(explainStep([published(1), claimed, published(2)], 2)).toBeNull();
  });

  it('states how long a message was due after its deadline, unless a relay claimed it at once', () => {
    const deadline: TimelineStep = { ...base, kind: 'deadline', sincePublishedMs: 10_000 };
    const claimed: TimelineStep = { ...base, kind: 'claimed', attempt: 2, sincePreviousMs: 9_600 };
    const late = [published(1), deadline, claimed, published(2)];
    expect(explainStep(late, 2)).toEqual({ key: 'why.late', values: { time: '9.6 s' } });
    expect([explainStep(late, 1)?.key, explainStep(late, 3)]).toEqual(['why.grows', null]);
    expect(explainStep([published(1), deadline, { ...claimed, sincePreviousMs: 5_000 }], 2)).toBeNull();
    expect(explainStep([published(1), deadline, published(2)], 2)).toBeNull();
  });

  it('doubts the record behind a FAILED result if no relay recorded a publication', () => {
    const unrecorded: TimelineStep = { ...base, kind: 'unrecorded' };
    const processed = (outcome: 'FAILED' | 'SUCCEEDED'): TimelineStep => ({
      ...base,
      kind: 'processed',
      outcome,
      reason: null,
    });
    expect(explainStep([unrecorded, processed('FAILED')], 0)?.key).toBe('why.unrecorded-failed');
    expect(explainStep([unrecorded, processed('SUCCEEDED')], 0)?.key).toBe('why.unrecorded');
  });

  it('explains no first publication', () => {
    expect(explainStep([published(1)], 0)).toBeNull();
  });
});
