// Summarises V8's CPU profiles: which modules a service's CPU time goes to.

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

/** The parts of a .cpuprofile file that are read here. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** Ids of the nodes on top of the stack. */
  readonly samples: readonly number[];
  /** Microseconds of each sample. */
  readonly timeDeltas: readonly number[];
}

const IDLE = '(idle)';

/** Returns the package of a function, or what V8 did instead. */
export function toModule({ functionName, url }: CallFrame): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)') return 'native code';
  if (url === '') return `native ${functionName}`;
  if (url.startsWith('node:')) return 'Node';
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1];
  if (dependency !== undefined) return dependency;
  const [, folder, name] = /\/(packages|services|prisma)\/([^/]+)\//.exec(url) ?? [];
  if (name === undefined) return 'other';
  return `@lmt/${folder === 'prisma' ? 'prisma-' : ''}${name}`;
}

/** Shares of the busy time by module, the largest first. */
export function summariseProfile({ nodes, samples, timeDeltas }: CpuProfile) {
  const modules = new Map(
    nodes.map(({ id, callFrame }) => [id, callFrame.functionName === IDLE ? IDLE : toModule(callFrame)]),
  );
  const times = new Map<string, number>();
  samples.forEach((id, index) => {
    const name = modules.get(id) ?? 'other';
    if (name !== IDLE) times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  });
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .map(([module, time]) => ({ module, share: time / busy }))
    .sort((a, b) => b.share - a.share);
}
