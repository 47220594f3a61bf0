import { runService } from '@muniment/platform';
import { gateway } from './gateway.service.js';

await runService(gateway);
