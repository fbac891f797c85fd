// Ctrl-C ends a worker of Vitest without its exit handlers, and the processes of a stack lead
// process groups of their own, which the terminal does not reach. This lets the exit handlers end
// them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.emit('exit', 1);
    process.kill(process.pid, signal);
  });
}
