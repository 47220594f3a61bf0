import { runService } from '@muniment/platform';
import { signer } from './signer.service.js';

await runService(signer);
