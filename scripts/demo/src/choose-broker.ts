// Which transport the demo uses: Kafka where it can run, else direct HTTP, and never silently.
import { installKafka, kafkaUnavailableReason } from '@lmt/stack';

export async function chooseBroker(
  wanted: 'kafka' | 'direct' | undefined,
  log: (line: string) => void,
): Promise<'kafka' | 'direct'> {
  if (wanted === 'direct') return 'direct';
  const missing = await kafkaUnavailableReason();
  if (wanted === 'kafka') {
    if (missing) {
      throw new Error(
        `Kafka can't run here: ${missing}.\n` +
          'Install Java 17 or later and Maven, or do without: npm run demo -- --broker direct',
      );
    }
    await installKafka(log);
    return 'kafka';
  }
  try {
    if (missing) throw new Error(missing);
    await installKafka(log);
    return 'kafka';
  } catch (error) {
    log(`NOTICE: no Kafka here (${(error as Error).message}).`);
    log('NOTICE: messages go by direct HTTP from relay to inventory; everything else is the same.');
    log('NOTICE: with Java 17 or later and Maven the demo runs a real Kafka.');
    return 'direct';
  }
}
