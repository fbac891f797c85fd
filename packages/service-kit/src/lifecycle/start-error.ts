/** The process can't start. The message is meant for a person at a terminal and says what to do. */
export class StartError extends Error {
  readonly code = 'START_FAILED';
  override readonly name = 'StartError';
}
