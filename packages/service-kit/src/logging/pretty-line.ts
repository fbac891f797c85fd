export function prettyLine(event: Record<string, unknown>, _colour: boolean): string {
  return `${JSON.stringify(event)}\n`;
}
