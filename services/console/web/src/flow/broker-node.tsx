import { useProcesses } from '../api/control.ts';
import { useHealth } from '../api/health.tsx';
import { useShellText } from '../layout/text.ts';
import styles from './node.module.css';
import { NodeTitle } from './node-title.tsx';
import { useFlowText } from './text.ts';

/** Kafka in the drawing, as far as the demo and the relay know its state; or direct HTTP. */
export function BrokerNode({ isDirect }: { readonly isDirect: boolean }) {
  const { t } = useFlowText();
  const { t: shell } = useShellText();
  const { health } = useHealth();
  const process = useProcesses().find(({ name }) => name === 'kafka');
  const relays = health?.services.find(({ name }) => name === 'relay')?.instances ?? [];
  const answers = relays.flatMap(({ counters }) => counters.brokerUp ?? []);
  const isUnreachable = answers.length > 0 && answers.every((up) => up === 0);
  const isDown = process !== undefined && process.phase !== 'up';
  const isKnown = health !== undefined && (answers.length > 0 || process?.ready === true);
  const state = isDown ? process.phase : isUnreachable ? 'not-ready' : isKnown ? 'up' : 'unknown';
  return (
    <div className={styles.node} data-phase={state} data-kind={isDirect ? 'direct' : 'broker'}>
      <NodeTitle name={isDirect ? 'HTTP' : 'kafka'} phase={state} process={process} />
      {isUnreachable || isDown ? (
        <p className={styles.reason}>{isDown ? shell(`phaseDetails.${state}`) : t('brokerUnreachable')}</p>
      ) : (
        <p className={styles.role}>{isDirect ? t('roles.direct') : t('roles.kafka')}</p>
      )}
    </div>
  );
}
