import { installKafka, kafkaUnavailableReason } from '@lmt/stack';

/** Chooses Kafka if it can run, else direct HTTP. Rejects if Kafka is requested but cannot run. */
export async function chooseBroker(
  wanted: 'kafka' | 'direct' | undefined,
  log: (line: string) => void,
): Promise<'kafka' | 'direct'> {
  if (wanted === 'direct') return 'direct';
  const reason =
    (await kafkaUnavailableReason()) ??
    (await installKafka(log).then(
      () => null,
      (error) => error.message,
    ));
  if (reason === null) return 'kafka';
  if (wanted === 'kafka') {
    throw new Error(
      `Kafka can't run here: ${reason}.\n` +
        'Install Java 17 or later and Maven, or use direct HTTP: npm run demo -- --broker direct',
    );
  }
  log(`NOTICE: no Kafka here (${reason}).`);
  log('NOTICE: the relay sends messages to inventory by direct HTTP; everything else is the same.');
  log('NOTICE: with Java 17 or later and Maven the demo runs a real Kafka.');
  return 'direct';
}
