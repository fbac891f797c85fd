import { MIN_ISR, REQUIRED_CONFIG, type TopicSpec } from './topic-spec.js';

/** An existing topic as the broker describes it. */
export interface FoundTopic {
  readonly partitions: readonly {
    readonly partitionId: number;
    readonly leader: number;
    readonly replicas: readonly number[];
  }[];
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicWarning {
  readonly problem: string;
  /** The command that fixes it. */
  readonly command?: string;
}

/** Lists the differences between an existing topic and the topic that this project needs. */
export function checkTopic(spec: TopicSpec, found: FoundTopic, bootstrap: string): TopicWarning[] {
  const { topic, replicationFactor, minInSyncReplicas } = spec;
  const warnings: TopicWarning[] = [];
  const alter = (setting: string) =>
    `kafka-configs.sh --bootstrap-server ${bootstrap} --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;

  for (const [name, wanted] of Object.entries(REQUIRED_CONFIG)) {
    const value = found.config[name];
    if (value === undefined || value === wanted || spec.configEntries?.some((entry) => entry.name === name)) {
      continue;
    }
    warnings.push({
      problem: `${name} is ${value}, expected ${wanted}`,
      command: alter(`${name}=${wanted}`),
    });
  }
  const replicas = Math.min(...found.partitions.map((partition) => partition.replicas.length));
  const wantedReplicas = replicationFactor ?? 2;
  if (replicas < wantedReplicas) {
    const risk = replicas === 1 ? ': the loss of one disk loses messages' : '';
    const asked = replicationFactor === undefined ? '; KAFKA_REPLICATION_FACTOR=1 accepts it' : '';
    warnings.push({
      problem: `replication factor is ${replicas}${risk}${asked}`,
      command: `kafka-reassign-partitions.sh --bootstrap-server ${bootstrap} --execute --reassignment-json-file FILE`,
    });
  }
  const minIsr = Number(found.config[MIN_ISR] ?? Number.NaN);
  if (minInSyncReplicas !== undefined && minIsr < minInSyncReplicas) {
    warnings.push({
      problem: `${MIN_ISR} is ${minIsr}, expected ${minInSyncReplicas}`,
      command: alter(`${MIN_ISR}=${minInSyncReplicas}`),
    });
  }
  if (minIsr > 1 && minIsr >= replicas) {
    warnings.push({
      problem: `${MIN_ISR} is ${minIsr} with ${replicas} replicas: if one replica is down, no message is stored`,
      command: alter(`${MIN_ISR}=${Math.max(1, replicas - 1)}`),
    });
  }
  return warnings;
}
