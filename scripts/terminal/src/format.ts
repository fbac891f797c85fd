// Numbers and durations as text.

export const formatNumber = (number: number) => number.toLocaleString('en-US');

export const plural = (number: number, noun: string) =>
  `${formatNumber(number)} ${noun}${number === 1 ? '' : 's'}`;

export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 2 * 3_600) return `${Math.round(whole / 60)} min`;
  if (whole < 2 * 86_400) return `${Math.round(whole / 3_600)} h`;
  return `${Math.round(whole / 86_400)} d`;
}
