import { useProcesses } from '../api/control.ts';
import { useHealth } from '../api/health.tsx';
import styles from './health.module.css';
import { HealthChip } from './health-chip.tsx';
import { type ServiceState, toServiceState } from './service-state.ts';
import { useShellText } from './text.ts';

const SERVICES = ['order', 'relay', 'inventory'] as const;

/**
 * Whether each service can work, and why not. The demo's datastores join them while they do not run.
 */
export function Health() {
  const { t } = useShellText();
  const { health } = useHealth();
  const processes = useProcesses();
  const services = SERVICES.map((name) => toServiceState(name, health, processes));
  const datastores = processes
    .filter(({ name, phase }) => phase !== 'up' && !SERVICES.some((service) => name.startsWith(service)))
    .map<ServiceState>(({ name, phase }) => ({ name, phase, reasons: [], instances: 0 }));
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
