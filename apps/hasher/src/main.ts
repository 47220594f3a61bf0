import { runService } from '@muniment/platform';
import { hasher } from './hasher.service.js';

await runService(hasher);
