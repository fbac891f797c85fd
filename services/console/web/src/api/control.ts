import { useMutation, useQuery } from '@tanstack/react-query';
import { useLiveQuery } from './live.tsx';
import { get, send } from './request.ts';
import type { Control, ControlledProcess, Session } from './views.ts';

/** The console's version, and the commands of its control channel if it has one. */
export function useSession(): Session | undefined {
  return useQuery({
    queryKey: ['/session'],
    queryFn: ({ signal }) => get<Session>('/session', signal),
    staleTime: 60_000,
  }).data;
}

/** The processes that the demo controls. Empty with compose and without a control channel. */
export function useProcesses(): readonly ControlledProcess[] {
  const session = useSession();
  const isDemo = session?.control?.kind === 'demo';
  return useLiveQuery<Control>('/control', { everyMs: 2_000, enabled: isDemo }).data?.processes ?? [];
}

/** Sends a command to the control channel: `mutate({ command: 'kill', body: { name: 'relay' } })`. */
export function useCommand<T = { readonly text: string }>() {
  return useMutation({
    mutationFn: async ({ command, body = {} }: { readonly command: string; readonly body?: object }) =>
      (await send<T>(`/control/${command}`, { method: 'POST', body })).body,
  });
}

/** The command that brings a process back, or null if it runs or the channel does not offer the command. */
export function chooseRecovery(
  process: ControlledProcess | undefined,
  commands: readonly string[],
): 'start' | 'resume' | null {
  if (process?.phase === 'down' && commands.includes('start')) return 'start';
  if (process?.phase === 'paused' && commands.includes('resume')) return 'resume';
  return null;
}
