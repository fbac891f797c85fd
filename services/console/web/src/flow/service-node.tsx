import { useProcesses } from '../api/control.ts';
import { useHealth } from '../api/health.tsx';
import type { ServiceName } from '../api/views.ts';
import { toServiceState } from '../layout/service-state.ts';
import { useShellText } from '../layout/text.ts';
import styles from './node.module.css';
import { NodeTitle } from './node-title.tsx';
import { useFlowText } from './text.ts';

export interface Metric {
  readonly name: string;
  readonly value: string;
  /** A number of messages. Others are rates per second. */
  readonly isCount?: boolean;
}

interface ServiceNodeProps {
  readonly name: ServiceName;
  /** The service's tasks, each beside its pipes. */
  readonly parts: readonly { readonly role: string; readonly metrics: readonly Metric[] }[];
}

/** A service in the drawing: its state with the reason, and its rates. */
export function ServiceNode({ name, parts }: ServiceNodeProps) {
  const { t } = useFlowText();
  const { t: shell } = useShellText();
  const { health } = useHealth();
  const processes = useProcesses();
  const { phase, reasons, instances } = toServiceState(name, health, processes);
  const isUp = phase === 'up' || phase === 'unknown';
  // The demo knows better than a check that fails why a process does not answer.
  const isStopped = phase === 'down' || phase === 'paused';
  const missing = reasons.some((reason) => reason.startsWith('database:'))
    ? 'postgres'
    : reasons.some((reason) => reason.startsWith('broker:'))
      ? 'kafka'
      : null;
  const details = (isStopped ? '' : reasons.join('; ')) || shell(`phaseDetails.${phase}`);
  const process = processes.find((candidate) => candidate.name === name);
  return (
    <div className={styles.node} data-phase={phase}>
      <NodeTitle name={name} phase={phase} process={process} reasons={reasons} instances={instances} />
      {parts.map(({ role, metrics }, index) => (
        <div key={role} className={styles.part}>
          {index > 0 || isUp ? (
            <p className={styles.role}>{role}</p>
          ) : (
            <p className={styles.reason} title={details}>
              {missing === null || isStopped ? details : t('waitsFor', { name: shell(`names.${missing}`) })}
            </p>
          )}
          <dl className={styles.metrics}>
            {metrics.map((metric) => (
              <div key={metric.name}>
                <dt>{metric.name}</dt>
                <dd>
                  {metric.value}
                  <small>{metric.isCount ? '' : t('perSecond')}</small>
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </div>
  );
}
