import type { MessageStatsView, MessagesPage } from '@lmt/contracts';
import type { UseQueryResult } from '@tanstack/react-query';
import { useSession } from '../api/control.ts';
import { useHealth } from '../api/health.tsx';
import { computeRate } from '../api/rates.ts';
import { useMedia } from '../ui/media.ts';
import { formatRate } from '../ui/number.ts';
import { BrokerNode } from './broker-node.tsx';
import styles from './diagram.module.css';
import { DotMark } from './dot-mark.tsx';
import { isVisible } from './dots.ts';
import { type Box, type Pipe, TALL, WIDE } from './drawing.ts';
import { ServiceNode } from './service-node.tsx';
import { Sparkline } from './sparkline.tsx';
import { TableNode } from './table-node.tsx';
import { useFlowText } from './text.ts';
import { useDots } from './use-dots.ts';

interface DiagramProps {
  readonly stats: UseQueryResult<MessageStatsView>;
  readonly newest: UseQueryResult<MessagesPage>;
}

/** The counter whose rate moves the pattern in a pipe. */
const COUNTERS: Readonly<Record<Pipe['id'], string | null>> = {
  written: 'order.placed',
  claimed: 'relay.published',
  republished: 'relay.republished',
  published: 'relay.published',
  delivered: 'relay.published',
  reported: 'order.results',
  completed: 'order.completed',
  dead: null,
};

const toPath = ({ points }: Pipe) => `M${points.map(({ x, y }) => `${x} ${y}`).join('L')}`;

function toSpeed(rate: number | null): string {
  if (rate === null || rate === 0) return 'none';
  if (rate < 5) return 'slow';
  return rate < 100 ? 'medium' : 'fast';
}

function Place({ box, children }: { readonly box: Box; readonly children: React.ReactNode }) {
  return <foreignObject {...box}>{children}</foreignObject>;
}

/** The way of a message: order, message table, relay, broker, inventory, callback, order. */
export function Diagram({ stats, newest }: DiagramProps) {
  const { t } = useFlowText();
  const { series } = useHealth();
  const isWide = useMedia('(min-width: 1180px)');
  const isStill = useMedia('(prefers-reduced-motion: reduce)');
  const isDirect = useSession()?.control?.broker === 'direct';
  const drawing = isWide ? WIDE : TALL;
  const dots = useDots(newest, stats).filter(
    (dot) => isVisible(dot) && (!isStill || dot.at === 'PENDING' || dot.at === 'PUBLISHED'),
  );
  const rate = (key: string) => computeRate(series, key);
  const toMetric = (name: string, key: string) => {
    const perSecond = rate(key);
    return { name, value: perSecond === null ? '–' : formatRate(perSecond) };
  };
  const { nodes } = drawing;
  return (
    <svg
      className={styles.diagram}
      viewBox={`-1 -1 ${drawing.width + 2} ${drawing.height + 2}`}
      role="presentation"
    >
      {drawing.pipes.map((pipe) => (
        <g key={pipe.id} className={styles.pipe} data-pipe={pipe.id}>
          <path d={toPath(pipe)} className={styles.wall} />
          <path d={toPath(pipe)} className={styles.bore} />
          <path
            d={toPath(pipe)}
            className={styles.stream}
            data-speed={toSpeed(COUNTERS[pipe.id] === null ? null : rate(COUNTERS[pipe.id] ?? ''))}
          />
        </g>
      ))}
      <g>
        {dots.map((dot) => (
          <DotMark key={dot.id} dot={isStill ? { ...dot, from: null } : dot} drawing={drawing} />
        ))}
      </g>
      <Place box={nodes.order}>
        <ServiceNode
          name="order"
          parts={[
            { role: t('roles.order'), metrics: [toMetric(t('metrics.placed'), 'order.placed')] },
            { role: t('roles.results'), metrics: [toMetric(t('metrics.results'), 'order.results')] },
          ]}
        />
      </Place>
      <Place box={nodes.table}>
        <TableNode query={stats} />
      </Place>
      <Place box={nodes.relay}>
        <ServiceNode
          name="relay"
          parts={[
            {
              role: t('roles.relay'),
              metrics: [
                {
                  name: t('metrics.inFlight'),
                  value: stats.data === undefined ? '–' : String(stats.data.inFlight),
                  isCount: true,
                },
                toMetric(t('metrics.published'), 'relay.published'),
                toMetric(t('metrics.republished'), 'relay.republished'),
              ],
            },
          ]}
        />
      </Place>
      <Place box={nodes.broker}>
        <BrokerNode isDirect={isDirect} />
      </Place>
      <Place box={nodes.inventory}>
        <ServiceNode
          name="inventory"
          parts={[
            {
              role: t('roles.inventory'),
              metrics: [
                toMetric(t('metrics.succeeded'), 'inventory.succeeded'),
                toMetric(t('metrics.rejected'), 'inventory.rejected'),
                toMetric(t('metrics.duplicate'), 'inventory.duplicate'),
                toMetric(t('metrics.deadLetter'), 'inventory.dead_letter'),
              ],
            },
            { role: t('roles.reporter'), metrics: [] },
          ]}
        />
      </Place>
      {(['transaction', 'retry', 'callback'] as const).map((label) => (
        <Place key={label} box={drawing.labels[label]}>
          <p className={styles.label} data-label={label}>
            <span>{t(`labels.${label}`)}</span>
          </p>
        </Place>
      ))}
      <Place box={drawing.chart}>
        <Sparkline series={series} />
      </Place>
    </svg>
  );
}
