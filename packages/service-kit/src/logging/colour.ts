/** Whether to colour: on a terminal or when FORCE_COLOR says so, and never against NO_COLOR (no-color.org). */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  const forced = env.FORCE_COLOR;
  return forced === undefined || forced === '' ? isTerminal : forced !== '0' && forced !== 'false';
}
