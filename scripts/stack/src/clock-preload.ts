// Loaded with --import before a service: shifts its wall clock by TEST_CLOCK_SHIFT_MS, and by
// TEST_CLOCK_STEP_MS more at each SIGUSR2. Monotonic time and timers are unaffected.
const RealDate = Date;
let offsetMs = Number(process.env.TEST_CLOCK_SHIFT_MS ?? 0);
const now = () => RealDate.now() + offsetMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});
process.on('SIGUSR2', () => {
  offsetMs += Number(process.env.TEST_CLOCK_STEP_MS ?? 0);
});
