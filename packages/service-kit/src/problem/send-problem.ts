import type { ServerResponse } from 'node:http';
import type { Problem } from './problem.js';

export function sendProblem(response: ServerResponse, problem: Problem): void {
  response.statusCode = problem.status;
  for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
  const body = Buffer.from(JSON.stringify(problem));
  response.setHeader('Content-Type', 'application/problem+json');
  response.setHeader('Content-Length', body.length);
  response.end(body);
}
