import { runService } from '@muniment/platform';
import { retention } from './retention.service.js';

await runService(retention);
