import type { z } from 'zod';
import type { InputFault } from '../problem/problem.js';

const MOST_FAULTS = 20;
const LONGEST_PATH = 200;

type Issue = z.core.$ZodIssue;

/** The first 20 faults of an input, one for each place, in the words of what was expected. */
export function faultsOf(issues: readonly Issue[]): InputFault[] {
  const faults: InputFault[] = [];
  for (const issue of issues) {
    for (const fault of faultsOfIssue(issue)) {
      if (faults.length === MOST_FAULTS) return faults;
      faults.push(fault);
    }
  }
  return faults;
}

function faultsOfIssue(issue: Issue): InputFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, MOST_FAULTS)
      .map((key) => ({ path: dotted([...issue.path, key]), message: 'Unknown field' }));
  }
  return [{ path: dotted(issue.path), message: wording(issue) }];
}

function wording({ message }: Issue): string {
  return message.replace(/^Invalid input: expected (.*), received undefined$/, 'Required: expected $1');
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join('.').slice(0, LONGEST_PATH);
}
