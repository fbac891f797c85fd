// Ctrl-C ends a worker of Vitest without its exit handlers. The processes of a stack have separate
// process groups, so the terminal does not signal them. This module runs the exit handlers, which
// end the processes.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.emit('exit', 1);
    process.kill(process.pid, signal);
  });
}
