import { findUrlProblem } from '@lmt/stack';
import { ArgumentError } from '@lmt/terminal';

export function checkDatabaseUrl(option: string, value: string): void {
  const problem = findUrlProblem(option, value);
  if (problem !== null) throw new ArgumentError(problem);
}
