import { useProcesses } from '../api/control.ts';
import { useHealth } from '../api/health.tsx';
import styles from './health.module.css';
import { HealthChip } from './health-chip.tsx';
import { toServiceState } from './service-state.ts';
import { useShellText } from './text.ts';

const SERVICES = ['order', 'relay', 'inventory'] as const;
const DATASTORES = ['kafka', 'postgres'] as const;

/**
 * Whether each service can work, and why not. The datastores of a demo join them. Each has a place of
 * a fixed width, so that nothing moves when something fails.
 */
export function Health() {
  const { t } = useShellText();
  const { health } = useHealth();
  const processes = useProcesses();
  const services = SERVICES.map((name) => ({ ...toServiceState(name, health, processes), name }));
  const datastores = DATASTORES.flatMap((name) => {
    const process = processes.find((candidate) => candidate.name === name);
    return process === undefined ? [] : [{ name, phase: process.phase, reasons: [], instances: 0 }];
  });
  return (
    <ul className={styles.list} aria-label={t('health')}>
      {[...services, ...datastores].map((state) => (
        <li key={state.name}>
          <HealthChip state={state} process={processes.find(({ name }) => name === state.name)} />
        </li>
      ))}
    </ul>
  );
}
