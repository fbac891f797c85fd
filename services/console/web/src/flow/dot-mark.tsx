import { memo, useLayoutEffect, useRef } from 'react';
import styles from './diagram.module.css';
import type { Dot } from './dots.ts';
import type { Drawing } from './drawing.ts';
import { cut, findRest, findWay, measure, type Waypoint } from './travel.ts';

interface DotMarkProps {
  readonly dot: Dot;
  readonly drawing: Drawing;
}

interface Journey {
  readonly points: readonly Waypoint[];
  readonly animation: Animation;
}

const PIXELS_PER_MS = 1.6;
const SHORTEST_MS = 300;
const LONGEST_MS = 1_900;
/** Messages that set off together follow each other at this distance. */
const FOLLOW_MS = 16;

const toTransform = ({ x, y }: Waypoint) => `translate(${x}px, ${y}px)`;
const toFill = ({ tone }: Waypoint) => `var(--${tone})`;

/**
 * A message in the drawing. It travels when its station changes, moves up in its queue, and fades when
 * it is finished.
 */
export const DotMark = memo(function DotMark({ dot, drawing }: DotMarkProps) {
  const ref = useRef<SVGCircleElement>(null);
  const journey = useRef<Journey>(null);
  const rest = findRest(drawing, dot.at, dot.slot);
  const isFinished = dot.at === 'COMPLETED' || dot.at === 'DEAD';
  const last = useRef<{ readonly dot: Dot; readonly rest: Waypoint } | null>(null);

  useLayoutEffect(() => {
    const before = last.current;
    last.current = { dot, rest };
    if (before?.dot === dot || dot.from === null || ref.current === null) return;
    const running = journey.current;
    const progress = running?.animation.effect?.getComputedTiming().progress ?? null;
    // A dot that is on its way continues from where it is.
    const left = running === null || progress === null ? null : cut(running.points, progress);
    const isMovingUp = before?.dot.since === dot.since;
    // The style sheet moves a dot that rests.
    if (isMovingUp && left === null) return;
    const points = isMovingUp
      ? [...(left ?? []).slice(0, -1), rest]
      : [
          ...(left ?? (before === null ? [] : [before.rest])),
          ...findWay(drawing, dot.from, dot.at, dot.isPublished),
          rest,
        ];
    const { length, offsets } = measure(points);
    running?.animation.cancel();
    const animation = ref.current.animate(
      points.map((point, index) => ({
        transform: toTransform(point),
        fill: toFill(point),
        offset: offsets[index] ?? 1,
        opacity: isFinished && index === points.length - 1 ? 0 : 1,
      })),
      {
        duration: Math.min(LONGEST_MS, Math.max(SHORTEST_MS, length / PIXELS_PER_MS)),
        delay: left === null ? dot.turn * FOLLOW_MS : 0,
        easing: 'cubic-bezier(0.45, 0.1, 0.4, 1)',
        fill: 'backwards',
      },
    );
    journey.current = { points, animation };
  }, [dot, drawing, rest, isFinished]);

  return (
    <circle
      ref={ref}
      r={3.5}
      className={styles.dot}
      style={{ transform: toTransform(rest), fill: toFill(rest), opacity: isFinished ? 0 : 1 }}
    />
  );
});
