// The kernel drops a signal to process 1 that nobody handles: a stop while the modules load would wait until it is a kill.
// With a handler the signal waits for the end of loading. When the service listens by itself, this leaves it alone.
for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
]) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(code);
  });
}
