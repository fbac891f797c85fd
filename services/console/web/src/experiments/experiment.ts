import type {
  DeadLettersView,
  InboxMessageView,
  MessageDetailView,
  OrderView,
  PlacedOrder,
} from '@lmt/contracts';
import type { Control, ControlledProcess, Health } from '../api/views.ts';
import type { Language } from '../i18n/translations.ts';

export type Text = Readonly<Record<Language, string>>;

type Broker = Control['broker'];

/** The state of the system as the API shows it. Null: not known, or read before the current step began. */
export interface Sight {
  readonly order: OrderView | null;
  /** The order's messages, oldest first. */
  readonly messages: readonly MessageDetailView[];
  /** The messages of `messages` that the inventory has consumed. */
  readonly inbox: readonly InboxMessageView[];
  readonly available: number | null;
  readonly health: Health | null;
  readonly deadLetters: DeadLettersView | null;
  /** The processes of the demo. Empty if the console does not control them. */
  readonly processes: readonly ControlledProcess[];
  /** Kafka if the console cannot know. */
  readonly broker: Broker;
}

/** The facts that a run remembers, from before its first step and from its steps. */
export interface Memory {
  readonly customerId: string;
  readonly sku: string;
  /** Idempotency-Key of the order. */
  readonly key: string;
  readonly availableBefore: number;
  /** Records in the dead-letter topic. */
  readonly deadLettersBefore: number;
  /** Copies that the inventory has ignored. */
  readonly duplicatesBefore: number;
  /** The name under which decisions are recorded. */
  readonly operator: string;
  readonly order?: PlacedOrder;
  readonly answers: readonly OrderAnswer[];
}

export interface OrderAnswer {
  readonly status: number;
  readonly orderId: string | null;
  readonly replayed: boolean;
}

/** A fact that the page can see. */
export interface Condition {
  readonly label: Text;
  /** The transport with which it becomes true. Default: both. */
  readonly only?: Broker;
  readonly holds: (sight: Sight, memory: Memory) => boolean;
}

export interface ControlCall {
  readonly command: 'kill' | 'start' | 'pause' | 'resume' | 'wipe-kafka' | 'produce';
  readonly body: Readonly<Record<string, string>>;
}

export interface ApiCall {
  readonly path: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

interface StepText {
  readonly id: string;
  readonly title: Text;
  readonly why?: Text;
}

/** Changes the running system through the control channel, or by a command that the reader pastes. */
export interface ControlStep extends StepText {
  readonly kind: 'control';
  readonly call: (memory: Memory, sight: Sight) => ControlCall;
  /** Whether the change has happened. Ends the step when the reader pastes the command. */
  readonly seen: (sight: Sight, memory: Memory) => boolean;
}

/** Sends a request to the console's API. */
export interface RequestStep extends StepText {
  readonly kind: 'request';
  readonly call: (memory: Memory) => ApiCall;
  /** Statuses of the answer with which the step succeeds. */
  readonly expects: readonly number[];
  /** Whether the answer is an order, which the run remembers. */
  readonly placesOrder: boolean;
}

/** Waits until the reader has decided on the order's dead letter. `Run all` decides by the request. */
export interface DecideStep extends Omit<RequestStep, 'kind'> {
  readonly kind: 'decide';
}

/** Waits until everything was seen. Step by step it stops there, so that the reader can look. */
export interface WatchStep extends StepText {
  readonly kind: 'watch';
  readonly until: readonly Condition[];
}

/** Fails if a condition does not hold soon. */
export interface CheckStep extends StepText {
  readonly kind: 'check';
  readonly until: readonly Condition[];
}

/** Checks every promise on both databases. */
export interface VerifyStep extends StepText {
  readonly kind: 'verify';
}

export type Step = ControlStep | RequestStep | DecideStep | WatchStep | CheckStep | VerifyStep;

export interface Experiment {
  readonly id: string;
  readonly title: Text;
  /** One sentence for the card. */
  readonly teaser: Text;
  /** Explains the outcome in advance. */
  readonly before: Text;
  /** The outcome without the message table. */
  readonly without: Text;
  /** The conclusion, shown at the end. */
  readonly learned: Text;
  readonly needsKafka: boolean;
  /** Whether the reader watches the dead-letter topic. */
  readonly showsDeadLetters?: boolean;
  readonly steps: readonly Step[];
}
