import { findUrlProblem } from '@lmt/stack';
import { ArgumentError } from '@lmt/terminal';

export function requireDatabaseUrl(option: string, value: string | undefined): string {
  if (!value) throw new ArgumentError(`${option} is missing (--help)`);
  const problem = findUrlProblem(option, value);
  if (problem !== null) throw new ArgumentError(problem);
  return value;
}
