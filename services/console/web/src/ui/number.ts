const formats = new Map<string, Intl.NumberFormat>();

/** Formats a whole number with the language's separators. `atLeast` marks a lower bound. */
export function formatCount(count: number, language: string, { atLeast = false } = {}): string {
  let format = formats.get(language);
  if (format === undefined) {
    format = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
    formats.set(language, format);
  }
  return `${atLeast ? '≥ ' : ''}${format.format(count)}`;
}

/** Formats a rate per second: one decimal below 10, so that a slow stream is not 0. */
export function formatRate(perSecond: number): string {
  return perSecond < 9.95 ? perSecond.toFixed(1) : String(Math.round(perSecond));
}
