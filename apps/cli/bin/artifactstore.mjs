#!/usr/bin/env node
// The name this program had in the system it follows; the same commands.
await import('./muniment.mjs');
